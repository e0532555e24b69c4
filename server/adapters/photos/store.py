"""The port that both stores fill: whole objects under keys (`tests/contract/test_photo_stores.py` is its terms)."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, Protocol

KEY = re.compile(r"[a-z]+(/[0-9a-z-]+)+\Z")


class Missing(LookupError):
    """No object lies under this key."""


class Unreachable(Exception):
    """The store does not answer, or answers with a fault of its own. What was asked for may have happened or not."""


class Lying(NamedTuple):
    """An object as a listing shows it; `since` is an aware time, that of its last writing."""

    key: str
    bytes: int
    since: datetime


class Store(Protocol):
    """All raise Unreachable. An object that was put is there whole, for every process, until it is deleted."""

    def put(self, key: str, data: bytes) -> None:
        """Durable when this returns; what lay under the key is replaced."""

    def get(self, key: str) -> bytes:
        """Raises Missing."""

    def size(self, key: str) -> int | None:
        """Bytes, or None where nothing lies."""

    def delete(self, key: str) -> None:
        """Nothing lies there afterwards; nothing need have lain there before."""

    def list(self, prefix: str) -> Iterator[Lying]:
        """Every object whose key begins with `prefix`, in order of key."""


def checked(key: str) -> str:
    """The key, when it is one of ours: nothing that a path could climb with."""
    if not KEY.match(key):
        raise ValueError("no key of a photo store")
    return key
