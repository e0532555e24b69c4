"""Grants that come and go: what a device is told, what late work becomes, what it sees meanwhile."""

import pytest
from sqlalchemy import text

from server.services import grants as granting
from server.services.transactions import read, write
from server.services.verify import verify
from tests.holdings import Holdings
from tests.places import COMMUNITY, DISTRICT, G1, G2, G3, STREET, change, home, uid

ABOVE = [f"org:{one}" for one in (COMMUNITY, STREET, DISTRICT)]


def told(device, **said):
    """{scope: (revoked?, grace_until)} of a hello's grants."""
    grants = device.hello(**said)["grants"]
    return {g["scope"]: (bool(g["revoked_at"]), g["grace_until"]) for g in grants}


def gens(device):
    return {g["scope"]: g["gen"] for g in device.hello()["grants"]}


def visit(household, record, scope=G1):
    return change("create", "visit", record, scope, sets={"household": household, "result": "met"})


def test_a_lost_scope_is_listed_until_the_device_says_it_is_empty(place):
    device = place.device("worker2")
    had = gens(device)
    place.clock.pass_(hours=1)
    place.revoke("worker2", G2)
    for _ in range(2):
        assert told(device)[G2] == (True, "2026-12-04T02:00:00.000Z"), "fourteen days"
    assert not any(told(device)[s][0] for s in [G1, *ABOVE])
    assert told(device, grants_ack={G2: had[G2] - 1})[G2][0] is True, "that was an earlier grant"
    assert told(device, grants_ack={G2: True, G1: "x", "\x00": 1})[G2][0] is True
    assert G2 not in told(device, grants_ack={G2: had[G2]})
    assert G2 not in told(device)


def test_a_device_that_still_holds_a_scope_has_not_emptied_it_whatever_it_says(place):
    """A client lists what it keeps in `grants_ack` too; it cannot know yet that one of them is lost."""
    device = place.device("worker2")
    had = gens(device)
    place.clock.pass_(hours=1)
    place.revoke("worker2", G2)
    said = {"grants_ack": had, "scopes": {G2: {"cursor": None}}}
    assert told(device, **said)[G2][0] is True
    assert told(device, grants_ack=had, scopes={})[G1][0] is False
    assert G2 not in told(device)


def test_each_device_says_so_for_itself_and_one_that_came_later_never_held_it(place):
    one, two = place.device("worker2"), place.device("worker2")
    gen = gens(one)[G2]
    place.clock.pass_(hours=1)
    place.revoke("worker2", G2)
    place.clock.pass_(hours=1)
    later = place.device("worker2")
    assert G2 not in told(one, grants_ack={G2: gen})
    assert told(two)[G2][0] is True
    assert G2 not in told(later)


def test_a_scope_lost_twice_is_listed_twice(place):
    device = place.device("worker1")
    for _ in range(2):
        place.clock.pass_(hours=1)
        place.revoke("worker1", G1)
        lost = [s for s, (revoked, _) in told(device).items() if revoked]
        assert sorted(lost) == sorted([G1, *ABOVE])
        device.hello(grants_ack=dict.fromkeys(lost, 10_000))
        assert not any(revoked for revoked, _ in told(device).values())
        place.clock.pass_(hours=1)
        place.grant("worker1", "worker", G1)
        assert told(device)[G1] == (False, None)


def test_areas_above_two_grids_go_with_the_last_of_them(place):
    device = place.device("worker2")
    place.clock.pass_(hours=1)
    place.revoke("worker2", G1)
    now = told(device)
    assert (now[G1][0], now[ABOVE[0]][0]) == (True, False)
    device.hello(grants_ack={G1: 10_000})
    place.clock.pass_(days=1)
    place.revoke("worker2", G2)
    now = told(device)
    assert G1 not in now
    assert {now[s] for s in [G2, *ABOVE]} == {(True, "2026-12-05T02:00:00.000Z")}


def test_a_grant_with_its_end_set_beforehand_ends_by_itself(place):
    device = place.device("worker1")
    with write(place.world, "test") as conn:
        until = "2026-11-21T00:00:00.000Z"
        conn.execute(text("UPDATE access_grant SET until_at = :u WHERE scope = :s"), {"u": until, "s": G1})
    assert told(device)[G1] == (False, None)
    assert device.pull({G1: None})[0]["more"] is False
    place.clock.pass_(days=2)
    assert told(device)[G1] == (True, "2026-12-05T00:00:00.000Z")
    assert device.pull({G1: None})[0] == {"scope": G1, "revoked": True}


