"""Conflicts from their making to their end: what follows what, and who decides."""

from dataclasses import replace

import pytest

from server.core.catalog.fields import Merge
from server.services import history
from tests.places import G1, change, with_schema
from tests.services.phones import act, brief, dump, edit, household, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


@pytest.fixture
def disputed(phone, two):
    """A household whose phone number two people gave: "1" stands, "2" waits."""
    made = household(phone)
    phone.push(edit(made, contact_phone="1"))
    two.push(edit(made, contact_phone="2"))
    return made


def card(device):
    return one(told(device, "conflict"))


def test_a_conflict_says_who_said_what_and_when(place, phone, two, disputed):
    data = card(two)["data"]
    assert data["current"] == {
        "value": "1", "by": place.accounts["worker1"], "at": "2026-11-20T01:00:00.000Z",
        "at_device": "2026-11-20T01:00:00.000Z",
    }  # fmt: skip
    assert (data["incoming"]["value"], data["incoming"]["by"]) == ("2", place.accounts["worker2"])
    assert (data["kind"], data["field"], data["state"], data["record"]) == (
        "field", "contact_phone", "open", disputed["id"],
    )  # fmt: skip
    assert told(phone, "conflict") == [], "the other one is not bothered"


def test_his_next_edit_over_his_waiting_value_updates_the_same_conflict(two, disputed):
    again = change("update", "household", disputed["id"], G1, base=disputed["rev"], sets={"contact_phone": ("2", "3")})
    verdict = one(two.push(again))
    assert brief([verdict]) == [("conflict", "field")]
    assert verdict["conflicts"] == [card(two)["id"]]
    assert card(two)["data"]["incoming"]["value"] == "3"
    assert card(two)["data"]["incoming"]["change"] == again["id"]


def test_two_edits_made_offline_one_after_the_other_make_one_conflict(place, phone, two):
    made = household(phone)
    phone.push(edit(made, contact_phone="1"))
    verdicts = two.push(edit(made, contact_phone=(None, "2")), edit(made, contact_phone=("2", "3")))
    assert brief(verdicts) == [("conflict", "field")] * 2
    assert verdicts[0]["conflicts"] == verdicts[1]["conflicts"] == [card(two)["id"]]
    assert card(two)["data"]["incoming"]["value"] == "3"


def test_typing_what_stands_over_his_waiting_value_settles_it(two, disputed):
    verdict = one(two.push(edit(disputed, contact_phone=("2", "1"))))
    assert brief([verdict]) == [("merged", "same")]
    assert (card(two)["data"]["state"], card(two)["data"]["settled"]["choose"]) == ("settled", "same")


def test_the_current_side_follows_the_record(place, phone, two, disputed):
    phone.push(edit(row(place, disputed["id"]), contact_phone="7"))
    data = card(two)["data"]
    assert (data["current"]["value"], data["incoming"]["value"], data["state"]) == ("7", "2", "open")


def test_two_sides_that_come_to_agree_are_settled_by_themselves(place, phone, two, disputed):
    phone.push(edit(row(place, disputed["id"]), contact_phone="2"))
    data = card(two)["data"]
    assert (data["state"], data["settled"]["choose"], data["settled"]["value"]) == ("settled", "same", "2")
    assert "by" not in data["settled"] or data["settled"]["by"] is None
    done = one(told(two, "followup"))["data"]
    assert (done["status"], done["reason"], done["record"]) == ("settled", "same", disputed["id"])


@pytest.mark.parametrize("choose, more, value", [("incoming", {}, "2"), ("current", {}, "1"),
                                                 ("other", {"value": " 9\r\n"}, "9")])  # fmt: skip
def test_the_office_chooses_and_the_author_hears_of_it(place, two, disputed, choose, more, value):
    waiting = card(two)
    assert brief(place.desk("clerk1", settle(waiting, choose, shown=True, **more))) == [("applied", None)]
    assert row(place, disputed["id"])["data"]["contact_phone"] == value
    data = card(two)["data"]
    assert (data["settled"]["choose"], data["settled"]["value"]) == (choose, value)
    assert data["settled"]["by"] == place.accounts["clerk1"]
    assert one(told(two, "followup"))["data"]["change"] == waiting["data"]["incoming"]["change"]


def test_the_first_resolution_wins(place, two, disputed):
    waiting = card(two)
    place.desk("clerk1", settle(waiting, "other", value="9"))
    assert brief(place.desk("clerk1", settle(waiting, "other", value="9"))) == [("merged", "same")]
    assert brief(place.desk("clerk1", settle(waiting, "other", value="8"))) == [("parked", "already_resolved")]
    assert brief(place.desk("clerk1", settle(waiting, "incoming"))) == [("parked", "already_resolved")]
    assert row(place, disputed["id"])["data"]["contact_phone"] == "9"


def test_a_choice_about_what_is_no_longer_shown_leaves_the_conflict_open(place, phone, two, disputed):
    shown = card(two)
    phone.push(edit(row(place, disputed["id"]), contact_phone="7"))
    verdict = one(place.desk("clerk1", settle(shown, "current", shown=True)))
    assert (verdict["status"], verdict["reason"], verdict["message"]) == ("conflict", "field", {"code": "moved_on"})
    assert card(two)["data"]["state"] == "open"
    assert brief(place.desk("clerk1", settle(card(two), "current", shown=True))) == [("applied", None)]


