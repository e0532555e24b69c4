"""Rows and objects compared both ways, and objects collected that nobody names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.adapters.photos.store import Lying, Missing
from server.adapters.storage import photos, system, uploads
from server.adapters.storage.photos import Photo
from server.core.catalog.times import stamp
from server.services.photos import objects
from server.services.photos.objects import PHOTOS, STAGED, UNFINISHED, hash_of, key_of
from server.services.transactions import glance, read, write
from server.services.world import World

ORPHAN = timedelta(days=7)
AFTER_TIMELINE = timedelta(days=60)


@dataclass(slots=True)
class Compared:
    """`findings` are sentences about what is lost; `orphans` objects that no row names, `stored` rows looked at."""

    stored: int = 0
    orphans: int = 0
    findings: list[str] = field(default_factory=list)


def verify(world: World, *, read_bytes: bool = False) -> Compared:
    """Every stored photo against the store, and every object against the rows. With `read_bytes` every object that a
    row names is read, and its bytes compared with the hash that it lies under. Raises Unreachable."""
    found = Compared()
    for photo in _stored(world):
        found.stored += 1
        found.findings += _faults(world, photo, read_bytes)
    found.orphans = sum(not _is_named(world, hash_of(lying.key)) for lying in world.photos.store.list(PHOTOS))
    return found


def _is_named(world: World, name: str) -> bool:
    with glance(world) as conn:
        return photos.is_named(conn, name)


def _stored(world: World) -> Iterator[Photo]:
    after = ""
    while True:
        with read(world) as conn:
            page = photos.stored(conn, after)
        if not page:
            return
        yield from page
        after = page[-1].id


def _faults(world: World, photo: Photo, read_bytes: bool) -> Iterator[str]:
    for name in photo.hashes():
        size = world.photos.store.size(key_of(name))
        if size is None:
            yield f"photo {photo.id}: object {name} is missing"
        elif name == photo.object and size != photo.object_bytes:
            yield f"photo {photo.id}: object {name} has {size} bytes and should have {photo.object_bytes}"
        elif read_bytes and not _is_itself(world, name):
            yield f"photo {photo.id}: object {name} holds other bytes"


def _is_itself(world: World, name: str) -> bool:
    try:
        return objects.hashed(world.photos.store.get(key_of(name))) == name
    except Missing:
        return False


@dataclass(slots=True)
class Collected:
    """`waits_until`: a new timeline began lately, and phones may still bring back the rows of what looks orphaned."""

    orphans: int = 0
    chunks: int = 0
    uploads: int = 0
    waits_until: datetime | None = None


def collect(world: World) -> Collected:
    """Take away expired uploads, chunks of nobody's, and objects that no row has named for seven days. Raises
    Unreachable; what was done stays done."""
    done, now = Collected(), world.clock()
    done.uploads = _drop_expired(world, now)
    for lying in world.photos.store.list(STAGED):
        if _old(lying, now) and not _is_chunk(world, lying.key):
            world.photos.store.delete(lying.key)
            done.chunks += 1
    for lying in world.photos.store.list(UNFINISHED):
        if _old(lying, now):
            world.photos.store.delete(lying.key)
    done.waits_until = _waits_until(world, now)
    if done.waits_until is None:
        for lying in world.photos.store.list(PHOTOS):
            done.orphans += _old(lying, now) and _take_orphan(world, lying.key)
    return done


def _old(lying: Lying, now: datetime) -> bool:
    return lying.since <= now - ORPHAN


def _drop_expired(world: World, now: datetime) -> int:
    count = 0
    while True:
        with write(world, "photo.expire") as conn:
            gone = uploads.expired(conn, stamp(now))
            keys = uploads.drop(conn, gone)
        for key in keys:
            world.photos.store.delete(key)
        count += len(gone)
        if not gone:
            return count


def _is_chunk(world: World, key: str) -> bool:
    with glance(world) as conn:
        return uploads.is_chunk(conn, key)


def _waits_until(world: World, now: datetime) -> datetime | None:
    with glance(world) as conn:
        began = system.timeline_replaced_at(conn)
    until = datetime.fromisoformat(began) + AFTER_TIMELINE if began else now
    return until if until > now else None


def _take_orphan(world: World, key: str) -> bool:
    """Whoever is about to store this object waits until it is gone, and then puts it anew."""
    name = hash_of(key)
    with write(world, "photo.collect") as conn:
        photos.hold_object(conn, name)
        if photos.is_named(conn, name):
            return False
        world.photos.store.delete(key)
    return True
