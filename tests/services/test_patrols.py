"""Check-ins that meet each other, and tracks: nobody's but the walker's, and forgotten in time."""

import json

import pytest
from sqlalchemy import text

from server.core.problems import Problem
from server.services import changes, history, review, tracks
from server.services.transactions import read
from tests.places import COMMUNITY, G1
from tests.services.phones import act, brief, dump, edit, new, one, row, told

pytestmark = pytest.mark.usefixtures("sound")
FIXES = "0,117.070000,36.660000,8\n15,117.070120,36.660030,6"
WHERE = "117.070120"


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def walk(place, phone):
    """A patrol of worker1 over a route of two points: (patrol, point, point)."""
    place.person("leader1", "leader", G1)
    leader = place.device("leader1")
    route = new("route", name="每日巡查")
    points = [new("point", route=route["record"], name=f"点{n}") for n in (1, 2)]
    leader.push(route, *points)
    patrol = new("patrol", route=route["record"], status="running")
    assert brief(phone.push(patrol)) == [("applied", None)]
    return patrol["record"], *(point["record"] for point in points)


def check(patrol, point, **sets):
    return new("check", patrol=patrol, point=point, checked_at="2026-11-20T01:00:00Z", **({"how": "gps"} | sets))


def track(patrol, **sets):
    return new(
        "track", patrol=patrol, **({"started_at": "2026-11-20T01:00:00Z", "after": "start", "fixes": FIXES} | sets)
    )


def test_a_second_check_in_at_a_point_is_merged_and_both_are_kept(place, phone, walk):
    patrol, first, second = walk
    assert brief(phone.push(check(patrol, first))) == [("applied", None)]
    other = place.device("worker2")
    verdicts = other.push(check(patrol, first, how="qr", ok=False, note="灯不亮"), check(patrol, second, how="qr"))
    assert brief(verdicts) == [("merged", "parallel"), ("applied", None)]
    assert verdicts[0]["message"] == {"code": "checked_before"}
    kept = [r["data"] for r in phone.pull({G1: None})[0]["rows"] if r["type"] == "check"]
    assert sorted((c["point"] == first, c["how"]) for c in kept) == [(False, "qr"), (True, "gps"), (True, "qr")]


def test_two_check_ins_of_one_batch_meet_too_and_another_patrol_counts_anew(phone, walk):
    patrol, point, _ = walk
    again = new("patrol", route=route_of(phone, patrol))
    sent = (check(patrol, point), check(patrol, point), again, check(again["record"], point))
    assert brief(phone.push(*sent)) == [("applied", None), ("merged", "parallel"), ("applied", None), ("applied", None)]


def route_of(device, patrol):
    return one([r for r in device.pull({G1: None})[0]["rows"] if r["id"] == patrol])["data"]["route"]


def test_a_track_comes_to_its_walker_alone(place, phone, walk):
    made = track(walk[0])
    verdict = one(phone.push(made))
    assert (verdict["status"], verdict.get("row")) == ("applied", None)
    assert [r["data"]["fixes"] for r in told(phone, "track")] == [FIXES]
    for other in ("worker2", "leader1"):
        device = place.device(other)
        assert WHERE not in json.dumps(device.pull({G1: None, f"user:{place.accounts[other]}": None}))
        assert WHERE not in json.dumps(device.snapshot(G1))
    for who in ("worker2", "leader1", "clerk1", "worker1"):
        with pytest.raises(Problem, match="not_found"):
            history.of_record(place.world, place.actor(who), made["record"], None, 10)
    assert changes.read(place.world, place.actor("worker1"), made["id"])["change"]["set"]["fixes"]["to"] == FIXES
    with pytest.raises(Problem, match="not_found"):
        changes.read(place.world, place.actor("clerk1"), made["id"])


def test_nobody_writes_into_the_track_of_another(place, phone, walk):
    phone.push(track(walk[0]))
    mine = one(told(phone, "track"))
    verdicts = place.device("worker2").push(edit(mine, after="paused"), act("delete", mine))
    assert brief(verdicts) == [("parked", "missing_record")] * 2
    assert row(place, mine["id"])["data"]["after"] == "start"


def test_a_track_that_waits_for_its_patrol_shows_the_desk_no_place(place, phone, walk):
    waiting = new("track", patrol=new("patrol")["record"], started_at="2026-11-20T01:00:00Z", fixes=FIXES)
    assert brief(phone.push(waiting)) == [("parked", "missing_parent")]
    desk = review.items(place.world, place.actor("clerk1"), {"kind": "parked", "scope": f"org:{COMMUNITY}"})
    assert (one(desk["items"])["change"]["type"], WHERE in json.dumps(desk)) == ("track", False)


def test_a_walker_takes_his_track_back_at_any_time(place, phone, walk):
    phone.push(track(walk[0]))
    place.clock.pass_(days=3)
    assert brief(phone.push(act("delete", one(told(phone, "track"))))) == [("applied", None)]
    assert told(phone, "track") == []


def test_tracks_are_forgotten_everywhere_after_the_configured_days_and_not_before(place, phone, walk):
    old = track(walk[0])
    waiting = track(new("patrol")["record"])
    phone.push(old, waiting, check(walk[0], walk[1]))
    place.clock.pass_(days=10)
    phone.push(track(walk[0], fixes="0,116.999000,36.1,8"))
    place.clock.pass_(days=19)
    assert tracks.expire(place.world) == 0 and len(told(phone, "track")) == 2
    place.clock.pass_(days=2)
    assert tracks.expire(place.world) == 2
    assert tracks.expire(place.world) == 0
    assert [r["data"]["fixes"] for r in told(phone, "track")] == ["0,116.999000,36.1,8"]
    gone = phone.pull({f"user:{place.accounts['worker1']}": None})[0]["rows"]
    assert {r["why"] for r in gone if r["id"] == old["record"]} == {"undelivered"}, "no mass deletion to a phone"
    stored = "".join(str(bytes(v) if isinstance(v, memoryview) else v) for rows in dump(place).values()
                     for r in rows for v in r.values())  # fmt: skip
    assert WHERE not in stored and "116.999000" in stored
    replayed = phone.push(old | {"n": 2}, numbered=True)
    assert brief(replayed) == [("applied", None)], "sent again it gives the stored verdict and brings nothing back"
    with read(place.world) as conn:
        assert conn.execute(text("SELECT count(*) FROM record WHERE type = 'check' AND live")).scalar_one() == 1
