"""Who changed what when, for whoever may read the record now."""

from typing import Any

from server.adapters.storage import accounts, areas, feeds, records
from server.core.access.permissions import Actor, can, can_read
from server.core.problems import Problem
from server.services.payloads import open_kept
from server.services.transactions import read
from server.services.world import World

NEWEST = 2**31 - 1


def of_record(world: World, actor: Actor, record: str, after: str | None, limit: int) -> dict[str, Any]:
    """`{items: [{ver, at, by, at_device, source, op, set, change}], next}`, newest first.

    Raises Problem: bad_request, not_found (also for a record the actor may not read).
    """
    if after is not None and not after.isdecimal():
        raise Problem("bad_request", "after is `next` of the page before")
    with read(world) as conn:
        found = records.read(conn, [record])
        delivered = [e.scope for e in feeds.entries_of(conn, [record]) if e.live]
        scopes = {found[0].scope, *delivered} if found else set()
        chain = tuple(s for above in areas.chains(conn, scopes).values() for s in above)
        if not found or not can_read(actor, found[0].type, chain) or not can(actor, "history", chain):
            raise Problem("not_found")
        rows = records.history_page(conn, record, int(after) if after else NEWEST, limit + 1)
        names = accounts.names(conn, {r[2] for r in rows if r[2]})
    items = [_item(world, row, names) for row in rows[:limit]]
    return {"items": items, "next": str(rows[limit - 1][0]) if len(rows) > limit else None}


def _item(world: World, row: Any, names: dict[str, str]) -> dict[str, Any]:
    ver, at, by, at_device, source, op, patch, change = row
    return {
        "ver": ver,
        "at": at,
        "by": {"id": by, "name": names.get(by)} if by else None,
        "at_device": at_device,
        "source": source,
        "op": op,
        "set": open_kept(patch, world.keys.sealed),
        "change": change,
    }
