"""Devices: one installation of one user each."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from server.adapters.storage.tables.people import access_grant, account, device
from server.adapters.storage.tables.review import incident
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
    """What it brings from now on is quarantined, it is told to wipe itself, and the share of its key is gone."""
    conn.execute(
        update(device)
        .where(device.c.id == device_id, device.c.revoked_at.is_(None))
        .values(revoked_at=stamp(now), share=None)
    )


def wiped(conn: Connection, device_id: str, now: datetime) -> None:
    """The receipt: it says that it destroyed key and rows. The first one counts."""
    conn.execute(
        update(device).where(device.c.id == device_id, device.c.wiped_at.is_(None)).values(wiped_at=stamp(now))
    )


def keep_share(conn: Connection, device_id: str, share: bytes) -> bytes:
    """The share this device has; `share` where it had none (of two that come at once the first stays)."""
    conn.execute(update(device).where(device.c.id == device_id, device.c.share.is_(None)).values(share=share))
    return bytes(conn.execute(select(device.c.share).where(device.c.id == device_id)).scalar_one())


def all_with_people(conn: Connection, username: str | None) -> list[Any]:
    """Every device with its person's user name, last heard of first."""
    columns = (account.c.username, device.c.id, device.c.name, device.c.app, device.c.have_n, device.c.next_n)
    times = (device.c.last_seen_at, device.c.revoked_at, device.c.wiped_at)
    found = select(*columns, *times).join(account, account.c.id == device.c.account)
    if username is not None:
        found = found.where(account.c.username == username)
    return list(conn.execute(found.order_by(device.c.last_seen_at.desc(), device.c.id)))


def page(
    conn: Connection, scopes: set[str], now: datetime, username: str | None, after: str | None, limit: int
) -> list[Any]:
    """Devices, in order of id, of people who have a grant on one of these scopes, or had one and have none now: all
    columns, with username, person (their name), incidents (open ones of the device)."""
    told = select(func.count()).where(incident.c.device == device.c.id, incident.c.state == "open").scalar_subquery()
    until, granted = func.coalesce(access_grant.c.revoked_at, access_grant.c.until_at), select(access_grant.c.account)
    here = granted.where(access_grant.c.scope.in_(scopes))
    now_held = granted.where(or_(until.is_(None), until > stamp(now)))
    theirs = or_(
        device.c.account.in_(now_held.where(access_grant.c.scope.in_(scopes))),
        and_(device.c.account.in_(here), device.c.account.not_in(now_held)),
    )
    found = (
        select(device, account.c.username, account.c.name.label("person"), told.label("incidents"))
        .join(account, account.c.id == device.c.account)
        .where(theirs, device.c.id > (after or ""))
    )
    if username is not None:
        found = found.where(account.c.username == username)
    return list(conn.execute(found.order_by(device.c.id).limit(limit)))


def count_active(conn: Connection, since: str) -> int:
    """Devices heard of since a time (a prefix of it will do)."""
    where = device.c.last_seen_at >= since
    return int(conn.execute(select(func.count()).select_from(device).where(where)).scalar_one())
