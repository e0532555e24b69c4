"""What waits for a record and is applied by itself; groups that stand or fall together."""

from uuid import uuid4

import pytest

from server.services import review
from server.services.verify import verify
from tests.places import G1, G2, G3, change, home, uid
from tests.services.phones import brief, dump, edit, household, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


def grouped(*changes, name="g"):
    return [c | {"group": name} for c in changes]


def exists(place, record):
    return record in {r["id"] for r in dump(place)["record"]}


def test_a_child_waits_for_its_parent_and_is_applied_when_it_comes(place, phone, two):
    made, family = home()
    visit = phone.number(new("visit", household=family, result="met", unchanged=True))
    answer = one(phone.send([visit])["verdicts"])
    assert (answer["status"], answer["reason"], "row" in answer) == ("parked", "missing_parent", False)
    assert answer["message"] == {"code": "missing_parent", "field": "household"}
    card = one(told(phone, "parked"))
    assert (card["data"]["state"], card["data"]["change_id"], card["data"]["record"]) == (
        "open", visit["id"], visit["record"],
    )  # fmt: skip
    two.push(*made)
    assert row(place, visit["record"])["data"]["visited_by"] == place.accounts["worker1"]
    assert row(place, family)["data"]["verified_by"] == place.accounts["worker1"]
    replay = one(phone.send([visit])["verdicts"])
    assert (replay["status"], replay["replayed"], replay["row"]["id"]) == ("applied", True, visit["record"])
    assert "reason" not in replay
    done = one(told(phone, "followup"))["data"]
    assert (done["change"], done["status"], done["record"]) == (visit["id"], "applied", visit["record"])
    assert one(told(phone, "parked"))["data"]["settled"]["choose"] == "arrived"


def test_a_whole_chain_that_came_the_wrong_way_round_comes_to_stand(place, phone):
    made, family = home()
    visit = new("visit", household=family, result="met")
    verdicts = phone.push(visit, *reversed(made))
    assert exists(place, visit["record"]) and row(place, family)["live"]
    assert brief(verdicts) == [("applied", None)] * 4, "each waited only within its own batch"
    assert {r["data"]["state"] for r in told(phone, "parked")} == {"settled"}


def test_a_chain_over_several_pushes(place, phone):
    made, family = home()
    visit = new("visit", household=family, result="met")
    for one_change in (visit, made[2], made[1]):
        assert brief(phone.push(one_change)) == [("parked", "missing_parent")]
    assert brief(phone.push(made[0])) == [("applied", None)]
    assert exists(place, visit["record"])


def test_edits_of_a_record_that_has_not_come_yet_are_applied_in_their_order(place, phone, two):
    made, family = home()
    phone.push(*made[:2])
    for i in range(6):
        frm = "王芳" if i == 0 else str(i)
        two.push(change("update", "household", family, G1, sets={"contact_person": (frm, str(i + 1))}))
    phone.push(made[2])
    assert row(place, family)["data"]["contact_person"] == "6"
    assert told(two, "conflict") == []


def test_what_waits_is_judged_by_its_authors_rights_when_the_time_comes(place, phone, two):
    made, family = home(G2)
    ours = two.number(new("visit", G2, household=family, result="met"))
    assert brief(two.send([ours])["verdicts"]) == [("parked", "missing_parent")]
    theirs = phone.number(change("update", "household", family, G1, sets={"pets": 9}))
    assert brief(phone.send([theirs])["verdicts"]) == [("parked", "missing_record")]
    place.device("worker2").push(*made)
    assert exists(place, ours["record"])
    assert "pets" not in row(place, family)["data"], "a record of a scope he never held"
    assert brief(phone.send([theirs])["verdicts"]) == [("parked", "missing_record")]


def test_work_of_a_disabled_account_is_not_applied_by_itself(place, phone, two):
    made, family = home()
    visit = new("visit", household=family, result="met")
    phone.push(visit)
    from sqlalchemy import text

    from server.services.transactions import write

    with write(place.world, "test") as conn:
        conn.execute(text("UPDATE account SET disabled_at = 'x' WHERE id = :id"), {"id": place.accounts["worker1"]})
    two.push(*made)
    assert not exists(place, visit["record"])


def test_the_office_applies_what_it_wants_and_drops_the_rest(place, phone):
    made, family = home(G1)
    phone.push(*made)
    place.clock.pass_(seconds=1)
    place.revoke("worker1", G1)
    late = [phone.number(change("update", "household", family, G1, sets={"pets": n})) for n in (1, 2)]
    assert brief(phone.send(late)["verdicts"]) == [("parked", "late_scope")] * 2
    first, second = told(phone, "parked")
    assert brief(place.desk("clerk1", settle(first, "apply"), settle(second, "drop"))) == [("applied", None)] * 2
    assert row(place, family)["data"]["pets"] == first["data"]["change"]["set"]["pets"]["to"]
    assert sorted(brief(phone.send(late)["verdicts"])) == [("applied", None), ("parked", "dropped")]


def test_what_cannot_be_applied_yet_is_said_and_goes_on_waiting(place, phone):
    visit = new("visit", household=uid(55), result="met")
    phone.push(visit)
    card = one(told(phone, "parked"))
    assert brief(place.desk("clerk1", settle(card, "apply"))) == [("parked", "missing_parent")]
    assert one(told(phone, "parked"))["data"]["state"] == "open"
    assert brief(place.desk("clerk1", settle(card, "dance"))) == [("quarantined", "invalid")]
    assert brief(place.desk("clerk1", settle(card | {"id": str(uuid4())}, "drop"))) == [("parked", "missing_record")]


