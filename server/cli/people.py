"""Accounts, their devices and grants."""

from datetime import datetime
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from server.cli.world import refusals, table, the_world
from server.core.catalog.roles import ROLES
from server.services import accounts, devices, grants

user = AppGroup("user", help="Accounts.")
device = AppGroup("device", help="Phones.")
grant = AppGroup("grant", help="Who may do what where.")


def register(app: Flask) -> None:
    app.cli.add_command(create_admin)
    for group in (user, device, grant):
        app.cli.add_command(group)


password = click.option(
    "--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when not given."
)


@click.command("create-admin")
@click.argument("username")
@click.option("--name", default="管理员", help="Name that colleagues see.")
@password
@with_appcontext
@refusals
def create_admin(username: str, name: str, password: str) -> None:
    """Make the account that makes all others."""
    click.echo(accounts.create(the_world(), username, name, "admin", password))


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Name that colleagues see.")
@click.option("--role", required=True, type=click.Choice(list(ROLES)))
@password
@refusals
def user_add(username: str, name: str, role: str, password: str) -> None:
    """Make an account; it may do nothing until `grant add`."""
    click.echo(accounts.create(the_world(), username, name, role, password))


@user.command("disable")
@click.argument("username")
@refusals
def user_disable(username: str) -> None:
    """No login from now on. Work still on the person's phones comes in and waits for the office."""
    accounts.disable(the_world(), username)
    click.echo(f"{username} disabled")


@user.command("enable")
@click.argument("username")
@refusals
def user_enable(username: str) -> None:
    """Logins count again; for a while, too, to bring in the work of a phone that a restored server does not know."""
    accounts.enable(the_world(), username)
    click.echo(f"{username} enabled")


@user.command("list")
@refusals
def user_list() -> None:
    """Accounts by user name, with what is granted to each now."""
    found = accounts.known(the_world())
    rows = ([one.username, one.name, one.role, one.disabled_at or "", ", ".join(own)] for one, own in found)
    table("username, name, role, disabled, granted", rows)


@device.command("revoke")
@click.argument("device_id")
@refusals
def device_revoke(device_id: str) -> None:
    """A lost phone: it empties itself at the next contact; what it brings waits for the office."""
    devices.revoke(the_world(), device_id)
    click.echo(f"{device_id} revoked")


@device.command("list")
@click.option("--user", "username", help="Only this person's.")
@refusals
def device_list(username: str | None) -> None:
    """Phones, last heard of first."""
    rows = [_phone(one) for one in devices.known(the_world(), username)]
    table("id, username, phone, last contact, still to come, state", rows)


def _phone(one: Any) -> list[str]:
    due = max(0, (one.next_n or 1) - 1 - one.have_n)
    ended = f"revoked {one.revoked_at}, {'emptied ' + one.wiped_at if one.wiped_at else 'not emptied yet'}"
    return [one.id, one.username, one.name, one.last_seen_at, str(due), ended if one.revoked_at else "in use"]


@grant.command("add")
@click.argument("username")
@click.argument("scope")
@click.option("--role", type=click.Choice(list(ROLES)), help="The account's own when not given.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day (UTC).")
@click.option("--duty-phone", default="", help="Shown to colleagues.")
@refusals
def grant_add(username: str, scope: str, role: str | None, until: datetime | None, duty_phone: str) -> None:
    """Give a role on SCOPE (grid:…, org:… or unit:…) and all below it."""
    click.echo(grants.add(the_world(), username, scope, role, until=grants.end_of(until), duty_phone=duty_phone))


@grant.command("end")
@click.argument("username")
@click.argument("scope")
@refusals
def grant_end(username: str, scope: str) -> None:
    """End what the person holds on exactly SCOPE: the phone hands in its work, then empties."""
    click.echo(f"{grants.end(the_world(), username, scope)} ended")
