"""The bench runs at tiny size and finds every condition of its work fulfilled. Counts, not times."""

from tests.bench import report
from tests.bench.__main__ import SMALL
from tests.bench.run import run


def test_every_work_runs_on_both_sides_and_is_reported(databases):
    said = []
    result = run("postgresql", databases.server, SMALL, 1, "123456", said.append)
    sides = {work: set(rounds) for work, rounds in result.rounds.items()}
    both = {"product", "ref"}
    growth = {"80", "160"}
    assert sides == {"W1": {*both, "memory"}, "W5": growth} | dict.fromkeys(("W1 gzip", "W2", "W3", "W4", "W6"), both)
    assert all(len(rounds) == 1 for sides in result.rounds.values() for rounds in sides.values())
    rows = report.rows(result)
    assert {row["work"] for row in rows if row["goal"] is not None} == {"W1", "W2", "W3", "W4", "W5"}
    assert all(row["product"] > 0 and row["ref"] > 0 for row in rows)
    assert report.markdown(result, "a machine").count("\n| ") == len(rows)
