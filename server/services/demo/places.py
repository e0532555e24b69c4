"""Buildings, dwellings, routes and points of one grid."""

from collections.abc import Iterator
from random import Random
from typing import Any

from server.services.areas import Area
from server.services.demo import cells
from server.services.demo.names import ESTATES
from server.services.imports import creation, derived_id

Change = dict[str, Any]
PER_BUILDING = 54  # dwellings; what the district has on average
PER_FLOOR = 2
STAIRS = 3
POINTS = (
    ("北门充电棚", "charging"),
    ("消防通道东侧", "fire_lane"),
    ("小广场", "facility"),
    ("垃圾分类点", "waste"),
    ("南门", "facility"),
    ("电梯机房", "lift"),
    ("学校门口", "school"),
    ("河边步道", "water"),
)


def record_id(grid: Area, kind: str, number: int | str) -> str:
    """The id of the grid's n-th record of a kind."""
    return derived_id("demo", grid.code, kind, str(number))


def near(cell: int, random: Random) -> dict[str, str]:
    """Somewhere in a grid, as a phone would have it; `cell` is which grid it is, from 0."""
    lon, lat = cells.spot(cell, random)
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}", "accuracy_m": str(random.randrange(3, 15))}


def estate(grid: Area) -> str:
    """The grid's estate; the community's name keeps estates of one name apart."""
    number = int(grid.code[-3:])
    return f"{grid.name.partition('社区')[0]}{ESTATES[number % len(ESTATES)]}{number}区"


def buildings(grid: Area, cell: int, households: int, random: Random) -> Iterator[Change]:
    of = -(-households // PER_BUILDING)
    for number in range(1, of + 1):
        lon, lat = cells.house(cell, number - 1, of)
        yield creation(
            "building",
            record_id(grid, "building", number),
            grid.scope,
            {
                "estate": estate(grid),
                "building_no": str(number),
                "location": {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"},
                "address_text": f"{estate(grid)}{number}号楼",
                "building_type": "multi_storey" if number % 3 else "high_rise",
                "built_year": random.randrange(1985, 2022),
                "floors_above": PER_BUILDING // PER_FLOOR // STAIRS,
                "elevators": 0 if number % 3 else 2,
                "gas_pipe": True,
            },
        )


def dwelling(grid: Area, number: int, random: Random) -> tuple[Change, str]:
    """The n-th dwelling (from 0), and its address in short: 3-2-501."""
    building, place = divmod(number, PER_BUILDING)
    unit, rest = divmod(place, PER_BUILDING // STAIRS)
    floor, door = divmod(rest, PER_FLOOR)
    room = f"{floor + 1}{door + 1:02d}"
    values = {
        "building": record_id(grid, "building", building + 1),
        "unit_no": str(unit + 1),
        "floor": str(floor + 1),
        "room_no": room,
        "status": "in_use",
        "usage": random.choice(("own_use", "own_use", "own_use", "let")),
        "tenure": random.choice(("owned", "owned", "owned", "rented")),
        "area_m2": str(random.randrange(42, 140)),
    }
    change = creation("dwelling", record_id(grid, "dwelling", number), grid.scope, values)
    return change, f"{building + 1}-{unit + 1}-{room}"


def routes(grid: Area, cell: int, random: Random) -> Iterator[Change]:
    """A daily route of eight points and a short one in the evening."""
    for route, (name, points) in enumerate((("每日巡查", POINTS), ("晚间巡查", POINTS[:4]))):
        home = record_id(grid, "route", route)
        yield creation("route", home, grid.scope, {"name": name, "days": ["1", "2", "3", "4", "5"]})
        for place, (words, kind) in enumerate(points):
            yield creation(
                "point",
                record_id(grid, "point", f"{route}.{place}"),
                grid.scope,
                {
                    "route": home,
                    "name": words,
                    "location": near(cell, random),
                    "radius_m": 50,
                    "order": place + 1,
                    "kind": kind,
                    "indoor": kind == "lift",
                    "code": f"{grid.code}-{route}{place}",
                },
            )
