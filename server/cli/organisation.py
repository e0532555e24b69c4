"""Areas and units."""

from typing import TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from server.cli.world import refusals, table, the_world
from server.services import areas, moves, reference

area = AppGroup("area", help="Areas and where records live.")
unit = AppGroup("unit", help="Departments, firms and service teams.")


def register(app: Flask) -> None:
    app.cli.add_command(area)
    app.cli.add_command(unit)


LEVEL = click.Choice(["city", "district", "street", "community", "grid", "micro"])


def _id(scope: str | None) -> str | None:
    """An area's id, given as such or as the scope that `area add` prints."""
    return scope.rpartition(":")[2] if scope else None


@area.command("add")
@click.argument("name")
@click.option("--level", required=True, type=LEVEL)
@click.option("--parent", help="Scope of the area above.")
@click.option("--code", default="", help="Code shown to people; never a key.")
@click.option("--duty-phone", default="")
@refusals
def area_add(name: str, level: str, parent: str | None, code: str, duty_phone: str) -> None:
    """Make an area; prints its scope."""
    made = areas.Area(the_world().ids.uuid(), name, level, _id(parent), code, duty_phone=duty_phone)
    areas.make_areas(the_world(), [made])
    click.echo(made.scope)


@area.command("list")
@click.option("--under", help="Only this scope and what lies below it.")
@click.option("--level", type=LEVEL, help="Only areas of this level.")
@refusals
def area_list(under: str | None, level: str | None) -> None:
    """Areas from the top, each with the scope that other commands want."""
    found = areas.known(the_world(), _id(under), level)
    table("scope, level, name, parent", ([one.scope, one.level, one.name, one.above or ""] for one in found))


@area.command("boundary")
@click.argument("scope")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@refusals
def boundary(scope: str, file: TextIO) -> None:
    """Draw the boundary of SCOPE from a GeoJSON polygon in WGS-84; `-` reads it from the terminal."""
    areas.set_boundary(the_world(), scope, file.read())
    click.echo(f"{scope} has a new boundary")


@area.command("move-record")
@click.argument("record")
@click.argument("scope")
@refusals
def move_record(record: str, scope: str) -> None:
    """Move a record, with what moves along, to SCOPE."""
    verdict = moves.move_record(the_world(), record, scope)
    if verdict["status"] not in ("applied", "merged"):
        raise click.ClickException(f"{verdict['status']}: {verdict.get('reason')} {verdict.get('message') or ''}")
    click.echo(verdict["status"])


@unit.command("add")
@click.argument("name")
@click.option(
    "--kind",
    required=True,
    type=click.Choice(["community", "street", "department", "property", "utility", "team", "other"]),
)
@click.option("--area", "area_id", help="Scope of the area it serves.")
@click.option("--duty-phone", default="")
@refusals
def unit_add(name: str, kind: str, area_id: str | None, duty_phone: str) -> None:
    """Make a unit; prints its scope."""
    made = areas.Unit(the_world().ids.uuid(), name, kind, _id(area_id), duty_phone)
    areas.make_units(the_world(), [made])
    click.echo(made.scope)


@area.command("load-defaults")
@click.argument("scope")
@refusals
def load_defaults(scope: str) -> None:
    """Load the default issue catalogue for SCOPE and all below it, and the working calendar for everybody."""
    items = reference.load_taxonomy(the_world(), scope)
    click.echo(f"{items} classes, items and checks, {reference.load_calendar(the_world())} days")
