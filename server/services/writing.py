"""Writing into the draft: a record's next state with its history, and the records the server makes itself."""

from typing import Any

from server.core.catalog.records import RecordType
from server.core.sync.change import Change
from server.services.context import Context
from server.services.draft import Draft, Standing, rewritten


def subjects_of(rtype: RecordType, record: str, data: dict[str, Any]) -> list[str]:
    """The people (or households) a payload speaks of, so that it can be erased for them later."""
    found = [record if name == "id" else data.get(name) for name in rtype.subjects]
    return [s for s in found if isinstance(s, str)]


def write(
    ctx: Context,
    draft: Draft,
    rtype: RecordType,
    standing: Standing | None,
    change: Change | None,
    *,
    record: str,
    scope: str,
    data: dict[str, Any],
    op: str,
    patch: dict[str, Any],
    live: bool = True,
    alias_of: str | None = None,
    origin: str | None = None,
) -> Standing:
    """Put the next version of a record into the draft with one history row. Gives it back.

    `patch` is {field: {from, to}}. `origin` is the change named in the history where it is not `change`.
    """
    new = Standing(
        id=record,
        type=rtype.name,
        scope=scope,
        live=live,
        rev=ctx.world.ids.rev(),
        ver=standing.ver + 1 if standing else 1,
        schema=max(ctx.catalog.schema, change.schema if change else 0),
        data=data,
        by=ctx.user,
        at=ctx.at,
        at_device=change.at if change else None,
        source=ctx.source,
        created_by=standing.created_by if standing else ctx.user,
        created_at=standing.created_at if standing else ctx.at,
        alias_of=alias_of or (standing.alias_of if standing else None),
    )
    draft.put(new)
    history = {"op": op, "change": origin or (change.id if change else None), "patch": patch}
    draft.effects.history.append(history | _written(ctx, rtype, new))
    if live and (standing is None or not standing.live):
        draft.effects.arrived.append(record)
    return new


def _written(ctx: Context, rtype: RecordType, new: Standing) -> dict[str, Any]:
    """What a history row says of the version it leads to."""
    return {
        "record": new.id,
        "ver": new.ver,
        "rev": new.rev,
        "at": new.at,
        "by": new.by,
        "device": ctx.device,
        "source": new.source,
        "at_device": new.at_device,
        "subjects": subjects_of(rtype, new.id, new.data),
    }


def make(
    ctx: Context,
    draft: Draft,
    type_name: str,
    scope: str,
    data: dict[str, Any],
    *,
    record: str | None = None,
    change: Change | None = None,
) -> Standing:
    """A record that the server makes itself: a step, a comment, a conflict, a follow-up."""
    plain = {name: value for name, value in data.items() if value is not None}
    rtype = ctx.catalog.types[type_name]
    return write(
        ctx,
        draft,
        rtype,
        None,
        change,
        record=record or ctx.world.ids.uuid(),
        scope=scope,
        data=plain,
        op="create",
        patch={name: {"from": None, "to": value} for name, value in plain.items()},
    )


def remake(ctx: Context, draft: Draft, standing: Standing, data: dict[str, Any], op: str) -> Standing:
    """The next version of a record the server made."""
    plain = {name: value for name, value in data.items() if value is not None}
    before = standing.data
    patch = {
        name: {"from": before.get(name), "to": plain.get(name)}
        for name in {**before, **plain}
        if before.get(name) != plain.get(name)
    }
    return write(
        ctx,
        draft,
        ctx.catalog.types[standing.type],
        standing,
        None,
        record=standing.id,
        scope=standing.scope,
        data=plain,
        op=op,
        patch=patch,
    )


def derive(ctx: Context, draft: Draft, record: str, sets: dict[str, Any], change: Change | None) -> None:
    """Write derived fields of a record, as part of the change that caused it."""
    standing = draft.get(record)
    if standing is None or not standing.live:
        return
    changed = {name: value for name, value in sets.items() if standing.data.get(name) != value}
    if not changed:
        return
    data = {n: v for n, v in (standing.data | changed).items() if v is not None}
    patch = {name: {"from": standing.data.get(name), "to": value} for name, value in changed.items()}
    new = write(
        ctx,
        draft,
        ctx.catalog.types[standing.type],
        standing,
        change,
        record=record,
        scope=standing.scope,
        data=data,
        op="derive",
        patch=patch,
    )
    draft.put(rewritten(new, at_device=standing.at_device))


def others_wrote(ctx: Context, draft: Draft, standing: Standing, change: Change) -> bool:
    """Whether anybody else wrote the record since the author saw it."""
    if change.base_rev == standing.rev:
        return False
    own_batch = {h["rev"] for h in draft.history_of(standing.id)}
    writes = [w for w in ctx.writers.get(standing.id, ()) if w[2] not in own_batch]
    seen = next((i for i, w in enumerate(writes) if w[2] == change.base_rev), -1)
    return any(not ctx.is_own(w) for w in writes[seen + 1 :])
