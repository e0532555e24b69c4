"""Checking that what is derived agrees with what is kept, and making it anew."""

import click
from flask import Flask
from flask.cli import with_appcontext

from server.cli.world import the_world
from server.services import rebuild as rebuilding
from server.services import verify as verifying


def register(app: Flask) -> None:
    app.cli.add_command(verify)
    app.cli.add_command(rebuild)


@click.command()
@with_appcontext
def verify() -> None:
    """Compare digests, counters, ledger, history and feed with the rows. Fails when something disagrees."""
    findings = verifying.verify(the_world())
    for finding in findings:
        click.echo(finding)
    if findings:
        raise SystemExit(1)
    click.echo("all agree")


@click.command()
@with_appcontext
def rebuild() -> None:
    """Make counts, digests and look-ups anew from the rows."""
    click.echo(rebuilding.rebuild(the_world()))
