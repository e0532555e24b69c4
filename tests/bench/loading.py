"""Filling a database with many records at once, as if they had been imported: rows, history, ledger and feeds agree."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Engine

from server.core.sync.cursor import signed
from server.services.payloads import fingerprint, keep
from server.services.world import World
from tests.bench.households import AT, Made, creation, records, scope_of

COLUMNS = {
    "record": "id type rank scope live rev ver row natural_key created_by created_at updated_at",
    "record_history": "record ver rev at by source op change patch subjects",
    "record_link": "record field target",
    "scope_entry": "scope rank record seq live",
    "scope_mark": "scope seq tag",
    "scope": "id head live digest",
    "counter": "key value",
    "change": "key id account hash payload subjects record type scope source status received_at timeline",
}


def text_of(made: Made) -> str:
    return orjson.dumps(made.standing.wire()).decode()


def rows_of(grid: int, count: int, author: str, timeline: str, mac: bytes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """(table, row) for everything that stands in one grid; `mac` is the key of the ledger's fingerprints."""
    scope, head, digest, tag = scope_of(grid), 0, 0, "0" * 16
    for head, made in enumerate(records(grid, count, author), 1):
        s = made.standing
        digest, tag = digest ^ signed(s.rev), s.rev
        subjects = orjson.dumps([s.id]).decode() if s.type == "household" else None
        common = (s.id, s.type, made.rank, s.scope, True, s.rev, s.ver, text_of(made))
        yield "record", (*common, made.key, author, AT, AT)
        change = creation(s)
        patch = keep(change["set"])
        yield "record_history", (s.id, 1, s.rev, AT, author, "import", "create", s.id, patch, subjects)
        for field, target in made.links:
            yield "record_link", (s.id, field, target)
        yield "scope_entry", (scope, made.rank, s.id, head, True)
        kept = (keep(change), subjects, s.id, s.type, scope, "import", "applied", AT, timeline)
        yield "change", (s.id, s.id, author, fingerprint(change, mac), *kept)
    yield "scope_mark", (scope, head, tag)
    yield "scope", (scope, head, head, digest)
    yield "counter", (f"household:{scope}", count)


def load(world: World, grids: Iterable[int], count: int, author: str, timeline: str) -> None:
    """Store `count` records in each grid."""
    for grid in grids:
        tables: dict[str, list[tuple[Any, ...]]] = {name: [] for name in COLUMNS}
        for name, row in rows_of(grid, count, author, timeline, world.keys.mac):
            tables[name].append(row)
        put(world.engine, tables, COLUMNS)
    settle(world.engine)


def put(engine: Engine, tables: dict[str, list[tuple[Any, ...]]], columns: dict[str, str]) -> None:
    """Insert rows by the fastest way there is: COPY, or executemany on SQLite."""
    raw = engine.raw_connection()
    cursor = raw.driver_connection.cursor()
    for name, rows in tables.items():
        names = columns[name].split()
        listed = ", ".join(f'"{column}"' for column in names)
        if engine.dialect.name == "postgresql":
            with cursor.copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            cursor.execute("BEGIN")
            cursor.executemany(f"INSERT INTO {name} ({listed}) VALUES ({', '.join('?' * len(names))})", rows)
            cursor.execute("COMMIT")
    raw.driver_connection.commit()
    raw.close()


def settle(engine: Engine) -> None:
    """Statistics and visibility as a database has them that has run for a while."""
    raw = engine.raw_connection()
    if engine.dialect.name == "postgresql":
        raw.driver_connection.autocommit = True
        raw.driver_connection.execute("VACUUM (ANALYZE)")
        raw.driver_connection.execute("CHECKPOINT")
        raw.driver_connection.autocommit = False
    else:
        raw.driver_connection.execute("ANALYZE")
    raw.close()
