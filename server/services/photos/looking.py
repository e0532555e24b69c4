"""Looking at photos, and what is known of them."""

import json
from dataclasses import dataclass
from typing import Any

from server.adapters.storage import photos
from server.adapters.storage.photos import Photo
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.services.photos import objects
from server.services.photos.sights import Sight, sights
from server.services.transactions import read, write
from server.services.world import World

SIZES = ("thumb", "screen", "full")


@dataclass(frozen=True, slots=True)
class View:
    """One size of a photo: `sha256` of its bytes. `personal`: no cache of a browser may keep it."""

    sha256: str
    mime: str
    personal: bool


def look(world: World, actor: Actor, photo_id: str, size: str) -> View:
    """Which bytes the actor gets; a look at a personal photo is written down first.

    Raises Problem: bad_request, not_found (also for a photo that is not his to see), awaited, photo_refused.
    """
    if size not in SIZES:
        raise Problem("bad_request", "size: thumb, screen or full")
    with read(world) as conn:
        sight = sights(world, conn, actor, [photo_id]).get(photo_id)
    if sight is None:
        raise Problem("not_found")
    photo = _come(sight)
    if sight.personal:
        _write_down(world, actor, photo_id, size)
    name = {"full": photo.object, "screen": photo.screen, "thumb": photo.thumb}[size]
    return View(str(name), photo.mime if size == "full" else "image/webp", sight.personal)


def _come(sight: Sight) -> Photo:
    if sight.photo is None or sight.photo.state == "wanted":
        raise Problem("awaited")
    if sight.photo.state == "refused":
        raise Problem("photo_refused", extra={"reason": sight.photo.reason})
    return sight.photo


def _write_down(world: World, actor: Actor, photo: str, size: str) -> None:
    with write(world, "photo.look") as conn:
        photos.looked(
            conn,
            {
                "id": world.ids.uuid(),
                "at": stamp(world.clock()),
                "account": actor.id,
                "device": actor.device,
                "photo": photo,
                "size": size,
            },
        )


def bytes_of(world: World, view: View) -> bytes:
    """Raises Problem busy, photo_missing."""
    return objects.fetch(world, view.sha256)


def described(world: World, actor: Actor, ids: list[str]) -> dict[str, Any]:
    """`{items: [{id, state: stored|awaited|refused, ...}]}` for those the actor may see, in the order asked."""
    with read(world) as conn:
        seen = sights(world, conn, actor, ids)
    return {"items": [_item(one, seen[one].photo) for one in dict.fromkeys(ids) if one in seen]}


def _item(photo_id: str, photo: Photo | None) -> dict[str, Any]:
    if photo is None:
        empty = dict.fromkeys(("bytes", "mime", "taken_at", "by", "width", "height"))
        return {"id": photo_id, "state": "awaited"} | empty
    item = {
        "id": photo.id,
        "state": "awaited" if photo.state == "wanted" else photo.state,
        "bytes": photo.object_bytes if photo.state == "stored" else photo.bytes,
        "mime": photo.mime,
        "taken_at": photo.taken_at,
        "by": photo.account,
        "width": photo.width,
        "height": photo.height,
    }
    more = {"reason": photo.reason, "place": json.loads(photo.place) if photo.place else None}
    return item | {name: value for name, value in more.items() if value is not None}
