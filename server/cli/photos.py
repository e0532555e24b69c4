"""Photos and where they lie: compared, cleaned up, moved to another store."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from dotenv import dotenv_values
from flask import Flask
from flask.cli import AppGroup

from server.adapters.photos.opening import open_store
from server.adapters.photos.store import Store, Unreachable
from server.cli.world import the_world
from server.config import Config
from server.services.photos import moving_house, reconciling
from server.settings import PHOTO_SETTINGS

Done = TypeVar("Done")
Settings = click.Path(exists=True, dir_okay=False, path_type=Path)
photos = AppGroup("photos", help="Photos and where they lie.")


def register(app: Flask) -> None:
    app.cli.add_command(photos)


@photos.command()
@click.option("--bytes", "read_bytes", is_flag=True, help="Read every object and compare it with its hash.")
def verify(read_bytes: bool) -> None:
    """Compare photo rows and objects, both ways. Fails when an object is missing or damaged."""
    found = _reaching(lambda: reconciling.verify(the_world(), read_bytes=read_bytes))
    for finding in found.findings:
        click.echo(finding)
    click.echo(f"{found.stored} photos looked at, {len(found.findings)} findings, {found.orphans} objects of no photo")
    if found.findings:
        raise SystemExit(1)


@photos.command()
def gc() -> None:
    """Take away expired uploads, and objects that no photo has named for seven days.

    Within sixty days of a new timeline no photo's object is taken: phones may still bring back what names it.
    """
    done = _reaching(lambda: reconciling.collect(the_world()))
    click.echo(
        f"{done.uploads} expired uploads, {done.chunks} chunks and {done.orphans} objects of no photo taken away"
    )
    if done.waits_until is not None:
        click.echo(f"objects of no photo stay until {done.waits_until:%Y-%m-%d}: a new timeline began lately")


@photos.command()
@click.option("--to", "target", type=Settings, help="File with the other store's settings (PHOTO_STORE=..., S3_...).")
@click.option("--from", "source", type=Settings, help="The same, to bring over what came to the former store late.")
def migrate(target: Path | None, source: Path | None) -> None:
    """Copy every object into another store while the server runs; each is read back and compared.

    Stopped half-way it goes on where it was. Then change the settings, restart, and run it once more with --from and
    the former settings.
    """
    if (target is None) == (source is None):
        raise click.UsageError("give either --to or --from")
    here, other = the_world().photos.store, _store_of(target or source)
    done = _reaching(lambda: moving_house.copy(*((here, other) if target else (other, here)), click.echo))
    for key in done.broken:
        click.echo(f"{key} holds other bytes than it should and was not copied")
    click.echo(f"{done.copied} objects copied, {done.bytes} bytes; {done.there} were there")
    if done.broken:
        raise SystemExit(1)


def _store_of(file: Path | None) -> Store:
    said = {name: value or "" for name, value in dotenv_values(file).items() if name.startswith(("PHOTO_", "S3_"))}
    return open_store(Config.from_env(over=dict.fromkeys(PHOTO_SETTINGS, "") | said))


def _reaching(work: Callable[[], Done]) -> Done:
    try:
        return work()
    except Unreachable as error:
        raise click.ClickException(f"the photo store does not answer ({error})") from None
