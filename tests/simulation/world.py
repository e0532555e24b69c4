"""The place every simulated run begins in: a street, two communities, three grids, people, some homes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import insert

from server.adapters.storage import areas as stored_areas
from server.adapters.storage.tables import people
from server.core.catalog.records import Catalog
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.core.catalog.times import stamp
from server.services import imports, timelines
from server.services.transactions import write
from server.services.world import World
from tests.places import COMMUNITY, G1, G2, G3, OTHER, STREET, TREE, uid

WORKERS = {"w1": [G1], "w2": [G1, G2], "w3": [G2, G3], "w4": [G1]}
OFFICE = {"c1": f"org:{COMMUNITY}", "c3": f"org:{OTHER}", "d1": f"org:{STREET}"}
ROLES = {"c1": "clerk", "c3": "clerk", "d1": "dispatcher"}
HOMES = 5  # a grid


def newer(catalog: Catalog, schema: int, name: str) -> Catalog:
    """One release later: a household's field more that apps of before do not know."""
    household = catalog.types["household"]
    fields = household.fields | {name: household.fields["note"]}
    types = catalog.types | {"household": replace(household, fields=fields)}
    return replace(catalog, schema=schema, types=types, upcasters=catalog.upcasters | {schema - 1: dict})


NEWER_FIELDS = ("solar_panels", "lift")
SCHEMA_3 = newer(newer(SCHEMA_1, 2, NEWER_FIELDS[0]), 3, NEWER_FIELDS[1])


def account_id(name: str) -> str:
    return uid(100 + [*WORKERS, *OFFICE].index(name))


def build(world: World, number: Callable[[], str]) -> None:
    """Fill a migrated, empty database. `number` gives ids."""
    timelines.boot(world)
    with write(world, "build") as conn:
        paths: dict[str | None, str] = {None: "/"}
        for ident, parent, level, kind in TREE:
            paths[ident] = paths[parent] + ident + "/"
            area = {"id": ident, "parent": parent, "level": level, "name": f"{level} {ident[-2:]}", "code": "370102"}
            conn.execute(insert(people.area).values(area | {"scope": f"{kind}:{ident}", "path": paths[ident]}))
        for name in [*WORKERS, *OFFICE]:
            role = ROLES.get(name, "worker")
            row = {"id": account_id(name), "username": name, "name": name.title(), "role": role, "password": "-"}
            conn.execute(insert(people.account).values(row | {"demo": 0, "created_at": stamp(world.clock())}))
            for scope in WORKERS.get(name) or [OFFICE[name]]:
                conn.execute(insert(people.access_grant).values(grant_row(world, number(), name, role, scope, 1)))
        scopes = [f"{kind}:{ident}" for ident, _, _, kind in TREE]
        stored_areas.ensure_scopes(conn, [*scopes, "config", *(f"user:{account_id(n)}" for n in [*WORKERS, *OFFICE])])
    imports.take_in(world, homes(number))


def grant_row(world: World, ident: str, name: str, role: str, scope: str, gen: int) -> dict[str, Any]:
    return {
        "id": ident,
        "account": account_id(name),
        "role": role,
        "scope": scope,
        "gen": gen,
        "from_at": stamp(world.clock()),
    }


def homes(number: Callable[[], str]) -> list[dict[str, Any]]:
    """A building, HOMES dwellings with a household each, and a route, in every grid."""
    made = []
    for scope in (G1, G2, G3):
        building = number()
        made.append(imports.creation("building", building, scope, {"estate": "泉城花园", "building_no": scope[-2:]}))
        for room in range(HOMES):
            dwelling = number()
            values = {"building": building, "unit_no": "1", "room_no": f"{room + 1}01"}
            made.append(imports.creation("dwelling", dwelling, scope, values))
            made.append(
                imports.creation("household", number(), scope, {"dwelling": dwelling, "contact_person": f"户{room}"})
            )
        made.append(imports.creation("route", number(), scope, {"name": "早巡", "days": ["1", "3"]}))
    return made
