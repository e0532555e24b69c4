"""Accounts, sessions and failed logins."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.adapters.storage.tables.people import account, login_failure, session
from server.core.catalog.times import stamp


def by_username(conn: Connection, username: str) -> Any | None:
    """The account's row, or None. User names are stored in lower case."""
    return conn.execute(select(account).where(account.c.username == username.lower())).one_or_none()


def get(conn: Connection, account_id: str) -> Any | None:
    return conn.execute(select(account).where(account.c.id == account_id)).one_or_none()


def add(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(insert(account).values(row))


def disable(conn: Connection, account_id: str, now: datetime) -> None:
    """No login from now on, and no session goes on."""
    conn.execute(update(account).where(account.c.id == account_id).values(disabled_at=stamp(now)))
    conn.execute(
        update(session).where(session.c.account == account_id, session.c.ended_at.is_(None)).values(ended_at=stamp(now))
    )


def enable(conn: Connection, account_id: str) -> None:
    conn.execute(update(account).where(account.c.id == account_id).values(disabled_at=None))


def demo_accounts(conn: Connection) -> list[str]:
    """User names of the accounts whose password everybody knows."""
    return list(
        conn.execute(select(account.c.username).where(account.c.demo == 1).order_by(account.c.username)).scalars()
    )


def add_session(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(insert(session).values(row))


def touch_session(conn: Connection, token_hash: str, now: datetime) -> None:
    conn.execute(update(session).where(session.c.hash == token_hash).values(last_used_at=stamp(now)))


def end_session(conn: Connection, token_hash: str, now: datetime) -> None:
    conn.execute(
        update(session).where(session.c.hash == token_hash, session.c.ended_at.is_(None)).values(ended_at=stamp(now))
    )


def end_sessions_of_device(conn: Connection, device_id: str, now: datetime) -> None:
    conn.execute(
        update(session).where(session.c.device == device_id, session.c.ended_at.is_(None)).values(ended_at=stamp(now))
    )


def failures(conn: Connection, keys: list[str]) -> dict[str, Any]:
    """{key: row of login_failure}, locked until the transaction ends; those without one get one that counts nothing."""
    dialect = postgresql if conn.dialect.name == "postgresql" else sqlite
    fresh = [{"key": key, "count": 0, "first_at": "", "locked_until": None} for key in sorted(keys)]
    conn.execute(dialect.insert(login_failure).values(fresh).on_conflict_do_nothing())
    query = select(login_failure).where(login_failure.c.key.in_(keys)).order_by(login_failure.c.key)
    return {row.key: row for row in conn.execute(query.with_for_update())}


def set_failure(conn: Connection, key: str, count: int, at: str, locked_until: str | None) -> None:
    """`at`: when the last guess was."""
    values = {"count": count, "first_at": at, "locked_until": locked_until}
    conn.execute(update(login_failure).where(login_failure.c.key == key).values(values))


def forget_failures_before(conn: Connection, at: str) -> None:
    conn.execute(delete(login_failure).where(login_failure.c.first_at < at))


def forget_failures(conn: Connection, keys: list[str]) -> None:
    conn.execute(delete(login_failure).where(login_failure.c.key.in_(keys)))


def names(conn: Connection, ids: Iterable[str]) -> dict[str, str]:
    """{account id: the person's name}, unknown ones left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return dict(conn.execute(select(account.c.id, account.c.name).where(account.c.id.in_(wanted))).all())
