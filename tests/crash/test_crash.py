"""Cycles of crash and mending with real processes; `python -m tests.crash` runs them by the hundred."""

from collections.abc import Iterator
from random import Random

import pytest

from tests.crash.rig import faults_for, rig
from tests.driver import Driver

SEED = 20261122


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    started = Driver()
    yield started
    started.end()


# Each failpoint on one of the two, what breaks the database itself on PostgreSQL.
@pytest.mark.parametrize(("kind", "part"), [("postgresql", slice(0, None, 2)), ("sqlite", slice(1, None, 2))])
def test_after_each_crash_nothing_is_lost_and_nothing_came_twice(driver, kind, part):
    chance = Random(SEED)
    with rig(kind, driver) as at:
        for fault in faults_for(at)[part]:
            at.cycle(fault, chance)
        assert at.fired.total() >= 5
        assert at.edits() >= 40
        assert at.rounds <= 3
        assert "all agree" in at.server.flask("verify")
