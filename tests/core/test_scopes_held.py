"""Which scopes a device may hold follows from grants alone."""

import pytest

from server.core.access.scope import Granted, Tree, held_now, lost

NOW = "2026-11-20T00:00:00.000Z"
BEFORE, LONG_BEFORE, AFTER = "2026-11-10T00:00:00.000Z", "2026-01-01T00:00:00.000Z", "2026-12-01T00:00:00.000Z"
TREE = Tree(
    above={"grid:1": ("org:c", "org:s"), "grid:2": ("org:c", "org:s"), "grid:9": ("org:x", "org:s")},
    below={"grid:1": ("grid:1a", "grid:1b")},
)


def grant(scope, role="worker", gen=1, begins=LONG_BEFORE, ends=None):
    return Granted(scope, role, gen, begins, ends)


def held(*grants):
    return {scope: one.rights for scope, one in held_now("me", grants, TREE, NOW).items()}


def gone(*grants):
    now = held_now("me", grants, TREE, NOW)
    return {scope: one for scope, one in lost(grants, TREE, NOW, lambda end: f"{end}+").items() if scope not in now}


def test_a_worker_writes_his_grid_and_its_micro_grids_and_reads_what_lies_above():
    assert held(grant("grid:1")) == {
        "grid:1": "write", "grid:1a": "write", "grid:1b": "write", "org:c": "read", "org:s": "read",
        "user:me": "read", "config": "read",
    }  # fmt: skip


def test_a_handler_writes_his_unit():
    assert held(grant("unit:u", "handler")) == {"unit:u": "write", "user:me": "read", "config": "read"}


@pytest.mark.parametrize("role", ["clerk", "dispatcher", "operator", "admin", "auditor", "no such role"])
def test_offices_hold_no_records_on_a_device(role):
    assert held(grant("org:c", role), grant("grid:1", role)) == {"user:me": "read", "config": "read"}


def test_no_scope_means_everything():
    assert held(grant("org:s", "worker")) == {"user:me": "read", "config": "read"}


def test_a_grant_that_was_taken_back_stays_so_when_the_clock_goes_back():
    taken = Granted("grid:1", "worker", 1, LONG_BEFORE, AFTER, withdrawn=True)
    assert "grid:1" not in held(taken)
    assert gone(taken)["grid:1"].revoked_at == AFTER


def test_a_grant_counts_from_its_beginning_until_its_end():
    assert "grid:1" not in held(grant("grid:1", begins=AFTER))
    assert "grid:1" not in held(grant("grid:1", ends=BEFORE))
    assert "grid:1" not in held(grant("grid:1", ends=NOW))
    assert "grid:1" in held(grant("grid:1", ends=AFTER))


def test_what_was_lost_is_named_with_its_end_and_the_time_of_grace():
    found = gone(grant("grid:1", gen=3, ends=BEFORE))
    assert found.keys() == {"grid:1", "grid:1a", "grid:1b", "org:c", "org:s"}
    assert (found["grid:1"].gen, found["grid:1"].revoked_at, found["grid:1"].grace_until) == (3, BEFORE, f"{BEFORE}+")


def test_what_another_grant_still_brings_is_not_lost():
    assert gone(grant("grid:1", ends=BEFORE), grant("grid:2")).keys() == {"grid:1", "grid:1a", "grid:1b"}
    assert gone(grant("grid:1", gen=1, ends=BEFORE), grant("grid:1", gen=2)) == {}


def test_the_last_of_several_ended_grants_counts():
    found = gone(grant("grid:9", gen=1, ends=LONG_BEFORE), grant("grid:9", gen=2, ends=BEFORE))
    assert (found["grid:9"].gen, found["grid:9"].revoked_at) == (2, BEFORE)


def test_a_scope_counts_the_latest_of_its_grants():
    assert held_now("me", [grant("grid:1", gen=1, ends=BEFORE), grant("grid:1", gen=2)], TREE, NOW)["grid:1"].gen == 2
