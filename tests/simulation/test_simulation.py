"""Nothing typed is lost: seeded runs of the real client and server, and proof that a loss would be seen."""

import json

import pytest

from tests.simulation.crew import run_seeds
from tests.simulation.events import trace
from tests.simulation.hunt import RECORD, breach_of, cut
from tests.simulation.planted import BUGS
from tests.simulation.running import stage
from tests.simulation.shrinking import corpus
from tests.simulation.worker import EVENTS

# (database, first seed, seeds, least edits)
AMOUNTS = [("sqlite", 1, 75, 5_000), ("postgresql", 1_000, 130, 20_000)]
FOUND = json.loads(RECORD.read_text())


@pytest.mark.parametrize(("kind", "first", "seeds", "edits"), AMOUNTS)
def test_no_edit_is_lost_doubled_or_stuck(kind, first, seeds, edits):
    report = run_seeds(kind, first, seeds)
    print(f"{kind}: {len(report.seeds)} seeds, {report.edits} edits, {report.fired.total()} faults")
    assert report.failed == []
    assert len(report.seeds) == seeds
    assert report.edits >= edits


@pytest.mark.parametrize("bug", sorted(FOUND))
def test_a_bug_built_in_on_purpose_is_found_on_its_seed(bug, place):
    what = cut(FOUND[bug]["seed"], FOUND[bug]["events"])
    assert place.run(what).breach is None  # without the bug all is well
    assert breach_of(place, what, bug)


def test_at_least_fifteen_planted_bugs_are_found():
    assert len(FOUND) >= 15
    assert FOUND.keys() <= set(BUGS)


@pytest.mark.parametrize("path", corpus(), ids=lambda path: path.stem)
def test_what_failed_once_holds_now(path, place, request):
    what = json.loads(path.read_text())["trace"]
    where = place if what["kind"] == "sqlite" else request.getfixturevalue("on_postgresql")
    assert where.run(what).breach is None


def test_the_same_seed_gives_the_same_trace_in_another_process_on_another_database(databases):
    hashes = []
    for _ in range(2):
        with databases.migrated("sqlite") as url, stage("sqlite", url) as fresh:
            hashes.append([fresh.run(trace(seed, "sqlite", EVENTS)).hash for seed in (5, 6)])
    assert hashes[0] == hashes[1]
    assert hashes[0][0] != hashes[0][1]
