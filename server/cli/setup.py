"""Bringing a database up to date."""

import click
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask, current_app
from flask.cli import with_appcontext

from server.cli.world import answering
from server.services import lockout, timelines
from server.services.world import World
from server.settings import ROOT


def register(app: Flask) -> None:
    app.cli.add_command(prepare)


@click.command()
@with_appcontext
def prepare() -> None:
    """Create or migrate the tables and begin the first timeline. Run before every start."""
    world: World = current_app.extensions["world"]
    answering(world)
    alembic = AlembicConfig(toml_file=ROOT / "pyproject.toml")
    alembic.attributes["url"] = current_app.extensions["settings"].database_url
    command.upgrade(alembic, "head")
    timelines.boot(world)
    lockout.tidy(world)
    click.echo("the database is ready")
