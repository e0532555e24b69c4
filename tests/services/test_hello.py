"""Comparing notes: what is missing, what was lost, what a device may hold and should do."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from server.core.problems import Problem
from server.services import devices, hello, pull, push, quarantine, review, snapshot
from server.services.transactions import read, write
from tests.places import COMMUNITY, G1, G2, GRID1, change, home, uid


def incidents(place):
    """(kind, detail) of all, in the order they were told."""
    with read(place.world) as conn:
        rows = conn.execute(text("SELECT kind, detail FROM incident ORDER BY at, id")).all()
    return [(kind, json.loads(detail)) for kind, detail in rows]


def building(n):
    return change("create", "building", uid(800 + n), G1, sets={"building_no": str(n)})


def test_numbers_without_a_verdict_are_named_until_they_come(place):
    device = place.device("worker1")
    numbered = {n: building(n) | {"n": n} for n in range(1, 10)}
    device.n = 9
    device.send([numbered[1], numbered[4], numbered[9]])
    answer = device.hello(pending={"changes": 6})
    assert (answer["have_n"], answer["missing"]) == (9, [[2, 3], [5, 8]])
    device.send([numbered[6]])
    assert device.hello(pending={"changes": 5})["missing"] == [[2, 3], [5, 5], [7, 8]]
    device.send([numbered[n] for n in (2, 3, 5, 7, 8)])
    answer = device.hello()
    assert (answer["have_n"], answer["missing"], answer["actions"]) == (9, [], [])
    assert incidents(place) == []


def test_a_number_used_twice_or_too_far_ahead_asks_for_new_numbers(place):
    device = place.device("worker1")
    assert "actions" not in device.send([building(1) | {"n": 1}])
    answer = device.send([building(2) | {"n": 1}])
    assert (answer["actions"], answer["verdicts"][0]["status"]) == (["reregister"], "applied")
    answer = device.send([building(3) | {"n": 100_002}])
    assert (answer["actions"], answer["have_n"]) == (["reregister"], 1)
    answer = device.send([building(4) | {"n": 100_001}])
    assert "actions" not in answer
    assert answer["have_n"] == 100_001
    for n in (0, -1, True, "1", 1.5, None, 2**53):
        assert device.send([change("update", "building", uid(801), G1) | {"n": n}])["have_n"] == 100_001
    assert device.hello(next_n=100_002, pending={"changes": 99_999})["missing"] == [[2, 100_000]]


def test_a_device_that_came_back_empty_is_told_to_the_office_once(place):
    device = place.device("worker1")
    device.push(building(1), building(2), building(3))
    device.n = 0
    for _ in range(2):
        assert device.hello()["actions"] == ["reregister"]
    device.push(building(4))  # it works on under the old id until it has a new one
    assert device.hello()["actions"] == ["reregister"]
    assert [kind for kind, _ in incidents(place)] == ["came_back_empty"]
    again = place.device("worker1")
    assert again.hello()["actions"] == []
    items = office(place, "clerk1", "incident")
    assert [(i["incident"], i["scope"]) for i in items] == [("came_back_empty", G1)]
    assert office(place, "clerk3", "incident") == []


def office(place, name, kind):
    return review.items(place.world, place.actor(name), {"kind": kind})["items"]


def test_changes_lost_on_a_device_are_counted_and_told_once(place):
    device = place.device("worker1")
    device.push(building(1), building(2))
    device.n = 7
    for _ in range(2):
        device.hello(pending={"changes": 3})
    assert incidents(place) == [("changes_lost", {"lost": 2, "next_n": 8, "have_n": 2, "missing": []})]
    for n in (5, 6, 7):
        device.send([building(n) | {"n": n}])
    device.hello()
    assert len(incidents(place)) == 1, "the same two are still lost"
    device.n = 9
    device.hello()
    assert sorted(detail["lost"] for _, detail in incidents(place)) == [2, 4]


def test_work_that_waits_is_not_lost(place):
    device = place.device("worker1")
    device.push(building(1))
    device.n = 6
    device.hello(pending={"changes": 5})
    device.hello(pending={"changes": 9})
    for odd in (None, {}, [], 7, {"changes": None}, {"changes": True}, {"changes": "5"}, {"changes": -1}):
        device.hello(pending=odd)
    for odd in (None, True, 0, -5, "9", 2**60, 1.5):
        device.hello(next_n=odd, pending={"changes": 0})
    assert incidents(place) == []


def test_a_phone_revoked_is_told_to_wipe_and_its_work_is_kept(place):
    device = place.device("worker1")
    device.push(*home()[0])
    devices.revoke(place.world, device.id)
    verdicts = device.push(building(1))
    assert [(v["status"], v["reason"], "row" in v) for v in verdicts] == [("quarantined", "device_revoked", False)]
    answer = device.hello()
    assert answer["actions"] == ["wipe"]
    assert answer["grants"] == [], "it holds nothing any more"
    for refused in (lambda: device.pull({G1: None}), lambda: device.snapshot(G1)):
        assert code(refused) == "forbidden"
    other = place.device("worker1")
    assert len(other.pull({G1: None})[0]["rows"]) == 3, "the person has another phone"
    assert len(office(place, "clerk1", "quarantined")) == 1


def test_what_a_disabled_account_brings_is_kept_in_quarantine(place):
    device = place.device("worker1")
    with write(place.world, "test") as conn:
        conn.execute(text("UPDATE account SET disabled_at = '2026-01-01T00:00:00.000Z' WHERE username = 'worker1'"))
    verdicts = device.push(building(1))
    assert [(v["status"], v["reason"]) for v in verdicts] == [("quarantined", "account_disabled")]
    body = {"device": device.id, "timeline": None, "id": uid(5), "n": 2, "raw": "x", "why": "y"}
    assert quarantine.quarantine(place.world, device.actor(), body)["reason"] == "account_disabled"
    assert device.hello()["have_n"] == 2
    assert code(lambda: device.pull({G1: None})) == "forbidden"


def code(ask):
    with pytest.raises(Problem) as refused:
        ask()
    return refused.value.code


def test_a_drain_token_hands_work_in_and_sees_no_rows(place):
    device = place.device("worker1")
    device.push(*home()[0])
    draining = place.actor("worker1", device.id, draining=True)
    body = {"device": device.id, "timeline": place.timeline()}
    answer = push.push(place.world, draining, body | {"changes": [building(1) | {"n": 4}]})
    assert [(v["status"], "row" in v) for v in answer["verdicts"]] == [("applied", False)]
    again = push.push(place.world, draining, body | {"changes": [building(1) | {"n": 4}]})
    assert "row" not in again["verdicts"][0]
    said = hello.hello(place.world, draining, body | {"scopes": {G1: {"cursor": None}}, "next_n": 5})
    assert said["have_n"] == 4
    assert code(lambda: pull.pull(place.world, draining, body | {"scopes": {G1: None}})) == "forbidden"
    assert code(lambda: list(snapshot.snapshot(place.world, draining, G1, None, None))) == "forbidden"


def test_the_journal_is_compared_by_ids_alone(place):
    device, other = place.device("worker1"), place.device("worker2")
    mine, theirs = building(1), change("create", "building", uid(870), G2, sets={"building_no": "x"})
    device.push(mine)
    other.push(theirs)
    asked = [mine["id"], uid(1), theirs["id"], "rubbish", 7, None, "\x00"]
    answer = device.hello(journal=asked)
    assert answer["unknown"] == [uid(1), theirs["id"]], "what somebody else sent is not this person's"
    assert "resend" in answer["actions"]
    assert code(lambda: device.hello(journal=[uid(1)] * 5_001)) == "bad_request"
    assert code(lambda: device.hello(journal={"a": 1})) == "bad_request"


def test_a_hello_full_of_nonsense_is_answered(place):
    device = place.device("worker1")
    odd = [None, 7, "x", [], {}, True, "\x00", "\ud800", 2**53, {"\x00": "\ud800"}]
    for value in odd:
        for key in ("app", "schema", "timeline", "ack", "next_n", "pending", "client_time", "scopes", "grants_ack"):
            assert device.hello(**{key: value})["have_n"] == 0, (key, value)
        scopes = {G1: {"cursor": value, "live": value, "digest": value, "refused": value}}
        assert device.hello(scopes=scopes, storage=value)["timeline"] == place.timeline()
    assert code(lambda: device.hello(device=uid(3))) == "device_mismatch"
    assert {kind for kind, _ in incidents(place)} == {"bulk_removal_refused", "changes_lost"}, "next_n was 7 once"


def test_an_app_below_the_oldest_schema_is_told_to_update(place):
    device = place.device("worker1")
    newer = replace(place.world.catalog, schema=3, min_schema=2, upcasters={1: dict, 2: dict})
    device.place = replace(place, world=replace(place.world, catalog=newer))
    assert device.hello()["actions"] == ["upgrade"]
    assert device.hello()["min_schema"] == 2
    assert device.hello(schema=2)["actions"] == []


def test_a_phone_that_refused_a_bulk_removal_gets_a_snapshot_it_may_trust(place):
    device = place.device("worker1")
    said = {G1: {"cursor": None, "refused": True}, G2: {"cursor": None, "refused": True}}
    for _ in range(2):
        assert device.hello(scopes=said)["actions"] == [f"resnapshot:{G1}"]
    assert incidents(place) == [("bulk_removal_refused", {"scope": G1})]


def test_limits_and_grants_are_those_of_the_protocol(place):
    answer = place.device("worker1").hello()
    assert answer["limits"]["push_bytes"] == 524_288
    above = {f"org:{COMMUNITY}", f"org:{uid(3)}", f"org:{uid(2)}"}
    rights = {g["scope"]: g["rights"] for g in answer["grants"]}
    own = f"user:{place.accounts['worker1']}"
    assert rights == dict.fromkeys(above | {"config", own}, "read") | {f"grid:{GRID1}": "write"}
    assert all(g["revoked_at"] is None for g in answer["grants"])


def test_what_a_phone_noticed_of_a_loss_is_told_to_the_office_once(place):
    device = place.device("worker1")
    record = uid(77)
    reports = [
        {"kind": "numbers_missing", "at": "x", "params": {"count": 2}},
        {"kind": "digest_mismatch", "at": "x", "params": {"scope": G1}},
        {"kind": "bulk_delete_refused", "at": "x", "params": {"scope": G1}},
        {"kind": "sealed_lost", "at": "x", "params": {"record": record}},
        {"kind": "clock_off", "at": "x", "params": {"offset_ms": 400_000}},
        {"kind": "answer_refused", "at": "x", "params": {"code": "verdict_count"}},
    ]
    device.hello(scopes={G1: {"cursor": None, "refused": True}}, reports=reports)
    device.hello(reports=reports)
    assert sorted(incidents(place), key=str) == [
        ("bulk_removal_refused", {"scope": G1}),
        ("changes_lost", {"lost": 2}),
        ("digest_mismatch", {"scope": G1}),
        ("sealed_lost", {"record": record}),
    ]
    assert {i["incident"] for i in office(place, "clerk1", "incident")} == {kind for kind, _ in incidents(place)}
    device.hello(reports=[{"kind": "numbers_missing", "at": "y", "params": {"count": 3}}])
    assert sorted(d["lost"] for kind, d in incidents(place) if kind == "changes_lost") == [2, 3]


def test_a_loss_that_both_sides_noticed_is_one_incident(place):
    device = place.device("worker1")
    device.push(building(1), building(2))
    device.n = 4
    device.hello(pending={"changes": 0})
    device.hello(pending={"changes": 0}, reports=[{"kind": "numbers_missing", "params": {"count": 2}}])
    assert [(kind, d["lost"]) for kind, d in incidents(place)] == [("changes_lost", 2)]


def test_reports_full_of_nonsense_are_passed_over(place):
    device = place.device("worker1")
    kinds = ["numbers_missing", "digest_mismatch", "bulk_delete_refused", "sealed_lost", "answer_refused", None, 7, []]
    odd = [None, "7", "x", "\x00", "\ud800", [], {}, True, -1, 0, 1.5, 2**60, G2]
    for kind in kinds:
        for value in odd:
            params = {"count": value, "scope": value, "record": value}
            device.hello(reports=[{"kind": kind, "params": params}, {"kind": kind, "params": value}, value])
            device.hello(reports=value)
    assert incidents(place) == [], "not even of a scope that this person does not hold"
    many = [{"kind": "sealed_lost", "params": {"record": uid(9000 + n)}} for n in range(50)]
    device.hello(reports=many)
    assert len(incidents(place)) == 20