def test_an_author_may_withdraw_his_own_and_no_more(place, phone, two, disputed):
    waiting = card(two)
    assert brief(two.push(settle(waiting, "incoming"))) == [("quarantined", "forbidden")]
    assert brief(phone.push(settle(waiting, "current"))) == [("parked", "missing_record")], "somebody else's"
    assert brief(place.desk("clerk3", settle(waiting, "incoming"))) == [("parked", "missing_record")]
    assert brief(two.push(settle(waiting, "current"))) == [("applied", None)]
    assert row(place, disputed["id"])["data"]["contact_phone"] == "1"


def test_choices_that_do_not_fit_are_invalid(place, two, disputed):
    waiting = card(two)
    odd = [settle(waiting, "merge", into=disputed["id"]), settle(waiting, "delete"), settle(waiting, "dance"),
           settle(waiting, "other", value=7), settle(waiting, "other", value="x" * 41)]  # fmt: skip
    assert brief(place.desk("clerk1", *odd)) == [("quarantined", "invalid")] * 5
    nothing = settle(waiting | {"id": disputed["id"]}, "current")
    assert brief(place.desk("clerk1", nothing)) == [("parked", "missing_record")]
    assert card(two)["data"]["state"] == "open"


def test_settling_one_of_two_conflicts_on_a_field_shows_in_the_other(place, phone, two, disputed):
    place.person("worker4", "worker", G1)
    four = place.device("worker4")
    four.push(edit(disputed, contact_phone="4"))
    place.desk("clerk1", settle(card(two), "incoming"))
    data = card(four)["data"]
    assert (data["state"], data["current"]["value"], data["incoming"]["value"]) == ("open", "2", "4")


def test_a_conflict_on_a_deleted_record_stays_open_until_it_is_back(place, phone, two, disputed):
    place.desk("clerk1", act("delete", row(place, disputed["id"])))
    choice = settle(card(two), "incoming")
    assert brief(place.desk("clerk1", choice)) == [("parked", "deleted_record")]
    assert card(two)["data"]["state"] == "open"
    place.desk("clerk1", act("undelete", row(place, disputed["id"])))
    assert brief(place.desk("clerk1", settle(card(two), "incoming"))) == [("applied", None)]
    assert row(place, disputed["id"])["data"]["contact_phone"] == "2"
    assert card(two)["data"]["state"] == "settled"


def test_both_values_stand_in_the_history_of_what_was_taken(place, phone, two):
    made = household(phone)
    phone.push(edit(made, note="first"))
    two.push(edit(made, note="second"))
    items = history.of_record(place.world, place.actor("worker1"), made["id"], None, 10)["items"]
    assert [i["set"].get("note") for i in items][:2] == [
        {"from": "first", "to": "second"},
        {"from": None, "to": "first"},
    ]


def test_a_field_whose_earlier_value_stays_keeps_the_later_one_in_the_history(place):
    catalog = place.world.catalog
    type_ = catalog.types["household"]
    first = replace(type_, fields=type_.fields | {"note": replace(type_.fields["note"], merge=Merge.CURRENT)})
    place = with_schema(place, replace(catalog, types=catalog.types | {"household": first}))
    phone, two = place.device("worker1"), place.device("worker2")
    made = household(phone)
    phone.push(edit(made, note="first"))
    verdict = one(two.push(edit(made, note="second")))
    assert brief([verdict]) == [("merged", "parallel")]
    assert verdict["row"]["data"]["note"] == "first"
    assert any(b"second" in h["patch"] for h in dump(place)["record_history"])


def test_points_within_the_tolerance_need_nobody(place, phone, two):
    built = one(phone.push(new("building", building_no="1")))["row"]
    at = lambda lat: {"lon": "117.01", "lat": lat}  # noqa: E731
    phone.push(edit(built, location=at("36.65")))
    assert brief(two.push(edit(built, location=at("36.65017")))) == [("merged", "parallel")]
    assert brief(two.push(edit(built, location=at("36.6510")))) == [("conflict", "field")]
    assert row(place, built["id"])["data"]["location"] == at("36.65017")


def test_sets_take_what_each_added_and_lose_what_each_removed(place, phone, two):
    person = one(phone.push(new("resident", name="王芳") | {"add": {"needs": ["meals", "job"]}}))["row"]
    phone.push(edit(person) | {"add": {"needs": ["repair"]}, "remove": {"needs": ["job"]}})
    verdict = one(two.push(edit(person) | {"add": {"needs": ["company"]}, "remove": {"needs": ["meals"]}}))
    assert brief([verdict]) == [("merged", "parallel")]
    assert verdict["row"]["data"]["needs"] == ["company", "repair"]


def test_a_create_of_a_known_id_counts_as_an_update(place, phone, two):
    made = household(phone)
    twice = new("household", record=made["id"], dwelling=made["data"]["dwelling"], contact_person="李雷", pets=2)
    verdict = one(two.push(twice))
    assert brief([verdict]) == [("conflict", "field")], "two names; the number of dogs is new"
    assert (verdict["row"]["data"]["contact_person"], verdict["row"]["data"]["pets"]) == ("王芳", 2)
