"""Every status and reason of the protocol's table, each by a real push."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from server.adapters.storage.tables import people
from server.core.catalog.times import stamp
from server.services import batch
from server.services.transactions import write
from tests.places import G1, G2, G3, UNIT, change, uid
from tests.services.phones import act, brief, edit, household, new, one, settle, step, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


def test_applied_also_when_his_own_earlier_changes_came_first(place, phone):
    row = household(phone)
    verdicts = phone.push(edit(row, pets=1), edit(row, pets=(1, 2)), edit(row, e_bike=1))
    assert brief(verdicts) == [("applied", None)] * 3
    assert verdicts[2]["row"]["data"] | {"pets": 2, "e_bike": 1} == verdicts[2]["row"]["data"]


def test_merged_parallel_when_somebody_else_wrote_another_field(phone, two):
    row = household(phone)
    phone.push(edit(row, pets=1))
    verdict = one(two.push(edit(row, e_bike=2)))
    assert brief([verdict]) == [("merged", "parallel")]
    assert (verdict["row"]["data"]["pets"], verdict["row"]["data"]["e_bike"]) == (1, 2)


def test_merged_same_when_nothing_is_left_to_do(phone, two):
    row = household(phone)
    phone.push(edit(row, pets=1))
    assert brief(two.push(edit(row, pets=1), act("undelete", row))) == [("merged", "same")] * 2
    phone.push(act("delete", phone.push(edit(row, pets=(1, 1)))[0]["row"]))


def test_incoming_replaces_and_says_that_it_was_a_race(phone, two):
    row = household(phone)
    phone.push(edit(row, pets=1))
    verdict = one(two.push(edit(row, pets=2)))
    assert brief([verdict]) == [("merged", "parallel")]
    assert verdict["row"]["data"]["pets"] == 2


def test_conflict_field_keeps_both_and_applies_the_rest(phone, two):
    row = household(phone)
    phone.push(edit(row, contact_phone="1"))
    verdict = one(two.push(edit(row, contact_phone="2", pets=3)))
    assert brief([verdict]) == [("conflict", "field")]
    assert (verdict["row"]["data"]["contact_phone"], verdict["row"]["data"]["pets"]) == ("1", 3)
    card = one(told(two, "conflict"))
    assert verdict["conflicts"] == [card["id"]]
    assert (card["data"]["current"]["value"], card["data"]["incoming"]["value"]) == ("1", "2")


def test_conflict_delete_vs_edit_and_delete_has_children(phone, two):
    row = household(phone)
    two.push(edit(row, pets=1))
    assert brief(phone.push(act("delete", row))) == [("conflict", "delete_vs_edit")]
    dwelling = row["data"]["dwelling"]
    delete = change("delete", "dwelling", dwelling, G1)
    assert brief(phone.push(delete)) == [("conflict", "delete_has_children")]


def test_conflict_duplicate(phone):
    row = household(phone)
    verdict = one(phone.push(new("household", dwelling=row["data"]["dwelling"])))
    assert brief([verdict]) == [("conflict", "duplicate")]
    assert verdict["row"]["live"]


def test_parked_missing_parent_and_missing_record(phone):
    visit = new("visit", household=uid(77), result="met")
    assert brief(phone.push(visit, change("update", "household", uid(78), G1, sets={"pets": 1}))) == [
        ("parked", "missing_parent"),
        ("parked", "missing_record"),
    ]


def test_parked_deleted_record(phone):
    row = household(phone)
    phone.push(act("delete", row))
    assert brief(phone.push(edit(row, pets=1), act("delete", row), act("move", row, move={"from": G1, "to": G2}))) == [
        ("parked", "deleted_record"),
        ("merged", "same"),
        ("parked", "deleted_record"),
    ]


def test_parked_needs_office(place, phone, two):
    row = household(phone)
    move = act("move", row, move={"from": G1, "to": G2})
    assert brief(two.push(act("delete", row), move)) == [("parked", "needs_office")] * 2
    place.clock.pass_(hours=25)
    assert brief(phone.push(act("delete", row))) == [("parked", "needs_office")], "his own, but a day old"


def test_parked_illegal_transition(phone):
    issue = one(phone.push(new("issue", item_code="0101") | {"transition": {"action": "submit", "args": {}}}))["row"]
    verdict = one(phone.push(step(issue, "take")))
    assert brief([verdict]) == [("parked", "illegal_transition")]
    assert verdict["message"] == {"code": "state_is", "state": "submitted"}


def test_parked_late_scope_and_moved_meanwhile(place, phone):
    row, moved = household(phone), household(phone, room="302")
    assert brief(place.desk("clerk1", act("move", moved, move={"from": G1, "to": G2}))) == [("applied", None)]
    assert brief(phone.push(edit(moved, pets=1))) == [("parked", "moved_meanwhile")]
    place.clock.pass_(days=1)
    place.revoke("worker1", G1)
    assert brief(phone.push(edit(row, pets=1))) == [("parked", "late_scope")]


def test_parked_already_resolved(place, phone, two):
    row = household(phone)
    phone.push(edit(row, contact_phone="1"))
    two.push(edit(row, contact_phone="2"))
    card = one(told(two, "conflict"))
    assert brief(place.desk("clerk1", settle(card, "incoming"))) == [("applied", None)]
    assert brief(place.desk("clerk1", settle(card, "incoming"))) == [("merged", "same")]
    assert brief(place.desk("clerk1", settle(card, "current"))) == [("parked", "already_resolved")]


def test_parked_and_quarantined_group(phone):
    waits = [new("visit", household=uid(79), result="met") | {"group": "a"}, new("patrol") | {"group": "a"}]
    bad = [new("building", building_no="1") | {"group": "b"}, new("building", building_no=7) | {"group": "b"}]
    assert brief(phone.push(waits[0], new("route"), *bad)) == [
        ("parked", "missing_parent"),
        ("quarantined", "forbidden"),
        ("quarantined", "group"),
        ("quarantined", "invalid"),
    ]
    pair = [new("visit", household=uid(80), result="met"), new("building", building_no="2")]
    assert brief(phone.push(*(c | {"group": "c"} for c in pair))) == [("parked", "missing_parent"), ("parked", "group")]


def test_quarantined_invalid_unknown_type_and_too_large(phone):
    verdicts = phone.push(
        new("building", building_no=5),
        new("spaceship", name="x"),
        new("building", building_no="1", address_text="x" * 70_000),
        new("building", building_no="1", address_text="x" * 201),
    )
    assert brief(verdicts) == [
        ("quarantined", "invalid"),
        ("quarantined", "unknown_type"),
        ("quarantined", "too_large"),
        ("quarantined", "invalid"),
    ]
    assert verdicts[0]["message"] == {"code": "not_text", "field": "building_no"}
    assert verdicts[3]["message"] == {"code": "too_long", "field": "address_text"}


def test_quarantined_forbidden(phone):
    foreign = new("building", G3, building_no="1")
    server = new("area", name="mine", level="grid")
    org = new("building", f"org:{uid(4)}", building_no="1")
    assert brief(phone.push(foreign, server, org)) == [
        ("quarantined", "forbidden"),
        ("quarantined", "forbidden"),
        ("quarantined", "invalid"),
    ]


def test_quarantined_crashed_and_the_rest_goes_on(phone, monkeypatch):
    def crash(ctx, draft, made):
        if made.type == "patrol":
            raise ZeroDivisionError("secret")
        return judged(ctx, draft, made)

    judged = batch.judge
    monkeypatch.setattr(batch, "judge", crash)
    verdicts = phone.push(
        new("building", building_no="1"), new("patrol", route=uid(5)), new("building", building_no="2")
    )
    assert brief(verdicts) == [("applied", None), ("quarantined", "crashed"), ("applied", None)]
    assert verdicts[1]["message"] == {"code": "crashed", "error": "ZeroDivisionError"}


def test_quarantined_account_disabled_and_device_revoked(place, phone, two):
    row = household(phone)
    with write(place.world, "test") as conn:
        conn.execute(
            update(people.account)
            .where(people.account.c.id == place.accounts["worker2"])
            .values(disabled_at=stamp(place.clock()))
        )
        conn.execute(
            update(people.device).where(people.device.c.id == phone.id).values(revoked_at=stamp(place.clock()))
        )
    for device, reason in ((phone, "device_revoked"), (two, "account_disabled")):
        verdict = one(device.push(edit(row, pets=1)))
        assert brief([verdict]) == [("quarantined", reason)]
        assert "row" not in verdict


def test_merged_as_comment_and_as_evidence(place, phone):
    handler = place.device("handler1")
    issue = one(phone.push(new("issue", item_code="0101") | {"transition": {"action": "submit", "args": {}}}))["row"]
    office = [step(issue, "accept"), step(issue, "file"), step(issue, "dispatch", unit=UNIT)]
    assert brief(place.desk("clerk1", *office)) == [("applied", None)] * 3
    assert brief(phone.push(step(issue, "void", reason="mistake"))) == [("merged", "as_comment")]
    assert brief(handler.push(step(issue, "report_done", text="done"))) == [("merged", "parallel")]
    assert brief(handler.push(step(issue, "report_done", text="again"))) == [("merged", "as_evidence")]
    words = [r["data"] for r in phone.pull({G1: None})[0]["rows"] if r["type"] == "comment"]
    assert [(c["kind"], c["text"]) for c in words] == [("late", "mistake"), ("evidence", "again")]


def test_a_verdict_has_the_row_only_while_its_home_may_be_read(place, phone):
    row = household(phone)
    raw = phone.number(edit(row, pets=1))
    assert one(phone.send([raw])["verdicts"])["row"]["data"]["pets"] == 1
    place.clock.pass_(seconds=1)
    place.revoke("worker1", G1)
    replay = one(phone.send([raw])["verdicts"])
    assert (replay["status"], replay["replayed"], "row" in replay) == ("applied", True, False)


def test_one_verdict_a_change_in_the_order_they_came(phone):
    raws = [phone.number(new("building", building_no=str(i))) for i in range(10)]
    verdicts = phone.send([*raws, raws[0], {"n": 11}, str(uuid4())])["verdicts"]
    assert [v["id"] for v in verdicts] == [c["id"] for c in raws] + [raws[0]["id"], None, None]
    assert [v["n"] for v in verdicts] == [*range(1, 11), 1, 11, None]
