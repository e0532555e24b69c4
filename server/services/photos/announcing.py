"""A device says which photo it has; the server says whether it wants the bytes."""

import json
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import photos
from server.adapters.storage.photos import Photo
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.photos.announcement import Announcement
from server.core.problems import Problem
from server.services.photos import objects
from server.services.photos.sights import sights
from server.services.transactions import write
from server.services.world import World

ANNOUNCED = 1_000  # photos of one device that were announced and have not come
WAIT_S = 600


def announce(world: World, actor: Actor, said: Announcement, uploads: str) -> dict[str, Any]:
    """`{id, state: stored}`, `{id, state: wanted, uploads}` or `{id, state: refused, reason}`.

    The same announcement gets the same answer. `stored` means that the bytes were verified and lie in the store now;
    one whose object went away is wanted again. Raises Problem: forbidden, photo_differs, throttled, busy.
    """
    if actor.device is None:
        raise Problem("forbidden", "photos come from a device")
    with write(world, "photo.announce") as conn:
        photo = photos.lock(conn, said.id) or _new(world, conn, actor, said)
        _check_same(world, conn, actor, photo, said)
    if photo.state == "refused":
        return {"id": photo.id, "state": "refused", "reason": photo.reason}
    if photo.state == "stored" and objects.lies(world, photo.object, photo.object_bytes):
        return {"id": photo.id, "state": "stored"}
    if photo.state == "stored":
        with write(world, "photo.want_again") as conn:
            photos.want_again(conn, photo)
    return {"id": photo.id, "state": "wanted", "uploads": {"tus": uploads}}


def _check_same(world: World, conn: Connection, actor: Actor, photo: Photo, said: Announcement) -> None:
    """Another file under a known id, or somebody else's id: the device must name its photo anew."""
    if (photo.sha256, photo.bytes) != (said.sha256, said.bytes):
        raise Problem("photo_differs")
    if photo.account != actor.id:
        if photo.state != "stored" or photo.id not in sights(world, conn, actor, [photo.id]):
            raise Problem("photo_differs")


def _new(world: World, conn: Connection, actor: Actor, said: Announcement) -> Photo:
    """The row as it stands after adding it: another process may have been first."""
    device = str(actor.device)
    if photos.count_wanted(conn, device) >= ANNOUNCED:
        raise Problem("throttled", "too many photos are on their way", retry_after=WAIT_S)
    photo = _row(world, actor, said)
    if photo.state == "wanted":
        twin = _known(world, conn, actor, said)
        photo = photo if twin is None else _like(photo, twin)
    photos.add(conn, photo)
    return photos.lock(conn, said.id) or photo


def _row(world: World, actor: Actor, said: Announcement) -> Photo:
    reason = said.refusal()
    return Photo(
        id=said.id,
        account=actor.id,
        device=str(actor.device),
        record=said.record,
        field=said.field,
        sha256=said.sha256,
        bytes=said.bytes,
        mime=said.mime,
        taken_at=said.taken_at,
        place=json.dumps(said.place) if said.place else None,
        state="refused" if reason else "wanted",
        reason=reason,
        announced_at=stamp(world.clock()),
        came_at=None,
        object=None,
        object_bytes=None,
        screen=None,
        thumb=None,
        width=None,
        height=None,
    )


def _known(world: World, conn: Connection, actor: Actor, said: Announcement) -> Photo | None:
    """A photo with these bytes that this device sent before or this person may see: a hash alone proves nothing."""
    same = photos.with_same_bytes(conn, said.sha256, said.bytes, str(actor.device))
    own = next((p for p in same if p.device == actor.device and p.account == actor.id), None)
    if own is not None:
        return own
    seen = sights(world, conn, actor, [p.id for p in same])
    return next((p for p in same if p.id in seen), None)


def _like(photo: Photo, twin: Photo) -> Photo:
    """Stored already, under another id."""
    return photo._replace(
        state="stored",
        came_at=photo.announced_at,
        mime=twin.mime,
        object=twin.object,
        object_bytes=twin.object_bytes,
        screen=twin.screen,
        thumb=twin.thumb,
        width=twin.width,
        height=twin.height,
    )
