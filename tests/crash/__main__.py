"""`python -m tests.crash --cycles 500`: crash cycles by the hundred; prints a row for README.md's table."""

import argparse
import subprocess
import sys
from collections import Counter
from datetime import date
from random import Random

from tests.crash.rig import faults_for, rig
from tests.databases import ROOT
from tests.driver import Driver

CYCLES_A_RIG = 25  # then a new world: what is checked after each cycle grows with the history


def main() -> None:
    options = _options()
    chance = Random(options.seed)
    driver, fired, bitten, edits, rounds, done = Driver(), Counter(), Counter(), 0, 0, 0
    try:
        while done < options.cycles:
            kind = options.database or chance.choice(["sqlite", "postgresql", "postgresql"])
            with rig(kind, driver) as at:
                turns = min(CYCLES_A_RIG, options.cycles - done)
                for fault in _turns(chance, faults_for(at), turns):
                    print(f"{done + 1} {kind}: {fault.name}", file=sys.stderr, flush=True)
                    at.cycle(fault, chance)
                    done += 1
                assert "all agree" in at.server.flask("verify")
                fired, bitten = fired + at.fired, bitten + at.bitten
                edits, rounds = edits + at.edits(), max(rounds, at.rounds)
    finally:
        driver.end()
    print(_row(options.seed, done, edits, rounds, fired, bitten))


def _turns(chance: Random, faults: list, count: int) -> list:
    """Every fault as often as every other, in an order by chance."""
    turns: list = []
    while len(turns) < count:
        turns += chance.sample(faults, len(faults))
    return turns[:count]


def _row(seed: int, done: int, edits: int, rounds: int, fired: Counter, bitten: Counter) -> str:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    kinds = ", ".join(f"{name} {n} ({bitten[name]})" for name, n in sorted(fired.items()))
    return f"| {date.today()} | {commit.stdout.strip()} | {seed} | {done} | {edits} | 0 | 0 | 0 | {rounds} | {kinds} |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description="Real processes, killed and mended.")
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="only this one (both)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
