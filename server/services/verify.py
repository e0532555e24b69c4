"""Checks that nothing was lost: digests, counters, ledger, history and feeds against the rows."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import upkeep
from server.core.sync.cursor import signed
from server.services.deliveries import AUTHOR_ONLY
from server.services.payloads import open_kept
from server.services.transactions import read
from server.services.world import World


def verify(world: World) -> list[str]:
    """One sentence for each thing that does not agree; none when all is well."""
    checks: tuple[Callable[[World, Connection], Iterator[str]], ...] = (_feeds, _histories, _links, _devices, _waiting)
    with read(world) as conn:
        return [finding for check in checks for finding in check(world, conn)]


def totals(conn: Connection) -> dict[str, tuple[int, int]]:
    """{scope: (live rows, digest)} counted from the entries."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for scope, _record, _seq, live, rev, _record_live in upkeep.all_entries(conn):
        if live:
            count, digest = found[scope]
            found[scope] = (count + 1, digest ^ signed(rev))
    return found


def _feeds(_world: World, conn: Connection) -> Iterator[str]:
    highest: dict[str, int] = {}
    for scope, record, seq, live, _rev, record_live in upkeep.all_entries(conn):
        highest[scope] = max(highest.get(scope, 0), int(seq))
        if live and not record_live:
            yield f"scope {scope}: delivers {record}, which is deleted"
    counted, marks = totals(conn), upkeep.last_marks(conn)
    for scope, head, live, digest in upkeep.all_scopes(conn):
        if (int(live), int(digest)) != counted.get(scope, (0, 0)):
            yield f"scope {scope}: count or digest differ from its rows"
        if highest.get(scope, 0) > head:
            yield f"scope {scope}: an entry stands above its head"
        if head and marks.get(scope) != head:
            yield f"scope {scope}: its last mark is not its head"


def _histories(world: World, conn: Connection) -> Iterator[str]:
    """Each record's data must be what its history adds up to, and be delivered where it lives."""
    homes = {(scope, record) for scope, record, _, live, _, _ in upkeep.all_entries(conn) if live}
    histories = _replayed(world, conn)
    for row in upkeep.all_records(conn):
        wire = orjson.loads(row.row)
        ver, rev, data = histories.pop(row.id, (0, "", {}))
        if (ver, rev) != (row.ver, row.rev) or (wire["ver"], wire["rev"]) != (row.ver, row.rev):
            yield f"record {row.id}: version {row.ver} and its history's {ver} differ"
        elif data != wire["data"]:
            yield f"record {row.id}: its data is not what its history adds up to"
        if row.live and row.type not in AUTHOR_ONLY and (row.scope, row.id) not in homes:
            yield f"record {row.id}: not delivered to its home {row.scope}"
    for record in histories:
        yield f"history of {record}: no such record"


def _replayed(world: World, conn: Connection) -> dict[str, tuple[int, str, dict[str, Any]]]:
    found: dict[str, tuple[int, str, dict[str, Any]]] = {}
    for record, ver, rev, kept in upkeep.all_history(conn):
        data = found[record][2] if record in found else {}
        for name, patch in open_kept(kept, world.keys.sealed).items():
            if patch["to"] is None:
                data.pop(name, None)
            else:
                data[name] = patch["to"]
        found[record] = (ver, rev, data)
    return found


def _links(world: World, conn: Connection) -> Iterator[str]:
    if sorted(wanted_links(world, conn)) != [tuple(link) for link in upkeep.all_links(conn)]:
        yield "look-up of references differs from the rows; run `flask rebuild`"


def wanted_links(world: World, conn: Connection) -> list[tuple[str, str, str]]:
    """(record, field, target) as the rows say."""
    return [
        (row.id, name, target)
        for row in upkeep.all_records(conn)
        for data in [orjson.loads(row.row)["data"]]
        for name in world.catalog.types[row.type].links()
        if isinstance(target := data.get(name), str)
    ]


def _devices(_world: World, conn: Connection) -> Iterator[str]:
    numbers: dict[str, set[int]] = defaultdict(set)
    for device, n in upkeep.all_numbers(conn):
        numbers[device].add(int(n))
    for device, have_n, missing in upkeep.all_devices(conn):
        gaps = {n for low, high in json.loads(missing) for n in range(low, high + 1)}
        received = set(range(1, int(have_n) + 1)) - gaps
        if not numbers[device] & set(range(1, int(have_n) + 1)) <= received:
            yield f"device {device}: its missing numbers are in the ledger"


def _waiting(_world: World, conn: Connection) -> Iterator[str]:
    states = upkeep.all_waiting(conn)
    for row in upkeep.all_records(conn):
        if row.type in ("conflict", "parked") and states.get(row.id) != orjson.loads(row.row)["data"]["state"]:
            yield f"{row.type} {row.id}: the review desk's look-up differs"
    for key in upkeep.unkept_changes(conn):
        yield f"change {key}: waits for somebody, and no desk lists it"
