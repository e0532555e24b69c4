"""Login lock-out: at most ten guesses an hour at one account, and from one device, and never for ever.

Guesses are counted before the password is looked at, so guessing in parallel gains nothing. Ten failures in a row,
each within an hour of the one before, lock the key for an hour; a right password forgets them.
A person at a device of his own is counted by the device alone: strangers cannot lock him out of it.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection

from server.adapters.storage import accounts
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.services.transactions import write
from server.services.world import World

GUESSES = 10
HOUR = timedelta(hours=1)


def keys(username: str, device_id: str | None, own_device: bool) -> list[str]:
    """What a login is counted under. The name is hashed: people type passwords into the wrong field."""
    name = "user:" + hashlib.sha256(username.lower().encode("utf-8", "surrogatepass")).hexdigest()
    device = [f"device:{device_id}"] if device_id else []
    return device if own_device else [name, *device]


def count_guess(conn: Connection, under: list[str], now: datetime) -> None:
    """Count one guess under each key. Problem `throttled` when one of them is locked."""
    at, known = stamp(now), accounts.failures(conn, under)
    locked = [row.locked_until for row in known.values() if row.locked_until and row.locked_until > at]
    if locked:
        wait = datetime.fromisoformat(max(locked).replace("Z", "+00:00")) - now
        raise Problem("throttled", "", retry_after=max(1, int(wait.total_seconds()) + 1))
    for key, row in known.items():
        goes_on = row.locked_until is None and row.first_at > stamp(now - HOUR)
        count = row.count + 1 if goes_on else 1
        accounts.set_failure(conn, key, count, at, stamp(now + HOUR) if count >= GUESSES else None)


def tidy(world: World) -> None:
    """Forget failures that can lock nothing any more: names that strangers tried would pile up."""
    with write(world, "lockout.tidy") as conn:
        accounts.forget_failures_before(conn, stamp(world.clock() - 2 * HOUR))
