"""Foreign records are answered like unknown ones; lost and moved scopes by their own rules."""

import json
from uuid import uuid4

import pytest

from tests.places import COMMUNITY, G1, G2, G3, STREET, UNIT, change, home, uid
from tests.services.phones import act, brief, dump, edit, household, new, one, row, settle, step, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def foreign(place):
    """Records of a community that worker1 never had to do with: live, deleted, a conflict, a parked change."""
    place.person("worker5", "worker", G3)
    three, five = place.device("worker3"), place.device("worker5")
    live, gone = household(three, G3), household(three, G3, "302")
    three.push(act("delete", gone), new("visit", G3, household=uid(70), result="met"), edit(live, contact_phone="1"))
    five.push(edit(live, contact_phone="2"))
    issue = one(three.push(new("issue", G3, item_code="0101") | {"transition": {"action": "submit", "args": {}}}))
    return {
        "live": live["id"],
        "deleted": gone["id"],
        "issue": issue["row"]["id"],
        "conflict": one(told(five, "conflict"))["id"],
        "parked": told(three, "parked")[0]["id"],
    }


OPS = {
    "update": lambda t, r: change("update", t, r, G1, sets={"note": "x"}),
    "update named there": lambda t, r: change("update", t, r, G3, sets={"note": "x"}),
    "delete": lambda t, r: change("delete", t, r, G1),
    "undelete": lambda t, r: change("undelete", t, r, G1),
    "transition": lambda t, r: change("transition", t, r, G1, transition={"action": "accept", "args": {}}),
    "move": lambda t, r: change("move", t, r, G1, move={"from": G3, "to": G1}),
    "resolve": lambda t, r: change("resolve", "conflict", r, G1, resolve={"choose": "current"}),
    "resolve parked": lambda t, r: change("resolve", "parked", r, G1, resolve={"choose": "drop"}),
    "child": lambda t, r: change("create", "visit", str(uuid4()), G1, sets={"household": r, "result": "met"}),
    "child named there": lambda t, r: change(
        "create", "visit", str(uuid4()), G3, sets={"household": r, "result": "met"}
    ),
    "other child": lambda t, r: change("create", "dwelling", str(uuid4()), G1, sets={"building": r, "room_no": "1"}),
    "comment": lambda t, r: change("create", "comment", str(uuid4()), G1, sets={"about": r, "text": "x"}),
}


def seen_of(place, device, made):
    """All that a phone learns from sending a change, with the ids and revs it made itself blanked."""
    raw = device.number(made)
    answer = device.send([raw])
    again = device.send([raw])
    cards = [r for r in told(device, "parked") if r["data"]["change_id"] == raw["id"]]
    for numbered in (*answer["verdicts"], *again["verdicts"], *(c["data"].get("change", {}) for c in cards)):
        numbered.pop("n", None)
    text = json.dumps([answer["verdicts"], again["verdicts"], cards], sort_keys=True)
    for known in (raw["id"], raw["record"], *(c["id"] for c in cards), *(c["rev"] for c in cards)):
        text = text.replace(known, "*")
    entry = next(r for r in dump(place)["change"] if r["key"] == raw["id"])
    return text, entry["scope"], entry["status"], entry["reason"], entry["message"]


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("type_", ["household", "issue"])
def test_a_foreign_record_is_answered_like_one_that_does_not_exist(place, phone, foreign, op, type_):
    place.desk("clerk3", act("move", row(place, foreign["live"]), move={"from": G3, "to": G3}))
    unknown = seen_of(place, phone, OPS[op](type_, uid(31337)))
    for kind, record in foreign.items():
        got = seen_of(place, phone, OPS[op](type_, record))
        told_of = json.dumps(got).replace(record, uid(31337))
        assert told_of == json.dumps(unknown), f"{op} tells {kind} from unknown"


def test_nothing_of_a_foreign_record_is_ever_applied_by_itself(place, phone, foreign):
    phone.push(*(make("household", foreign["live"]) for make in OPS.values()))
    before = row(place, foreign["live"])
    clerk = act("delete", row(place, foreign["live"]))
    place.desk("clerk3", clerk, act("undelete", before))
    assert row(place, foreign["live"])["data"] == before["data"]


