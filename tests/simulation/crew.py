"""Several workers side by side, each with a database of its own: what a machine with two cores can do."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import ROOT, Databases
from tests.simulation.child import build


@dataclass
class Report:
    """Of many seeds: edits typed, faults fired by kind, and what failed as (seed, breach)."""

    seeds: list[int] = field(default_factory=list)
    edits: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)

    def take(self, line: str) -> None:
        said = json.loads(line)
        self.seeds.append(said["seed"])
        self.edits += said["edits"]
        self.fired += Counter(said["fired"])
        if said["breach"]:
            self.failed.append((said["seed"], said["breach"]))


def run_seeds(kind: str, first: int, count: int, *, until: float = 1e9, workers: int = 2) -> Report:
    """`count` seeds from `first`, or as many as `until` seconds allow. RuntimeError when a worker broke down."""
    build()
    report = Report()
    with contextlib.ExitStack() as ended:
        databases = Databases(Path(ended.enter_context(_folder())), ended)
        begun = []
        for no in range(workers):
            url = ended.enter_context(databases.migrated(kind))
            places = (first + no, first + count, workers)
            words = [kind, url, *map(str, places), "--until", str(until)]
            command = [sys.executable, "-m", "tests.simulation.worker", *words]
            begun.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        for worker in begun:
            out, err = worker.communicate()
            if worker.returncode:
                raise RuntimeError(f"a worker on {kind} broke down:\n{err[-3000:]}")
            for line in out.splitlines():
                report.take(line)
    return report


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """In memory where there is such a place: SQLite waits for the disk at every commit."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield name
