"""Cycles of crash and mending with real processes; `python -m tests.crash` runs them by the hundred."""

import contextlib
from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import text

from tests.crash import oracle
from tests.crash.rig import Rig, faults_for, rig
from tests.driver import Driver

SEED = 20261122


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    started = Driver()
    yield started
    started.end()


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def at(request, driver) -> Iterator[Rig]:
    with rig(request.param, driver) as running:
        yield running


def test_after_each_crash_nothing_is_lost_and_nothing_came_twice(at):
    """Each failpoint on one of the two; what breaks PostgreSQL itself there."""
    chance = Random(SEED)
    odd = at.database.kind == "sqlite"
    for fault in faults_for(at)[odd::2]:
        at.cycle(fault, chance)
    assert at.fired.total() >= 5
    assert at.bitten.total() >= at.fired.total() - 1, "a full disk may have room for one more"
    assert at.edits() >= 40
    assert at.rounds <= 3
    assert "all agree" in at.server.flask("verify")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("DELETE FROM change WHERE id = :change", "0 times in the ledger"),
        ("DELETE FROM record_history WHERE change = :change", "0 times in the history"),
        ("UPDATE record SET live = false WHERE type = 'visit'", "were made"),
        ("UPDATE change SET id = 'x' WHERE id = :change", "nobody typed x"),
        ("UPDATE change SET status = 'quarantined' WHERE id = :change", "was quarantined"),
        ("UPDATE scope SET digest = digest + 1", "other revisions"),
    ],
)
def test_the_oracle_finds_what_is_missing_or_too_much(at, harm, told):
    """Run last on each database: what a crash could have done is done here by hand, and taken back."""
    with at.world.engine.connect() as conn, contextlib.closing(conn.begin()):  # closed: rolled back
        statement = text("SELECT id FROM change WHERE status = 'applied' AND source = 'device' LIMIT 1")
        change = conn.execute(statement).scalar_one()
        conn.execute(text(harm), {"change": change} if ":change" in harm else {})
        found = oracle.findings_within(at.world, conn, at.phones, at.before)
    assert any(told in sentence for sentence in found), found
