"""Deleting and bringing back: absence never deletes, nothing cascades, what waits comes along."""

import pytest

from tests.places import G1, G2, change, uid
from tests.services.phones import act, brief, edit, household, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


def test_an_edit_survives_a_deletion_that_had_not_seen_it(place, phone, two):
    made = household(phone)
    two.push(edit(made, pets=1))
    verdict = one(phone.push(act("delete", made)))
    assert brief([verdict]) == [("conflict", "delete_vs_edit")]
    assert row(place, made["id"])["live"]
    card = one(told(phone, "conflict"))
    assert brief(place.desk("clerk1", settle(card, "delete"))) == [("applied", None)]
    assert not row(place, made["id"])["live"]


def test_ones_own_earlier_edits_do_not_count_against_ones_deletion(place, phone):
    made = household(phone)
    assert brief(phone.push(edit(made, pets=1), act("delete", made))) == [("applied", None)] * 2
    page = phone.pull({G1: None})[0]
    assert [(r["live"], r.get("why")) for r in page["rows"] if r["id"] == made["id"]] == [(False, "deleted")]


def test_a_record_with_live_children_stays_until_they_are_gone(place, phone):
    made = household(phone)
    visit = one(phone.push(new("visit", household=made["id"], result="met")))["row"]
    assert brief(phone.push(act("delete", row(place, made["id"])))) == [("conflict", "delete_has_children")]
    card = one(told(phone, "conflict"))
    again = one(place.desk("clerk1", settle(card, "delete")))
    assert brief([again]) == [("conflict", "delete_has_children")]
    assert again["conflicts"] == [card["id"]]
    assert brief(phone.push(act("delete", visit))) == [("applied", None)]
    assert brief(place.desk("clerk1", settle(card, "delete"))) == [("applied", None)]
    assert not row(place, made["id"])["live"]


def test_children_made_in_the_same_batch_count_too(phone):
    made = household(phone)
    visit = new("visit", household=made["id"], result="met")
    assert brief(phone.push(visit, act("delete", made)))[1] == ("conflict", "delete_has_children")


def test_a_child_deleted_in_the_same_batch_does_not_count(place, phone):
    made = household(phone)
    visit = one(phone.push(new("visit", household=made["id"], result="met")))["row"]
    assert brief(phone.push(act("delete", visit), act("delete", row(place, made["id"])))) == [("applied", None)] * 2


def test_keeping_is_a_choice_too(place, phone, two):
    made = household(phone)
    two.push(edit(made, pets=1))
    phone.push(act("delete", made))
    assert brief(place.desk("clerk1", settle(one(told(phone, "conflict")), "keep"))) == [("applied", None)]
    assert row(place, made["id"])["live"]


def test_bringing_back_takes_parked_edits_along_in_the_order_they_came(place, phone, two):
    made = household(phone)
    phone.push(act("delete", made))
    edits = [edit(made, contact_phone=("1" * i or None, "1" * (i + 1))) for i in range(6)]
    waiting = [two.number(c) for c in edits]
    assert brief(two.send(waiting)["verdicts"]) == [("parked", "deleted_record")] * 6
    verdict = one(place.desk("clerk1", act("undelete", row(place, made["id"])) | {"set": {"pets": {"to": 2}}}))
    assert brief([verdict]) == [("applied", None)]
    now = row(place, made["id"])["data"]
    assert (now["contact_phone"], now["pets"]) == ("111111", 2)
    assert {b[0] for b in brief(two.send(waiting)["verdicts"])} <= {"applied", "merged"}, (
        "a replay tells the new status"
    )
    assert {r["data"]["state"] for r in told(two, "parked")} == {"settled"}
    assert len(told(two, "followup")) == 6


def test_bringing_back_without_more_is_applied_and_of_a_live_one_is_nothing(place, phone):
    made = household(phone)
    phone.push(act("delete", made))
    assert brief(phone.push(act("undelete", made))) == [("applied", None)]
    assert brief(phone.push(act("undelete", made))) == [("merged", "same")]


