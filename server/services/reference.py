"""Reference data that ships with the server: real areas, the working calendar, the default issue catalogue."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from server.adapters.storage import areas
from server.services import imports
from server.services.transactions import write
from server.services.world import World

DATA = Path(__file__).parent.parent / "data"


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the files, as texts by column."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def load_taxonomy(world: World, scope: str) -> int:
    """The default issue classes and items and the checklists of points, for the area `scope` and all below it;
    how many records."""
    items = (_item(scope, row) for row in rows("taxonomy.csv"))
    return imports.take_in(world, chain(items, _checklists(scope)))


def _item(scope: str, row: dict[str, str]) -> dict[str, Any]:
    code = row["code"]
    values: dict[str, Any] = dict(row) | {
        "kind": "issue_item" if len(code) > 2 else "issue_class",
        "parent_code": code[:2] if len(code) > 2 else None,
        "limit_value": int(row["limit_value"]) if row["limit_value"] else None,
        "order": int(code),
        "version": 1,
    }
    return imports.creation("taxonomy", imports.derived_id("taxonomy", scope, code), scope, values)


def _checklists(scope: str) -> Iterator[dict[str, Any]]:
    """A row a kind of point (its code is the kind's), and below it one for each thing to look at. `tags` names the
    issue item that a fault opens."""
    for order, row in enumerate(rows("checklists.csv"), 1):
        values = {
            "kind": "checklist",
            "code": row["code"],
            "zh": row["zh"],
            "en": row["en"],
            "parent_code": row["point_kind"],
            "order": order,
            "version": 1,
            "tags": [row["item"]] if row["item"] else [],
        }
        yield imports.creation("taxonomy", imports.derived_id("checklist", scope, row["code"]), scope, values)


def load_calendar(world: World) -> int:
    """Days off and days worked against the week, for everybody; how many records."""
    with write(world, "calendar") as conn:
        areas.ensure_scopes(conn, ["config"])
    return imports.take_in(
        world,
        (
            imports.creation(
                "taxonomy",
                imports.derived_id("working_day", row["date"]),
                "config",
                {"kind": "working_day", "code": row["date"], "day": row["date"], "day_kind": row["kind"]},
            )
            for row in rows("working_calendar.csv")
        ),
    )
