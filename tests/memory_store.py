"""A photo store in memory, which passes the contract of the real ones, and whose faults a test decides."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from server.adapters.photos.store import Lying, Missing, Unreachable, checked


class MemoryStore:
    """`fault(what, key)` is asked before and after each act: "before" faults change nothing, "after" ones have
    happened although the caller is told otherwise. It may raise Unreachable, or sleep."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.fault: Callable[[str, str, str], None] = lambda _when, _what, _key: None
        self._lock = threading.Lock()

    def put(self, key: str, data: bytes) -> None:
        self.fault("before", "put", checked(key))
        with self._lock:
            self.objects[key] = (bytes(data), self.clock())
        self.fault("after", "put", key)

    def get(self, key: str) -> bytes:
        self.fault("before", "get", checked(key))
        try:
            return self.objects[key][0]
        except KeyError:
            raise Missing(key) from None

    def size(self, key: str) -> int | None:
        self.fault("before", "size", checked(key))
        found = self.objects.get(key)
        return len(found[0]) if found else None

    def delete(self, key: str) -> None:
        self.fault("before", "delete", checked(key))
        with self._lock:
            self.objects.pop(key, None)
        self.fault("after", "delete", key)

    def list(self, prefix: str) -> Iterator[Lying]:
        self.fault("before", "list", prefix)
        for key in sorted(self.objects):
            if key.startswith(prefix):
                data, since = self.objects[key]
                yield Lying(key, len(data), since)


def down(_when: str, _what: str, _key: str) -> None:
    """A store that does not answer."""
    raise Unreachable("down")
