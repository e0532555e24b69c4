"""Uploads in chunks that any server process may take: a chunk is all or nothing, and lies in the photo store until
the file is whole. The last chunk is taken in together with the photo: an upload that is not there yet never looks done.
"""

from datetime import timedelta

from sqlalchemy import Connection

from server.adapters.photos.store import Missing
from server.adapters.storage import photos, uploads
from server.adapters.storage.photos import Photo
from server.adapters.storage.uploads import Upload
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.photos.tus import CHUNK_MAX, CHUNK_MIN
from server.core.problems import Problem
from server.services.photos import objects
from server.services.photos.arriving import arrive
from server.services.transactions import read, write
from server.services.world import World

LIVES = timedelta(days=7)  # since the last chunk
UNFINISHED = 16  # uploads of one device at a time


def start(world: World, actor: Actor, photo_id: str, size: int) -> Upload:
    """The upload of a photo that this person announced; the same one when it was begun before.

    Raises Problem: forbidden, not_found, photo_refused, bad_request, throttled.
    """
    device, now = _device(actor), world.clock()
    with write(world, "photo.begin") as conn:
        photo = photos.lock(conn, photo_id)
        if photo is None or photo.account != actor.id:
            raise Problem("not_found")
        if photo.state == "refused":
            raise Problem("photo_refused", extra={"reason": photo.reason})
        if photo.bytes != size:
            raise Problem("bad_request", f"Upload-Length: {photo.bytes} bytes were announced")
        before = uploads.of_photo(conn, photo_id, device)
        unswept = []
        if before is not None:
            if before.expires_at > stamp(now) and not (before.done and photo.state == "wanted"):
                return before
            unswept = uploads.drop(conn, [before.id])
        upload = _new(world, conn, photo, device)
    objects.sweep(world, unswept)
    return upload


def _new(world: World, conn: Connection, photo: Photo, device: str) -> Upload:
    if uploads.count_unfinished(conn, device, stamp(world.clock())) >= UNFINISHED:
        raise Problem("throttled", "too many uploads are unfinished", retry_after=60)
    done = photo.state == "stored"
    expires = stamp(world.clock() + LIVES)
    at = photo.bytes if done else 0
    upload = Upload(world.ids.uuid(), photo.id, photo.account, device, photo.bytes, at, done, expires)
    uploads.add(conn, upload)
    return upload


def find(world: World, actor: Actor, upload_id: str) -> Upload:
    """Raises Problem: forbidden, not_found (also for another device's), upload_gone."""
    with read(world) as conn:
        return _own(world, conn, actor, upload_id)


def _own(world: World, conn: Connection, actor: Actor, upload_id: str) -> Upload:
    device = _device(actor)
    upload = uploads.get(conn, upload_id)
    if upload is None or upload.device != device or upload.account != actor.id:
        raise Problem("not_found")
    if upload.expires_at <= stamp(world.clock()):
        raise Problem("upload_gone")
    return upload


def _device(actor: Actor) -> str:
    if actor.device is None:
        raise Problem("forbidden", "photos come from a device")
    return actor.device


def end(world: World, actor: Actor, upload_id: str) -> None:
    """Give an upload up. The photo is still wanted."""
    with write(world, "photo.end") as conn:
        _own(world, conn, actor, upload_id)
        unswept = uploads.drop(conn, [upload_id])
    objects.sweep(world, unswept)


def append(world: World, actor: Actor, upload_id: str, offset: int, data: bytes) -> Upload:
    """The upload with this chunk in it. Raises Problem: wrong_offset (with `offset`), too_large, bad_request, busy,
    and for the last chunk what `arrive` raises. A Problem means that nothing was taken in."""
    upload = find(world, actor, upload_id)
    _check(upload, offset, len(data))
    if not data:
        return upload
    stands = offset + len(data)
    if stands == upload.bytes:
        arrive(world, upload, _whole(world, upload, data))
        return upload._replace(at=stands, done=True)
    key = objects.staging_key(world, upload.id, offset)
    with objects.reached():
        world.photos.store.put(key, data)
    expires = stamp(world.clock() + LIVES)
    with write(world, "photo.chunk") as conn:
        taken = uploads.advance(conn, upload.id, offset, stands, key, expires)
        now = upload if taken else uploads.get(conn, upload.id)
    if not taken:
        objects.sweep(world, [key])
        raise _elsewhere(now.at) if now else Problem("not_found")
    return upload._replace(at=stands, expires_at=expires)


def _check(upload: Upload, start: int, size: int) -> None:
    if start != upload.at:
        raise _elsewhere(upload.at)
    if size > CHUNK_MAX:
        raise Problem("too_large", f"at most {CHUNK_MAX} bytes a chunk")
    if start + size > upload.bytes:
        raise Problem("too_large", f"{upload.bytes} bytes were announced")
    if 0 < size < CHUNK_MIN and start + size < upload.bytes:
        raise Problem("bad_request", f"at least {CHUNK_MIN} bytes a chunk")


def _elsewhere(at: int) -> Problem:
    return Problem("wrong_offset", extra={"offset": at})


def _whole(world: World, upload: Upload, last: bytes) -> bytes:
    """All of the file. Where the store lost a chunk the upload begins anew: wrong_offset says so."""
    with read(world) as conn:
        keys = uploads.chunks(conn, upload.id)
    try:
        with objects.reached():
            return b"".join([*(world.photos.store.get(key) for key in keys), last])
    except Missing:
        with write(world, "photo.again") as conn:
            unswept = uploads.begin_again(conn, upload.id)
        objects.sweep(world, unswept)
        raise _elsewhere(0) from None
