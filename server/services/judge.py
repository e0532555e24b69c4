"""Judging one change against the draft: who may, what merges, what waits. No SQL here.

`judge` writes into the draft when the change takes effect and raises Refused when it does not.
"""

from dataclasses import replace
from typing import Any

from server.core.catalog.fields import Kind
from server.core.catalog.records import RecordType
from server.core.sync.change import Change, InvalidChange, Patch
from server.core.sync.merge import Merged, Waiting, merge
from server.services import consequences, moving, removing, resolving, rights
from server.services.conflicts import agree, follow, open_conflict, update_incoming
from server.services.context import Context
from server.services.draft import Draft, Standing, patch_of
from server.services.payloads import to_json
from server.services.sealed import is_kept
from server.services.steps import StepOutcome, take_step
from server.services.verdicts import Verdict, parked, quarantined
from server.services.writing import others_wrote, write

MAX_RECORD_BYTES = 32_768


def judge(ctx: Context, draft: Draft, change: Change) -> Verdict:
    """The verdict of a change that took effect. Raises Refused."""
    rtype = ctx.catalog.type_of(change.type)
    if rtype is None:
        raise quarantined("unknown_type", {"code": "unknown_type", "type": change.type})
    try:
        return _judge(ctx, draft, rtype, change)
    except InvalidChange as error:
        raise quarantined("invalid", error.message()) from None


def _judge(ctx: Context, draft: Draft, rtype: RecordType, change: Change) -> Verdict:
    if change.op == "resolve":
        return resolving.resolve(ctx, draft, change)
    rights.check_type(ctx, rtype)
    standing = _standing(draft, change.record)
    if standing is None:
        if change.op != "create":
            raise parked("missing_record", awaits=change.record)
        return _create(ctx, draft, rtype, change)
    rights.check_touch(ctx, ctx.catalog.types[standing.type], standing, change)
    if standing.type != rtype.name:
        raise quarantined("invalid", {"code": "other_type"})
    if change.op == "move":
        return moving.move(ctx, draft, rtype, standing, change)
    if change.op == "delete":
        return removing.delete(ctx, draft, rtype, standing, change)
    if change.op == "undelete" and not standing.live:
        return _bring_back(ctx, draft, rtype, standing, change)
    if not standing.live:
        raise parked("deleted_record", awaits=standing.id)
    return _merge_into(ctx, draft, rtype, standing, change)


def _standing(draft: Draft, record: str) -> Standing | None:
    """The record, or the one it was merged into."""
    return draft.get(draft.meant(record))


