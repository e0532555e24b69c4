"""Objects in the photo store: photos under the hash of their bytes, chunks of uploads under a name of their own."""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from server.adapters.photos.store import Missing, Unreachable
from server.core.problems import Problem
from server.services.world import World

PHOTOS, STAGED, UNFINISHED = "photo/", "staging/", "unfinished/"
RETRY_S = 5
log = logging.getLogger(__name__)


def key_of(sha256: str) -> str:
    return f"{PHOTOS}{sha256[:2]}/{sha256}"


def hash_of(key: str) -> str:
    return key.rpartition("/")[2]


def hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def staging_key(world: World, upload: str, start: int) -> str:
    """New each time: of two who bring the same chunk, only one is taken in, and it must be his that lies there."""
    return f"{STAGED}{upload}/{start:08d}-{world.ids.rev()}"


@contextmanager
def reached() -> Iterator[None]:
    """A store that is away or at fault: nothing was taken in, and trying again is right. Raises Problem busy."""
    try:
        yield
    except Unreachable as error:
        log.warning("photo store", extra={"fields": {"error": str(error)}})
        raise Problem("busy", retry_after=RETRY_S) from None


def lies(world: World, sha256: str | None, size: int | None) -> bool:
    """Whether the photo is in the store, whole by its size."""
    with reached():
        return sha256 is not None and world.photos.store.size(key_of(sha256)) == size


def fetch(world: World, sha256: str) -> bytes:
    """Raises Problem busy, photo_missing."""
    try:
        with reached():
            return world.photos.store.get(key_of(sha256))
    except Missing:
        log.error("photo missing", extra={"fields": {"object": sha256}})
        raise Problem("photo_missing") from None


def sweep(world: World, keys: Iterable[str]) -> None:
    """Chunks that nobody needs any more. What cannot be taken away now is collected later (`flask photos gc`)."""
    for key in keys:
        try:
            world.photos.store.delete(key)
        except Unreachable as error:
            log.warning("photo store", extra={"fields": {"error": str(error)}})
            return
