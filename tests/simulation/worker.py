"""Runs seeds on one database and says a line of JSON for each (`python -m tests.simulation.worker`).

With `--until SECONDS` it stops by itself, with `--events N` a run has so many. Every tenth seed runs twice: the
same seed must give the same trace.
"""

import argparse
import json
import sys
import time
import warnings
from collections import Counter

from tests.simulation.running import Stage, stage

EVENTS = 24


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("kind", choices=["sqlite", "postgresql"])
    asked.add_argument("url")
    asked.add_argument("first", type=int)
    asked.add_argument("last", type=int)
    asked.add_argument("step", type=int)
    asked.add_argument("--until", type=float, default=1e9)
    asked.add_argument("--events", type=int, default=EVENTS)
    given = asked.parse_args()
    warnings.simplefilter("ignore")
    begun = time.monotonic()
    with stage(given.kind, given.url) as place:
        for seed in range(given.first, given.last, given.step):
            if time.monotonic() - begun > given.until:
                break
            # in one piece: an unbuffered print writes the line's end by itself, and another worker may come in between
            sys.stdout.write(json.dumps(one(place, seed, given.events)) + "\n")
            sys.stdout.flush()


def one(place: Stage, seed: int, events: int) -> dict[str, object]:
    """What became of a seed: `breach` null when every invariant held."""
    place.fired = Counter()
    result = place.seed(seed, events)
    breach = result.breach
    if seed % 10 == 0 and breach is None and not result.trace["aes"] and place.seed(seed, events).hash != result.hash:
        breach = "I21 the same seed ran another way"
    return {"seed": seed, "edits": result.edits, "breach": breach, "hash": result.hash, "fired": place.fired}


if __name__ == "__main__":
    main()
