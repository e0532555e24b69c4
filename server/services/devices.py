"""Devices, as an administrator sees them, and the server's part of the key that a phone's rows lie under."""

import json
from typing import Any

from server.adapters.storage import areas, devices
from server.core.access.permissions import Actor
from server.core.catalog.roles import ROLES
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


def listed(world: World, actor: Actor, username: str | None, after: str | None, limit: int) -> dict[str, Any]:
    """`{items, next}`: phones of the people who work in areas whose accounts are the actor's to keep, in order of id.

    Each is `{id, user: {id, username, name}, name, app, schema, created_at, last_seen_at, has_share, to_come, gaps,
    pending, storage, incidents, revoked_at, wiped_at}`. `has_share`: a PIN was set on it. `to_come`: numbers it gave
    and the server has no verdict for; `gaps`: those below the highest that came, `[[from, to]...]`. `pending` and
    `storage` as it last said. `incidents`: how many open ones the review desk has of it.
    """
    own = {g.scope for g in actor.grants if g.role in ROLES and "accounts" in ROLES[g.role].may}
    with read(world) as conn:
        found = devices.page(conn, areas.scopes_below(conn, own), world.clock(), username, after, limit + 1)
    shown = [_shown(one) for one in found[:limit]]
    return {"items": shown, "next": shown[-1]["id"] if len(found) > limit else None}


def _shown(row: Any) -> dict[str, Any]:
    gaps, said = json.loads(row.missing), json.loads(row.last_hello or "{}")
    behind = max(0, (row.next_n or 1) - 1 - row.have_n)
    same = ("id", "name", "app", "schema", "created_at", "last_seen_at", "incidents", "revoked_at", "wiped_at")
    return {name: getattr(row, name) for name in same} | {
        "user": {"id": row.account, "username": row.username, "name": row.person},
        "has_share": row.share is not None,
        "to_come": behind + sum(to - start + 1 for start, to in gaps),
        "gaps": gaps,
        "pending": said.get("pending"),
        "storage": said.get("storage"),
    }


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
