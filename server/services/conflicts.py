"""Conflicts: both values kept until a person at the office has chosen."""

from typing import Any

from server.core.sync.change import Change
from server.core.sync.merge import same_value
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.writing import make, remake


def open_conflict(
    ctx: Context,
    draft: Draft,
    disputed: Standing,
    change: Change,
    *,
    kind: str,
    field: str | None = None,
    base: Any = None,
    current: Any = None,
    incoming: Any = None,
    told: bool = True,
) -> str:
    """Make a conflict record and its look-up row; its id. It reaches the author's phone, where he is `told`, and
    the office."""
    made = make(
        ctx,
        draft,
        "conflict",
        disputed.scope,
        {
            "record": disputed.id,
            "record_type": disputed.type,
            "kind": kind,
            "field": field,
            "base": base,
            "current": _current(ctx, draft, disputed, field, current),
            "incoming": {"value": incoming, "by": ctx.user, "at": ctx.at, "at_device": change.at, "change": change.id},
            "author": ctx.user if told else None,
            "state": "open",
        },
        change=change,
    )
    ctx.waiting.setdefault(disputed.id, []).append(made.id)
    _look_up(draft, made)
    return made.id


def update_incoming(ctx: Context, draft: Draft, conflict_id: str, value: Any, change: Change) -> str:
    """The author typed again over his own waiting value: the same conflict, with what he says now."""
    conflict = draft.get(conflict_id)
    if conflict is None:
        raise LookupError(conflict_id)
    incoming = {"value": value, "by": ctx.user, "at": ctx.at, "at_device": change.at, "change": change.id}
    _look_up(draft, remake(ctx, draft, conflict, conflict.data | {"incoming": incoming}, "update"))
    return conflict_id


def follow(ctx: Context, draft: Draft, disputed: Standing, fields: set[str]) -> None:
    """Open conflicts on these fields show the value that now stands; one whose two values agree is settled."""
    for conflict_id in ctx.waiting.get(disputed.id, ()):
        conflict = draft.get(conflict_id)
        if conflict is None or conflict.data.get("state") != "open" or conflict.data.get("field") not in fields:
            continue
        field = conflict.data["field"]
        value = disputed.data.get(field)
        current = {"value": value, "by": disputed.by, "at": disputed.at, "at_device": disputed.at_device}
        data = conflict.data | {"current": current}
        if same_value(value, conflict.data["incoming"].get("value")):
            settle(ctx, draft, conflict, data, "same", value, by=None)
        else:
            _look_up(draft, remake(ctx, draft, conflict, data, "update"))


def agree(ctx: Context, draft: Draft, conflict_id: str) -> None:
    """The author's last words are the value that stands: nothing is left to decide."""
    conflict = draft.get(conflict_id)
    if conflict is not None and conflict.data["state"] == "open":
        disputed = draft.get(conflict.data["record"])
        value = disputed.data.get(conflict.data["field"]) if disputed is not None else None
        settle(ctx, draft, conflict, conflict.data, "same", value, by=None)


def point_at(ctx: Context, draft: Draft, waiting: Standing, record: str) -> None:
    """What waited about a record that was merged away is about the other one from here on."""
    moved = remake(ctx, draft, waiting, waiting.data | {"record": record}, "merge")
    ctx.waiting.setdefault(record, []).append(waiting.id)
    if waiting.type == "conflict":
        _look_up(draft, moved)
        disputed = draft.get(record)
        if disputed is not None and moved.data.get("field") is not None:
            follow(ctx, draft, disputed, {moved.data["field"]})


def settle(
    ctx: Context, draft: Draft, conflict: Standing, data: dict[str, Any], choose: str, value: Any, *, by: str | None
) -> None:
    """Close a conflict or a parked change, and tell its author what came of it."""
    settled = {"choose": choose, "value": value, "by": by, "at": ctx.at}
    closed = remake(ctx, draft, conflict, data | {"state": "settled", "settled": settled}, "resolve")
    _look_up(draft, closed)
    tell(ctx, draft, closed, closed.data["incoming"]["change"], "settled", choose)


def tell(ctx: Context, draft: Draft, about: Standing, change_id: str, status: str, reason: str | None) -> None:
    """A follow-up for the author of a change; the ledger then answers replays with the new status."""
    if about.data.get("author") is None:
        return
    make(
        ctx,
        draft,
        "followup",
        about.scope,
        {
            "change": change_id,
            "record": about.data.get("record"),
            "status": status,
            "reason": reason,
            "at": ctx.at,
            "author": about.data["author"],
        },
    )


def _current(ctx: Context, draft: Draft, disputed: Standing, field: str | None, value: Any) -> dict[str, Any]:
    wrote = next((h for h in reversed(draft.history_of(disputed.id)) if field in h["patch"]), None)
    if wrote is None and field is not None:
        found = ctx.origin(disputed.id, field)
        wrote = dict(found) if found else None
    if wrote is None:
        return {"value": value, "by": disputed.by, "at": disputed.at, "at_device": disputed.at_device}
    return {"value": value, "by": wrote["by"], "at": wrote["at"], "at_device": wrote["at_device"]}


def _look_up(draft: Draft, conflict: Standing) -> None:
    data = conflict.data
    draft.effects.conflicts.append(
        {
            "id": conflict.id,
            "record": data["record"],
            "kind": data["kind"],
            "field": data.get("field"),
            "author": data.get("author"),
            "change": data["incoming"]["change"],
            "state": data["state"],
            "at": conflict.created_at,
        }
    )
