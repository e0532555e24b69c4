"""A small world to test in: areas, accounts, grants, and changes as a device or desk would send them."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
from sqlalchemy import create_engine, insert

from server.adapters.photos.decoding import Decoder
from server.adapters.storage.database import prepare_engine
from server.adapters.storage.tables import people
from server.core.access.permissions import Actor
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.core.catalog.times import stamp
from server.services import hello, pull, push, snapshot, timelines
from server.services.transactions import read, write
from server.services.world import Ids, Keys, Photos, Rules, World
from tests.memory_store import MemoryStore

START = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def uid(number: int) -> str:
    """A readable id for tests."""
    return str(UUID(int=number, version=4))


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


CITY, DISTRICT, STREET, COMMUNITY, OTHER = (uid(n) for n in range(1, 6))
GRID1, GRID2, GRID3 = uid(11), uid(12), uid(13)
G1, G2, G3 = f"grid:{GRID1}", f"grid:{GRID2}", f"grid:{GRID3}"
UNIT = uid(20)
TREE = [
    (DISTRICT, None, "district", "org"),
    (STREET, DISTRICT, "street", "org"),
    (COMMUNITY, STREET, "community", "org"),
    (OTHER, STREET, "community", "org"),
    (GRID1, COMMUNITY, "grid", "grid"),
    (GRID2, COMMUNITY, "grid", "grid"),
    (GRID3, OTHER, "grid", "grid"),
]


@dataclass
class Place:
    """A server's world with its people. `device` makes devices that number their changes."""

    world: World
    clock: Clock
    accounts: dict[str, str] = field(default_factory=dict)
    ids: Iterator[int] = field(default_factory=lambda: count(1000))

    def person(self, name: str, role: str, *scopes: str) -> str:
        account = uid(next(self.ids))
        self.accounts[name] = account
        with write(self.world, "test") as conn:
            conn.execute(
                insert(people.account).values(
                    id=account,
                    username=name,
                    name=name.title(),
                    role=role,
                    password="-",
                    demo=0,
                    created_at=stamp(self.clock()),
                )
            )
        for scope in scopes:
            self.grant(name, role, scope)
        return account

    def grant(self, name: str, role: str, scope: str) -> None:
        with write(self.world, "test") as conn:
            conn.execute(
                insert(people.access_grant).values(
                    id=str(uuid4()),
                    account=self.accounts[name],
                    role=role,
                    scope=scope,
                    gen=next(self.ids),
                    from_at=stamp(self.clock()),
                )
            )

    def revoke(self, name: str, scope: str) -> None:
        table = people.access_grant
        with write(self.world, "test") as conn:
            conn.execute(
                table.update()
                .where(table.c.account == self.accounts[name], table.c.scope == scope)
                .values(revoked_at=stamp(self.clock()))
            )

    def actor(self, name: str, device: str | None = None, *, draining: bool = False) -> Actor:
        from server.adapters.storage import grants

        with read(self.world) as conn:
            return grants.actor_of(conn, self.accounts[name], device, self.clock(), draining=draining)

    def device(self, name: str) -> "Device":
        device = str(uuid4())
        with write(self.world, "test") as conn:
            conn.execute(
                insert(people.device).values(
                    id=device,
                    account=self.accounts[name],
                    name="test",
                    app="1",
                    schema=1,
                    created_at=stamp(self.clock()),
                    last_seen_at=stamp(self.clock()),
                )
            )
        return Device(self, name, device)

    def timeline(self) -> str:
        with read(self.world) as conn:
            return timelines.current(conn)

    def desk(self, name: str, *changes: dict[str, Any]) -> list[dict[str, Any]]:
        return push.desk(self.world, self.actor(name), list(changes))["verdicts"]