def test_creating_a_foreign_id_is_forbidden_whatever_its_type(place, phone, foreign):
    for kind in ("live", "deleted", "issue", "conflict"):
        for type_ in ("household", "building"):
            made = new(type_, record=foreign[kind], building_no="1", dwelling=uid(1))
            verdict = one(phone.push(made))
            assert (verdict["status"], verdict["reason"], verdict["message"]) == (
                "quarantined", "forbidden", {"code": "id_taken"},
            )  # fmt: skip
            assert "row" not in verdict


def test_a_foreign_office_is_not_bothered_with_strangers_attempts(place, phone, foreign):
    before = len([r for r in dump(place)["record"] if r["scope"] == G3])
    for make in OPS.values():
        phone.push(make("household", foreign["live"]), make("household", uid(90)))
    assert len([r for r in dump(place)["record"] if r["scope"] == G3]) == before


def test_rights_are_judged_where_the_record_lives_not_where_the_change_says(place, phone):
    mine = household(phone)
    named = change("update", "household", mine["id"], G3, base=mine["rev"], sets={"pets": 1})
    assert brief(phone.push(named)) == [("applied", None)]
    assert row(place, mine["id"])["scope"] == G1


def test_an_office_without_the_type_may_not_touch_it(place, phone):
    mine = household(phone)
    assert brief(place.desk("dispatcher1", edit(mine, pets=1))) == [("parked", "missing_record")]
    assert brief(place.desk("clerk1", edit(mine, pets=1))) == [("applied", None)]


def test_field_records_live_in_grids_only(place):
    for scope in (f"org:{COMMUNITY}", f"org:{STREET}", f"unit:{UNIT}", "config"):
        verdict = one(place.desk("clerk1", new("building", scope, building_no="1")))
        assert brief([verdict]) == [("quarantined", "invalid")]
        assert verdict["message"] == {"code": "bad_scope", "field": "scope"}


def test_what_may_only_be_read_is_forbidden_to_change(place, phone):
    route = one(place.desk("clerk1", new("route", name="早")))["row"]
    assert brief(phone.push(edit(route, name="晚"))) == [("quarantined", "forbidden")]


# Late: after a grant has ended


def test_within_the_time_of_grace_what_is_only_added_applies_and_the_rest_goes_to_review(place, phone):
    mine = household(phone)
    place.clock.pass_(days=1)
    place.revoke("worker1", G1)
    place.clock.pass_(days=13)
    visit = new("visit", household=mine["id"], result="met")
    verdicts = phone.push(visit, edit(mine, pets=1), new("building", building_no="1"), act("delete", mine))
    assert brief(verdicts) == [("applied", None)] + [("parked", "late_scope")] * 3
    assert not any("row" in v for v in verdicts)
    assert {r["scope"] for r in told(phone, "parked")} == {G1}, "the office of that grid finds them"


def test_a_residence_ends_by_an_edit_and_a_late_end_waits_while_a_late_beginning_is_taken_in(place, phone):
    mine = household(phone)
    person = one(phone.push(new("resident", name="张")))["row"]
    where = {"resident": person["id"], "dwelling": mine["data"]["dwelling"], "household": mine["id"]}
    link = one(phone.push(new("residence", **where, from_on="2025-01-01")))["row"]
    ended = one(phone.push(edit(link, to_on="2026-11-01")))
    assert (ended["status"], ended["row"]["data"]["to_on"], ended["row"]["ver"]) == ("applied", "2026-11-01", 2)
    place.revoke("worker1", G1)
    late = phone.push(new("residence", **where, from_on="2026-11-02"), edit(ended["row"], to_on="2026-11-03"))
    assert brief(late) == [("applied", None), ("parked", "late_scope")]


