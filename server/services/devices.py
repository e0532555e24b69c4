"""Devices, as an administrator sees them, and the server's part of the key that a phone's rows lie under."""

from typing import Any

from server.adapters.storage import devices
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.services.payloads import keep_boxed, open_kept
from server.services.transactions import read, write
from server.services.world import World


def revoke(world: World, device_id: str) -> None:
    """A lost phone: it is told to wipe itself, its share is destroyed, what it still brings waits for the office.

    Problem not_found.
    """
    with write(world, "device.revoke") as conn:
        if devices.get(conn, device_id) is None:
            raise Problem("not_found", f"no device {device_id}")
        devices.revoke(conn, device_id, world.clock())


def known(world: World, username: str | None = None) -> list[Any]:
    """Rows of every device (of one person): username, id, name, app, have_n, next_n, last_seen_at, revoked_at,
    wiped_at."""
    with read(world) as conn:
        return devices.all_with_people(conn, username)


def share(world: World, actor: Actor, device_id: Any) -> dict[str, Any]:
    """`{share, lease_hours}`: made at the first asking, the same ever after, destroyed when the device is revoked.

    With it and the PIN a phone opens its rows; with one alone nobody does. Only the device's own session gets it.
    Problem device_mismatch.
    """
    if actor.device is None or device_id != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")
    nonce = bytes.fromhex(world.ids.rev() + world.ids.rev())[:12]
    with write(world, "device.share") as conn:
        kept = devices.keep_share(conn, actor.device, keep_boxed(world.ids.token(), world.keys.sealed, nonce))
    return {"share": open_kept(kept, world.keys.sealed), "lease_hours": world.rules.lease_hours}