@dataclass
class Device:
    place: Place
    name: str
    id: str
    n: int = 0

    def actor(self) -> Actor:
        return self.place.actor(self.name, self.id)

    def number(self, change: dict[str, Any]) -> dict[str, Any]:
        self.n += 1
        return change | {"n": self.n}

    def push(self, *changes: dict[str, Any], numbered: bool = False) -> list[dict[str, Any]]:
        return self.send([c if numbered else self.number(c) for c in changes])["verdicts"]

    def send(self, changes: list[dict[str, Any]]) -> dict[str, Any]:
        body = {"device": self.id, "timeline": self.place.timeline(), "changes": changes}
        return push.push(self.place.world, self.actor(), body)

    def pull(self, cursors: dict[str, str | None], limit: int = 1000) -> list[dict[str, Any]]:
        body = {"device": self.id, "timeline": self.place.timeline(), "scopes": cursors, "limit": limit}
        return orjson.loads(pull.pull(self.place.world, self.actor(), body))["pages"]

    def hello(self, **said: Any) -> dict[str, Any]:
        body = {
            "device": self.id,
            "app": "1",
            "schema": 1,
            "timeline": self.place.timeline(),
            "next_n": self.n + 1,
            "pending": {"changes": 0, "photos": 0},
            "scopes": {},
        } | said
        return hello.hello(self.place.world, self.actor(), body)

    def snapshot(self, scope: str, cursor: str | None = None, after: str | None = None) -> list[dict[str, Any]]:
        body = b"".join(snapshot.snapshot(self.place.world, self.actor(), scope, cursor, after))
        return [orjson.loads(line) for line in body.splitlines()]


def make_world(url: str, clock: Clock, generation_file: str | None = None) -> World:
    """What the services are given over a migrated database. Revs count up, after eight digits of chance."""
    revs = count(1)
    return World(
        prepare_engine(create_engine(url, pool_size=20)),
        SCHEMA_1,
        clock,
        Ids(lambda: str(uuid4()), lambda: uuid4().hex[:8] + f"{next(revs):08x}", lambda: uuid4().hex),
        Keys(b"m" * 32, b"b" * 32, b"s" * 32, b"p" * 32),
        Rules(),
        Photos(MemoryStore(clock), Decoder()),
        generation_file,
    )


def make_place(url: str, generation_file: str | None = None) -> Place:
    """A world on a migrated database: one street, two communities, three grids, people in every role."""
    clock = Clock()
    world = make_world(url, clock, generation_file)
    timelines.boot(world)
    place = Place(world, clock)
    with write(world, "test") as conn:
        paths: dict[str | None, str] = {None: "/"}
        for ident, parent, level, kind in TREE:
            paths[ident] = paths[parent] + ident + "/"
            conn.execute(
                insert(people.area).values(
                    id=ident,
                    parent=parent,
                    level=level,
                    name=f"{level} {ident[-2:]}",
                    code="370102",
                    scope=f"{kind}:{ident}",
                    path=paths[ident],
                )
            )
    place.person("worker1", "worker", G1)
    place.person("worker2", "worker", G1, G2)
    place.person("worker3", "worker", G3)
    place.person("clerk1", "clerk", f"org:{COMMUNITY}")
    place.person("clerk3", "clerk", f"org:{OTHER}")
    place.person("dispatcher1", "dispatcher", f"org:{STREET}")
    place.person("handler1", "handler", f"unit:{UNIT}")
    return place


def change(
    op: str,
    type_: str,
    record: str,
    scope: str,
    *,
    base: str | None = None,
    sets: dict[str, Any] | None = None,
    **parts: Any,
) -> dict[str, Any]:
    """A change as a device would send it; `sets` is {field: to} or {field: (from, to)}."""
    patches = {
        n: {"from": v[0], "to": v[1]} if isinstance(v, tuple) else {"from": None, "to": v}
        for n, v in (sets or {}).items()
    }
    return {
        "id": str(uuid4()),
        "op": op,
        "type": type_,
        "record": record,
        "scope": scope,
        "schema": 1,
        "base": {"rev": base, "timeline": "t"} if base else None,
        "at": {"wall": "2026-11-20T09:00:00+08:00", "offset_ms": 0},
        "set": patches,
    } | parts


def home(scope: str = G1, room: str = "301") -> tuple[list[dict[str, Any]], str]:
    """Changes that make a building, a dwelling and a household; the household's id."""
    building, dwelling, household = (str(uuid4()) for _ in range(3))
    return [
        change("create", "building", building, scope, sets={"building_no": str(uuid4())[:8], "estate": "泉城花园"}),
        change("create", "dwelling", dwelling, scope, sets={"building": building, "unit_no": "1", "room_no": room}),
        change("create", "household", household, scope, sets={"dwelling": dwelling, "contact_person": "王芳"}),
    ], household


def with_schema(place: Place, catalog: Any) -> Place:
    return replace(place, world=replace(place.world, catalog=catalog))
