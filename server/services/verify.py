"""Checks that nothing was lost: digests, counters, ledger, history and feeds against the rows."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import photos, upkeep
from server.adapters.storage.records import Row
from server.core.sync.cursor import signed
from server.services.consequences import natural_key
from server.services.deliveries import AUTHOR_ONLY
from server.services.payloads import open_kept
from server.services.transactions import read
from server.services.verify_ledger import devices, ledger, waiting
from server.services.world import World


def verify(world: World) -> list[str]:
    """One sentence for each thing that does not agree; none when all is well."""
    checks: tuple[Callable[[World, Connection], Iterator[str]], ...] = (
        _feeds, _homes, _histories, _columns, _links, _photos, devices, ledger, waiting,
    )  # fmt: skip
    with read(world) as conn:
        return [finding for check in checks for finding in check(world, conn)]


def totals(conn: Connection) -> dict[str, tuple[int, int]]:
    """{scope: (live rows, digest)} counted from the entries."""
    found: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for scope, _record, _seq, live, _rank, rev, _record_live in upkeep.all_entries(conn):
        if live and rev is not None:
            count, digest = found[scope]
            found[scope] = (count + 1, digest ^ signed(rev))
    return found


def _feeds(_world: World, conn: Connection) -> Iterator[str]:
    highest: dict[str, int] = {}
    for scope, record, seq, live, _rank, rev, record_live in upkeep.all_entries(conn):
        highest[scope] = max(highest.get(scope, 0), int(seq))
        if rev is None:
            yield f"scope {scope}: delivers {record}, which is not there"
        elif live and not record_live:
            yield f"scope {scope}: delivers {record}, which is deleted"
    counted, marks = totals(conn), upkeep.last_marks(conn)
    for scope, head, floor, live, digest in upkeep.all_scopes(conn):
        if (int(live), int(digest)) != counted.get(scope, (0, 0)):
            yield f"scope {scope}: count or digest differ from its rows"
        if highest.pop(scope, 0) > head:
            yield f"scope {scope}: an entry stands above its head"
        if head and marks.get(scope) != head:
            yield f"scope {scope}: its last mark is not its head"
        if floor > head:
            yield f"scope {scope}: its floor is above its head"
    for scope in highest:
        yield f"scope {scope}: has entries and no counter"


def _homes(_world: World, conn: Connection) -> Iterator[str]:
    """Each record must be delivered where it lives, and none that is gone (it is a tombstone there, or, gone
    within the batch that made it, was never delivered)."""
    entries = {(scope, record): bool(live) for scope, record, _, live, *_ in upkeep.all_entries(conn)}
    for row in upkeep.all_records(conn):
        data = orjson.loads(row.row)["data"] if row.type in AUTHOR_ONLY else {}
        author = data.get("author") if not data.get("withdrawn") else None
        home = f"user:{author}" if author else row.scope
        if row.type in AUTHOR_ONLY and not author:
            continue
        if bool(entries.get((home, row.id))) is not bool(row.live):
            yield f"record {row.id}: not delivered to its home {home} as it stands"


def _histories(world: World, conn: Connection) -> Iterator[str]:
    """Each record's data must be what its history adds up to."""
    histories = _replayed(world, conn)
    for row in upkeep.all_records(conn):
        wire = orjson.loads(row.row)
        ver, rev, data = histories.pop(row.id, (0, "", {}))
        if (ver, rev) != (row.ver, row.rev) or (wire["ver"], wire["rev"]) != (row.ver, row.rev):
            yield f"record {row.id}: version {row.ver} and its history's {ver} differ"
        elif data != wire["data"]:
            yield f"record {row.id}: its data is not what its history adds up to"
    for record in histories:
        yield f"history of {record}: no such record"


def _replayed(world: World, conn: Connection) -> dict[str, tuple[int, str, dict[str, Any]]]:
    """{record: (versions in a row, last rev, data)}; a version that is missing stops the count."""
    found: dict[str, tuple[int, str, dict[str, Any]]] = {}
    for record, ver, rev, kept in upkeep.all_history(conn):
        before, _, data = found.get(record, (0, "", {}))
        for name, patch in open_kept(kept, world.keys.sealed).items():
            if patch["to"] is None:
                data.pop(name, None)
            else:
                data[name] = patch["to"]
        found[record] = (ver if ver == before + 1 else before, rev, data)
    return found


def _columns(world: World, conn: Connection) -> Iterator[str]:
    """What stands beside a row in columns of its own must be what the row says."""
    keys, sealed = upkeep.all_keys(conn), upkeep.all_sealed(conn)
    for row in upkeep.all_records(conn):
        wire, rtype = orjson.loads(row.row), world.catalog.types[row.type]
        if (wire["id"], wire["type"], wire["scope"]) != (row.id, row.type, row.scope):
            yield f"record {row.id}: its columns differ from its row"
        if keys[row.id] != (rtype.rank, natural_key(rtype, wire["data"])):
            yield f"record {row.id}: look-up of rank or natural key differs; run `flask rebuild`"
        yield from _sealed(row, wire["data"], rtype.sealed(), sealed)


def _sealed(row: Row, data: dict[str, Any], names: tuple[str, ...], kept: set[tuple[str, str]]) -> Iterator[str]:
    for name in names:
        value = data.get(name)
        if value is not None and (name, value["v"]) not in kept:
            yield f"record {row.id}: the sealed value of {name} is not kept"


def _links(world: World, conn: Connection) -> Iterator[str]:
    if sorted(wanted_links(world, conn)) != [tuple(link) for link in upkeep.all_links(conn)]:
        yield "look-up of references differs from the rows; run `flask rebuild`"


def _photos(world: World, conn: Connection) -> Iterator[str]:
    """Rows against rows; `flask photos verify` looks into the store."""
    if sorted(wanted_photos(world, conn)) != [tuple(link) for link in photos.all_links(conn)]:
        yield "look-up of photos differs from the rows; run `flask rebuild`"
    for photo in photos.without_object(conn):
        yield f"photo {photo}: is said to be stored and names no object"


def wanted_photos(world: World, conn: Connection) -> list[tuple[str, str, str]]:
    """(photo, record, field) as the rows say."""
    naming = {name: rtype.photos() for name, rtype in world.catalog.types.items() if rtype.photos()}
    return [
        (photo, row.id, name)
        for row in upkeep.all_records(conn)
        if row.type in naming
        for data in [orjson.loads(row.row)["data"]]
        for name in naming[row.type]
        for photo in data.get(name) or ()
    ]


def wanted_links(world: World, conn: Connection) -> list[tuple[str, str, str]]:
    """(record, field, target) as the rows say."""
    return [
        (row.id, name, target)
        for row in upkeep.all_records(conn)
        for data in [orjson.loads(row.row)["data"]]
        for name in world.catalog.types[row.type].links()
        if isinstance(target := data.get(name), str)
    ]
