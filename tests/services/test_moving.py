"""Moving to another grid: with everything that hangs on it, in one transaction, at the price of those rows."""

import pytest

from tests.places import G1, G2, change
from tests.services.phones import act, brief, edit, household, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


def held(device, scope):
    return {r["id"] for r in device.pull({scope: None})[0]["rows"] if r["live"]}


@pytest.fixture
def family(place, phone):
    """A household with a resident who lives there, a visit, and one who has moved out: their ids by word."""
    mine = household(phone)
    dwelling = mine["data"]["dwelling"]
    stays, gone = new("resident", name="甲"), new("resident", name="乙")
    lives = new("residence", resident=stays["record"], dwelling=dwelling, household=mine["id"])
    lived = new("residence", resident=gone["record"], dwelling=dwelling, household=mine["id"], to_on="2020-01-01")
    visit = new("visit", household=mine["id"], result="met")
    assert brief(phone.push(stays, gone, lives, lived, visit)) == [("applied", None)] * 5
    return {
        "household": mine["id"], "dwelling": dwelling, "building": row(place, dwelling)["data"]["building"],
        "resident": stays["record"], "residence": lives["record"], "visit": visit["record"],
        "gone": gone["record"], "lived": lived["record"],
    }  # fmt: skip


TOGETHER = ("household", "dwelling", "resident", "residence", "visit")


def test_a_household_moves_with_its_home_its_people_and_its_visits(place, phone, two, family):
    wish = act("move", row(place, family["household"]), move={"from": G1, "to": G2})
    assert brief(phone.push(wish)) == [("parked", "needs_office")]
    assert brief(place.desk("clerk1", settle(one(told(phone, "parked")), "apply"))) == [("applied", None)]
    there, here = held(two, G2), held(phone, G1)
    assert {family[name] for name in TOGETHER} <= there
    assert family["building"] in there & here, "it stands in both now"
    assert {family["gone"], family["building"]} <= here
    assert not {family[name] for name in TOGETHER} & here - {family["dwelling"]}
    why = {r["id"]: r.get("why") for r in phone.pull({G1: None})[0]["rows"] if not r["live"]}
    assert {why[family[name]] for name in ("household", "resident", "visit")} == {"moved"}


def test_what_was_made_in_the_same_batch_moves_too(place, family):
    visit = new("visit", household=family["household"], result="met")
    move = act("move", row(place, family["household"]), move={"from": G1, "to": G2})
    assert brief(place.desk("clerk1", visit, move))[1] == ("applied", None)
    assert row(place, visit["record"])["scope"] == G2


def test_open_conflicts_move_along(place, phone, two, family):
    shown = row(place, family["household"])
    phone.push(edit(shown, contact_phone="1"))
    two.push(edit(shown, contact_phone="2"))
    place.desk("clerk1", act("move", shown, move={"from": G1, "to": G2}))
    card = one(told(two, "conflict"))
    assert card["scope"] == G2
    assert brief(place.desk("clerk1", settle(card, "incoming"))) == [("applied", None)]


def test_there_and_back_leaves_everything_as_it_was(place, phone, family):
    before = held(phone, G1)
    for frm, to in ((G1, G2), (G2, G1)):
        shown = row(place, family["household"])
        assert brief(place.desk("clerk1", act("move", shown, move={"from": frm, "to": to}))) == [("applied", None)]
    assert held(phone, G1) == before


def test_the_same_move_again_and_one_from_where_it_no_longer_is(place, family):
    shown = row(place, family["household"])
    move = act("move", shown, move={"from": G1, "to": G2})
    again, back = (act("move", shown, move={"from": G1, "to": to}) for to in (G2, G1))
    assert brief(place.desk("clerk1", move, again)) == [("applied", None), ("merged", "same")]
    assert brief(place.desk("clerk1", back)) == [("parked", "moved_meanwhile")]


def test_what_hangs_on_another_record_does_not_move_alone(place, family):
    for name in ("visit", "residence"):
        verdict = one(place.desk("clerk1", act("move", row(place, family[name]), move={"from": G1, "to": G2})))
        assert (verdict["reason"], verdict["message"]["code"]) == ("invalid", "moves_with_parent")


def test_offices_move_within_their_own_area_only(place, family):
    shown = row(place, family["household"])
    out = act("move", shown, move={"from": G1, "to": "grid:" + row(place, family["household"])["id"]})
    assert brief(place.desk("clerk1", out)) == [("quarantined", "invalid")]
    foreign = change("move", "household", shown["id"], G1, move={"from": G1, "to": G2})
    assert brief(place.desk("clerk3", foreign)) == [("parked", "missing_record")]
