"""A whole file has come: is it the one that was announced, is it a picture, and where does it go."""

import hmac
import json
from typing import Any

from server.adapters.photos.decoding import NoRoom, Sizes, Unreadable
from server.adapters.storage import photos, uploads
from server.adapters.storage.uploads import Upload
from server.core.catalog.times import stamp
from server.core.photos.segments import Picture, Refused, picture_of
from server.core.problems import Problem
from server.services import sealing
from server.services.photos import objects
from server.services.sealing import Opened
from server.services.transactions import read, write
from server.services.world import World


def arrive(world: World, upload: Upload, data: bytes) -> None:
    """Store the photo. Raises Problem: wrong_hash (the upload begins anew), photo_refused (for good), busy.

    Every step may be repeated: objects lie under the hash of their bytes, and the row says `stored` last of all.
    """
    with read(world) as conn:
        photo = photos.read(conn, [upload.photo]).get(upload.photo)
    if photo is None or photo.state == "stored":
        return
    if len(data) != photo.bytes or not hmac.compare_digest(objects.hashed(data), photo.sha256):
        with write(world, "photo.again") as conn:
            unswept = uploads.begin_again(conn, upload.id)
        objects.sweep(world, unswept)
        raise Problem("wrong_hash")
    take(world, photo.id, data)


def take(world: World, photo: str, data: bytes) -> None:
    """Store a wanted photo whose bytes are the announced ones. Raises Problem: photo_refused (for good), busy."""
    try:
        opened = _opened(world, photo, data)
        picture = picture_of(opened.data)
        sizes = world.photos.decoder.sizes(picture.data, picture.orientation)
    except (Refused, Unreadable) as error:
        _refuse(world, photo, error.reason)
        raise Problem("photo_refused", extra={"reason": error.reason}) from None
    except NoRoom:
        raise Problem("busy", retry_after=objects.RETRY_S) from None
    _store(world, photo, picture, sizes, opened.place)


def _opened(world: World, photo: str, data: bytes) -> Opened:
    """What came sealed is opened, anything else is taken as it came. Raises Refused."""
    if not sealing.is_sealed_photo(data):
        return Opened(data, None)
    opened = sealing.open_photo(world.keys.sealing, photo, data)
    if opened is None:
        raise Refused("unopenable")
    return opened


def _refuse(world: World, photo: str, reason: str) -> None:
    """The device and whoever may see the photo learn why; the record stays as it is."""
    with write(world, "photo.refuse") as conn:
        photos.came(conn, photo, "refused", reason, stamp(world.clock()))
        unswept = uploads.drop_of(conn, photo)
    objects.sweep(world, unswept)


def _store(world: World, photo: str, picture: Picture, sizes: Sizes, place: dict[str, str] | None) -> None:
    full = sizes.full or picture.data
    parts = {objects.hashed(part): part for part in (full, sizes.screen, sizes.thumb)}
    with write(world, "photo.claim") as conn:
        for name in sorted(parts):
            photos.hold_object(conn, name)
        photos.claim(conn, photo, _claim(full, sizes) | {"place": json.dumps(place) if place else None})
    for name, part in parts.items():
        with objects.reached():
            world.photos.store.put(objects.key_of(name), part)
    with write(world, "photo.stored") as conn:
        photos.came(conn, photo, "stored", None, stamp(world.clock()))
        unswept = uploads.finish(conn, photo)
    objects.sweep(world, unswept)


def _claim(full: bytes, sizes: Sizes) -> dict[str, Any]:
    return {
        "object": objects.hashed(full),
        "object_bytes": len(full),
        "screen": objects.hashed(sizes.screen),
        "thumb": objects.hashed(sizes.thumb),
        "mime": sizes.mime,
        "width": sizes.width,
        "height": sizes.height,
    }