def test_after_it_everything_is_parked_and_nothing_refused(place, phone):
    mine = household(phone)
    place.revoke("worker1", G1)
    place.clock.pass_(days=15)
    visit = new("visit", household=mine["id"], result="met")
    assert brief(phone.push(visit, edit(mine, pets=1))) == [("parked", "late_scope")] * 2
    for card in told(phone, "parked"):
        place.desk("clerk1", settle(card, "apply"))
    assert row(place, mine["id"])["data"]["pets"] == 1
    assert row(place, visit["record"])["live"]


def test_never_held_is_not_late(place, phone):
    assert brief(phone.push(new("visit", G3, household=uid(5), result="met"))) == [("quarantined", "forbidden")]


# Moved: the record went, the grant stayed


@pytest.fixture
def moved(place, phone):
    """A household of worker1's that the district gave to another community's grid."""
    place.person("clerk9", "clerk", f"org:{STREET}")
    mine = household(phone)
    place.clock.pass_(days=1)
    assert brief(place.desk("clerk9", act("move", mine, move={"from": G1, "to": G3}))) == [("applied", None)]
    return mine


def test_a_record_that_moved_away_takes_what_is_added_and_parks_the_rest(place, phone, moved):
    visit = new("visit", household=moved["id"], result="met")
    verdicts = phone.push(visit, edit(moved, pets=1), act("delete", moved))
    assert brief(verdicts) == [("applied", None)] + [("parked", "moved_meanwhile")] * 2
    assert not any("row" in v for v in verdicts)
    assert row(place, visit["record"])["scope"] == G3
    pulled = place.device("worker3").pull({G3: None})[0]["rows"]
    assert visit["record"] in {r["id"] for r in pulled}


def test_after_the_time_of_grace_what_is_added_waits_too(place, phone, moved):
    place.clock.pass_(days=15)
    assert brief(phone.push(new("visit", household=moved["id"], result="met"))) == [("parked", "moved_meanwhile")]


def test_both_moved_away_and_no_longer_held(place, phone, moved):
    place.revoke("worker1", G1)
    place.clock.pass_(days=1)
    assert brief(phone.push(edit(moved, pets=1))) == [("parked", "moved_meanwhile")]


# Handlers


def issue_at(place, phone, *desk_steps):
    made = new("issue", item_code="0101", title="井盖") | {"transition": {"action": "submit", "args": {}}}
    issue = one(phone.push(made))["row"]
    for action, args in (("accept", {}), ("file", {}), *desk_steps):
        assert brief(place.desk("clerk1", step(row(place, issue["id"]), action, **args))) == [("applied", None)]
    return row(place, issue["id"])


def test_a_named_handler_without_a_grant_there_works_on_his_issue(place, phone):
    three = place.device("worker3")
    issue = issue_at(place, phone, ("dispatch", {"handler": place.accounts["worker3"]}))
    mine = one(told(three, "issue"))
    assert mine["id"] == issue["id"]
    note = new("comment", issue["scope"], about=issue["id"], text="unterwegs")
    assert brief(three.push(step(mine, "take"), note)) == [("applied", None)] * 2
    assert {r["type"] for r in told(three)} == {"issue", "issue_step", "comment"}
    assert brief(three.push(step(mine, "report_done", text="fertig"))) == [("applied", None)]
    assert brief(three.push(edit(household(place.device("worker1")), pets=1))) == [("parked", "missing_record")]


def test_a_unit_comments_on_what_it_was_given_and_on_nothing_else(place, phone):
    handler = place.device("handler1")
    issue = issue_at(place, phone, ("dispatch", {"unit": UNIT}))
    other = issue_at(place, phone)
    for scope in (G1, f"unit:{UNIT}"):
        note = new("comment", scope, about=issue["id"], text="kommt")
        assert brief(handler.push(note)) == [("applied", None)]
        assert row(place, note["record"])["scope"] == G1
        stray = one(handler.push(new("comment", scope, about=other["id"], text="?")))
        assert stray["status"] in ("parked", "quarantined") and "row" not in stray
    assert brief(handler.push(edit(other, title="x"))) == [("parked", "missing_record")]


def test_grids_two_and_one_are_different_places(place):
    two = place.device("worker2")
    made, _ = home(G2)
    two.push(*made)
    assert {r["scope"] for r in dump(place)["record"]} == {G2}
