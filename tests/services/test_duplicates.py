"""Two records that are one: found by their natural key, kept both, merged by the office, followed ever after."""

from uuid import uuid4

import pytest

from tests.places import G2, G3, STREET, home
from tests.services.phones import act, brief, edit, household, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")
NUMBER = "990101199001011234"


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


@pytest.fixture
def pair(place, phone, two):
    """The same resident entered twice, and the conflict about it: (first, second, card)."""
    first = one(phone.push(new("resident", name="王芳", id_no=NUMBER)))["row"]
    second = one(two.push(new("resident", name="王方", id_no=NUMBER, phone="138")))["row"]
    return first, second, one(told(two, "conflict"))


def merge(place, card, winner):
    return brief(place.desk("clerk1", settle(card, "merge", into=winner["id"])))


def test_both_stay_and_the_card_names_them(place, pair):
    first, second, card = pair
    assert row(place, first["id"])["live"] and row(place, second["id"])["live"]
    data = card["data"]
    assert (data["kind"], data["record"], data["current"]["value"], data["incoming"]["value"]) == (
        "duplicate", second["id"], first["id"], second["id"],
    )  # fmt: skip


def test_a_flat_and_an_open_household_and_a_building_are_found_too(phone, two):
    mine = household(phone)
    building = mine["data"]["dwelling"]
    again = home()[0]
    estate = new("building", building_no="7", estate="泉城花园")
    flat = new("dwelling", building=estate["record"], unit_no="1", room_no="1")
    assert brief(phone.push(estate, flat)) == [("applied", None)] * 2
    same = [estate | {"id": str(uuid4()), "record": str(uuid4())}, flat | {"id": str(uuid4()), "record": str(uuid4())}]
    assert brief(two.push(*same)) == [("conflict", "duplicate")] * 2
    assert brief(two.push(new("household", dwelling=building))) == [("conflict", "duplicate")]
    assert brief(two.push(*again)) == [("applied", None)] * 3


def test_a_family_that_moved_out_makes_room_for_the_next(phone):
    mine = household(phone)
    gone = edit(mine, moved_out_on="2026-10-01")
    assert brief(phone.push(gone, new("household", dwelling=mine["data"]["dwelling"]))) == [("applied", None)] * 2


def test_an_edit_can_make_a_duplicate(phone):
    mine, other = household(phone), household(phone, room="302")
    flat = phone.push(new("dwelling", building=row(phone.place, mine["data"]["dwelling"])["data"]["building"],
                          unit_no="1", room_no="999"))[0]["row"]  # fmt: skip
    assert other
    assert brief(phone.push(edit(flat, room_no="301"))) == [("conflict", "duplicate")]


def test_bringing_back_can_make_a_duplicate(phone):
    mine = household(phone)
    assert (
        brief(phone.push(act("delete", mine), new("household", dwelling=mine["data"]["dwelling"])))
        == [("applied", None)] * 2
    )
    verdict = one(phone.push(act("undelete", mine)))
    assert brief([verdict]) == [("conflict", "duplicate")]
    assert verdict["row"]["live"]


def test_merging_keeps_every_value_and_points_everything_at_the_winner(place, phone, two, pair):
    first, second, card = pair
    mine = household(phone)
    lives = new("residence", resident=second["id"], dwelling=mine["data"]["dwelling"], household=mine["id"])
    two.push(lives)
    assert merge(place, card, first) == [("applied", None)]
    winner, loser = row(place, first["id"]), row(place, second["id"])
    assert (winner["data"]["name"], winner["data"]["phone"], winner["live"], loser["live"]) == (
        "王芳", "138", True, False,
    )  # fmt: skip
    assert row(place, lives["record"])["data"]["resident"] == first["id"]
    assert row(place, mine["id"])["data"]["member_count"] == 1


def test_later_changes_of_the_loser_reach_the_winner(place, phone, two, pair):
    first, second, card = pair
    merge(place, card, first)
    mine = household(phone)
    verdicts = two.push(
        edit(second, birth_date="1990-01-01"),
        new("residence", resident=second["id"], dwelling=mine["data"]["dwelling"], household=mine["id"]),
        new("visit", household=mine["id"], result="met", person=second["id"]),
        edit(mine, head=second["id"]),
        act("undelete", second),
    )
    assert [v["status"] for v in verdicts] == ["merged", "applied", "applied", "applied", "merged"]
    assert row(place, first["id"])["data"]["birth_date"] == "1990-01-01"
    assert row(place, verdicts[1]["row"]["id"])["data"]["resident"] == first["id"]
    assert verdicts[2]["row"]["data"]["person"] == first["id"]
    assert verdicts[3]["row"]["data"]["head"] == first["id"]
    assert brief(place.desk("clerk1", act("delete", row(place, second["id"])))) == [("conflict", "delete_vs_edit")], (
        "deleting the one means the other, which others wrote"
    )


def test_the_winner_with_children_is_not_deleted_by_the_losers_name(place, phone, two, pair):
    first, second, card = pair
    merge(place, card, first)
    mine = household(phone)
    phone.push(new("residence", resident=first["id"], dwelling=mine["data"]["dwelling"]))
    shown = act("delete", second) | {"base": {"rev": row(place, first["id"])["rev"], "timeline": "t"}}
    assert brief(place.desk("clerk1", shown)) == [("conflict", "delete_has_children")]


