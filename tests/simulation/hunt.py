"""Looks for seeds that find the planted bugs, and records the shortest: `python -m tests.simulation.hunt FIRST [BUG…]`.

Runs on SQLite. `planted.json` keeps, for each bug, the seed and how many of its events are enough.
"""

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from tests.databases import migrate, sqlite_url
from tests.simulation.events import trace
from tests.simulation.planted import BUGS, planted
from tests.simulation.running import Stage, stage
from tests.simulation.worker import EVENTS

RECORD = Path(__file__).parent / "planted.json"
EDITS = 20_000  # within so many a bug must be found
# Without these faults in the run the bug cannot show.
NEEDS = {
    "no_mark_check": ["restored"],
    "fork_handled_per_scope": ["restored"],
    "journal_not_kept": ["restored"],
    "outbox_purged_on_revoke": ["grant_ended", "typed_within"],
    "purge_by_home_scope": ["grant_ended"],
    "ended_grants_still_read": ["grant_ended"],
    "no_leave_rows": ["moved"],
    "head_read_after_the_rows": ["overtaken"],
    "cursor_from_the_end_of_a_snapshot": ["overtaken"],
    "cursor_before_rows": ["app_killed"],
    "parked_and_not_listed": ["poison"],
    "lost_answer_is_done": ["request_lost"],
    "no_ledger_look_up": ["twice"],
    "batch_fails_whole": ["poison"],
    "short_snapshot_is_whole": ["cut"],
    "sweep_takes_pending": ["moved", "typed_within"],
}


def cut(seed: int, events: int) -> dict[str, Any]:
    whole = trace(seed, "sqlite", EVENTS)
    return whole | {"events": whole["events"][:events]}


def breach_of(place: Stage, what: dict[str, Any], bug: str) -> str | None:
    with planted(bug) as names:
        return place.run(what, names).breach


def find(place: Stage, bug: str, first: int) -> dict[str, Any] | None:
    edits = 0
    for seed in range(first, first + 100_000):
        what = cut(seed, EVENTS)
        if not set(NEEDS.get(bug, ())) <= set(what["faults"]):
            continue
        before = place.edits
        found = breach_of(place, what, bug)
        edits += place.edits - before
        if found and place.run(what).breach is None:
            return shortened(place, bug, seed) | {"fresh_edits": edits}
        if edits > EDITS:
            return None
    return None


def shortened(place: Stage, bug: str, seed: int) -> dict[str, Any]:
    """As few of the first events as show it, by halving."""
    low, high = 0, EVENTS
    while high - low > 1:
        middle = (low + high) // 2
        if breach_of(place, cut(seed, middle), bug):
            high = middle
        else:
            low = middle
    return {"seed": seed, "events": high, "breach": (breach_of(place, cut(seed, high), bug) or "")[:80]}


def main() -> None:
    warnings.simplefilter("ignore")
    place_of = "/dev/shm" if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(dir=place_of) as folder:
        url = sqlite_url(Path(folder) / "grid.db")
        migrate(url)
        with stage("sqlite", url) as place:
            for bug in sys.argv[2:] or BUGS:
                found = find(place, bug, int(sys.argv[1]))
                print(bug, found, flush=True)
                if found:
                    known = json.loads(RECORD.read_text()) if RECORD.exists() else {}
                    RECORD.write_text(json.dumps(known | {bug: found}, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
