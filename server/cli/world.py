"""What commands share: the world they act on, refusals as one sentence, and lists."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import click
from flask import current_app

from server.core.problems import Problem
from server.services import readiness
from server.services.world import World


def the_world() -> World:
    """What a command acts on. ClickException where the database has not the tables of this code."""
    world: World = current_app.extensions["world"]
    if answering(world):
        raise click.ClickException("the database is not prepared for this version: run `flask prepare`")
    return world


def answering(world: World) -> list[str]:
    """What a database that answers lacks (readiness.missing). ClickException where none answers."""
    lacking = readiness.missing(world)
    if "database" in lacking:
        raise click.ClickException("the database does not answer: is it running, and does DATABASE_URL name it?")
    return lacking


def table(head: str, rows: Iterable[Iterable[str]]) -> None:
    """Print a list with tabs between its columns, for people and for `cut`; `head` names them."""
    click.echo("\t".join(head.split(", ")))
    for row in rows:
        click.echo("\t".join(row))


def refusals(command: Callable[..., Any]) -> Callable[..., Any]:
    """A Problem ends the command with its words instead of a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except Problem as problem:
            raise click.ClickException(problem.detail or problem.title) from None

    return run
