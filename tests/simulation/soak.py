"""Seed after seed until the time is up; one row of LEDGER.md for each database. See scripts/soak."""

import argparse
import contextlib
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.databases import ROOT, Databases
from tests.simulation.crew import Report, run_seeds
from tests.simulation.events import trace
from tests.simulation.network import AT_FAILPOINTS, FAILPOINTS
from tests.simulation.running import stage
from tests.simulation.shrinking import keep, shrunk
from tests.simulation.worker import EVENTS

LEDGER = Path(__file__).parent / "LEDGER.md"
UNDER_WAY = ROOT / ".soak"  # what a soak that was broken off has found; the next one goes on from it
PAIRS = len(FAILPOINTS) * len(AT_FAILPOINTS)
OFTEN = 20  # times an hour each pair must fire
FIRST, MANY = 100_000, 1_000_000  # seeds of the tests lie below


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--minutes", type=float, default=10)
    asked.add_argument("--seed", type=int)
    asked.add_argument("--workers", type=int, default=2)
    given = asked.parse_args()
    UNDER_WAY.mkdir(exist_ok=True)
    failed, fired = [], Counter[str]()
    for kind in ("sqlite", "postgresql"):
        report = soaked(kind, given.seed, given.minutes * 30, given.workers)
        append(kind, report)
        failed += [(kind, seed, breach) for seed, breach in report.failed]
        fired += report.fired
    print(table(fired))
    few = seldom(fired, given.minutes)
    print(f"{PAIRS} pairs; in an hour at this pace fewer than {OFTEN} times: {', '.join(few) or 'none'}")
    for kind, seed, breach in failed[:5]:
        print(kind, seed, breach)
        print("kept as", shrink(kind, seed, breach))
    wanting = given.minutes >= 60 and few
    print("FAIL" if failed or wanting else "PASS", f"{len(failed)} seeds failed, {len(few)} pairs fire too seldom")
    sys.exit(1 if failed or wanting else 0)


def soaked(kind: str, seed: int | None, seconds: float, workers: int) -> Report:
    """On this commit; what another commit left half-done is not of it."""
    lines = UNDER_WAY / f"{kind}-{commit()}.jsonl"
    before = Report.of(lines).seeds
    first = max(before) + 1 if before else seed if seed is not None else next_seed()
    report = run_seeds(kind, first, MANY, until=seconds, workers=workers, lines=lines)
    lines.unlink()
    return report


def commit() -> str:
    words = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True).stdout.strip()


def next_seed() -> int:
    """After the last seed any row names."""
    rows = [line.split("|") for line in LEDGER.read_text().splitlines() if line.startswith("| 2")]
    return max((int(row[5]) + 1 for row in rows), default=FIRST)


def append(kind: str, report: Report) -> None:
    if not report.seeds:
        return
    kinds = Counter[str]()
    for name, count in report.fired.items():
        kinds[name.partition("@")[0]] += count
    faults = ", ".join(f"{name} {count}" for name, count in sorted(kinds.items()) if count)
    failures = "; ".join(f"seed {seed}: {breach[:60]}" for seed, breach in report.failed) or "0"
    day = datetime.now(UTC).date().isoformat()
    cells = [day, commit(), kind, min(report.seeds), max(report.seeds), len(report.seeds), report.edits]
    with LEDGER.open("a") as file:
        file.write("| " + " | ".join(map(str, cells)) + f" | {faults} | {failures} |\n")


def seldom(fired: Counter[str], minutes: float) -> list[str]:
    """Pairs that fire fewer than OFTEN times an hour, with what they would come to."""
    pairs = [f"{fault}@{name}" for name in FAILPOINTS for fault in AT_FAILPOINTS]
    paces = {pair: fired[pair] * 60 / minutes for pair in pairs}
    return [f"{pair} {pace:.0f}" for pair, pace in paces.items() if pace < OFTEN]


def table(fired: Counter[str]) -> str:
    """How often each simulated fault fired at each failpoint."""
    rows = [("failpoint", *AT_FAILPOINTS), tuple("---" for _ in range(len(AT_FAILPOINTS) + 1))]
    rows += [(name, *(str(fired[f"{fault}@{name}"]) for fault in AT_FAILPOINTS)) for name in FAILPOINTS]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def shrink(kind: str, seed: int, breach: str) -> Path:
    """A failing seed as a small trace in the corpus; as it is where it does not fail alone."""
    whole, sign = trace(seed, kind, EVENTS), breach.split()[0]
    with contextlib.ExitStack() as ended:
        folder = Path(ended.enter_context(tempfile.TemporaryDirectory()))
        url = ended.enter_context(Databases(folder, ended).migrated(kind))
        place = ended.enter_context(stage(kind, url))
        small = shrunk(whole, lambda one: (place.run(one).breach or "").startswith(sign))
    return keep(small, breach, f"seed-{seed}")


if __name__ == "__main__":
    main()
