"""Merging two records that turned out to be one: what hung on the loser hangs on the winner afterwards."""

from typing import Any

from server.core.catalog.records import RecordType
from server.core.sync.change import Change
from server.services import consequences, removing
from server.services.conflicts import follow, point_at
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.writing import write

COUNTED = frozenset({"member_count", "household_no", "number"})  # the winner's own, or counted anew


def merge_into(ctx: Context, draft: Draft, loser: Standing, winner: Standing, change: Change) -> None:
    """Re-point the loser's children, then bury it with `alias_of`: later changes to it go to the winner.

    Values that only the loser had are taken over; where both have one, the loser's stays in its history.
    """
    rtype = ctx.catalog.types[winner.type]
    moved = [_point(ctx, draft, link.record, link.field, winner.id, change) for link in ctx.links.get(loser.id, ())]
    winner = draft.get(winner.id) or winner  # its count may have changed
    gained = {n: v for n, v in loser.data.items() if n not in winner.data and n not in COUNTED}
    if gained:
        patch = {n: {"from": None, "to": v} for n, v in gained.items()}
        winner = _write(ctx, draft, rtype, winner, winner.data | gained, patch, change)
        follow(ctx, draft, winner, set(gained))
    removing.bury(ctx, draft, rtype, draft.get(loser.id) or loser, change, into=winner.id)
    draft.effects.arrived.append(loser.id)  # what waited for the loser goes to the winner
    for child in moved:
        _twins_among(ctx, draft, child, winner.id, change)


def _point(ctx: Context, draft: Draft, record: str, field: str, to: str, change: Change) -> Standing | None:
    child = draft.get(record)
    if child is None or not child.live or child.data.get(field) == to:
        return None
    if child.type in ("conflict", "parked"):
        point_at(ctx, draft, child, to)
        return None
    rtype = ctx.catalog.types[child.type]
    patch = {field: {"from": child.data.get(field), "to": to}}
    new = _write(ctx, draft, rtype, child, child.data | {field: to}, patch, change)
    consequences.of_write(ctx, draft, rtype, child, new, change)
    return new


def _twins_among(ctx: Context, draft: Draft, child: Standing | None, parent: str, change: Change) -> None:
    """Two flats of the same number under what is one building now: the office looks at them next."""
    if child is None:
        return
    rtype = ctx.catalog.types[child.type]
    key = consequences.natural_key(rtype, child.data)
    if key is None or parent not in {child.data.get(n) for n in rtype.natural_key}:
        return
    siblings = (draft.get(link.record) for link in ctx.links.get(parent, ()))
    for twin in siblings:
        if twin is not None and twin.live and twin.type == child.type:
            draft.effects.keys.append((consequences.natural_key(rtype, twin.data) or "", twin.id))
    consequences.duplicates(ctx, draft, rtype, draft.get(child.id) or child, change)


def _write(
    ctx: Context,
    draft: Draft,
    rtype: RecordType,
    standing: Standing,
    data: dict[str, Any],
    patch: dict[str, Any],
    change: Change,
) -> Standing:
    return write(
        ctx,
        draft,
        rtype,
        standing,
        change,
        record=standing.id,
        scope=standing.scope,
        data=data,
        op="merge",
        patch=patch,
    )
