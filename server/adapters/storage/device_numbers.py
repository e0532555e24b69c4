"""The numbers a device has given its changes, under the lock that makes two copies of one push wait."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage import ledger
from server.core.sync.numbers import Ranges


class Numbers(NamedTuple):
    have_n: int
    missing: Ranges


_LOCK = {
    "postgresql": text("SELECT have_n, missing FROM device WHERE id = :id FOR UPDATE"),
    "sqlite": text("SELECT have_n, missing FROM device WHERE id = :id"),
}
_STORE = text("UPDATE device SET have_n = :have_n, missing = :missing WHERE id = :id")


def lock(conn: Connection, device: str) -> Numbers:
    """LookupError: no such device."""
    row = conn.execute(_LOCK[conn.dialect.name], {"id": device}).first()
    if row is None:
        raise LookupError(f"no device {device}")
    return Numbers(int(row[0]), json.loads(row[1]))


def store(conn: Connection, device: str, have_n: int, missing: Ranges) -> None:
    conn.execute(_STORE, {"id": device, "have_n": have_n, "missing": json.dumps(missing)})


def used(conn: Connection, device: str, numbers: Iterable[int]) -> dict[int, str]:
    """n -> ledger key of the change that has it."""
    return ledger.numbers_used(conn, device, numbers)
