"""Reading and writing records, their links and history. Statements are plain SQL: this is the hot path."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects import postgresql

_INSERT_VALUES = re.compile(r"INSERT INTO (\w+) \((.+?)\) VALUES \(.+?\)")
# The sub-select names the table's row type: `NULL::record` would be another type of that name.
_ROWS = r"json_populate_recordset((SELECT t FROM \1 t LIMIT 0), CAST(%(rows)s AS json))"
_AS_SET = rf"INSERT INTO \1 (\2) SELECT \2 FROM {_ROWS}"


def many(conn: Connection, statement: TextClause, rows: list[dict[str, Any]]) -> None:
    """A statement for all the rows: on PostgreSQL an INSERT takes them as one set, which costs half of one by one.

    Parameters must have the names of their columns.
    """
    if not rows:
        return
    sql, as_set = _of_driver(statement, conn.dialect.name)
    conn.exec_driver_sql(sql, {"rows": orjson.dumps(rows, default=_bytea).decode()} if as_set else rows)


@cache
def _of_driver(statement: TextClause, dialect: str) -> tuple[str, bool]:
    """The statement in the driver's words, and whether it takes all rows at once."""
    if dialect == "sqlite":
        return statement.text, False
    as_set, found = _INSERT_VALUES.subn(_AS_SET, statement.text)
    return (as_set, True) if found else (str(statement.compile(dialect=postgresql.psycopg.dialect())), False)


def _bytea(value: bytes) -> str:
    return "\\x" + value.hex()


class Row(NamedTuple):
    """A record as its table keeps it; `row` is the wire row as JSON text."""

    id: str
    type: str
    scope: str
    live: bool
    rev: str
    ver: int
    row: str
    created_by: str | None
    created_at: str
    alias_of: str | None


_COLUMNS = "id, type, scope, live, rev, ver, row, created_by, created_at, alias_of"


def in_list(sql: str) -> Any:
    """A statement whose `:ids` is a list."""
    return text(sql).bindparams(bindparam("ids", expanding=True))


_LOCK = {
    "postgresql": in_list(f"SELECT {_COLUMNS} FROM record WHERE id IN :ids ORDER BY id FOR UPDATE"),
    "sqlite": in_list(f"SELECT {_COLUMNS} FROM record WHERE id IN :ids"),
}


def lock(conn: Connection, ids: Iterable[str]) -> list[Row]:
    """The existing records among `ids`, locked in order of id until the transaction ends."""
    wanted = sorted(set(ids))
    return [Row(*r) for r in conn.execute(_LOCK[conn.dialect.name], {"ids": wanted})] if wanted else []


def read(conn: Connection, ids: Iterable[str]) -> list[Row]:
    wanted = sorted(set(ids))
    return [Row(*r) for r in conn.execute(_LOCK["sqlite"], {"ids": wanted})] if wanted else []


_ALIASES = in_list(
    "WITH RECURSIVE now (first, id, alias_of) AS ("
    "SELECT id, id, alias_of FROM record WHERE id IN :ids AND alias_of IS NOT NULL "
    "UNION SELECT now.first, r.id, r.alias_of FROM now JOIN record r ON r.id = now.alias_of) "
    "SELECT first, id FROM now WHERE alias_of IS NULL"
)


