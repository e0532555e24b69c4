"""Reading and writing records, their links and history. Statements are plain SQL: this is the hot path."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text


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
    return {first: now for first, now in conn.execute(_ALIASES, {"ids": wanted})} if wanted else {}


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


_BY_KEY = in_list("SELECT natural_key, id, scope FROM record WHERE natural_key IN :ids AND live ORDER BY created_at, id")


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
    "UPDATE record SET scope = :scope, live = :live, rev = :rev, ver = :ver, row = :row, "
    "natural_key = :natural_key, updated_at = :updated_at, alias_of = :alias_of WHERE id = :id"
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
    if new:
        conn.execute(_INSERT, new)
    if changed:
        conn.execute(_UPDATE, changed)
    if history:
        conn.execute(_HISTORY, history)
    if links:
        conn.execute(_UNLINK, links)
    if kept := [link for link in links if link["target"] is not None]:
        conn.execute(_LINK, kept)


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
