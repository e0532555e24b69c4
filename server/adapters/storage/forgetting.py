"""Taking a field out of everything that keeps it: rows, their history, the ledger. The caller says what is left."""

from typing import Any

from sqlalchemy import Connection, text

_LIVE = text(
    "SELECT id, scope, rev FROM record WHERE type = :type AND live AND created_at < :before ORDER BY id LIMIT :limit"
)
_ROWS = text("SELECT id, row FROM record WHERE type = :type AND created_at < :before ORDER BY id")
_HISTORY = text(
    "SELECT h.record, h.ver, h.patch FROM record_history h JOIN record r ON r.id = h.record "
    "WHERE r.type = :type AND r.created_at < :before ORDER BY h.record, h.ver"
)
_PAYLOADS = text("SELECT key, payload FROM change WHERE type = :type AND received_at < :before ORDER BY key")
_SET_ROW = text("UPDATE record SET row = :row WHERE id = :id")
_SET_PATCH = text("UPDATE record_history SET patch = :patch WHERE record = :record AND ver = :ver")
_SET_PAYLOAD = text("UPDATE change SET payload = :payload WHERE key = :key")


def live(conn: Connection, type_name: str, before: str, limit: int) -> list[Any]:
    """(id, scope, rev) of live records made before a moment"""
    return list(conn.execute(_LIVE, {"type": type_name, "before": before, "limit": limit}))


def rows(conn: Connection, type_name: str, before: str) -> list[Any]:
    """(id, wire row as text), live or not"""
    return list(conn.execute(_ROWS, {"type": type_name, "before": before}))


def history(conn: Connection, type_name: str, before: str) -> list[Any]:
    """(record, ver, patch as kept)"""
    return list(conn.execute(_HISTORY, {"type": type_name, "before": before}))


def payloads(conn: Connection, type_name: str, before: str) -> list[Any]:
    """(ledger key, payload as kept) of changes that came before a moment"""
    return list(conn.execute(_PAYLOADS, {"type": type_name, "before": before}))


def rewrite(
    conn: Connection, rows: list[dict[str, Any]], patches: list[dict[str, Any]], payloads: list[dict[str, Any]]
) -> None:
    """Parameters: {id, row}, {record, ver, patch}, {key, payload}."""
    for statement, changed in ((_SET_ROW, rows), (_SET_PATCH, patches), (_SET_PAYLOAD, payloads)):
        if changed:
            conn.execute(statement, changed)
