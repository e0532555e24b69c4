"""Engines that behave the same on SQLite and PostgreSQL where the protocol needs it.

Writers on SQLite begin with BEGIN IMMEDIATE (a deferred writer can lose its turn half-way);
a read on PostgreSQL is one REPEATABLE READ snapshot.
"""

import sqlite3
from functools import partial
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DisconnectionError

LOCK_TIMEOUT_MS = 8_000
STATEMENT_TIMEOUT_MS = 60_000
TRUSTED_S = 5.0  # a connection used so lately is not asked whether it is still there


def prepare_engine(engine: Engine) -> Engine:
    """Install connection settings. Call once for a new engine."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    else:
        event.listen(engine, "connect", _postgres_connect)
        event.listen(engine, "checkin", _used_now)
        event.listen(engine, "checkout", partial(_still_there, engine.dialect))
    return engine


def writing(conn: Connection) -> Connection:
    """The connection, set so that its next transaction may write."""
    if conn.dialect.name == "sqlite":
        return conn.execution_options(begin_immediate=True)
    return conn.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)


def reading(conn: Connection) -> Connection:
    """The connection, set so that its next transaction reads one snapshot."""
    if conn.dialect.name == "sqlite":
        return conn.execution_options(begin_immediate=False)
    return conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def glancing(conn: Connection) -> Connection:
    """The connection, set so that one reading statement stands alone: a snapshot by itself, no BEGIN and COMMIT."""
    if conn.dialect.name == "sqlite":
        return reading(conn)
    return conn.execution_options(isolation_level="AUTOCOMMIT")


def _sqlite_connect(dbapi: sqlite3.Connection, _record: Any) -> None:
    dbapi.isolation_level = None  # we say BEGIN ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={LOCK_TIMEOUT_MS}", "foreign_keys=ON"):
        dbapi.execute(f"PRAGMA {pragma}")


def _sqlite_begin(conn: Connection) -> None:
    immediate = conn.get_execution_options().get("begin_immediate", True)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _postgres_connect(dbapi: Any, _record: Any) -> None:
    dbapi.autocommit = True
    with dbapi.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT_MS}")
        cursor.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        cursor.execute("SET timezone = 'UTC'")
        # What phones ask for is small and lies in memory: rows by index, by one process.
        cursor.execute("SET random_page_cost = 1.1")
        cursor.execute("SET max_parallel_workers_per_gather = 0")
    dbapi.autocommit = False


def _used_now(_dbapi: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _still_there(dialect: Dialect, dbapi: Any, record: Any, _proxy: Any) -> None:
    """After a rest the server may be gone, or another one: ask, and let the pool connect anew."""
    if monotonic() - record.info.get("used", 0.0) < TRUSTED_S:
        return
    try:
        dialect.do_ping(dbapi)
    except dbapi.OperationalError as error:
        raise DisconnectionError from error
