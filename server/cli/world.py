"""What commands share: the world they act on, and refusals as one sentence."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click
from flask import current_app

from server.core.problems import Problem
from server.services.world import World


def the_world() -> World:
    return current_app.extensions["world"]  # type: ignore[no-any-return]


def refusals(command: Callable[..., Any]) -> Callable[..., Any]:
    """A Problem ends the command with its words instead of a traceback."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except Problem as problem:
            raise click.ClickException(problem.detail or problem.title) from None

    return run