def test_a_grant_given_and_ended_by_the_office_reaches_the_phone(place):
    device = place.device("worker1")
    with write(place.world, "test") as conn:
        conn.execute(text("INSERT INTO scope (id) VALUES (:s)"), {"s": G2})
    granting.add(place.world, "worker1", G2)
    assert told(device)[G2] == (False, None)
    place.clock.pass_(hours=1)
    assert granting.end(place.world, "worker1", G2) == 1
    assert told(device)[G2][0] is True
    own = f"user:{place.accounts['worker1']}"
    row = next(r for r in device.pull({own: None})[0]["rows"] if r["type"] == "grant")
    assert row["data"]["until_at"] == "2026-11-20T02:00:00.000Z"
    assert verify(place.world) == []


@pytest.fixture
def late(place):
    """A phone with work in G1 that it could not send before its grant ended: (device, household)."""
    device = place.device("worker1")
    changes, household = home()
    device.push(*changes)
    place.clock.pass_(hours=1)
    place.revoke("worker1", G1)
    return device, household


def test_late_work_within_the_time_of_grace(place, late):
    device, household = late
    place.clock.pass_(days=13)
    verdicts = device.push(
        visit(household, uid(601)),
        change("update", "household", household, G1, sets={"note": "晚了"}),
        *home(room="909")[0],
    )
    reasons = [(v["status"], v.get("reason")) for v in verdicts]
    assert reasons[:2] == [("applied", None), ("parked", "late_scope")]
    assert {status for status, _ in reasons[2:]} == {"parked"}
    assert not any("row" in v for v in verdicts), "it reads there no more"
    waiting = place.device("worker2")  # the new owner's grid is whole
    phone = Holdings(waiting, G1)
    phone.pull()
    assert uid(601) in phone.ids(G1)
    assert phone.orphans() == []
    assert verify(place.world) == []


def test_late_work_after_the_time_of_grace_waits_for_the_office(place, late):
    device, household = late
    place.clock.pass_(days=15)
    verdicts = device.push(
        visit(household, uid(602)), change("update", "household", household, G1, sets={"note": "太晚"})
    )
    assert [(v["status"], v["reason"]) for v in verdicts] == [("parked", "late_scope")] * 2
    with read(place.world) as conn:
        homes = conn.execute(text("SELECT scope, state FROM parked ORDER BY id")).all()
    assert set(homes) == {(G1, "open")}, "the office of that grid sees them"
    assert verify(place.world) == []


def test_work_on_a_household_that_moved_away_meanwhile(place):
    device = place.device("worker1")
    changes, household = home()
    device.push(*changes)
    place.desk("clerk1", change("move", "household", household, G1, move={"from": G1, "to": G2}))
    verdicts = device.push(
        visit(household, uid(603)), change("update", "household", household, G1, sets={"note": "还在吗"})
    )
    assert verdicts[0]["status"] == "applied", "a visit happened where it happened"
    assert (verdicts[1]["status"], verdicts[1]["reason"]) == ("parked", "moved_meanwhile")
    assert not any("row" in v for v in verdicts)
    new_owner = Holdings(place.device("worker2"), G2)
    new_owner.pull()
    assert uid(603) in new_owner.ids(G2)
    assert new_owner.orphans() == []
    gone = Holdings(device, G1)
    gone.pull()
    assert uid(603) not in gone.ids(G1)
    assert verify(place.world) == []


def test_a_foreign_record_is_answered_like_one_that_does_not_exist(place):
    owner, stranger = place.device("worker3"), place.device("worker1")
    changes, household = home(G3)
    owner.push(*changes)
    known = change("update", "household", household, G3, sets={"note": "?"})
    unknown = change("update", "household", uid(999), G3, sets={"note": "?"})
    verdicts = stranger.push(known, unknown)
    said = [{k: v for k, v in verdict.items() if k not in ("id", "n")} for verdict in verdicts]
    assert said[0] == said[1]
    assert (said[0]["status"], said[0]["reason"]) == ("parked", "missing_record")
    takeover = change("create", "household", household, G1, sets={"contact_person": "x"})
    assert stranger.push(takeover)[0]["status"] == "quarantined"
    owner.push(change("update", "household", household, G3, sets={"note": "自己的"}))
    phone = Holdings(owner, G3)
    phone.pull()
    assert phone.rows[G3][household]["data"]["note"] == "自己的"
