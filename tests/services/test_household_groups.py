"""Households that split, join and move away, as phones send them: one group each (pwa/src/ui/field/groups.ts)."""

from uuid import uuid4

import pytest

from tests.services.phones import brief, edit, household, new, one, row, told

pytestmark = pytest.mark.usefixtures("sound")
ON = "2026-11-22"


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def family(place, phone):
    """A household of three: its row, the rows of its people, the rows of their residences."""
    made = household(phone)
    people = [
        new("resident", name=name, relation_to_head=r) for name, r in (("张", "head"), ("李", "spouse"), ("小", "son"))
    ]
    links = [live_in(made, person["record"]) for person in people]
    phone.push(*people, *links)
    rows = [[row(place, c["record"]) for c in some] for some in (people, links)]
    return row(place, made["id"]), *rows


def live_in(home, person, **more):
    return new("residence", resident=person, dwelling=home["data"]["dwelling"], household=home["id"], **more)


def grouped(*changes):
    return [c | {"group": "g"} for c in changes]


def split(family, record):
    """The two younger ones become a household of their own in the same dwelling."""
    home, people, links = family
    made = new("household", record=record, dwelling=home["data"]["dwelling"], head=people[1]["id"], moved_in_on=ON)
    moved = [edit(link, to_on=ON) for link in links[1:]]
    new_home = {"id": record, "data": home["data"]}
    return grouped(
        made,
        *moved,
        *(live_in(new_home, person["id"], from_on=ON) for person in people[1:]),
        edit(people[1], relation_to_head="head"),
    )


def move_out(family):
    home, people, links = family
    return grouped(
        edit(home, moved_out_on=ON, move_to="济南"),
        *(edit(link, to_on=ON) for link in links),
        *(edit(person, residence_status="moved_out") for person in people),
    )


def counts(place, *records):
    return [row(place, record)["data"].get("member_count", 0) for record in records]


def test_a_split_counts_the_people_on_both_sides_and_tells_the_office_of_two_in_one_dwelling(place, phone, family):
    home, record = family[0], str(uuid4())
    verdicts = phone.push(*split(family, record))
    assert brief(verdicts) == [("conflict", "duplicate")] + [("applied", None)] * 5
    assert counts(place, home["id"], record) == [1, 2]
    hint = one(told(phone, "conflict"))
    assert (hint["data"]["kind"], hint["data"]["record"]) == ("duplicate", record)
    assert row(place, family[1][1]["id"])["data"]["relation_to_head"] == "head"


def test_a_split_sent_again_changes_nothing(place, phone, family):
    home, record = family[0], str(uuid4())
    changes = [phone.number(c) for c in split(family, record)]
    first = phone.send(changes)["verdicts"]
    again = phone.send(changes)["verdicts"]
    assert (brief(again), {v["replayed"] for v in again}) == (brief(first), {True})
    assert counts(place, home["id"], record) == [1, 2]


def test_everybody_who_moves_out_leaves_an_empty_household_and_a_free_dwelling(place, phone, family):
    home = family[0]
    assert brief(phone.push(*move_out(family))) == [("applied", None)] * 7
    assert counts(place, home["id"]) == [0]
    assert row(place, home["id"])["data"]["moved_out_on"] == ON
    following = new("household", dwelling=home["data"]["dwelling"], contact_person="新来的")
    assert brief(phone.push(following)) == [("applied", None)]  # no second household in the open


def test_two_households_become_one(place, phone, family):
    into = household(phone, room="302")
    home, people, links = family
    changes = grouped(
        *(edit(link, to_on=ON) for link in links),
        *(live_in(into, person["id"], from_on=ON) for person in people),
        *(edit(person, relation_to_head=None) for person in people),
        edit(home, moved_out_on=ON, move_to="并入 1-302"),
    )
    assert brief(phone.push(*changes)) == [("applied", None)] * 10
    assert counts(place, home["id"], into["id"]) == [0, 3]


def test_a_move_that_names_somebody_unknown_waits_whole(place, phone, family):
    home, record = family[0], str(uuid4())
    changes = [*split(family, record), *grouped(live_in({"id": record, "data": home["data"]}, str(uuid4())))]
    assert brief(phone.push(*changes)) == [("parked", "group")] * 6 + [("parked", "missing_parent")]
    assert counts(place, home["id"]) == [3]


def test_a_colleague_who_edits_a_person_meanwhile_keeps_his_value_and_the_move_stands(place, phone, family):
    home, people, _ = family
    place.device("worker2").push(edit(people[1], relation_to_head="sibling"))
    record = str(uuid4())
    verdicts = phone.push(*split(family, record))
    assert brief(verdicts)[-1] == ("conflict", "field")
    assert counts(place, home["id"], record) == [1, 2]
    assert row(place, people[1]["id"])["data"]["relation_to_head"] == "sibling"


def test_sixty_people_move_in_one_push(place, phone):
    home = household(phone)
    people = [new("resident", name=f"住户{n}") for n in range(60)]
    links = [live_in(home, person["record"]) for person in people]
    for start in range(0, 60, 20):
        phone.push(*people[start : start + 20], *links[start : start + 20])
    rows = [[row(place, c["record"]) for c in some] for some in (people, links)]
    assert counts(place, home["id"]) == [60]
    verdicts = phone.push(*move_out((row(place, home["id"]), *rows)))
    assert set(brief(verdicts)) == {("applied", None)}
    assert counts(place, home["id"]) == [0]
