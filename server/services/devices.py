"""Devices, as an administrator sees them."""

from server.adapters.storage import devices
from server.core.problems import Problem
from server.services.transactions import write
from server.services.world import World


def revoke(world: World, device_id: str) -> None:
    """A lost phone: it is told to wipe itself, and what it still brings waits for the office. Problem not_found."""
    with write(world, "device.revoke") as conn:
        if devices.get(conn, device_id) is None:
            raise Problem("not_found", f"no device {device_id}")
        devices.revoke(conn, device_id, world.clock())
