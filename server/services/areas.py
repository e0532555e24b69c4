"""Areas and units: the rows that give them scopes, then the records that devices see."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from server.adapters.storage import areas, records
from server.core.catalog.boundaries import WrongBoundary, boundary
from server.core.problems import Problem
from server.services import imports
from server.services.transactions import read, write
from server.services.world import World

LOWEST = ("grid", "micro")


@dataclass(frozen=True, slots=True)
class Area:
    """An area to be made. `level`: city, district, street, community, grid or micro; `parent`: an area's id."""

    id: str
    name: str
    level: str
    parent: str | None = None
    code: str = ""
    region_code: str = ""
    kind: str | None = None
    duty_phone: str = ""
    boundary: str = ""  # GeoJSON polygon, WGS-84

    @property
    def scope(self) -> str:
        return f"{'grid' if self.level in LOWEST else 'org'}:{self.id}"


@dataclass(frozen=True, slots=True)
class Unit:
    """A department, firm or service team; issues are dispatched to it."""

    id: str
    name: str
    kind: str
    area: str | None = None
    duty_phone: str = ""

    @property
    def scope(self) -> str:
        return f"unit:{self.id}"


def make_areas(world: World, new: Sequence[Area]) -> int:
    """Store areas, parents before children; how many. Doing it again changes nothing. Problem not_found: a parent."""
    with write(world, "areas") as conn:
        paths: dict[str, str] = {}
        rows = [_row(conn, area, paths) for area in new]
        areas.put(conn, rows)
        areas.ensure_scopes(conn, [area.scope for area in new])
    # A crash in between leaves areas without records; making them again makes those too.
    return imports.take_in(world, [_record(area) for area in new])


def _row(conn: Any, area: Area, paths: dict[str, str]) -> dict[str, Any]:
    if area.parent and area.parent not in paths:
        above = areas.get(conn, area.parent)
        if above is None:
            raise Problem("not_found", f"no area {area.parent}")
        paths[area.parent] = above.path
    paths[area.id] = f"{paths[area.parent] if area.parent else '/'}{area.id}/"
    return {
        "id": area.id,
        "parent": area.parent,
        "level": area.level,
        "name": area.name,
        "code": area.code,
        "scope": area.scope,
        "path": paths[area.id],
    }


def _record(area: Area) -> dict[str, Any]:
    kind = area.kind or ("micro" if area.level == "micro" else "basic" if area.level == "grid" else None)
    return imports.creation(
        "area",
        area.id,
        area.scope,
        {
            "name": area.name,
            "code": area.code,
            "level": area.level,
            "kind": kind,
            "parent": area.parent,
            "region_code": area.region_code,
            "status": "active",
            "duty_phone": area.duty_phone,
            "boundary": _boundary(area.boundary) if area.boundary else None,
        },
    )


def _boundary(text: str) -> str:
    try:
        return boundary(text)
    except WrongBoundary as wrong:
        raise Problem("bad_request", str(wrong)) from None


def set_boundary(world: World, scope: str, text: str) -> None:
    """Draw an area's boundary anew from a GeoJSON polygon. Problem not_found: the area; bad_request: the polygon."""
    new = _boundary(text)
    with read(world) as conn:
        found = [
            one for one in records.read(conn, [scope.partition(":")[2]]) if (one.type, one.scope) == ("area", scope)
        ]
    if not found:
        raise Problem("not_found", f"no area {scope}")
    old = json.loads(found[0].row)["data"].get("boundary")
    change = imports.update(world.ids.uuid(), "area", found[0].id, scope, {"boundary": (old, new)})
    imports.take_in(world, [change])


def make_units(world: World, new: Sequence[Unit]) -> int:
    with write(world, "units") as conn:
        areas.ensure_scopes(conn, [unit.scope for unit in new])
    return imports.take_in(
        world,
        [
            imports.creation(
                "unit",
                unit.id,
                unit.scope,
                {"name": unit.name, "kind": unit.kind, "area": unit.area, "duty_phone": unit.duty_phone},
            )
            for unit in new
        ],
    )


def known(world: World, under: str | None = None, level: str | None = None) -> list[Any]:
    """Rows (scope, level, name, above: scope of the area above), top first: of a level, and of an area (its id) with
    all below it. Problem not_found: the area."""
    with read(world) as conn:
        top = areas.get(conn, under) if under else None
        if under and top is None:
            raise Problem("not_found", f"no area {under}")
        return areas.listed(conn, top.path if top else "", level)


def path_of(world: World, scope: str) -> list[str]:
    """Names from the top area down to the scope's own; empty where the scope is no area."""
    with read(world) as conn:
        return areas.name_paths(conn, [scope]).get(scope, [])
