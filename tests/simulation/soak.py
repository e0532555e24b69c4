"""Seed after seed until the time is up; one row of LEDGER.md for each database. See scripts/soak."""

import argparse
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.databases import ROOT, migrate, sqlite_url
from tests.simulation.crew import Report, run_seeds
from tests.simulation.events import trace
from tests.simulation.running import stage
from tests.simulation.shrinking import keep, shrunk
from tests.simulation.worker import EVENTS

LEDGER = Path(__file__).parent / "LEDGER.md"
FIRST, MANY = 100_000, 1_000_000  # seeds of the tests lie below


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", type=int)
    given = asked.parse_args()
    failed = []
    for kind in ("sqlite", "postgresql"):
        first = given.seed if given.seed is not None else next_seed()
        report = run_seeds(kind, first, MANY, until=given.minutes * 30)
        append(kind, report)
        failed += [(kind, seed, breach) for seed, breach in report.failed]
    for kind, seed, breach in failed[:5]:
        print(kind, seed, breach)
        print("kept as", shrink(seed, breach))
    sys.exit(1 if failed else 0)


def next_seed() -> int:
    """After the last seed any row names."""
    rows = [line.split("|") for line in LEDGER.read_text().splitlines() if line.startswith("| 2")]
    return max((int(row[5]) + 1 for row in rows), default=FIRST)


def append(kind: str, report: Report) -> None:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    kinds: dict[str, int] = {}
    for name, count in report.fired.items():
        kinds[name.partition("@")[0]] = kinds.get(name.partition("@")[0], 0) + count
    faults = ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()))
    failures = "; ".join(f"seed {seed}: {breach[:60]}" for seed, breach in report.failed) or "0"
    day = datetime.now(UTC).date().isoformat()
    cells = [day, commit.strip(), kind, min(report.seeds), max(report.seeds), len(report.seeds), report.edits]
    with LEDGER.open("a") as file:
        file.write("| " + " | ".join(map(str, cells)) + f" | {faults} | {failures} |\n")


def shrink(seed: int, breach: str) -> Path:
    """A failing seed as a small trace in the corpus; as it is where it does not fail alone on SQLite."""
    whole, sign = trace(seed, "sqlite", EVENTS), breach.split()[0]
    with tempfile.TemporaryDirectory() as folder:
        url = sqlite_url(Path(folder) / "grid.db")
        migrate(url)
        with stage("sqlite", url) as place:
            small = shrunk(whole, lambda one: (place.run(one).breach or "").startswith(sign))
    return keep(small, breach, f"seed-{seed}")


if __name__ == "__main__":
    main()