def aliases(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """{record: the one it was merged into}, for those among `ids` that were merged away."""
    wanted = sorted(set(ids))
    return dict(conn.execute(_ALIASES, {"ids": wanted}).all()) if wanted else {}


_WRITERS = in_list("SELECT record, ver, rev, device, by FROM record_history WHERE record IN :ids ORDER BY ver")


def writers(conn: Connection, ids: Iterable[str]) -> list[Sequence[Any]]:
    """(record, ver, rev, device, by) of every write of these records, oldest first."""
    wanted = sorted(set(ids))
    return list(conn.execute(_WRITERS, {"ids": wanted})) if wanted else []


_LIVE_CHILDREN = in_list(
    "SELECT l.target, l.record, l.field, r.type, r.scope FROM record_link l JOIN record r ON r.id = l.record "
    "WHERE l.target IN :ids AND r.live ORDER BY l.record"
)


class Link(NamedTuple):
    target: str
    record: str
    field: str
    type: str
    scope: str


def live_links(conn: Connection, targets: Iterable[str]) -> list[Link]:
    """Live records that point at `targets` by a parent or an indexed field."""
    wanted = sorted(set(targets))
    return [Link(*r) for r in conn.execute(_LIVE_CHILDREN, {"ids": wanted})] if wanted else []


_BY_KEY = in_list(
    "SELECT natural_key, id, scope FROM record WHERE natural_key IN :ids AND live ORDER BY created_at, id"
)


def by_natural_key(conn: Connection, keys: Iterable[str]) -> list[Sequence[str]]:
    """(natural key, id, scope) of the live records with these keys, oldest first.

    On PostgreSQL the keys are locked first, so that two who create the same thing at once see each other.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return []
    if conn.dialect.name == "postgresql":
        for key in wanted:
            conn.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    return list(conn.execute(_BY_KEY, {"ids": wanted}))


_INSERT = text(
    "INSERT INTO record (id, type, rank, scope, live, rev, ver, row, natural_key, created_by, created_at, "
    "updated_at, alias_of) VALUES (:id, :type, :rank, :scope, :live, :rev, :ver, :row, :natural_key, "
    ":created_by, :created_at, :updated_at, :alias_of)"
)
_UPDATE = text(
    f"{_INSERT.text} ON CONFLICT (id) DO UPDATE SET scope = excluded.scope, live = excluded.live, rev = excluded.rev, "
    "ver = excluded.ver, row = excluded.row, natural_key = excluded.natural_key, updated_at = excluded.updated_at, "
    "alias_of = excluded.alias_of"
)
_HISTORY = text(
    "INSERT INTO record_history (record, ver, rev, at, by, device, source, op, change, at_device, patch, subjects) "
    "VALUES (:record, :ver, :rev, :at, :by, :device, :source, :op, :change, :at_device, :patch, :subjects)"
)
_UNLINK = text("DELETE FROM record_link WHERE record = :record AND field = :field")
_LINK = text("INSERT INTO record_link (record, field, target) VALUES (:record, :field, :target)")


def write(
    conn: Connection,
    new: list[dict[str, Any]],
    changed: list[dict[str, Any]],
    history: list[dict[str, Any]],
    links: list[dict[str, Any]],
) -> None:
    """Set-based writes. A link with target None is taken away. A known id among `new` raises IntegrityError."""
    many(conn, _INSERT, new)
    many(conn, _UPDATE, changed)
    many(conn, _HISTORY, history)
    many(conn, _UNLINK, links)
    many(conn, _LINK, [link for link in links if link["target"] is not None])


_SEAL = text(
    "INSERT INTO sealed_value (record, field, v, blind, box) VALUES (:record, :field, :v, :blind, :box) "
    "ON CONFLICT (record, field, v) DO NOTHING"
)


def keep_sealed(conn: Connection, values: list[dict[str, Any]]) -> None:
    if values:
        conn.execute(_SEAL, values)


_COUNT = text(
    "INSERT INTO counter (key, value) VALUES (:key, :k) "
    "ON CONFLICT (key) DO UPDATE SET value = counter.value + :k RETURNING value"
)


def take_numbers(conn: Connection, key: str, k: int) -> range:
    """The next k numbers of a counter, from 1. Locks the counter until the transaction ends."""
    last = int(conn.execute(_COUNT, {"key": key, "k": k}).scalar_one())
    return range(last - k + 1, last + 1)


_HISTORY_PAGE = text(
    "SELECT ver, at, by, at_device, source, op, patch, change FROM record_history "
    "WHERE record = :record AND ver < :after ORDER BY ver DESC LIMIT :limit"
)


def history_page(conn: Connection, record: str, after: int, limit: int) -> list[Sequence[Any]]:
    return list(conn.execute(_HISTORY_PAGE, {"record": record, "after": after, "limit": limit}))
