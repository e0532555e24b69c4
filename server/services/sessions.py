"""Logging in and out, and who a request comes from."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import accounts, actors, areas, device_numbers, devices, grants
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.core.sync.numbers import count
from server.services import incidents, lockout, passwords, timelines
from server.services.transactions import glance, read, write
from server.services.world import World

LIVES = timedelta(days=60)
TOUCH = timedelta(minutes=10)
DRAIN_LENGTH = 32  # characters; what is shorter was not made by a server


@dataclass(frozen=True, slots=True)
class DeviceCard:
    """What an app says about itself when somebody logs in with it. `id` None: a new installation; `drain_token`: the
    one it holds."""

    name: str
    app: str
    schema: int
    id: str | None = None
    new_drain_token: bool = False
    drain_token: str | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """`token` goes into the cookie; `answer` is the body of POST /session."""

    token: str
    answer: dict[str, Any]


def login(world: World, username: str, password: str, card: DeviceCard | None, before: str | None = None) -> Login:
    """A session for whoever knows the password. Problem bad_credentials, throttled or device_taken.

    `before`: the token of the session that this browser had until now.
    """
    now = world.clock()
    with write(world, "login.guess") as conn:
        person = accounts.by_username(conn, username)
        device = devices.get(conn, card.id) if card and card.id else None
        own = device is not None and person is not None and device.account == person.id
        under = lockout.keys(username, card.id if card else None, own)
        lockout.count_guess(conn, under, now)
    if not passwords.matches(person.password if person else None, password):
        raise Problem("bad_credentials")
    if person is None or person.disabled_at:
        raise Problem("bad_credentials")
    with write(world, "login") as conn:
        accounts.forget_failures(conn, under)
        device_id, drain = _register(conn, world, person.id, card, now) if card else (None, None)
        lost = _left_behind(conn, world, person.id, before, now) if before and card and card.id is None else 0
        token = world.ids.token()
        if device_id:
            accounts.end_sessions_of_device(conn, device_id, now)
        accounts.add_session(
            conn,
            {
                "hash": hashed(token),
                "account": person.id,
                "device": device_id,
                "created_at": stamp(now),
                "last_used_at": stamp(now),
                "ended_at": None,
            },
        )
        actor = grants.actor_of(conn, person.id, device_id, now)
        answer = describe(conn, world, actor, now)
    if drain:
        answer["device"]["drain_token"] = drain
    if lost:
        answer["lost"] = lost
    return Login(token, answer)


def _register(
    conn: Connection, world: World, account_id: str, card: DeviceCard, now: datetime
) -> tuple[str, str | None]:
    """The device's id and, when it is new or asks for one and brings none, its drain token."""
    known = devices.get(conn, card.id) if card.id else None
    if known is not None and known.account != account_id:
        raise Problem("device_taken")
    values: dict[str, Any] = {"name": card.name, "app": card.app, "schema": card.schema, "last_seen_at": stamp(now)}
    brought = _brought(conn, card)
    drain = world.ids.token() if brought is None and (known is None or card.new_drain_token) else None
    if drain or brought:
        values["drain_hash"] = hashed(drain) if drain else brought
    if known is not None:
        devices.change(conn, known.id, values)
        return known.id, drain
    # An id we do not know is taken as it is: a database put back may have forgotten the device.
    device_id = card.id or world.ids.uuid()
    devices.add(conn, {"id": device_id, "account": account_id, "created_at": stamp(now), **values})
    return device_id, drain


def _brought(conn: Connection, card: DeviceCard) -> str | None:
    """Hash of the drain token that the phone holds. It goes on being good where a database was put back and forgot it,
    even if the answer to this login is lost; a copy of a phone does not share one with it."""
    if card.id is None or card.drain_token is None or len(card.drain_token) < DRAIN_LENGTH:
        return None
    mark = hashed(card.drain_token)
    holder = devices.by_drain_hash(conn, mark)
    return mark if holder is None or holder.id == card.id else None


def _left_behind(conn: Connection, world: World, account_id: str, before: str, now: datetime) -> int:
    """A new installation in a browser that still has a device's session: that device's store was cleared away.
    What it once said it would send and never sent is lost: how many, and the office is told."""
    session = actors.session(conn, hashed(before))
    if session is None or session.ended_at or session.person.id != account_id or session.person.device is None:
        return 0
    gone = devices.get(conn, session.person.device)
    if gone is None or gone.next_n is None:
        return 0
    numbers = device_numbers.lock(conn, gone.id)
    lost = int(gone.next_n - 1 - numbers.have_n + count(numbers.missing))
    detail = {"next_n": gone.next_n, "have_n": numbers.have_n, "missing": numbers.missing}
    incidents.changes_lost(world, conn, actors.actor(session.person, now), lost, detail)
    return max(0, lost)


def describe(conn: Connection, world: World, actor: Actor, now: datetime) -> dict[str, Any]:
    """Body of GET /session: who, where and on which timeline."""
    roles = sorted({grant.role for grant in actor.grants}) or [actor.role]
    paths = areas.name_paths(conn, [grant.scope for grant in actor.grants])
    places = [{"scope": g.scope, "role": g.role, "path": paths.get(g.scope, [])} for g in actor.grants]
    return {
        "user": {"id": actor.id, "name": actor.name, "username": actor.username, "roles": roles, "places": places},
        "device": {"id": actor.device} if actor.device else None,
        "timeline": timelines.current(conn),
        "server_time": stamp(now),
        "lock": world.rules.lock(),
    }


def who_am_i(world: World, actor: Actor) -> dict[str, Any]:
    with read(world) as conn:
        return describe(conn, world, actor, world.clock())


@dataclass(frozen=True, slots=True)
class Found:
    """Whose session a token is. `renewed`: its sixty days were begun anew."""

    actor: Actor
    renewed: bool


def find(world: World, token: str) -> Found | None:
    """Whose session this is, or None when there is none, it ended or was not used for sixty days."""
    now, key = world.clock(), hashed(token)
    with glance(world) as conn:
        session = actors.session(conn, key)
    if session is None or session.ended_at or session.last_used_at < stamp(now - LIVES):
        return None
    renewed = session.last_used_at < stamp(now - TOUCH)
    if renewed:
        with write(world, "session.touch") as conn:
            accounts.touch_session(conn, key, now)
    return Found(actors.actor(session.person, now), renewed)


def actor_of_drain_token(world: World, token: str) -> Actor | None:
    """Whose device hands in work with this token. It does not expire: what was typed must come in."""
    with read(world) as conn:
        device = devices.by_drain_hash(conn, hashed(token))
        if device is None:
            return None
        return grants.actor_of(conn, device.account, device.id, world.clock(), draining=True)


def logout(world: World, token: str) -> None:
    with write(world, "logout") as conn:
        accounts.end_session(conn, hashed(token), world.clock())


def hashed(token: str) -> str:
    """What the database keeps of a token. Tokens are random, so a plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
