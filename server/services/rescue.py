"""Taking in a phone's rescue file at a desk: what was unsent on it, sealed, carried here by anybody.

A file is `{format: "grid-rescue", version: 1, parts: [{device, made_at, changes: [{id, n, group?, key, box}], mac}]}`;
the desk sends a part at a time. The changes are opened and judged exactly as if the phone had handed them in with its
drain token: same numbers, same ids, its owner's rights. So a file may come twice, and before or after the phone itself:
what is known already is a replay.

`mac` is HMAC-SHA-256 over the lines `grid-rescue 1`, device, made_at, then `id n group key box` of each change, under
the SHA-256 of the drain token. Anybody can seal a change to the server; only the phone can put its name under it.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from typing import Any

from server.adapters.storage import devices, grants
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.core.sync.change import group_of, usable_id, usable_n
from server.core.sync.values import UUID
from server.services import push
from server.services.sealing import is_sealed
from server.services.transactions import read
from server.services.world import World

FORMAT, VERSION = "grid-rescue", 1
MOST = 20_000
MAC_NAMES = ("id", "n", "group", "key", "box")


def take_in(world: World, file: dict[str, Any]) -> dict[str, Any]:
    """`{changes, known, verdicts: {status: how many}}`; `known` were here already. Problem bad_request, forbidden."""
    changes = _checked(file)
    author = _author(world, file, changes)
    counted: Counter[str] = Counter()
    known = 0
    for batch in _batches(changes):
        body = {"device": author.device, "timeline": None, "changes": batch}
        for verdict in push.push(world, author, body)["verdicts"]:
            counted[verdict["status"]] += 1
            known += verdict["replayed"]
    return {"changes": len(changes), "known": known, "verdicts": dict(counted)}


def _checked(file: dict[str, Any]) -> list[dict[str, Any]]:
    if file.get("format") != FORMAT or not isinstance(file.get("device"), str) or not UUID.match(file["device"]):
        raise Problem("bad_request", "this is no rescue file")
    if file.get("version") != VERSION:
        raise Problem("upgrade", "a newer app made this file; update the server first")
    changes = file.get("changes")
    if not isinstance(changes, list) or not 0 < len(changes) <= MOST:
        raise Problem("bad_request", f"the file holds no changes, or more than {MOST}")
    if not all(is_sealed(c) and usable_id(c) and usable_n(c) is not None for c in changes):
        raise Problem("bad_request", "the file is damaged: a change in it cannot be read")
    return changes


def _author(world: World, file: dict[str, Any], changes: list[dict[str, Any]]) -> Actor:
    """The phone's owner, as its drain token would name him."""
    with read(world) as conn:
        device = devices.get(conn, file["device"])
        if device is None or not device.drain_hash:
            raise Problem("not_found", "this server does not know the phone that made the file")
        if not _own(file, changes, device.drain_hash):
            raise Problem("forbidden", "the file was changed after the phone made it, or the phone has a new token")
        return grants.actor_of(conn, device.account, device.id, world.clock(), draining=True)


def _own(file: dict[str, Any], changes: list[dict[str, Any]], drain_hash: str) -> bool:
    said = [" ".join(str(c.get(name) or "") for name in MAC_NAMES) for c in changes]
    lines = [f"{FORMAT} {VERSION}", file["device"], str(file.get("made_at")), *said]
    made = hmac.new(bytes.fromhex(drain_hash), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(made, str(file.get("mac")))


def _batches(changes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """In order of n, as many as a push may hold; a group is never cut."""
    batch: list[dict[str, Any]] = []
    for group in _groups(sorted(changes, key=lambda c: int(c["n"]))):
        if batch and len(batch) + len(group) > push.PUSH_CHANGES:
            yield batch
            batch = []
        batch = batch + group
    yield batch


def _groups(changes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for change in changes:
        if group and (group_of(change) is None or group_of(change) != group_of(group[0])):
            yield group
            group = []
        group.append(change)
    yield group
