"""Copying a whole photo store into another one, while the server goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from server.adapters.photos.store import Lying, Missing, Store
from server.services.photos.objects import PHOTOS, STAGED, hash_of, hashed

PASSES = 20


@dataclass(slots=True)
class Copied:
    """Counts of objects. `broken`: keys whose bytes are not those of their hash; they are not copied."""

    copied: int = 0
    bytes: int = 0
    there: int = 0
    broken: list[str] = field(default_factory=list)


def copy(source: Store, target: Store, tell: Callable[[str], None]) -> Copied:
    """Every object of `source` is in `target` afterwards, each read back and compared.

    What lies there already, whole by its size, is not copied again: stopped half-way, it goes on where it was. Passes
    are repeated until one finds nothing new, because the server stores meanwhile. Raises Unreachable.
    """
    done = Copied()
    for number in range(1, PASSES + 1):
        before = done.copied
        done.there = 0
        for lying in _objects(source):
            if target.size(lying.key) == lying.bytes:
                done.there += 1
            else:
                _copy_one(source, target, lying.key, done)
        tell(f"pass {number}: {done.copied - before} copied, {done.there} were there")
        if done.copied == before:
            break
    return done


def _objects(store: Store) -> Iterator[Lying]:
    """Photos and the chunks of uploads under way: these go on in the other store."""
    yield from store.list(PHOTOS)
    yield from store.list(STAGED)


def _copy_one(source: Store, target: Store, key: str, done: Copied) -> None:
    try:
        data = source.get(key)
    except Missing:
        return  # taken away meanwhile
    if key.startswith(PHOTOS) and hashed(data) != hash_of(key):
        if key not in done.broken:
            done.broken.append(key)
        return
    target.put(key, data)
    if target.get(key) != data:
        done.broken.append(key)
        return
    done.copied += 1
    done.bytes += len(data)
