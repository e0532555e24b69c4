"""Timelines and the identity of the database."""

from typing import Any

from sqlalchemy import Connection, text

_CURRENT = text("SELECT id FROM timeline ORDER BY no DESC LIMIT 1")
_REPLACED = text("SELECT started_at FROM timeline WHERE reason <> 'first' ORDER BY no DESC LIMIT 1")
_START = text("INSERT INTO timeline (id, started_at, reason, evidence) VALUES (:id, :at, :reason, :evidence)")


def current_timeline(conn: Connection) -> str | None:
    found = conn.execute(_CURRENT).scalar()
    return str(found) if found is not None else None


def timeline_replaced_at(conn: Connection) -> str | None:
    """When the latest timeline that is not the first one began."""
    found = conn.execute(_REPLACED).scalar()
    return str(found) if found is not None else None


def lock_timelines(conn: Connection) -> None:
    """One at a time decides whether history went back. (SQLite: the writing transaction does it.)"""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(7310001)"))


def start_timeline(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(_START, row)


def database_identity(conn: Connection) -> str | None:
    """PostgreSQL: system identifier and oid of the database; None on SQLite, which has nothing of the kind."""
    if conn.dialect.name != "postgresql":
        return None
    row = conn.execute(
        text(
            "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || "
            "(SELECT oid FROM pg_database WHERE datname = current_database())::text"
        )
    ).scalar_one()
    return str(row)


def stored_identity(conn: Connection) -> str | None:
    found = conn.execute(text("SELECT database FROM identity WHERE id = 1")).scalar()
    return str(found) if found is not None else None


def store_identity(conn: Connection, identity: str) -> None:
    conn.execute(
        text("INSERT INTO identity (id, database) VALUES (1, :value) ON CONFLICT (id) DO UPDATE SET database = :value"),
        {"value": identity},
    )
