"""Who asks: account, device, session and grants in one statement, because every request begins with it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.core.access.permissions import Actor, Grant
from server.core.access.scope import Granted
from server.core.catalog.times import stamp


class Person(NamedTuple):
    """An account, the device it is used on (None: a desk), and every grant it ever had. `schema` is the app's."""

    id: str
    name: str
    username: str
    role: str
    disabled_at: str | None
    device: str | None
    device_revoked_at: str | None
    schema: int | None
    grants: list[Granted]


class Session(NamedTuple):
    person: Person
    ended_at: str | None
    last_used_at: str


_COLUMNS = (
    "a.id, a.name, a.username, a.role, a.disabled_at, d.id, d.revoked_at, d.schema, "
    "g.scope, g.role, g.gen, g.from_at, g.until_at, g.revoked_at"
)
_GRANTS = "LEFT JOIN access_grant g ON g.account = a.id"
_BY_ID = text(
    f"SELECT {_COLUMNS} FROM account a LEFT JOIN device d ON d.id = :device {_GRANTS} "
    "WHERE a.id = :account ORDER BY g.scope, g.gen"
)
_BY_SESSION = text(
    f"SELECT {_COLUMNS}, s.device, s.ended_at, s.last_used_at FROM session s JOIN account a ON a.id = s.account "
    f"LEFT JOIN device d ON d.id = s.device {_GRANTS} WHERE s.hash = :hash ORDER BY g.scope, g.gen"
)
_OWN, _GRANT = 8, 14  # columns before the grant's, and up to its end


def person(conn: Connection, account_id: str, device_id: str | None) -> Person | None:
    rows = conn.execute(_BY_ID, {"account": account_id, "device": device_id}).all()
    return _person(rows, device_id) if rows else None


def session(conn: Connection, token_hash: str) -> Session | None:
    """Ended ones too."""
    rows = conn.execute(_BY_SESSION, {"hash": token_hash}).all()
    return Session(_person(rows, rows[0][_GRANT]), *rows[0][_GRANT + 1 :]) if rows else None


def _person(rows: Sequence[Any], device_id: str | None) -> Person:
    account, (_, revoked_at, schema) = rows[0][:5], rows[0][5:_OWN]
    grants = [_granted(*row[_OWN:_GRANT]) for row in rows if row[_OWN] is not None]
    return Person(*account, device_id, revoked_at, schema, grants)


def _granted(scope: str, role: str, gen: int, from_at: str, until: str | None, revoked: str | None) -> Granted:
    end = min((time for time in (until, revoked) if time is not None), default=None)
    return Granted(scope, role, gen, from_at, end, revoked is not None)


def actor(person: Person, now: datetime, *, draining: bool = False) -> Actor:
    """The person as the policy sees him at this moment, with the grants in force.

    A barred person (account disabled, device revoked) holds no grant.
    """
    barred = "account_disabled" if person.disabled_at else "device_revoked" if person.device_revoked_at else None
    held = [] if barred else [g for g in person.grants if g.in_force(stamp(now))]
    grants = tuple(Grant(g.scope, g.role) for g in held)
    return Actor(person.id, person.name, person.username, person.role, grants, person.device, barred, draining)
