"""Whole tables, read in order for checking, and derived columns written anew."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

from server.adapters.storage.records import Row

_RECORDS = text("SELECT id, type, scope, live, rev, ver, row, created_by, created_at, alias_of FROM record ORDER BY id")
_HISTORY = text("SELECT record, ver, rev, patch FROM record_history ORDER BY record, ver")
_ENTRIES = text(
    "SELECT e.scope, e.record, e.seq, e.live, r.rev, r.live FROM scope_entry e "
    "JOIN record r ON r.id = e.record ORDER BY e.scope, e.seq"
)
_SCOPES = text("SELECT id, head, live, digest FROM scope ORDER BY id")
_MARKS = text("SELECT scope, max(seq) FROM scope_mark GROUP BY scope")
_NUMBERS = text("SELECT device, n FROM change WHERE device IS NOT NULL AND n IS NOT NULL ORDER BY device, n")
_DEVICES = text("SELECT id, have_n, missing FROM device ORDER BY id")
_LINKS = text("SELECT record, field, target FROM record_link ORDER BY record, field")
_WAITING = text("SELECT id, state FROM conflict UNION ALL SELECT id, state FROM parked ORDER BY 1")
_UNKEPT = text(
    "SELECT c.key FROM change c LEFT JOIN parked p ON p.change = c.key "
    "WHERE c.status IN ('parked', 'quarantined') AND p.id IS NULL ORDER BY c.key"
)
_SET_SCOPE = text("UPDATE scope SET live = :live, digest = :digest WHERE id = :id")
_DROP_LINKS = text("DELETE FROM record_link")
_ADD_LINK = text("INSERT INTO record_link (record, field, target) VALUES (:record, :field, :target)")
_SET_KEY = text("UPDATE record SET natural_key = :key WHERE id = :id")


def _stream(conn: Connection, query: Any) -> Iterator[Any]:
    yield from conn.execution_options(yield_per=1_000).execute(query)


def all_records(conn: Connection) -> Iterator[Row]:
    return (Row(*row) for row in _stream(conn, _RECORDS))


def all_history(conn: Connection) -> Iterator[Any]:
    """(record, ver, rev, patch)"""
    return _stream(conn, _HISTORY)


def all_entries(conn: Connection) -> Iterator[Any]:
    """(scope, record, seq, entry live, rev, record live)"""
    return _stream(conn, _ENTRIES)


def all_scopes(conn: Connection) -> list[Any]:
    """(id, head, live, digest)"""
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


def all_waiting(conn: Connection) -> dict[str, str]:
    """{id: state} of conflicts and parked changes"""
    return {row[0]: row[1] for row in conn.execute(_WAITING)}


def unkept_changes(conn: Connection) -> list[str]:
    """Ledger keys of parked or quarantined changes that no office could see."""
    return [row[0] for row in conn.execute(_UNKEPT)]


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