def test_nothing_comes_back_under_a_parent_that_is_gone(place, phone):
    made = household(phone)
    dwelling = row(place, made["data"]["dwelling"])
    assert brief(phone.push(act("delete", made), act("delete", dwelling))) == [("applied", None)] * 2
    back = phone.number(act("undelete", made))
    assert brief(phone.send([back])["verdicts"]) == [("parked", "missing_parent")]
    assert brief(phone.push(act("undelete", dwelling))) == [("applied", None)]
    assert row(place, made["id"])["live"], "its wish was waiting for that"
    assert one(phone.send([back])["verdicts"])["status"] == "applied"


def test_no_child_is_made_under_a_deleted_parent(place, phone):
    made = household(phone)
    phone.push(act("delete", made))
    visit = new("visit", household=made["id"], result="met")
    assert brief(phone.push(visit)) == [("parked", "missing_parent")]
    phone.push(act("undelete", made))
    assert row(place, visit["record"])["live"]


def test_a_wish_to_delete_is_granted_by_the_office_as_its_own(place, phone, two):
    made = household(phone)
    wish = two.number(act("delete", made))
    assert brief(two.send([wish])["verdicts"]) == [("parked", "needs_office")]
    card = one(told(two, "parked"))
    place.person("worker4", "worker", G1)
    colleague = place.device("worker4")
    assert brief(colleague.push(settle(card, "apply"))) == [("parked", "needs_office")], "he may not either"
    assert brief(place.desk("clerk3", settle(card, "apply"))) == [("parked", "missing_record")]
    assert brief(two.push(settle(card, "apply"))) == [("quarantined", "forbidden")]
    assert brief(place.desk("clerk1", settle(card, "apply"))) == [("applied", None)]
    assert not row(place, made["id"])["live"]
    replay = one(two.send([wish])["verdicts"])
    assert (replay["status"], replay["replayed"]) == ("applied", True)
    assert one(told(two, "followup"))["data"]["status"] == "applied"


def test_a_wish_to_delete_is_not_in_conflict_with_what_its_author_wrote_before(place, phone, two):
    made = household(phone)
    own = two.number(edit(made, pets=1))
    wish = two.number(act("delete", made))
    assert brief(two.send([own, wish])["verdicts"]) == [("applied", None), ("parked", "needs_office")]
    card = one(told(two, "parked"))
    assert brief(place.desk("clerk1", settle(card, "apply"))) == [("applied", None)]
    assert not row(place, made["id"])["live"]
    assert told(two, "conflict") == []


def test_a_wish_may_be_dropped_by_its_author_and_by_the_office(place, phone, two):
    made, other = household(phone), household(phone, room="302")
    wishes = [two.number(act("delete", r)) for r in (made, other)]
    two.send(wishes)
    first, second = told(two, "parked")
    assert brief(two.push(settle(first, "drop"))) == [("applied", None)]
    assert brief(place.desk("clerk1", settle(second, "drop"))) == [("applied", None)]
    assert brief(place.desk("clerk1", settle(second, "drop"))) == [("merged", "same")]
    assert brief(place.desk("clerk1", settle(second, "apply"))) == [("parked", "already_resolved")]
    assert brief(two.send(wishes)["verdicts"]) == [("parked", "dropped")] * 2
    assert row(place, made["id"])["live"]


def test_a_stale_phone_brings_nothing_back_to_life(place, phone, two):
    made = household(phone)
    phone.push(act("delete", made))
    again = new("household", record=made["id"], dwelling=made["data"]["dwelling"])
    assert brief(two.push(again, edit(made, pets=1))) == [("parked", "deleted_record")] * 2
    assert not row(place, made["id"])["live"]


def test_a_deletion_of_what_never_came_waits_for_it_as_the_rest(place, phone):
    ghost = uid(4321)
    assert brief(phone.push(change("delete", "building", ghost, G1))) == [("parked", "missing_record")]
    phone.push(new("building", record=ghost, building_no="1"))
    assert not row(place, ghost)["live"]
    assert told(phone, "parked")[0]["data"]["state"] == "settled"


def test_move_to_nowhere_is_invalid(place, phone):
    made = household(phone)
    for to in (f"grid:{uid(999)}", "config", "grid:", f"org:{uid(4)}"):
        verdict = one(place.desk("clerk1", act("move", made, move={"from": G1, "to": to})))
        assert (verdict["reason"], verdict["message"]["code"]) == ("invalid", "bad_scope")
    assert brief(place.desk("clerk1", act("move", made, move={"from": G2, "to": G2}))) == [
        ("parked", "moved_meanwhile")
    ]
