"""The only transactions there are."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, OperationalError

from server.adapters.storage.database import glancing, reading, writing
from server.services.failpoints import failpoint
from server.services.world import World


@contextmanager
def write(world: World, name: str) -> Iterator[Connection]:
    """One writing transaction, with failpoints `<name>.begin`, `.before_commit` and `.after_commit`."""
    failpoint(f"{name}.begin")
    with writing(world.engine.connect()) as conn, conn.begin() as transaction:
        yield conn
        failpoint(f"{name}.before_commit")
        transaction.commit()
    failpoint(f"{name}.after_commit")


@contextmanager
def read(world: World) -> Iterator[Connection]:
    """One reading transaction over one snapshot of the database, with the failpoint `read.begin`."""
    failpoint("read.begin")
    with reading(world.engine.connect()) as conn, conn.begin():
        yield conn


@contextmanager
def glance(world: World) -> Iterator[Connection]:
    """For one reading statement and no more."""
    with glancing(world.engine.connect()) as conn, conn.begin():
        yield conn


def unavailable(error: DBAPIError) -> bool:
    """Locked, full, away, or only a replica now (25006): nothing was stored, and trying again is right."""
    read_only = getattr(error.orig, "sqlstate", None) == "25006"
    return read_only or isinstance(error, OperationalError) or error.connection_invalidated
