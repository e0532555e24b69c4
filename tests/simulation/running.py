"""One seed after another on one database: the child and the server are made once."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.child import Child
from tests.simulation.events import trace
from tests.simulation.oracle import Breach
from tests.simulation.scheduler import Run
from tests.simulation.server import SimServer, known_password


@dataclass
class Result:
    trace: dict[str, Any]
    breach: str | None
    hash: str
    edits: int


@dataclass
class Stage:
    """`kind` of database and what runs on it; `fired` counts faults over all runs."""

    kind: str
    server: SimServer
    child: Child
    fired: Counter[str] = field(default_factory=Counter)
    edits: int = 0

    def seed(self, seed: int, size: int = 40, bugs: tuple[str, ...] = ()) -> Result:
        return self.run(trace(seed, self.kind, size), bugs)

    def run(self, what: dict[str, Any], bugs: tuple[str, ...] = ()) -> Result:
        run = Run(self.child, self.server, what, bugs)
        breach = None
        try:
            run.go()
        except Breach as found:
            breach = str(found)
        self.fired += run.fired
        self.edits += run.edits
        return Result(what, breach, run.hash, run.edits)


@contextlib.contextmanager
def stage(kind: str, url: str) -> Iterator[Stage]:
    with known_password():
        child, server = Child(), SimServer(url)
        try:
            yield Stage(kind, server, child)
        finally:
            child.end()
            server.world.engine.dispose()
