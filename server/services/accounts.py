"""Accounts: made, disabled, given a new password."""

import re
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import accounts, areas, grants
from server.core.catalog.roles import ROLES
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.services import passwords
from server.services.transactions import read, write
from server.services.world import World

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")


def create(
    world: World,
    username: str,
    name: str,
    role: str,
    password: str,
    *,
    account_id: str | None = None,
    demo: bool = False,
) -> str:
    """A new account's id. Problem bad_request says what is wrong; an account without grants may do nothing."""
    username = username.strip().lower()
    _check(username, name, role, password)
    now = stamp(world.clock())
    row: dict[str, Any] = {
        "id": account_id or world.ids.uuid(),
        "username": username,
        "name": name.strip(),
        "role": role,
        "password": passwords.hash_password(password),
        "demo": int(demo),
        "created_at": now,
        "disabled_at": None,
    }
    with write(world, "account.create") as conn:
        if accounts.by_username(conn, username) is not None:
            raise Problem("bad_request", f"there is a user {username} already")
        accounts.add(conn, row)
        areas.ensure_scopes(conn, [f"user:{row['id']}", "config"])
    return str(row["id"])


def _check(username: str, name: str, role: str, password: str) -> None:
    if not USERNAME.match(username):
        raise Problem("bad_request", "a user name has 1 to 64 of a-z 0-9 . _ -")
    if not 0 < len(name.strip()) <= 50:
        raise Problem("bad_request", "a name has 1 to 50 characters")
    if role not in ROLES:
        raise Problem("bad_request", "the role is one of " + ", ".join(ROLES))
    if not passwords.LEAST <= len(password) <= passwords.MOST:
        raise Problem("bad_request", f"a password has {passwords.LEAST} to {passwords.MOST} characters")


def disable(world: World, username: str) -> None:
    """No login and no session from now on; work still on his phones comes in and waits for the office."""
    with write(world, "account.disable") as conn:
        accounts.disable(conn, _person(conn, username), world.clock())


def enable(world: World, username: str) -> None:
    """Logins count again: where the server was put back to before a phone's login, only a login brings its work in."""
    with write(world, "account.enable") as conn:
        accounts.enable(conn, _person(conn, username))


def _person(conn: Connection, username: str) -> str:
    person = accounts.by_username(conn, username)
    if person is None:
        raise Problem("not_found", f"no user {username}")
    return str(person.id)


def known(world: World) -> list[tuple[Any, list[str]]]:
    """Every account by user name: its row (username, name, role, disabled_at), and `role scope` of each grant in
    force."""
    with read(world) as conn:
        rows = grants.everybody(conn, world.clock())
    people = [list(own) for _, own in groupby(rows, _username)]
    return [(own[0], [f"{row.granted} {row.scope}" for row in own if row.scope]) for own in people]


def _username(row: Any) -> str:
    return str(row.username)


def demo_accounts(world: World) -> list[str]:
    """User names of accounts with a password that everybody knows."""
    with read(world) as conn:
        return accounts.demo_accounts(conn)
