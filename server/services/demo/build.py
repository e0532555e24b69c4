"""Makes the demo world, and describes it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from server.services import accounts, areas, grants, imports, reference
from server.services.areas import Area, Unit
from server.services.demo import organisation, people, places
from server.services.demo.identity import IdNumbers
from server.services.demo.organisation import PASSWORD, PEOPLE
from server.services.world import World

PER_HOUSEHOLD = 2.25
SAMPLES = 5


@dataclass(frozen=True, slots=True)
class Size:
    """How large: households a grid, grids with people (three at least), residents in all (None: as they come)."""

    households: int = 500
    grids: int = 3
    residents: int | None = None

    def whole(self) -> "Size":
        """The same, with as many grids as the residents need."""
        needed = -(-int((self.residents or 0) / PER_HOUSEHOLD) // max(1, self.households)) + 1
        return Size(self.households, max(3, self.grids, needed if self.residents else 0), self.residents)


def exists(world: World) -> bool:
    """Whether the accounts, which are made last, are there."""
    return len(accounts.demo_accounts(world)) == len(PEOPLE)


def build(world: World, size: Size, say: Callable[[str], None] = lambda _line: None) -> None:
    """Make the world; doing it again changes nothing. `say` is told how far it is."""
    regions = organisation.regions()
    grids = _grids(size.whole())
    areas.make_areas(world, regions)
    areas.make_areas(world, grids)
    areas.make_units(world, organisation.units())
    reference.load_taxonomy(world, regions[0].scope)
    reference.load_calendar(world)
    counted, ids = people.Counted(most=size.residents), IdNumbers()
    for number, grid in enumerate(grids, 1):
        made = imports.take_in(world, _grid(grid, number - 1, size, ids, counted))
        say(f"grid {number} of {len(grids)}: {made} records, {counted.residents} residents so far")
    _accounts(world, regions, grids)


def _grid(grid: Area, cell: int, size: Size, ids: IdNumbers, counted: people.Counted) -> Iterator[dict[str, Any]]:
    random = Random(grid.code)  # nosec B311  the same world each time
    yield from places.buildings(grid, cell, size.households, random)
    yield from places.routes(grid, cell, random)
    for number in range(size.households):
        yield from people.household(grid, number, random, ids, counted)
    yield from people.issues(grid, cell, random)


def _communities() -> list[Area]:
    return [area for area in organisation.regions() if area.level == "community"]


def _grids(size: Size) -> list[Area]:
    return organisation.grids(_communities(), size.grids)


def named(regions: list[Area], grids: list[Area], units: list[Unit]) -> dict[str, Area | Unit]:
    """{grid1, grid2, grid3, community1, community3, street, district, unit1, unit2: what it is}."""
    by_id = {area.id: area for area in regions}
    first, third = by_id[grids[0].parent or ""], by_id[grids[2].parent or ""]
    return {
        "grid1": grids[0],
        "grid2": grids[1],
        "grid3": grids[2],
        "community1": first,
        "community3": third,
        "street": by_id[first.parent or ""],
        "district": regions[0],
        "unit1": units[0],
        "unit2": units[1],
    }


def account_id(username: str) -> str:
    return imports.derived_id("demo", "user", username)


def _accounts(world: World, regions: list[Area], grids: list[Area]) -> None:
    known, held = accounts.demo_accounts(world), named(regions, grids, organisation.units())
    for person in PEOPLE:
        if person.username not in known:
            accounts.create(
                world,
                person.username,
                person.name,
                person.role,
                PASSWORD,
                account_id=account_id(person.username),
                demo=True,
            )
        for name in person.holds:
            grants.add(
                world,
                person.username,
                held[name].scope,
                duty_phone=person.duty_phone,
                grant_id=imports.derived_id("demo", "grant", person.username, name),
            )


def described(world: World) -> dict[str, Any]:
    """Users, areas, scopes and sample record ids, for tests and for people who try the API."""
    regions, grids = organisation.regions(), _grids(Size())
    held = named(regions, grids, organisation.units())
    return {
        "password": PASSWORD,
        "users": {
            p.username: {
                "id": account_id(p.username),
                "name": p.name,
                "role": p.role,
                "scopes": [held[name].scope for name in p.holds],
            }
            for p in PEOPLE
        },
        "areas": {
            name: {"id": one.id, "name": one.name, "scope": one.scope, "path": areas.path_of(world, one.scope)}
            for name, one in held.items()
        },
        "records": {f"grid{n}": _samples(grid) for n, grid in enumerate(grids, 1)},
    }


def _samples(grid: Area) -> dict[str, list[str]]:
    def ids(kind: str, keys: list[str]) -> list[str]:
        return [places.record_id(grid, kind, key) for key in keys]

    numbers = [str(n) for n in range(SAMPLES)]
    return {
        "building": ids("building", ["1"]),
        "dwelling": ids("dwelling", numbers),
        "household": ids("household", numbers),
        "resident": ids("resident", [f"{n}.0" for n in numbers]),
        "route": ids("route", ["0", "1"]),
        "point": ids("point", [f"0.{n}" for n in range(8)]),
        "issue": ids("issue", [str(n) for n in range(len(people.ISSUES))]),
    }
