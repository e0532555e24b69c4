"""Checking that what is derived agrees with what is kept, and making it anew."""

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from server.cli.world import the_world
from server.services import rebuild as rebuilding
from server.services import tracks as keeping
from server.services import verify as verifying

tracks = AppGroup("tracks", help="Where patrols went.")


def register(app: Flask) -> None:
    app.cli.add_command(verify)
    app.cli.add_command(rebuild)
    app.cli.add_command(tracks)


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


@tracks.command("expire")
def expire() -> None:
    """Forget tracks older than TRACK_DAYS, here and on the phones. To be run once a day."""
    click.echo(f"{keeping.expire(the_world())} pieces forgotten")
