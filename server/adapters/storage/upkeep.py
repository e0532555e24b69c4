"""Whole tables, read in order for checking, and derived columns written anew."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import Row

_RECORDS = text("SELECT id, type, scope, live, rev, ver, row, created_by, created_at, alias_of FROM record ORDER BY id")
_HISTORY = text("SELECT record, ver, rev, patch FROM record_history ORDER BY record, ver")
_ENTRIES = text(
    "SELECT e.scope, e.record, e.seq, e.live, e.rank, r.rev, r.live FROM scope_entry e "
    "LEFT JOIN record r ON r.id = e.record ORDER BY e.scope, e.seq"
)
_SCOPES = text("SELECT id, head, floor, live, digest FROM scope ORDER BY id")
_MARKS = text("SELECT scope, max(seq) FROM scope_mark GROUP BY scope")
_NUMBERS = text("SELECT device, n FROM change WHERE device IS NOT NULL AND n IS NOT NULL ORDER BY device, n")
_DEVICES = text("SELECT id, have_n, missing FROM device ORDER BY id")
_LINKS = text("SELECT record, field, target FROM record_link ORDER BY record, field")
_WAITING = text(
    "SELECT id, state, record, change, NULL FROM conflict "
    "UNION ALL SELECT id, state, record, change, status FROM parked ORDER BY 1"
)
_VERDICTS = text("SELECT key, status, type, hash, payload FROM change ORDER BY key")
_WRITTEN = text("SELECT DISTINCT change FROM record_history WHERE change IS NOT NULL")
_KEYS = text("SELECT id, rank, natural_key FROM record ORDER BY id")
_SEALED = text("SELECT DISTINCT field, v FROM sealed_value")
_UNKEPT = text(
    "SELECT c.key FROM change c LEFT JOIN parked p ON p.change = c.key "
    "WHERE c.status IN ('parked', 'quarantined') AND p.id IS NULL "
    "AND NOT (c.source = 'desk' AND c.type IN ('conflict', 'parked')) ORDER BY c.key"
)
_SET_SCOPE = text("UPDATE scope SET live = :live, digest = :digest WHERE id = :id")
_DROP_LINKS = text("DELETE FROM record_link")
_ADD_LINK = text("INSERT INTO record_link (record, field, target) VALUES (:record, :field, :target)")
_SET_KEY = text("UPDATE record SET natural_key = :key WHERE id = :id")


def _stream(conn: Connection, query: Any) -> Iterator[Any]:
    # An option of the statement: on the connection it would stay, and the next DELETE ask for a cursor.
    yield from conn.execute(query, execution_options={"yield_per": 1_000})


def all_records(conn: Connection) -> Iterator[Row]:
    return (Row(*row) for row in _stream(conn, _RECORDS))


def all_history(conn: Connection) -> Iterator[Any]:
    """(record, ver, rev, patch)"""
    return _stream(conn, _HISTORY)


def all_entries(conn: Connection) -> Iterator[Any]:
    """(scope, record, seq, entry live, rank, rev, record live); rev and the last are None without a record"""
    return _stream(conn, _ENTRIES)


def all_scopes(conn: Connection) -> list[Any]:
    """(id, head, floor, live, digest)"""
    return list(conn.execute(_SCOPES))


def last_marks(conn: Connection) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in conn.execute(_MARKS)}


def all_numbers(conn: Connection) -> Iterator[Any]:
    """(device, n) of every numbered change"""
    return _stream(conn, _NUMBERS)


def all_devices(conn: Connection) -> list[Any]:
    """(id, have_n, missing as JSON text)"""
    return list(conn.execute(_DEVICES))


def all_links(conn: Connection) -> Iterator[Any]:
    """(record, field, target)"""
    return _stream(conn, _LINKS)


class Waiting(NamedTuple):
    """A conflict or parked change as its look-up says; `status` only of parked ones."""

    id: str
    state: str
    record: str | None
    change: str | None
    status: str | None


def all_waiting(conn: Connection) -> dict[str, Waiting]:
    return {row[0]: Waiting(*row) for row in conn.execute(_WAITING)}


def all_verdicts(conn: Connection) -> Iterator[Any]:
    """(key, status, type, hash, payload) of every change"""
    return _stream(conn, _VERDICTS)


def changes_written(conn: Connection) -> set[str]:
    """Changes that some history row names."""
    return set(conn.execute(_WRITTEN).scalars())


def all_keys(conn: Connection) -> dict[str, tuple[int, str | None]]:
    """{record: (rank, natural key)}"""
    return {row[0]: (row[1], row[2]) for row in conn.execute(_KEYS)}


def all_sealed(conn: Connection) -> set[tuple[str, str]]:
    """(field, v) of every sealed value that is kept"""
    return {(row[0], row[1]) for row in conn.execute(_SEALED)}


def unkept_changes(conn: Connection) -> list[str]:
    """Ledger keys of parked or quarantined changes that no office could see."""
    return [row[0] for row in conn.execute(_UNKEPT)]


def hold_writers(conn: Connection) -> None:
    """Nobody writes records until the transaction ends. (SQLite: the writing transaction does it.)"""
    if conn.dialect.name == "postgresql":
        conn.execute(text("LOCK TABLE record, scope IN SHARE ROW EXCLUSIVE MODE"))


def set_scopes(conn: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(_SET_SCOPE, rows)


def set_links(conn: Connection, rows: list[dict[str, Any]]) -> None:
    conn.execute(_DROP_LINKS)
    if rows:
        conn.execute(_ADD_LINK, rows)


def set_keys(conn: Connection, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.execute(_SET_KEY, rows)
