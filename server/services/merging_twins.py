"""Merging two records that turned out to be one: what hung on the loser hangs on the winner afterwards."""

from server.core.sync.change import Change
from server.services import removing
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.writing import write


def merge_into(ctx: Context, draft: Draft, loser: Standing, winner: Standing, change: Change) -> None:
    """Re-point the loser's children, then bury it with `alias_of`: later changes to it go to the winner.

    Values that only the loser had are taken over; where both have one, the loser's stays in its history.
    """
    for link in ctx.links.get(loser.id, ()):
        child = draft.get(link.record)
        if child is not None and child.live:
            _point(ctx, draft, child, link.field, winner.id, change)
    gained = {n: v for n, v in loser.data.items() if n not in winner.data}
    rtype = ctx.catalog.types[winner.type]
    if gained:
        write(
            ctx,
            draft,
            rtype,
            winner,
            change,
            record=winner.id,
            scope=winner.scope,
            data=winner.data | gained,
            op="merge",
            patch={n: {"from": None, "to": v} for n, v in gained.items()},
        )
    removing.bury(ctx, draft, rtype, loser, change, into=winner.id)


def _point(ctx: Context, draft: Draft, child: Standing, field: str, to: str, change: Change) -> None:
    rtype = ctx.catalog.types[child.type]
    write(
        ctx,
        draft,
        rtype,
        child,
        change,
        record=child.id,
        scope=child.scope,
        data=child.data | {field: to},
        op="merge",
        patch={field: {"from": child.data.get(field), "to": to}},
    )
