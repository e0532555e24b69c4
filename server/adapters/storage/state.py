"""What state the database itself is in."""

from sqlalchemy import Connection, inspect, select, text

from server.adapters.storage.tables.sync import timeline


def revision(conn: Connection) -> str | None:
    """The last migration that ran, or None when none has."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    found: str | None = conn.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def has_timeline(conn: Connection) -> bool:
    return conn.execute(select(timeline.c.no).limit(1)).one_or_none() is not None
