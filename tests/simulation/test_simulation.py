"""Nothing typed is lost: seeded runs of the real client and server, and proof that a loss would be seen."""

import json

import pytest

from tests.simulation.crew import run_seeds
from tests.simulation.hunt import RECORD, breach_of, cut
from tests.simulation.planted import BUGS
from tests.simulation.running import stage
from tests.simulation.shrinking import corpus

# (database, first seed, seeds, least edits). The large amounts take minutes: marked `full`.
AMOUNTS = [
    ("sqlite", 1, 15, 1_200),
    ("postgresql", 1_000, 12, 800),
    pytest.param("sqlite", 2_000, 60, 5_000, marks=pytest.mark.full),
    pytest.param("postgresql", 3_000, 190, 20_000, marks=pytest.mark.full),
]

FOUND = json.loads(RECORD.read_text())


@pytest.fixture(scope="module")
def place(databases):
    with databases.migrated("sqlite") as url, stage("sqlite", url) as place:
        yield place


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
def test_what_failed_once_holds_now(path, place):
    assert place.run(json.loads(path.read_text())["trace"]).breach is None
