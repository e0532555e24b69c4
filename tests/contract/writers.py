"""Many who write at once, and one who reads as fast as he can: does he see every row that was committed?"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import Connection, text

from server.adapters.storage import feeds
from server.services import failpoints
from server.services.transactions import read
from tests.places import Device, Place, change


class RolledBack(BaseException):
    """The transaction is given up just before its commit."""


@contextmanager
def slow_commits(longest: float, rolled_back: float, seed: int) -> Iterator[None]:
    """Every push waits up to `longest` seconds before its commit; a share of them is rolled back."""
    own = threading.local()

    def hook(name: str) -> None:
        if name != "push.before_commit":
            return
        if not hasattr(own, "chance"):
            own.chance = random.Random(f"{seed} {threading.get_ident()}")
        time.sleep(own.chance.uniform(0, longest))
        if own.chance.random() < rolled_back:
            raise RolledBack

    failpoints.install(hook)
    try:
        yield
    finally:
        failpoints.install(None)


def buildings(scope: str, count: int) -> list[dict]:
    names = (str(uuid4()) for _ in range(count))
    return [change("create", "building", str(uuid4()), scope, sets={"building_no": name}) for name in names]


class Writers:
    """Threads, a device each, that push batches until enough rows are committed."""

    def __init__(self, place: Place, scopes: list[str], threads: int, goal: int, batch: int) -> None:
        self.scopes, self.goal, self.batch = scopes, goal, batch
        self.devices = [place.device("worker2") for _ in range(threads)]
        self.committed: set[str] = set()
        self.rolled_back, self.failed = 0, list[BaseException]()

    def run(self, beside: Callable[[threading.Event], None]) -> None:
        """Write until the goal is reached; `beside` runs meanwhile and is told when all have ended."""
        ended = threading.Event()
        readers = [threading.Thread(target=self._watched, args=(beside, ended))]
        threads = [threading.Thread(target=self._watched, args=(self._write, one)) for one in self.devices]
        for thread in readers + threads:
            thread.start()
        for thread in threads:
            thread.join()
        ended.set()
        for thread in readers:
            thread.join()
        if self.failed:
            raise self.failed[0]

    def _watched(self, work: Callable, argument: object) -> None:
        try:
            work(argument)
        except BaseException as error:  # noqa: BLE001
            self.failed.append(error)

    def _write(self, device: Device) -> None:
        turn = 0
        while len(self.committed) < self.goal and not self.failed:
            turn += 1
            changes = [c for scope in self.scopes for c in buildings(scope, self.batch)]
            try:
                verdicts = device.push(*changes)
            except RolledBack:
                self.rolled_back += 1
                continue
            assert {v["status"] for v in verdicts} == {"applied"}
            self.committed |= {c["record"] for c in changes}


class FeedReader:
    """Reads a scope's feed by its numbers: everything above the last one seen, again and again."""

    def __init__(self, place: Place, scope: str) -> None:
        self.place, self.scope = place, scope
        self.seen: set[str] = set()
        self.rounds = 0

    def __call__(self, ended: threading.Event) -> None:
        last, finishing = 0, False
        while True:
            with read(self.place.world) as conn:
                rows = feeds.page(conn, self.scope, last, 1000)
            self.rounds += 1
            self.seen |= {row[4] for row in rows}
            last = rows[-1][0] if rows else last
            if finishing and not rows:
                return
            finishing = ended.is_set()


class Puller:
    """A phone that pulls without a pause."""

    def __init__(self, device: Device, scopes: list[str]) -> None:
        self.device, self.scopes = device, scopes
        self.seen: set[str] = set()
        self.pages = 0

    def __call__(self, ended: threading.Event) -> None:
        cursors, finishing = dict.fromkeys(self.scopes), False
        while True:
            pages = self.device.pull(cursors)
            self.pages += len(pages)
            for page in pages:
                self.seen |= {row["id"] for row in page["rows"]}
                cursors[page["scope"]] = page["cursor"]
            if finishing and not any(page["rows"] or page["more"] for page in pages):
                return
            finishing = ended.is_set()


def plain_sequence(conn: Connection, scope: str, k: int, live: int, digest: int) -> int:
    """What `feeds.advance` must not be: numbers from a sequence, which nobody waits for."""
    numbers = conn.execute(text("SELECT nextval('plain') FROM generate_series(1, :k)"), {"k": k}).scalars().all()
    return int(numbers[-1])
