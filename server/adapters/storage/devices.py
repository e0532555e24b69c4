"""Devices: one installation of one user each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from server.adapters.storage.tables.people import device
from server.core.catalog.times import stamp


def get(conn: Connection, device_id: str) -> Any | None:
    return conn.execute(select(device).where(device.c.id == device_id)).one_or_none()


def by_drain_hash(conn: Connection, drain_hash: str) -> Any | None:
    return conn.execute(select(device).where(device.c.drain_hash == drain_hash)).one_or_none()


def of_account(conn: Connection, account_id: str) -> list[Any]:
    return list(conn.execute(select(device).where(device.c.account == account_id).order_by(device.c.created_at)))


def add(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(insert(device).values(row))


def change(conn: Connection, device_id: str, values: dict[str, Any]) -> None:
    conn.execute(update(device).where(device.c.id == device_id).values(values))


def revoke(conn: Connection, device_id: str, now: datetime) -> None:
    """What it brings from now on is quarantined, and it is told to wipe itself."""
    conn.execute(
        update(device).where(device.c.id == device_id, device.c.revoked_at.is_(None)).values(revoked_at=stamp(now))
    )


def count_active(conn: Connection, since: str) -> int:
    """Devices heard of since a time (a prefix of it will do)."""
    where = device.c.last_seen_at >= since
    return int(conn.execute(select(func.count()).select_from(device).where(where)).scalar_one())
