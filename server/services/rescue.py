"""Taking in a phone's rescue file at a desk: what was unsent on it, sealed, carried here by anybody.

A file is `{format: "grid-rescue", version: 1, parts: [{device, made_at, changes: [{id, n, group?, key, box}],
photos?: [{id, record, field, taken_at, sha256, bytes, data}], mac}]}`; the desk sends a part at a time. The changes are
opened and judged exactly as if the phone had handed them in with its drain token: same numbers, same ids, its owner's
rights. So a file may come twice, and before or after the phone itself: what is known already is a replay. `data` is a
sealed photo (services/sealing.py) as base64, `sha256` and `bytes` its own; it is taken in as if it had been uploaded.

`mac` is HMAC-SHA-256 over the lines `grid-rescue 1`, device, made_at, then `id n group key box` of each change, then
`photo id record field taken_at sha256 bytes` of each photo, under the SHA-256 of the drain token. Anybody can seal a
change to the server; only the phone can put its name under it.
"""

import binascii
import hashlib
import hmac
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from typing import Any

from server.adapters.storage import devices, grants
from server.core.access.permissions import Actor
from server.core.photos.announcement import SEALED, read_announcement
from server.core.problems import Problem
from server.core.sync.change import group_of, usable_id, usable_n
from server.core.sync.values import UUID
from server.services import push
from server.services.photos import announcing, arriving
from server.services.sealing import is_sealed
from server.services.transactions import read
from server.services.world import World

FORMAT, VERSION = "grid-rescue", 1
MOST = 20_000
MAC_NAMES = ("id", "n", "group", "key", "box")
PHOTO_NAMES = ("id", "record", "field", "taken_at", "sha256", "bytes")


def take_in(world: World, file: dict[str, Any]) -> dict[str, Any]:
    """`{changes, known, verdicts: {status: how many}, photos: {stored, known, refused}}`; `known` were here already and
    are not among the verdicts.

    Problem bad_request, forbidden, and busy or throttled where the photos have to be brought again.
    """
    changes, pictures = _checked(file)
    author = _author(world, file, changes, [said for said, _ in pictures])
    counted: Counter[str] = Counter()
    known = 0
    for batch in _batches(changes):
        body = {"device": author.device, "timeline": None, "changes": batch}
        for verdict in push.push(world, author, body)["verdicts"]:
            if verdict["replayed"]:
                known += 1
            else:
                counted[verdict["status"]] += 1
    came = Counter(_photo(world, author, said, data) for said, data in pictures)
    photos = {outcome: came[outcome] for outcome in ("stored", "known", "refused")}
    return {"changes": len(changes), "known": known, "verdicts": dict(counted), "photos": photos}


def _photo(world: World, author: Actor, said: dict[str, Any], data: bytes) -> str:
    """What became of it. Problem busy, throttled."""
    try:
        state = announcing.announce(world, author, read_announcement(said | {"mime": SEALED}), "")["state"]
        if state == "wanted":
            arriving.take(world, said["id"], data)
    except Problem as problem:
        if problem.code not in ("photo_refused", "photo_differs"):
            raise
        return "refused"
    return {"wanted": "stored", "stored": "known"}.get(state, "refused")


def _checked(file: dict[str, Any]) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], bytes]]]:
    """Its changes, and its photos with their bytes."""
    if file.get("format") != FORMAT or not isinstance(file.get("device"), str) or not UUID.match(file["device"]):
        raise Problem("bad_request", "this is no rescue file")
    if file.get("version") != VERSION:
        raise Problem("upgrade", "a newer app made this file; update the server first")
    changes, photos = file.get("changes"), file.get("photos", [])
    if not isinstance(changes, list) or not isinstance(photos, list) or not 0 < len(changes) + len(photos) <= MOST:
        raise Problem("bad_request", f"the file holds nothing, or more than {MOST} changes")
    if not all(is_sealed(c) and usable_id(c) and usable_n(c) is not None for c in changes):
        raise Problem("bad_request", "the file is damaged: a change in it cannot be read")
    return changes, [_readable(photo) for photo in photos]


def _readable(photo: Any) -> tuple[dict[str, Any], bytes]:
    """What it says of itself, and its bytes, which are those."""
    try:
        data = b64decode(photo["data"], validate=True)
        said = {name: photo[name] for name in PHOTO_NAMES}
    except (TypeError, KeyError, ValueError, binascii.Error):
        raise Problem("bad_request", "the file is damaged: a photo in it cannot be read") from None
    if len(data) != said["bytes"] or hashlib.sha256(data).hexdigest() != said["sha256"]:
        raise Problem("bad_request", "the file is damaged: a photo in it is not whole")
    return said, data


def _author(world: World, file: dict[str, Any], changes: list[dict[str, Any]], photos: list[dict[str, Any]]) -> Actor:
    """The phone's owner, as its drain token would name him."""
    with read(world) as conn:
        device = devices.get(conn, file["device"])
        if device is None or not device.drain_hash:
            raise Problem("not_found", "this server does not know the phone that made the file")
        if not _own(file, [*_said(changes, "", MAC_NAMES), *_said(photos, "photo ", PHOTO_NAMES)], device.drain_hash):
            raise Problem("forbidden", "the file was changed after the phone made it, or the phone has a new token")
        return grants.actor_of(conn, device.account, device.id, world.clock(), draining=True)


def _said(items: list[dict[str, Any]], kind: str, names: tuple[str, ...]) -> list[str]:
    return [kind + " ".join(str(item.get(name) or "") for name in names) for item in items]


def _own(file: dict[str, Any], said: list[str], drain_hash: str) -> bool:
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
    if batch:
        yield batch


def _groups(changes: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    for change in changes:
        if group and (group_of(change) is None or group_of(change) != group_of(group[0])):
            yield group
            group = []
        group.append(change)
    if group:
        yield group
