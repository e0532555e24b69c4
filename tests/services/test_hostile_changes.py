"""Hostile input: inside one change it costs that change alone, and nothing is ever lost or told."""

import json
from base64 import b64decode
from uuid import uuid4

import pytest

from server.core.problems import Problem
from server.core.sync.decode import decode_json
from server.services import review
from server.services.payloads import open_kept
from tests.places import G1, G2, change, uid
from tests.services.phones import brief, counted, dump, edit, household, new, one, row, told

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


def as_sent(made, old, hostile):
    """The change with a piece of its JSON replaced, read as a body is read."""
    text = json.dumps({"changes": [made]}, ensure_ascii=False)
    assert old in text
    return decode_json(text.replace(old, hostile).encode("utf-8", "surrogatepass"))["changes"][0]


VALUES = {
    "NUL": r'"a\u0000b"',
    "lone high surrogate": r'"\ud800"',
    "lone low surrogate": r'"x\udfffx"',
    "2^60": str(2**60),
    "-2^60": str(-(2**60)),
    "2^53": str(2**53),
    "a long number": "9" * 4000,
    "1e999": "1e999",
    "-1e999": "-1e999",
    "a list": "[1]",
    "an object": '{"$gt": ""}',
    "a number": "1.5",
    "true": "true",
}


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value_quarantines_its_change_alone(place, phone, name):
    bad = as_sent(new("building", building_no="MARK"), '"MARK"', VALUES[name])
    verdicts = phone.push(new("building", building_no="1"), bad, new("building", building_no="2"))
    assert brief(verdicts) == [("applied", None), ("quarantined", "invalid"), ("applied", None)]
    kept = next(r for r in dump(place)["change"] if r["key"] == bad["id"])
    assert open_kept(kept["payload"], place.world.keys.sealed)["set"]["building_no"]["to"] is not None
    card = one(told(phone, "parked"))
    assert (card["data"]["change_id"], card["data"]["status"]) == (bad["id"], "quarantined")


@pytest.mark.parametrize("text", ["‮gnirts", "a‍b", "﻿x", "'; DROP TABLE record; --", "<script>alert(1)</script>",
                                  "%(name)s {0} $1 :id", "\\u0000", "=cmd|' /C calc'!A0", "𠮷" * 9])  # fmt: skip
def test_odd_text_is_text(phone, text):
    verdict = one(phone.push(new("building", building_no=text)))
    assert brief([verdict]) == [("applied", None)]
    assert verdict["row"]["data"]["building_no"] == text


@pytest.mark.parametrize("name", ["__proto__", "constructor", "toString", "a b", "A", "é", "", "x" * 41, "set.x", "1a"])
def test_field_names_that_are_no_names(phone, name):
    made = new("building", building_no="1")
    made["set"][name] = {"from": None, "to": "x"}
    expected = ("applied", None) if name == "constructor" else ("quarantined", "invalid")
    assert brief(phone.push(made)) == [expected], "a name like any other is a field of a newer app"


ENVELOPES = [
    {"op": []}, {"op": {}}, {"op": None}, {"op": "drop"}, {"op": 7},
    {"type": []}, {"type": {}}, {"type": None}, {"type": "x" * 99}, {"type": "../x"}, {"type": "__proto__"},
    {"record": []}, {"record": {}}, {"record": 5}, {"record": "x"}, {"record": uid(1).upper()[:-1] + "G"},
    {"record": None}, {"record": "A" * 36},
    {"scope": []}, {"scope": "all"}, {"scope": "grid:"}, {"scope": "grid:%"}, {"scope": None}, {"scope": {}},
    {"schema": 0}, {"schema": -1}, {"schema": "1"}, {"schema": True}, {"schema": 10**9}, {"schema": None},
    {"schema": 1.5}, {"schema": []},
    {"base": []}, {"base": "x"}, {"base": {"rev": 5}}, {"base": {"rev": "x" * 65, "timeline": "t"}}, {"base": {}},
    {"set": []}, {"set": "x"}, {"set": {"building_no": "x"}}, {"set": {"building_no": {"from": 1}}},
    {"set": {"building_no": None}},
    {"add": {"x": "y"}}, {"add": []}, {"remove": {"building_no": ["1"]}}, {"add": {"tags": [{}]}},
    {"transition": "x"}, {"transition": {}}, {"transition": {"action": 5}}, {"transition": {"action": "submit"}},
    {"transition": {"action": "submit", "args": []}},
    {"move": {"to": 5}}, {"resolve": []}, {"resolve": {"choose": {}}},
]  # fmt: skip


@pytest.mark.parametrize("part", ENVELOPES, ids=[json.dumps(p)[:50] for p in ENVELOPES])
def test_an_envelope_that_cannot_be_read_is_invalid_and_the_rest_goes_on(phone, part):
    verdicts = phone.push(new("building", building_no="0") | part, new("building", building_no="1"))
    assert brief(verdicts) in (
        [("quarantined", "invalid"), ("applied", None)],
        [("quarantined", "unknown_type"), ("applied", None)],
    )
    assert told(phone, "parked")[0]["data"]["author"]