# Groups


def test_one_member_that_cannot_be_holds_back_all(place, phone):
    made, _family = home()
    changes = grouped(*made, new("visit", household=uid(60), result="met"))
    assert brief(phone.push(*changes)) == [("parked", "group")] * 3 + [("parked", "missing_parent")]
    assert not any(exists(place, c["record"]) for c in made)


def test_a_group_is_released_whole(place, phone, two):
    other, awaited = home(room="302")
    made, _family = home()
    visit = new("visit", household=awaited, result="met")
    raws = [phone.number(c) for c in grouped(*made, visit)]
    phone.send(raws)
    two.push(*other)
    assert exists(place, visit["record"])
    assert all(exists(place, c["record"]) for c in made)
    assert brief(phone.send(raws)["verdicts"]) == [("applied", None)] * 4
    assert len(told(phone, "followup")) == 4


def test_a_group_that_waits_for_two_things_is_released_when_both_are_there(place, phone, two):
    first, a = home(room="302")
    second, b = home(room="303")
    visits = [new("visit", household=h, result="met") for h in (a, b)]
    phone.push(*grouped(*visits))
    two.push(*first)
    assert not any(exists(place, v["record"]) for v in visits)
    two.push(*second)
    assert all(exists(place, v["record"]) for v in visits)


def test_a_group_inside_itself_needs_nothing_from_outside(place, phone):
    made, family = home()
    assert brief(phone.push(*grouped(*made, new("visit", household=family, result="met")))) == [("applied", None)] * 4


def test_conflicts_and_merges_are_each_members_own(place, phone, two):
    made = household(phone)
    phone.push(edit(made, contact_phone="1"))
    verdicts = two.push(
        *grouped(edit(made, contact_phone="2"), edit(made, pets=1), edit(made, contact_phone=("x", "1")))
    )
    assert brief(verdicts) == [("conflict", "field"), ("merged", "parallel"), ("merged", "same")]


def test_one_bad_member_quarantines_all_and_the_office_sees_each(place, phone):
    made, _family = home()
    changes = grouped(*made[:2], made[2] | {"set": {"dwelling": {"to": 7}}})
    assert brief(phone.push(*changes)) == [("quarantined", "group")] * 2 + [("quarantined", "invalid")]
    assert [r["data"]["reason"] for r in told(phone, "parked")].count("group") == 2
    assert not exists(place, made[0]["record"])


def test_what_a_fallen_group_would_have_written_leaves_no_trace(place, phone):
    made, _family = home()
    fallen = grouped(made[0], made[1], made[2], new("visit", household=uid(61), result="met"))
    twin = [made[0] | {"id": str(uuid4())}, made[1] | {"id": str(uuid4())},
            made[2] | {"id": str(uuid4()), "record": str(uuid4())}]  # fmt: skip
    verdicts = phone.push(*fallen, *twin)
    assert brief(verdicts)[4:] == [("applied", None)] * 3, "no twin that was never made"
    assert told(phone, "conflict") == []


def test_the_same_name_later_on_is_another_group(phone):
    bad = new("building", building_no=7)
    verdicts = phone.push(*grouped(bad), new("building", building_no="1"), *grouped(new("building", building_no="2")))
    assert brief(verdicts) == [("quarantined", "invalid"), ("applied", None), ("applied", None)]


def test_applying_or_dropping_one_member_goes_for_the_group(place, phone):
    made = household(phone)
    place.clock.pass_(seconds=1)
    place.revoke("worker1", G1)
    edits = [phone.number(c) for c in grouped(edit(made, pets=1), edit(made, e_bike=1))]
    assert brief(phone.send(edits)["verdicts"]) == [("parked", "late_scope")] * 2
    place.desk("clerk1", settle(told(phone, "parked")[1], "apply"))
    data = row(place, made["id"])["data"]
    assert (data["pets"], data["e_bike"]) == (1, 1)
    assert brief(phone.send(edits)["verdicts"]) == [("applied", None)] * 2


def test_a_group_of_two_hundred_goes_in_one_push(phone):
    changes = grouped(*(new("building", building_no=str(i)) for i in range(200)))
    assert brief(phone.push(*changes)) == [("applied", None)] * 200


def test_a_name_that_is_too_long_is_no_group(phone):
    changes = grouped(new("building", building_no="1"), new("building", building_no=1), name="x" * 65)
    assert brief(phone.push(*changes)) == [("applied", None), ("quarantined", "invalid")]


def test_waiting_in_one_grid_is_nobody_elses_business(place, phone):
    stranger = place.device("worker3")
    phone.push(new("visit", household=uid(62), result="met"))
    assert [r for page in stranger.pull({G3: None}) for r in page["rows"]] == []


def test_a_desks_choice_that_came_to_nothing_is_no_new_matter_for_the_desk(place):
    before = review.items(place.world, place.actor("clerk1"), {"kind": "parked"})["counts"]
    unknown = change("resolve", "conflict", str(uuid4()), G1, resolve={"choose": "current"})
    assert place.desk("clerk1", unknown)[0]["status"] == "parked"
    assert review.items(place.world, place.actor("clerk1"), {"kind": "parked"})["counts"] == before
    assert verify(place.world) == []
