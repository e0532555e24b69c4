"""The demo world."""

import json

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from server.cli.world import refusals, the_world
from server.services.demo import build
from server.services.demo.build import Size
from server.services.demo.organisation import PASSWORD, PEOPLE


def register(app: Flask) -> None:
    app.cli.add_command(demo)


@click.command()
@click.option("--households", default=500, type=click.IntRange(1), help="Households a grid.")
@click.option("--grids", default=3, type=click.IntRange(3), help="Grids with people in them.")
@click.option("--residents", type=click.IntRange(1), help="Residents in all; adds grids as needed.")
@click.option("--once", is_flag=True, help="Do nothing when the demo world is there.")
@click.option("--json", "as_json", is_flag=True, help="Print users, areas, scopes and sample record ids.")
@with_appcontext
@refusals
def demo(households: int, grids: int, residents: int | None, once: bool, as_json: bool) -> None:
    """Make a world to try things in: real places, synthetic people, accounts with a known password."""
    if not current_app.extensions["settings"].demo:
        raise click.ClickException("DEMO is not 1: demo accounts have a password that everybody knows")
    world = the_world()
    if not ((once or as_json) and build.exists(world)):
        build.build(world, Size(households, grids, residents), lambda line: click.echo(line, err=True))
    if as_json:
        click.echo(json.dumps(build.described(world), ensure_ascii=False, indent=1))
    else:
        for person in PEOPLE:
            click.echo(f"{person.username:12} {PASSWORD}  {person.name} ({person.role})")