def _bring_back(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Verdict:
    """Live again, with the patches that came along."""
    back = removing.undelete(ctx, draft, rtype, standing, change)
    twins = consequences.duplicates(ctx, draft, rtype, back, change)
    verdict = _merge_into(ctx, draft, rtype, draft.get(back.id) or back, change)
    _check_parents(ctx, draft, rtype, (draft.get(back.id) or back).data)
    if twins and verdict.status != "conflict":
        return Verdict("conflict", "duplicate", verdict.message, twins)
    verdict.conflicts += [t for t in twins if t not in verdict.conflicts]
    return Verdict("applied", None, verdict.message) if verdict.reason == "same" else verdict


def _create(ctx: Context, draft: Draft, rtype: RecordType, change: Change) -> Verdict:
    change = _followed(ctx, draft, rtype, _sealed_bases(rtype, change), {})
    scope, moved_from, under = _home(ctx, draft, rtype, change)
    rights.check_create(ctx, rtype, change, scope, moved_from, under)
    merged = merge(rtype, {}, change, {}, ctx.catalog.schema)
    step = take_step(ctx, rtype, change, {}, merged.data, ctx.chain(scope))
    values = _as_typed(merged)
    _check_required(ctx, rtype, change, values)
    _check_parents(ctx, draft, rtype, values)
    said = values | step.sets | consequences.author_fields(ctx, rtype)
    data = _sized({n: v for n, v in said.items() if v is not None})
    patch = patch_of({n: Patch(None, v) for n, v in data.items()})
    new = write(ctx, draft, rtype, None, change, record=change.record, scope=scope, data=data, op="create", patch=patch)
    consequences.of_write(ctx, draft, rtype, None, new, change)
    step.leave_trace(ctx, draft, new, change)
    twins = consequences.duplicates(ctx, draft, rtype, new, change)
    if twins:
        return Verdict("conflict", "duplicate", _flags(merged), twins)
    if consequences.checked_before(ctx, draft, new):
        return Verdict("merged", "parallel", {"code": "checked_before"})
    return Verdict(*step.status("applied"), _flags(merged) or step.message)


def _sized(data: dict[str, Any]) -> dict[str, Any]:
    if len(to_json(data)) > MAX_RECORD_BYTES:
        raise quarantined("too_large", {"code": "record_too_large"})
    return data


def _as_typed(merged: Merged) -> dict[str, Any]:
    """A new record takes every value as typed, also where the author thought there was one before."""
    return merged.data | {loss.field: loss.incoming for loss in merged.lost} | merged.kept


def _home(ctx: Context, draft: Draft, rtype: RecordType, change: Change) -> tuple[str, str | None, Standing | None]:
    """A child lives where its parent lives now: (scope, the one the author named if that is another, the parent
    where the child also follows it to other scopes). A parent he may not know of does not move it."""
    scope, moved_from, under = change.scope, None, None
    for name in rtype.moves_with:
        value = change.set[name].to if name in change.set else None
        parent = _standing(draft, value) if isinstance(value, str) else None
        if parent is None or not rights.knows(ctx, parent):
            continue
        if "parent" in rtype.deliveries:
            under = parent
        if parent.scope != change.scope and rtype.name != "dwelling":
            scope, moved_from = parent.scope, change.scope
    return scope, moved_from, under


def _merge_into(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Verdict:
    others = others_wrote(ctx, draft, standing, change)
    change = _followed(ctx, draft, rtype, _sealed_bases(rtype, change), standing.data)
    merged = merge(rtype, standing.data, change, _waiting(ctx, draft, standing), ctx.catalog.schema)
    step = take_step(ctx, rtype, change, standing.data, merged.data, rights.steps_from(ctx, standing))
    _check_parents(ctx, draft, rtype, {n: p.to for n, p in merged.patch.items() if n in rtype.parents}, some=True)
    new = _write_merged(ctx, draft, rtype, standing, change, merged, step)
    ids = [_wait(ctx, draft, standing, change, loss) for loss in merged.lost]
    if new is not None:
        consequences.of_write(ctx, draft, rtype, standing, new, change)
        follow(ctx, draft, new, set(merged.patch))
        ids += consequences.duplicates(ctx, draft, rtype, new, change, set(merged.patch))
    for conflict_id in merged.agreed:
        agree(ctx, draft, conflict_id)
    step.leave_trace(ctx, draft, draft.get(standing.id) or standing, change)
    return _verdict(merged, step, ids, others, new is not None and new.data != standing.data)


def _write_merged(
    ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change, merged: Merged, step: StepOutcome
) -> Standing | None:
    patch = patch_of(merged.patch) | {
        n: {"from": standing.data.get(n), "to": v} for n, v in step.sets.items() if standing.data.get(n) != v
    }
    patch |= {
        n: {"from": standing.data.get(n), "to": standing.data.get(n), "kept_out": v} for n, v in merged.kept.items()
    }
    if not patch:
        return None
    data = _sized({n: v for n, v in (merged.data | step.sets).items() if v is not None})
    return write(
        ctx,
        draft,
        rtype,
        standing,
        change,
        record=standing.id,
        scope=standing.scope,
        data=data,
        op=change.op,
        patch=patch,
    )


def _verdict(merged: Merged, step: StepOutcome, conflicts: list[str], others: bool, wrote: bool) -> Verdict:
    message = _flags(merged) or step.message
    if conflicts:
        reason = "field" if merged.lost else "duplicate"
        return Verdict("conflict", reason, message, conflicts)
    if step.merged_as:
        return Verdict("merged", step.merged_as, message)
    if not wrote and not merged.kept:
        return Verdict("merged", "same", message)
    if others or merged.raced or merged.kept:
        return Verdict("merged", "parallel", message)
    return Verdict("applied", None, message)


def _wait(ctx: Context, draft: Draft, standing: Standing, change: Change, loss: Any) -> str:
    if loss.updates is not None:
        return update_incoming(ctx, draft, loss.updates, loss.incoming, change)
    return open_conflict(
        ctx,
        draft,
        draft.get(standing.id) or standing,
        change,
        kind="field",
        field=loss.field,
        base=loss.base,
        current=loss.current,
        incoming=loss.incoming,
    )


def _waiting(ctx: Context, draft: Draft, standing: Standing) -> dict[str, list[Waiting]]:
    """The author's own open conflicts on this record, by field."""
    found: dict[str, list[Waiting]] = {}
    for conflict_id in ctx.waiting.get(standing.id, ()):
        conflict = draft.get(conflict_id)
        if conflict is not None and conflict.data.get("state") == "open" and conflict.data.get("author") == ctx.user:
            field = conflict.data.get("field")
            if field is not None:
                found.setdefault(field, []).append(Waiting(conflict_id, conflict.data["incoming"].get("value")))
    return found


def _sealed_bases(rtype: RecordType, change: Change) -> Change:
    """A sealed field's `from` is the tag the person saw; as a value it compares like any other."""
    patches = {n: _sealed_patch(change.set[n]) for n in rtype.sealed() if n in change.set}
    return replace(change, set=change.set | patches) if patches else change


def _sealed_patch(patch: Patch) -> Patch:
    seen = {"v": patch.frm} if isinstance(patch.frm, str) else patch.frm
    return Patch(seen if patch.frm else None, patch.to if is_kept(patch.to) else None)


def _followed(ctx: Context, draft: Draft, rtype: RecordType, change: Change, data: dict[str, Any]) -> Change:
    """References to a record that was merged into another name the other one from here on."""

    def now(value: Any, current: Any = None) -> Any:
        if not isinstance(value, str) or value == current:
            return value
        return ctx.aliases.get(value) or draft.meant(value)

    named = [n for n in change.set if n in rtype.fields and rtype.fields[n].kind is Kind.REFERENCE]
    patches = {n: Patch(now(change.set[n].frm, data.get(n)), now(change.set[n].to, data.get(n))) for n in named}
    return replace(change, set=change.set | patches) if named else change


def _check_required(ctx: Context, rtype: RecordType, change: Change, data: dict[str, Any]) -> None:
    """Only for changes of the newest schema: a new required field never blocks work of an older app.
    Parents were required from the first schema on."""
    for name, rule in rtype.fields.items():
        asked = rule.required and (change.schema == ctx.catalog.schema or name in rtype.parents)
        if asked and rule.kind not in (Kind.DERIVED, Kind.STATE) and data.get(name) is None:
            raise InvalidChange("required", name)


def _check_parents(ctx: Context, draft: Draft, rtype: RecordType, data: dict[str, Any], *, some: bool = False) -> None:
    """Parents must be there and live. `some`: data holds only those that are written now."""
    for name in rtype.parents:
        target = data.get(name)
        if target is None:
            if some and name not in data:
                continue
            raise InvalidChange("required", name)
        parent = _standing(draft, target) if isinstance(target, str) else None
        if parent is None:
            raise parked("missing_parent", {"code": "missing_parent", "field": name}, awaits=str(target))
        if not rights.knows(ctx, parent):
            raise parked("missing_parent", {"code": "missing_parent", "field": name})
        wanted = rtype.fields[name].target
        if wanted is not None and parent.type != wanted:
            raise InvalidChange("wrong_target", name)
        if not parent.live:
            raise parked("missing_parent", {"code": "deleted_parent", "field": name}, awaits=parent.id)


def _flags(merged: Merged) -> dict[str, Any] | None:
    return {"code": "unknown_fields", "fields": merged.flags} if merged.flags else None
