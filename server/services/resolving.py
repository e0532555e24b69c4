"""Settling what waits: conflicts and parked changes. The first resolution wins."""

from typing import Any

from server.core.catalog.fields import Kind
from server.core.sync.change import Change, InvalidChange
from server.core.sync.merge import same_value
from server.core.sync.values import InvalidValue, canonical
from server.services import consequences, merging_twins, removing
from server.services.conflicts import follow, settle
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.sealed import is_kept
from server.services.verdicts import Verdict, parked, quarantined
from server.services.writing import write

CHOICES = {
    "field": ("current", "incoming", "other"),
    "delete_vs_edit": ("keep", "delete", "current", "incoming"),
    "delete_has_children": ("keep", "delete", "current"),
    "duplicate": ("keep", "current", "merge"),
}


def resolve(ctx: Context, draft: Draft, change: Change) -> Verdict:
    """Settle a conflict. Raises Refused or InvalidChange. (Parked changes: `releasing.py`.)"""
    conflict = draft.get(change.record)
    if conflict is None or conflict.type != "conflict":
        raise parked("missing_record", awaits=None)
    wish = change.resolve or {}
    choose = wish["choose"]
    disputed = draft.get(conflict.data["record"])
    if disputed is None:
        raise parked("missing_record", awaits=None)
    _check_rights(ctx, conflict, disputed, choose)
    if choose not in CHOICES[conflict.data["kind"]]:
        raise InvalidChange("bad_choice", "resolve")
    value = _value(ctx, conflict, wish)
    if conflict.data["state"] == "settled":
        return _second(conflict, choose, value)
    if change.base_rev is not None and change.base_rev != conflict.rev:
        return Verdict("conflict", str(conflict.data["kind"]), {"code": "moved_on"}, [conflict.id])
    refused = _apply(ctx, draft, conflict, disputed, change, choose, value)
    if refused is not None:
        return refused
    _close(ctx, draft, conflict.id, choose, value)
    return Verdict("applied")


def _check_rights(ctx: Context, conflict: Standing, disputed: Standing, choose: str) -> None:
    if ctx.may("resolve", ctx.chain_of(disputed)):
        return
    if conflict.data.get("author") != ctx.user:
        raise parked("missing_record", awaits=None)
    if choose not in ("current", "keep"):
        raise quarantined("forbidden", {"code": "office_settles"})


def _value(ctx: Context, conflict: Standing, wish: dict[str, Any]) -> Any:
    """The value that a choice stands for, canonical."""
    choose, data = wish["choose"], conflict.data
    if choose == "incoming":
        return data["incoming"].get("value")
    if choose == "current":
        return data["current"].get("value")
    if choose == "merge":
        into = wish.get("into")
        if into not in (data["record"], data["current"].get("value"), data["incoming"].get("value")):
            raise InvalidChange("bad_into", "resolve")
        return into
    if choose != "other":
        return None
    rule = ctx.catalog.types[data["record_type"]].fields.get(data["field"])
    if rule is not None and rule.kind is Kind.SEALED and is_kept(wish.get("value")):
        return wish["value"]
    try:
        return canonical(rule, wish.get("value")) if rule else wish.get("value")
    except InvalidValue as error:
        raise InvalidChange(error.code, "resolve") from None


def _second(conflict: Standing, choose: str, value: Any) -> Verdict:
    settled = conflict.data["settled"]
    if settled["choose"] == choose or (settled["choose"] == "same" and same_value(settled["value"], value)):
        if choose != "other" or same_value(settled["value"], value):
            return Verdict("merged", "same")
    raise parked("already_resolved", {"code": "already_resolved", "choose": settled["choose"]})


def _apply(
    ctx: Context, draft: Draft, conflict: Standing, disputed: Standing, change: Change, choose: str, value: Any
) -> Verdict | None:
    """Carry the choice out on the disputed record; a verdict when it cannot be."""
    kind, rtype = conflict.data["kind"], ctx.catalog.types[disputed.type]
    if kind == "field" and choose in ("incoming", "other"):
        if not disputed.live:
            raise parked("deleted_record", awaits=disputed.id)
        write_field(ctx, draft, disputed, conflict.data["field"], value, change)
    elif kind.startswith("delete") and choose in ("delete", "incoming") and disputed.live:
        if removing.has_live_children(ctx, draft, disputed.id):
            return Verdict("conflict", "delete_has_children", {"code": "has_children"}, [conflict.id])
        removing.bury(ctx, draft, rtype, disputed, change)
    elif choose == "merge":
        pair = {disputed.id, conflict.data["current"].get("value")}
        loser = draft.get((pair - {value}).pop()) if len(pair - {value}) == 1 else None
        winner = draft.get(value)
        if loser is None or winner is None or not winner.live or not loser.live:
            raise InvalidChange("bad_into", "resolve")
        if not all(ctx.may("resolve", ctx.chain_of(one)) for one in (loser, winner)):
            raise quarantined("forbidden", {"code": "not_your_area"})
        merging_twins.merge_into(ctx, draft, loser, winner, change)
    return None


def write_field(ctx: Context, draft: Draft, disputed: Standing, name: str, value: Any, change: Change) -> None:
    """Write the settled value, with its history and what follows from it."""
    rtype = ctx.catalog.types[disputed.type]
    before = disputed.data.get(name)
    if same_value(before, value):
        return
    data = {n: v for n, v in (disputed.data | {name: value}).items() if v is not None}
    new = write(
        ctx,
        draft,
        rtype,
        disputed,
        change,
        record=disputed.id,
        scope=disputed.scope,
        data=data,
        op="resolve",
        patch={name: {"from": before, "to": value}},
    )
    consequences.of_write(ctx, draft, rtype, disputed, new, change)


def _close(ctx: Context, draft: Draft, conflict_id: str, choose: str, value: Any) -> None:
    """Settle it, both sides staying as they were; other open conflicts on the field follow the new value."""
    conflict = draft.get(conflict_id)
    if conflict is None:
        raise LookupError(conflict_id)
    disputed = draft.get(conflict.data["record"])
    settle(ctx, draft, conflict, conflict.data, choose, value, by=ctx.user)
    if disputed is not None and conflict.data.get("field") is not None:
        follow(ctx, draft, disputed, {conflict.data["field"]})
