"""Grants: a role on a scope and all below it. The table decides; the records are for people to see."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import accounts, areas, grants
from server.core.catalog.roles import ROLES
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.services import imports
from server.services.transactions import write
from server.services.world import World


def add(
    world: World,
    username: str,
    scope: str,
    role: str | None = None,
    *,
    until: datetime | None = None,
    grant_id: str | None = None,
    duty_phone: str = "",
) -> str:
    """Give somebody a role (his account's own when none is named) on a scope; the grant's id.

    Giving again what is in force changes nothing. Problem not_found: user or scope; bad_request: role.
    """
    now = world.clock()
    with write(world, "grant.add") as conn:
        person = _person(conn, username)
        named = role or person.role
        if named not in ROLES:
            raise Problem("bad_request", "the role is one of " + ", ".join(ROLES))
        if not areas.scope_exists(conn, scope):
            raise Problem("not_found", f"no scope {scope}")
        same = [row for row in grants.open_grants(conn, person.id, scope, now) if row.role == named]
        row = (
            same[0]._asdict()
            if same
            else {
                "id": grant_id or world.ids.uuid(),
                "account": person.id,
                "role": named,
                "scope": scope,
                "gen": grants.next_gen(conn, person.id, scope),
                "from_at": stamp(now),
                "until_at": stamp(until) if until else None,
                "revoked_at": None,
            }
        )
        if not same:
            grants.add(conn, row)
        chain = areas.chains(conn, [scope])[scope]
        names = areas.name_paths(conn, [scope]).get(scope, [])
        imports.take_in_within(world, conn, _records(person, row, chain, names, duty_phone))
    return str(row["id"])


def _person(conn: Connection, username: str) -> Any:
    person = accounts.by_username(conn, username)
    if person is None:
        raise Problem("not_found", f"no user {username}")
    return person


def _records(
    person: Any, row: dict[str, Any], chain: tuple[str, ...], names: list[str], duty_phone: str
) -> list[dict[str, Any]]:
    """The grant as its holder sees it, and the card that colleagues see where he works."""
    grant = imports.creation(
        "grant",
        row["id"],
        f"user:{person.id}",
        {
            "user": person.id,
            "scope": row["scope"],
            "role": row["role"],
            "area_name": " / ".join(names)[-60:],
            "from_at": row["from_at"],
            "until_at": row["until_at"],
        },
    )
    home = next((scope for scope in chain if not scope.startswith("grid:")), None)
    if home is None or home == "config":
        return [grant]
    card = imports.creation(
        "user_card",
        imports.derived_id("card", person.id, home),
        home,
        {"name": person.name, "user": person.id, "role": ROLES[row["role"]].zh, "duty_phone": duty_phone},
    )
    return [grant, card]


def end(world: World, username: str, scope: str) -> int:
    """End what somebody holds on exactly this scope; how many grants. His phone drains first and empties after."""
    now = world.clock()
    with write(world, "grant.end") as conn:
        person = _person(conn, username)
        rows = grants.open_grants(conn, person.id, scope, now)
        grants.revoke(conn, [row.id for row in rows], now)
        imports.take_in_within(
            world,
            conn,
            [
                imports.update(
                    imports.derived_id("end", row.id),
                    "grant",
                    row.id,
                    f"user:{person.id}",
                    {"until_at": (row.until_at, stamp(now))},
                )
                for row in rows
            ],
        )
    return len(rows)


def end_of(day: datetime | None) -> datetime | None:
    """The moment a grant ends that names its last day (UTC)."""
    return day.replace(tzinfo=UTC) + timedelta(days=1) if day else None
