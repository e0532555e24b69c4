"""Handing in what could not be pushed."""

import pytest
from sqlalchemy import text

from server.core.problems import Problem
from server.services import quarantine, review
from server.services.transactions import read
from server.services.verify import verify
from tests.places import G1, change, uid


def hand_in(phone, **said):
    body = {"device": phone.id, "timeline": phone.place.timeline(), "raw": "{", "why": "three times"} | said
    return quarantine.quarantine(phone.place.world, phone.actor(), body)


def test_it_is_kept_counted_and_shown_to_the_office_alone(place):
    device = place.device("worker1")
    verdict = hand_in(device, id=uid(1), n=1, raw="身份证 110101199003070000 …")
    assert verdict == {"id": uid(1), "n": 1, "status": "quarantined", "replayed": False, "reason": "crashed"}
    assert device.hello()["have_n"] == 1
    items = review.items(place.world, place.actor("clerk1"), {"kind": "quarantined"})["items"]
    assert [(i["change_id"], i["message"]["why"], i["change"]) for i in items] == [
        (uid(1), "three times", "身份证 110101199003070000 …")
    ]
    assert review.items(place.world, place.actor("clerk3"), {"kind": "quarantined"})["items"] == []
    with read(place.world) as conn:
        kept = conn.execute(text("SELECT payload FROM change")).scalar_one()
        rows = "".join(conn.execute(text("SELECT row FROM record")).scalars())
    assert b"110101" not in bytes(kept), "what nobody has read is kept encrypted"
    assert "110101" not in rows
    assert verify(place.world) == []


def test_what_came_already_keeps_its_verdict(place):
    device = place.device("worker1")
    building = change("create", "building", uid(2), G1, sets={"building_no": "1"})
    device.push(building)
    assert hand_in(device, id=building["id"], n=1) | {"n": 0} == {
        "id": building["id"], "n": 0, "status": "applied", "replayed": True, "reason": None,
    }  # fmt: skip


def test_a_group_of_which_a_part_was_handed_in_falls_whole_when_the_rest_is_pushed_late(place):
    device = place.device("worker1")
    group = [change("create", "building", uid(n), G1, sets={"building_no": str(n)}) | {"group": "g"} for n in (2, 3)]
    alone = change("create", "building", uid(4), G1, sets={"building_no": "4"})
    hand_in(device, id=group[0]["id"], n=1)
    verdicts = device.push(*group, alone)
    assert [(v["status"], v.get("reason")) for v in verdicts] == [
        ("quarantined", "crashed"), ("quarantined", "group"), ("applied", None),
    ]  # fmt: skip
    assert verify(place.world) == []


def test_without_an_id_the_same_text_is_the_same_thing(place):
    one, two = place.device("worker1"), place.device("worker2")
    assert [hand_in(one, raw="x", n=n)["replayed"] for n in (1, 1, 2)] == [False, True, True]
    assert one.hello(next_n=3)["have_n"] == 2
    assert hand_in(two, raw="x", n=1)["replayed"] is False
    assert hand_in(one, raw="y")["replayed"] is False
    assert verify(place.world) == []


def test_somebody_elses_id_gets_a_place_of_its_own(place):
    one, two = place.device("worker1"), place.device("worker2")
    assert [hand_in(d, id=uid(1), n=1)["replayed"] for d in (one, two, one, two)] == [False, False, True, True]


@pytest.mark.parametrize("odd", ["\x00", "\ud800", "a" * 524_288, "", "'; DROP TABLE change; --"], ids=range(5))
def test_any_text_is_taken(place, odd):
    device = place.device("worker1")
    assert hand_in(device, raw=odd, why=odd[:100], n=1)["status"] == "quarantined"
    assert hand_in(device, raw=odd, why=odd[:100], n=1)["replayed"] is True
    assert verify(place.world) == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"raw": None}, "bad_request"), ({"why": 7}, "bad_request"), ({"raw": "长" * 174_763}, "too_large"),
        ({"device": uid(7)}, "device_mismatch"),
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused(place, said, code):
    with pytest.raises(Problem) as refused:
        hand_in(place.device("worker1"), **said)
    assert refused.value.code == code