@pytest.mark.parametrize("parts", [
    {"op": "resolve", "type": "conflict", "resolve": {"choose": "merge", "into": {}}},
    {"op": "resolve", "type": "conflict", "resolve": {"choose": "merge", "into": []}},
    {"op": "resolve", "type": "conflict", "resolve": {"choose": "other", "value": {"deep": [1]}}},
    {"op": "resolve", "type": "parked", "resolve": {"choose": "apply", "value": "x"}},
    {"op": "resolve", "type": "household", "resolve": {"choose": "x"}},
    {"op": "move", "move": {"from": {}, "to": G2}},
    {"op": "transition", "transition": {"action": "submit", "args": {"text": {}, "unit": 5}}},
    {"op": "undelete", "set": {"dwelling": {"to": "x" * 99}}},
    {"op": "delete", "transition": {"action": "x"}, "set": {"pets": {"to": []}}},
    {"op": "update", "set": {"dwelling": {"from": [], "to": {}}}},
    {"op": "update", "set": {"dwelling": {"to": None}}},
    {"op": "update", "set": {"head": {"to": "me"}}},
    {"op": "create", "set": {"dwelling": {"to": {}}}},
])  # fmt: skip
def test_odd_parts_about_a_real_record_get_a_verdict_each(place, phone, parts):
    mine = household(phone)
    verdicts = phone.push(change("update", "household", mine["id"], G1) | parts, edit(mine, pets=1))
    assert verdicts[0]["status"] in ("quarantined", "parked", "applied", "conflict")
    assert verdicts[0].get("reason") != "crashed"
    assert len(verdicts) == 2
    assert row(place, mine["id"])["data"]["dwelling"] == mine["data"]["dwelling"]


def test_a_reference_to_a_record_of_another_type_is_refused(phone):
    mine = household(phone)
    visit = new("visit", household=mine["data"]["dwelling"], result="met")
    verdict = one(phone.push(visit))
    assert (verdict["reason"], verdict["message"]) == ("invalid", {"code": "wrong_target", "field": "household"})


def test_what_a_newer_app_sends_still_needs_its_parents(phone):
    visits = [change("create", "visit", str(uuid4()), G1, sets={"result": "met"}) | {"schema": 2} for _ in range(2)]
    comment = change("create", "comment", str(uuid4()), G1, sets={"text": "x"}) | {"schema": 9}
    move = change("create", "household", str(uuid4()), G1, sets={"note": "x"}) | {"schema": 3}
    assert brief(phone.push(*visits, comment, move)) == [("quarantined", "invalid")] * 4


# Ids


@pytest.mark.parametrize("raw", [{}, {"id": None}, {"id": 5}, {"id": {}}, {"id": "x"}, {"id": uid(5)[:-2] + "AB"},
                                 "text", 5, None, [], [1, [2]], {"id": "\ud800"}])  # fmt: skip
def test_a_change_without_a_usable_id_is_known_by_its_content(place, phone, raw):
    numbered = raw | {"n": 1} if isinstance(raw, dict) else raw
    first = one(phone.send([numbered])["verdicts"])
    assert (first["id"], first["status"], first["reason"]) == (None, "quarantined", "invalid")
    assert first["n"] == (1 if isinstance(raw, dict) else None)
    again = one(phone.send([numbered])["verdicts"])
    assert (again["replayed"], again["status"]) == (True, "quarantined")
    other = place.device("worker2")
    assert one(other.send([numbered])["verdicts"])["replayed"] is False, "two people may send the same rubbish"
    assert counted(place, "change") == 2


def test_a_known_id_of_another_person_is_invalid_under_a_key_of_its_own(place, phone):
    made = phone.number(new("building", building_no="1"))
    phone.send([made])
    other = place.device("worker2")
    for replayed in (False, True):
        verdict = one(other.send([made | {"set": {"building_no": {"to": "mine"}}}])["verdicts"])
        assert (verdict["status"], verdict["reason"], verdict["replayed"]) == ("quarantined", "invalid", replayed)
        assert "row" not in verdict or verdict["row"]["data"]["building_no"] == "1"
    assert one(phone.send([made])["verdicts"])["status"] == "applied"


def incidents(place):
    return [r for r in dump(place)["incident"] if r["kind"] == "other_payload"]


@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_known_id_with_another_payload_is_an_incident_and_what_came_is_kept(place, phone, in_one_batch):
    made = phone.number(new("building", building_no="1"))
    other = made | {"set": {"building_no": {"from": None, "to": "2"}}}
    batches = [[made, other]] if in_one_batch else [[made], [other]]
    verdicts = [v for batch in batches for v in phone.send(batch)["verdicts"]]
    assert brief(verdicts) == [("applied", None)] * 2
    assert row(place, made["record"])["data"]["building_no"] == "1"
    phone.send([other])
    kept = one(incidents(place))
    box = b64decode(json.loads(kept["detail"])["kept"])
    assert open_kept(box, place.world.keys.sealed)["set"]["building_no"]["to"] == "2"
    assert kept["scope"] == G1
    shown = review.items(place.world, place.actor("clerk1"), {"kind": "incident"})["items"]
    assert one(shown)["incident"] == "other_payload"


