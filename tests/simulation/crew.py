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

    @classmethod
    def of(cls, lines: Path) -> "Report":
        """What workers said so far; a last line that was broken off does not count."""
        report = cls()
        for line in lines.read_text().splitlines(keepends=True) if lines.exists() else ():
            if line.endswith("\n"):
                report.take(line)
        return report


def run_seeds(
    kind: str, first: int, count: int, *, until: float = 1e9, workers: int = 2, lines: Path | None = None
) -> Report:
    """`count` seeds from `first`, or as many as `until` seconds allow; each one's outcome is a line of `lines`, where
    those of before count too. RuntimeError when a worker broke down."""
    build()
    with contextlib.ExitStack() as ended:
        folder = Path(ended.enter_context(_folder()))
        lines = lines or folder / "said"
        databases = Databases(folder, ended)
        begun = []
        for no in range(workers):
            url = ended.enter_context(databases.migrated(kind))
            places = (first + no, first + count, workers)
            words = [kind, url, *map(str, places), "--until", str(until)]
            command = [sys.executable, "-m", "tests.simulation.worker", *words]
            with lines.open("a") as said:
                begun.append(subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.PIPE, text=True))
        for worker in begun:
            _, err = worker.communicate()
            if worker.returncode:
                raise RuntimeError(f"a worker on {kind} broke down:\n{err[-3000:]}")
        return Report.of(lines)


@contextlib.contextmanager
def _folder() -> Iterator[str]:
    """In memory where there is such a place: SQLite waits for the disk at every commit."""
    place = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield name
