"""Documents made from code, printed; `scripts/generate` puts them in their places."""

import click
from flask import Flask, current_app

from server.core.catalog.page import page


def register(app: Flask) -> None:
    app.cli.add_command(catalog)


@click.command()
def catalog() -> None:
    """Print the catalogue as a page: record types, fields, steps, roles."""
    click.echo(page(current_app.extensions["world"].catalog), nl=False)