def test_a_desk_that_sends_another_payload_is_an_incident_too(place):
    made = new("building", building_no="1")
    place.desk("clerk1", made)
    place.desk("clerk1", made | {"scope": G2})
    assert len(incidents(place)) == 1


def test_the_same_change_numbered_anew_is_a_replay_and_no_incident(place, phone):
    made = phone.number(new("building", building_no="1"))
    phone.send([made])
    assert one(phone.send([made | {"n": 7}])["verdicts"])["replayed"]
    assert incidents(place) == []


# Numbers


def test_gaps_in_numbers_are_applied_and_told(phone):
    answer = phone.send([new("building", building_no="1") | {"n": 5}])
    assert brief(answer["verdicts"]) == [("applied", None)]
    assert answer["have_n"] == 5
    assert phone.hello()["missing"] == [[1, 4]]
    phone.send([new("building", building_no="2") | {"n": 2}])
    assert phone.hello()["missing"] == [[1, 1], [3, 4]]


def test_a_number_that_another_change_has_is_judged_and_the_phone_told_to_number_anew(phone):
    phone.send([new("building", building_no="1") | {"n": 1}])
    answer = phone.send([new("building", building_no="2") | {"n": 1}])
    assert brief(answer["verdicts"]) == [("applied", None)]
    assert answer["actions"] == ["reregister"]
    twice = phone.send([new("building", building_no="3") | {"n": 2}, new("building", building_no="4") | {"n": 2}])
    assert (brief(twice["verdicts"]), twice["actions"]) == ([("applied", None)] * 2, ["reregister"])


def test_a_number_far_above_moves_nothing(phone):
    answer = phone.send([new("building", building_no="1") | {"n": 100_001}])
    assert (brief(answer["verdicts"]), answer["have_n"]) == ([("applied", None)], 0)
    assert answer["actions"] == ["reregister"]
    assert phone.send([new("building", building_no="2") | {"n": 100_000}])["have_n"] == 100_000


@pytest.mark.parametrize("n", [0, -1, "1", 1.5, True, None, 2**60])
def test_a_change_without_a_usable_number_is_judged_without_one(phone, n):
    verdict = one(phone.send([new("building", building_no="1") | {"n": n}])["verdicts"])
    assert verdict["n"] is None


# The whole request


@pytest.mark.parametrize("changes", [None, [], {}, "x", 5])
def test_a_push_without_changes_is_a_bad_request(phone, changes):
    with pytest.raises(Problem) as refused:
        phone.send(changes)
    assert refused.value.code == "bad_request"


def test_more_than_fifty_or_a_group_of_more_than_two_hundred_is_too_large(phone):
    for count, group in ((51, None), (201, "g")):
        with pytest.raises(Problem) as refused:
            phone.send([{"group": group}] * count)
        assert refused.value.code == "too_large"


def test_a_record_does_not_grow_without_end(phone):
    made = one(phone.push(new("building", building_no="1")))["row"]
    grow = [edit(made, **{name: "x" * 20_000}) | {"schema": 2} for name in "ab"]
    assert brief(phone.push(*grow)) == [("applied", None), ("quarantined", "too_large")]
    assert brief(phone.push(new("building", building_no="2") | {"schema": 2} | {"set": {
        "building_no": {"to": "2"}, "a": {"to": "x" * 40_000}}})) == [("quarantined", "too_large")]  # fmt: skip


def test_unknown_keys_of_the_envelope_are_kept_in_the_payload(place, phone):
    made = new("building", building_no="1") | {"future": {"a": 1}}
    assert brief(phone.push(made)) == [("applied", None)]
    kept = next(r for r in dump(place)["change"] if r["key"] == made["id"])
    assert open_kept(kept["payload"], b"")["future"] == {"a": 1}


def test_unknown_fields_are_kept_and_flagged(phone):
    verdict = one(phone.push(new("building", building_no="1", colour="red") | {"schema": 2}))
    assert verdict["message"] == {"code": "unknown_fields", "fields": ["colour"]}
    assert verdict["row"]["data"]["colour"] == "red"
    assert verdict["row"]["schema"] == 2


def test_a_drain_token_hands_in_and_reads_nothing(place, phone):
    from server.services import push

    body = {
        "device": phone.id,
        "timeline": place.timeline(),
        "changes": [phone.number(new("building", building_no="1"))],
    }
    answer = push.push(place.world, place.actor("worker1", phone.id, draining=True), body)
    assert brief(answer["verdicts"]) == [("applied", None)]
    assert "row" not in answer["verdicts"][0]