def test_open_conflicts_of_the_loser_are_about_the_winner_afterwards(place, phone, two, pair):
    first, second, card = pair
    phone.push(edit(second, phone="139"))
    two.push(edit(second, phone="137"))
    merge(place, card, first)
    waiting = next(c for c in told(two, "conflict") if c["data"]["kind"] == "field")
    assert (waiting["data"]["record"], waiting["data"]["current"]["value"]) == (first["id"], "139")
    assert brief(place.desk("clerk1", settle(waiting, "incoming"))) == [("applied", None)]
    assert row(place, first["id"])["data"]["phone"] == "137"


def test_edits_that_waited_for_the_loser_go_to_the_winner(place, phone, two, pair):
    first, second, card = pair
    phone.push(act("delete", first))
    edits = edit(first, birth_date="1990-01-01")
    assert brief(phone.push(edits)) == [("parked", "deleted_record")]
    assert merge(place, card, second) == [("quarantined", "invalid")], "one of them is no more"
    phone.push(act("undelete", first))
    assert row(place, first["id"])["data"]["birth_date"] == "1990-01-01"


def test_two_flats_that_are_one_bring_their_families_together(place, phone, two):
    building = new("building", building_no="9")
    flat = new("dwelling", building=building["record"], unit_no="1", room_no="5")
    twin = flat | {"id": str(uuid4()), "record": str(uuid4())}
    phone.push(building, flat)
    two.push(twin)
    families = [one(d.push(new("household", dwelling=f["record"])))["row"] for d, f in ((phone, flat), (two, twin))]
    card = one(told(two, "conflict"))
    assert merge(place, card, row(place, flat["record"])) == [("applied", None)]
    assert {row(place, f["id"])["data"]["dwelling"] for f in families} == {flat["record"]}
    next_card = [c for c in place_conflicts(place) if c["data"]["kind"] == "duplicate" and c["data"]["state"] == "open"]
    assert {one(next_card)["data"]["current"]["value"], one(next_card)["data"]["incoming"]["value"]} == {
        f["id"] for f in families
    }


def place_conflicts(place):
    import json

    from tests.services.phones import dump

    return [json.loads(r["row"]) for r in dump(place)["record"] if r["type"] == "conflict"]


def test_merging_two_families_counts_their_members_once_more(place, phone, two):
    mine = household(phone)
    other = one(two.push(new("household", dwelling=mine["data"]["dwelling"])))["row"]
    for i, family in enumerate((mine, other, other)):
        person = new("resident", name=f"人{i}")
        lives = new("residence", resident=person["record"], dwelling=mine["data"]["dwelling"], household=family["id"])
        assert brief(two.push(person, lives)) == [("applied", None)] * 2
    assert merge(place, one(told(two, "conflict")), mine) == [("applied", None)]
    data = row(place, mine["id"])["data"]
    assert (data["member_count"], data["household_no"]) == (3, "1")


def test_the_newer_one_may_win_as_well(place, phone, pair):
    first, second, card = pair
    mine = household(phone)
    lives = new("residence", resident=first["id"], dwelling=mine["data"]["dwelling"])
    phone.push(lives)
    assert merge(place, card, second) == [("applied", None)]
    assert (row(place, first["id"])["live"], row(place, second["id"])["data"]["name"]) == (False, "王方")
    assert row(place, lives["record"])["data"]["resident"] == second["id"]


def test_keeping_both_is_a_choice(place, pair):
    assert brief(place.desk("clerk1", settle(pair[2], "keep"))) == [("applied", None)]


@pytest.mark.parametrize("into", [None, "x", 5, "3b18d5aa-2a1b-43c6-9926-c38ad876c539"])
def test_only_one_of_the_two_can_win(place, pair, into):
    assert brief(place.desk("clerk1", settle(pair[2], "merge", into=into))) == [("quarantined", "invalid")]


def test_a_double_in_a_foreign_community_is_told_to_the_office_only(place, phone):
    three = place.device("worker3")
    foreign = one(three.push(new("resident", G3, name="王芳", id_no=NUMBER)))["row"]
    made = new("resident", name="王方", id_no=NUMBER)
    verdict = one(phone.push(made))
    assert brief([verdict]) == [("applied", None)]
    assert "conflicts" not in verdict
    assert told(phone) == [] and told(three) == []
    card = one(place_conflicts(place))
    assert (card["data"]["record"], card["data"]["current"]["value"]) == (made["record"], foreign["id"])
    shut = place.desk("clerk1", settle(card, "merge", into=made["record"]))
    assert brief(shut) == [("quarantined", "forbidden")], "half of it is another community's"
    place.person("clerk9", "clerk", f"org:{STREET}")
    assert brief(place.desk("clerk9", settle(card, "merge", into=foreign["id"]))) == [("applied", None)]
    assert not row(place, made["record"])["live"]


def test_grids_of_one_community_see_each_others_doubles(place, phone, two):
    phone.push(new("resident", name="王芳", id_no=NUMBER))
    assert brief(two.push(new("resident", G2, name="王芳", id_no=NUMBER))) == [("conflict", "duplicate")]
