"""Tracks are forgotten after the configured days: tombstones for the phones, and no place of them left here.

That a track was recorded, when and for which patrol stays; where somebody walked does not.
"""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import forgetting
from server.core.catalog.times import stamp
from server.services import push, timelines
from server.services.imports import derived_id
from server.services.payloads import FORGOTTEN, keep, open_kept
from server.services.transactions import read, write
from server.services.world import World

BATCH = 200
PLACES = "fixes"  # the field of a track that says where


def expire(world: World) -> int:
    """Forget every track that came more than `track_days` ago; how many pieces lost their places."""
    before = stamp(world.clock() - timedelta(days=world.rules.track_days))
    while _bury(world, before):
        pass
    with write(world, "tracks") as conn:
        return _strip(world, conn, before)


def _bury(world: World, before: str) -> int:
    with read(world) as conn:
        old, timeline = forgetting.live(conn, "track", before, BATCH), timelines.current(conn)
    if old:
        push.import_changes(world, None, [_delete(record, scope, rev, timeline) for record, scope, rev in old], "timer")
    return len(old)


def _delete(record: str, scope: str, rev: str, timeline: str) -> dict[str, Any]:
    return {
        "id": derived_id("forget", record),
        "op": "delete",
        "type": "track",
        "record": record,
        "scope": scope,
        "schema": 1,
        "base": {"rev": rev, "timeline": timeline},
    }


def _strip(world: World, conn: Connection, before: str) -> int:
    key = world.keys.sealed
    rows = [{"id": one, "row": new} for one, row in forgetting.rows(conn, "track", before) if (new := _row(row))]
    patches = [
        {"record": record, "ver": ver, "patch": keep({n: p for n, p in patch.items() if n != PLACES})}
        for record, ver, kept in forgetting.history(conn, "track", before)
        if PLACES in (patch := open_kept(kept, key))
    ]
    payloads = [
        {"key": one, "payload": keep(change | {"set": left, FORGOTTEN: [PLACES]})}
        for one, kept in forgetting.payloads(conn, "track", before)
        if (left := _without_places(change := open_kept(kept, key))) is not None
    ]
    forgetting.rewrite(conn, rows, patches, payloads)
    return len(payloads)


def _row(row: str) -> str | None:
    """The wire row without its places; None where it had none."""
    wire = orjson.loads(row)
    if wire["data"].pop(PLACES, None) is None:
        return None
    return orjson.dumps(wire).decode()


def _without_places(change: Any) -> dict[str, Any] | None:
    sets = change.get("set") if isinstance(change, dict) else None
    return {n: p for n, p in sets.items() if n != PLACES} if isinstance(sets, dict) and PLACES in sets else None
