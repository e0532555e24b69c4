"""Who holds which role where. The rows here decide; the `grant` records shown to users follow them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, update

from server.adapters.storage import actors, areas
from server.adapters.storage.tables.people import access_grant, account, device, grant_ack
from server.core.access.permissions import Actor
from server.core.access.scope import Granted, Tree, held_now, lost
from server.core.catalog.times import stamp


def actor_of(
    conn: Connection, account_id: str, device_id: str | None, now: datetime, *, draining: bool = False
) -> Actor:
    """The person as the policy sees him at this moment, with the grants in force. LookupError: no such account.

    A barred person (account disabled, device revoked) holds no grant.
    """
    person = actors.person(conn, account_id, device_id)
    if person is None:
        raise LookupError(f"no account {account_id}")
    return actors.actor(person, now, draining=draining)


def granted(conn: Connection, account_id: str) -> list[Granted]:
    """Every grant an account ever had."""
    person = actors.person(conn, account_id, None)
    return person.grants if person is not None else []


def held_scopes(conn: Connection, person: actors.Person, now: datetime) -> set[str]:
    """The scopes in force at this moment."""
    return set(held_now(person.id, person.grants, _tree(conn, person.grants), stamp(now)))


def scopes_of(
    conn: Connection, account_id: str, now: datetime, device_id: str | None = None, grace_days: int = 14
) -> list[dict[str, Any]]:
    """What a device of the account may hold: [{scope, rights read|write, gen, revoked_at, grace_until}], sorted.

    Scopes lost are listed until the device has acknowledged (`grants_ack`) that they are gone from it; one
    that began after the loss never held them. Without a device: only what is in force.
    """
    grants = granted(conn, account_id)
    tree = _tree(conn, grants)
    held = held_now(account_id, grants, tree, stamp(now))
    if device_id is not None:
        gone = lost(grants, tree, stamp(now), _grace(grace_days))
        since = conn.execute(select(device.c.created_at).where(device.c.id == device_id)).scalar_one_or_none() or ""
        acked = acknowledged(conn, device_id)
        for scope, one in gone.items():
            if scope not in held and acked.get(scope, 0) < one.gen and (one.revoked_at or "") > since:
                held[scope] = one
    return [
        {
            "scope": one.scope,
            "rights": one.rights,
            "gen": one.gen,
            "revoked_at": one.revoked_at,
            "grace_until": one.grace_until,
        }
        for _, one in sorted(held.items())
    ]


def _grace(days: int) -> Callable[[str], str]:
    def until(end: str) -> str:
        return stamp(datetime.fromisoformat(end.replace("Z", "+00:00")).astimezone(UTC) + timedelta(days=days))

    return until


def _tree(conn: Connection, grants: Iterable[Granted]) -> Tree:
    scopes = {grant.scope for grant in grants if grant.scope.startswith("grid:")}
    if not scopes:
        return Tree()
    return Tree(*areas.around(conn, scopes))


def acknowledged(conn: Connection, device_id: str) -> dict[str, int]:
    """{scope: gen of the last grant whose end the device has acknowledged}."""
    rows = conn.execute(select(grant_ack.c.scope, grant_ack.c.gen).where(grant_ack.c.device == device_id))
    return dict(rows.all())


def acknowledge(conn: Connection, device_id: str, gens: dict[str, int], now: datetime) -> None:
    """Keep that the device has emptied these scopes; a lower gen than the known one changes nothing."""
    known = acknowledged(conn, device_id)
    for scope, gen in gens.items():
        values = {"gen": gen, "at": stamp(now)}
        if scope not in known:
            conn.execute(insert(grant_ack).values(device=device_id, scope=scope, **values))
        elif known[scope] < gen:
            where = and_(grant_ack.c.device == device_id, grant_ack.c.scope == scope)
            conn.execute(update(grant_ack).where(where).values(values))


def forget_acknowledged(conn: Connection, device_id: str, scopes: list[str]) -> None:
    """Scopes held again: when they are lost once more, the device must acknowledge that anew."""
    conn.execute(delete(grant_ack).where(grant_ack.c.device == device_id, grant_ack.c.scope.in_(scopes)))


def add(conn: Connection, row: dict[str, Any]) -> None:
    conn.execute(insert(access_grant).values(row))


def next_gen(conn: Connection, account_id: str, scope: str) -> int:
    where = and_(access_grant.c.account == account_id, access_grant.c.scope == scope)
    return (conn.execute(select(func.max(access_grant.c.gen)).where(where)).scalar_one() or 0) + 1


def open_grants(conn: Connection, account_id: str, scope: str, now: datetime) -> list[Any]:
    """Rows of grants in force or yet to come on exactly this scope."""
    return list(
        conn.execute(
            select(access_grant).where(
                access_grant.c.account == account_id,
                access_grant.c.scope == scope,
                access_grant.c.revoked_at.is_(None),
                or_(access_grant.c.until_at.is_(None), access_grant.c.until_at > stamp(now)),
            )
        )
    )


def revoke(conn: Connection, grant_ids: list[str], now: datetime) -> None:
    conn.execute(update(access_grant).where(access_grant.c.id.in_(grant_ids)).values(revoked_at=stamp(now)))


def people_in(conn: Connection, scopes: Iterable[str], now: datetime) -> list[Any]:
    """Rows (account, name, role, scope) of grants in force on exactly these scopes."""
    query = (
        select(access_grant.c.account, account.c.name, access_grant.c.role, access_grant.c.scope)
        .join(account, account.c.id == access_grant.c.account)
        .where(access_grant.c.scope.in_(set(scopes)), _in_force(stamp(now)))
    )
    return list(conn.execute(query))


def everybody(conn: Connection, now: datetime) -> list[Any]:
    """Rows (username, name, role, disabled_at, granted: a grant's role, scope) of every account by user name: one for
    each grant in force, or one without."""
    columns = (account.c.username, account.c.name, account.c.role, account.c.disabled_at)
    query = (
        select(*columns, access_grant.c.role.label("granted"), access_grant.c.scope)
        .outerjoin_from(account, access_grant, and_(access_grant.c.account == account.c.id, _in_force(stamp(now))))
        .order_by(account.c.username, access_grant.c.scope)
    )
    return list(conn.execute(query))


def _in_force(at: str) -> ColumnElement[bool]:
    return and_(
        access_grant.c.from_at <= at,
        access_grant.c.revoked_at.is_(None),
        or_(access_grant.c.until_at.is_(None), access_grant.c.until_at > at),
    )
