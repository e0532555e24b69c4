"""Steps of issues by real pushes: traces, numbers, who holds what while, and figures on households."""

from datetime import datetime

import pytest

from server.core.catalog.workflow import ACTIONS
from tests.places import DISTRICT, G1, G2, STREET, UNIT, uid
from tests.services.phones import act, brief, dump, edit, household, new, one, row, settle, step, told

pytestmark = pytest.mark.usefixtures("sound")
UNIT2 = uid(21)


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def unit(place):
    return place.device("handler1")


def report(device, **sets):
    made = new("issue", item_code="0101", **sets) | {"transition": {"action": "submit", "from": None, "args": {}}}
    return one(device.push(made))["row"]


def office(place, issue, *steps):
    for action, args in steps:
        assert brief(place.desk("clerk1", step(row(place, issue["id"]), action, **args))) == [("applied", None)], action
    return row(place, issue["id"])


FILED = (("accept", {}), ("file", {}))


def held(device, scope):
    return {r["id"]: r["type"] for r in device.pull({scope: None})[0]["rows"] if r["live"]}


def steps_of(place, issue):
    found = [r for r in dump(place)["record"] if r["type"] == "issue_step"]
    import json

    data = [json.loads(r["row"])["data"] for r in found]
    return [d["action"] for d in sorted(data, key=lambda d: d["at_server"]) if d["issue"] == issue["id"]]


def test_a_reported_issue_gets_a_number_of_the_day_where_the_deployment_is(place, phone):
    place.clock.now = datetime.fromisoformat("2026-11-20T15:59:59+00:00")
    assert report(phone)["data"]["number"] == "370102-20261120-00001"
    place.clock.pass_(seconds=1)  # midnight in Jinan
    assert [report(phone)["data"]["number"] for _ in range(2)] == ["370102-20261121-00001", "370102-20261121-00002"]
    place.clock.pass_(hours=8)  # midnight in Greenwich
    assert report(phone)["data"]["number"] == "370102-20261121-00003"


def test_a_draft_is_numbered_once_when_it_is_reported(phone):
    draft = one(phone.push(new("issue", item_code="0101")))["row"]
    assert (draft["data"]["state"], "number" in draft["data"]) == ("draft", False)
    verdicts = phone.push(step(draft, "submit"), edit(draft, title="x"))
    assert brief(verdicts) == [("applied", None)] * 2
    assert verdicts[1]["row"]["data"]["number"].endswith("-00001")
    assert report(phone)["data"]["number"].endswith("-00002")


def test_every_step_leaves_one_trace_and_one_that_changes_nothing_leaves_none(place, phone):
    issue = report(phone)
    office(place, issue, *FILED)
    assert steps_of(place, issue) == ["submit", "accept", "file"]
    assert brief(place.desk("clerk1", step(row(place, issue["id"]), "file"))) == [("merged", "same")]
    assert len(steps_of(place, issue)) == 3


def test_words_that_come_with_a_step_already_taken_are_kept(place, phone):
    issue = report(phone)
    for text in ("fixed it", "me too"):
        phone.push(step(issue, "self_handle", text=text))
    words = [r for r in phone.pull({G1: None})[0]["rows"] if r["type"] == "comment"]
    assert [w["data"]["text"] for w in words] == ["me too"]


def test_a_unit_holds_an_issue_with_its_steps_and_comments_only_while_it_is_with_it(place, phone, unit):
    scope = f"unit:{UNIT}"
    issue = report(phone)
    note = new("comment", about=issue["id"], text="loud")
    phone.push(note)
    office(place, issue, *FILED)
    assert held(unit, scope) == {}
    office(place, issue, ("dispatch", {"unit": UNIT}))
    assert sorted(held(unit, scope).values()) == ["comment", "issue"] + ["issue_step"] * 4
    phone.push(new("comment", about=issue["id"], text="more"))
    assert len(held(unit, scope)) == 7
    assert brief(unit.push(step(issue, "send_back", reason="not_ours"))) == [("merged", "parallel")]
    assert held(unit, scope) == {}
    page = unit.pull({scope: None})[0]["rows"]
    assert {r.get("why") for r in page} == {"undelivered"}


def test_a_named_handler_holds_it_in_his_own_scope(place, phone):
    three = place.device("worker3")
    office(place, report(phone), *FILED, ("dispatch", {"handler": place.accounts["worker3"]}))
    assert len(told(three, "issue")) == 1
    issue = one(told(three, "issue"))
    three.push(step(issue, "report_done", text="done"))
    assert brief(place.desk("clerk1", step(issue, "verify_ok"))) == [("merged", "parallel")]
    assert told(three) == []


def test_work_reported_after_it_was_given_to_others_is_a_comment(place, phone, unit):
    issue = office(place, report(phone), *FILED, ("dispatch", {"unit": UNIT}))
    unit.push(step(issue, "send_back", reason="?"))
    office(place, issue, ("dispatch", {"unit": UNIT2}))
    verdict = one(unit.push(step(issue, "report_done", text="we were there")))
    assert brief([verdict]) == [("merged", "as_comment")]
    assert "row" not in verdict
    words = [r["data"] for r in phone.pull({G1: None})[0]["rows"] if r["type"] == "comment"]
    assert (words[0]["kind"], words[0]["text"], words[0]["action"]) == ("late", "we were there", "report_done")
    assert brief(unit.push(step(issue, "take"), step(issue, "send_back", reason="x"))) == [
        ("merged", "as_comment"),
        ("parked", "illegal_transition"),
    ]
    sneaky = step(issue, "report_done", text="x") | {"set": {"title": {"from": None, "to": "sneaky"}}}
    assert one(unit.push(sneaky))["status"] == "parked", "steps come late, edits do not"
    assert row(place, issue["id"])["data"].get("title") is None


def test_two_units_report_the_same_work(place, phone, unit):
    place.person("handler2", "handler", f"unit:{UNIT2}")
    second = place.device("handler2")
    issue = office(place, report(phone), *FILED, ("dispatch", {"unit": UNIT, "co_units": [UNIT2]}))
    assert brief(unit.push(step(issue, "report_done", text="one"))) == [("applied", None)]
    assert brief(second.push(step(issue, "report_done", text="two"))) == [("merged", "as_evidence")]
    assert row(place, issue["id"])["data"]["result_text"] == "one"


def test_asking_to_put_an_issue_on_hold_waits_for_who_may(place, phone, unit):
    place.person("operator1", "operator", f"org:{DISTRICT}")
    issue = office(place, report(phone), *FILED, ("dispatch", {"unit": UNIT}))
    assert brief(unit.push(step(issue, "hold", reason="season"))) == [("parked", "needs_office")]
    card = one(told(unit, "parked"))
    assert brief(place.desk("operator1", settle(card, "apply"))) == [("applied", None)]
    assert row(place, issue["id"])["data"]["state"] == "on_hold"
    done = one(told(unit, "followup"))["data"]
    assert done["status"] in ("applied", "merged")
    assert brief(unit.push(step(issue, "report_done", text="done"))) == [("merged", "parallel")], "done beats waiting"


def test_not_done_reopens_a_fresh_closing_and_later_does_not(place, phone):
    issue = report(phone)
    place.person("worker4", "worker", G1)
    other = place.device("worker4")
    phone.push(step(issue, "self_handle", text="done"))
    other.push(step(issue, "verify_ok"))
    assert brief(other.push(step(issue, "verify_fail", "handled", reason="still open"))) == [("merged", "parallel")]
    now = row(place, issue["id"])["data"]
    assert (now["state"], now["rework_count"], "closed_at" in now) == ("handling", 1, False)
    assert brief(other.push(step(issue, "verify_ok", "handled"))) == [("merged", "as_comment")]


def test_the_office_of_another_level_or_nobody_at_all_is_refused(place, phone):
    issue = report(phone)
    assert brief(place.desk("dispatcher1", step(issue, "accept"))) == [("quarantined", "forbidden")]
    assert brief(phone.push(step(issue, "accept"))) == [("quarantined", "forbidden")]
    phone.push(step(issue, "self_handle", text="x"))
    assert brief(phone.push(step(issue, "verify_ok"))) == [("quarantined", "forbidden")], "his own work"
    place.person("street2", "street_lead", f"org:{STREET}")
    assert brief(place.desk("street2", step(issue, "close"))) == [("merged", "parallel")]


def test_steps_that_have_no_pages_yet_are_refused_clearly(phone):
    issue = report(phone)
    for name, action in ACTIONS.items():
        if not action.available:
            verdict = one(phone.push(step(issue, name)))
            assert (verdict["reason"], verdict["message"]["code"]) == ("invalid", "action_unavailable")


def test_the_other_fields_of_a_late_step_still_merge(place, phone):
    issue = report(phone)
    office(place, issue, *FILED)
    late = step(issue, "void", reason="mistake") | {"set": {"title": {"from": None, "to": "井盖"}}}
    verdict = one(phone.push(late))
    assert brief([verdict]) == [("merged", "as_comment")]
    assert verdict["row"]["data"]["title"] == "井盖"


def test_steps_are_the_servers_to_write(phone):
    issue = report(phone)
    forged = new("issue_step", issue=issue["id"], action="accept")
    assert brief(phone.push(forged, edit(issue, state="closed", number="x"))) == [
        ("quarantined", "forbidden"),
        ("merged", "same"),
    ]


def test_an_issue_moves_with_its_steps_and_stays_with_its_unit(place, phone, unit):
    issue = office(place, report(phone), *FILED, ("dispatch", {"unit": UNIT}))
    phone.push(new("comment", about=issue["id"], text="x"))
    assert brief(place.desk("clerk1", act("move", issue, move={"from": G1, "to": G2}))) == [("applied", None)]
    assert issue["id"] not in held(phone, G1)
    assert set(held(unit, f"unit:{UNIT}").values()) == {"issue", "issue_step", "comment"}
    assert set(held(place.device("worker2"), G2).values()) == {"issue", "issue_step", "comment"}


# Figures on households


def visited(phone, mine: dict, wall: str, offset_ms: int | None, due: str) -> None:
    visit = new("visit", household=mine["id"], result="met", unchanged=True, next_due_on=due)
    phone.push(visit | {"at": {"wall": wall, "offset_ms": offset_ms}})


def test_a_visit_told_days_later_dates_its_household_by_the_day_it_was_made(place, phone):
    mine = household(phone)
    place.clock.pass_(days=5)
    visited(phone, mine, "2026-11-21T03:00:00Z", 3_600_000, "2027-05-20")  # a clock that is an hour fast
    data = row(place, mine["id"])["data"]
    assert (data["last_visit_at"], data["verified_at"]) == ("2026-11-21T02:00:00.000Z",) * 2
    visited(phone, mine, "2026-11-20T22:00:00Z", 0, "2027-05-19")  # an earlier one, told last, sets nothing back
    data = row(place, mine["id"])["data"]
    assert (data["last_visit_at"], data["next_visit_due"]) == ("2026-11-21T02:00:00.000Z", "2027-05-20")


@pytest.mark.parametrize("wall", ["2036-11-22T00:00:00Z", "1999-01-01T00:00:00Z"])
def test_a_visit_by_a_clock_that_lost_its_date_dates_its_household_by_the_servers(place, phone, wall):
    mine = household(phone)
    place.clock.pass_(days=2)
    visited(phone, mine, wall, 0, "2027-01-05")
    assert row(place, mine["id"])["data"]["last_visit_at"] == "2026-11-22T01:00:00.000Z"


def test_a_visit_of_a_phone_that_never_knew_the_time_dates_its_household_by_the_servers_clock(place, phone):
    mine = household(phone)
    place.clock.pass_(days=2)
    visit = new("visit", household=mine["id"], result="met", unchanged=True, next_due_on="2027-01-05")
    phone.push(visit | {"at": {"wall": "1999-01-01T00:00:00Z", "offset_ms": None}})
    data = row(place, mine["id"])["data"]
    assert (data["last_visit_at"], data["verified_at"]) == ("2026-11-22T01:00:00.000Z",) * 2
    assert (data["verified_by"], data["next_visit_due"]) == (place.accounts["worker1"], "2027-01-05")


def test_members_are_counted_as_they_come_and_go(place, phone):
    mine = household(phone)
    count = lambda: row(place, mine["id"])["data"].get("member_count")  # noqa: E731
    people = [new("resident", name=f"人{i}") for i in range(2)]
    lives = [new("residence", resident=p["record"], dwelling=mine["data"]["dwelling"], household=mine["id"])
             for p in people]  # fmt: skip
    rows = [v["row"] for v in phone.push(*people, *lives)[2:]]
    assert count() == 2
    phone.push(edit(rows[0], to_on="2026-10-01"))
    assert count() == 1
    phone.push(act("delete", rows[1]))
    assert count() == 0
    phone.push(act("undelete", rows[1]))
    assert count() == 1


def test_device_clocks_decide_nothing(place, phone):
    mine = household(phone)
    for wall in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "not a time", 5, None):
        shown = row(place, mine["id"])
        verdict = one(phone.push(edit(shown, pets=(shown["data"].get("pets") or 0) + 1) | {"at": {"wall": wall}}))
        assert brief([verdict]) == [("applied", None)]
        assert verdict["row"]["at"] == "2026-11-20T01:00:00.000Z"


# The table "offline action meets a changed state", by what reaches the server; rows that stand above are not repeated


def closed_by_another(place, issue):
    place.person("worker4", "worker", G1)
    other = place.device("worker4")
    assert other.push(step(row(place, issue["id"]), "verify_ok"))[0]["status"] in ("applied", "merged")
    return other


def words(phone):
    found = [r["data"] for r in phone.pull({G1: None})[0]["rows"] if r["type"] == "comment"]
    return [(w["kind"], w["action"], w["text"]) for w in found]


def test_work_reported_on_what_was_closed_meanwhile_is_evidence_and_changes_nothing(place, phone, unit):
    issue = office(place, report(phone), *FILED, ("dispatch", {"unit": UNIT}))
    place.person("handler2", "handler", f"unit:{UNIT}")
    place.device("handler2").push(step(issue, "report_done", text="first"))
    closed_by_another(place, issue)
    assert brief(unit.push(step(issue, "report_done", "dispatched", text="also there"))) == [("merged", "as_evidence")]
    assert row(place, issue["id"])["data"]["state"] == "closed"
    assert words(phone) == [("evidence", "report_done", "also there")]


def test_passing_upwards_what_was_done_meanwhile_is_kept_as_late_words(place, phone):
    issue = report(phone)
    place.device("worker2").push(step(issue, "self_handle", text="fixed"))
    assert brief(phone.push(step(issue, "escalate", "submitted", reason="beyond me"))) == [("merged", "as_comment")]
    assert row(place, issue["id"])["data"]["state"] == "handled"
    assert words(phone) == [("late", "escalate", "beyond me")]


def test_withdrawing_what_was_accepted_meanwhile_tells_the_office_so(place, phone):
    issue = report(phone)
    office(place, issue, ("accept", {}))
    assert brief(phone.push(step(issue, "void", "submitted", reason="seen wrongly"))) == [("merged", "as_comment")]
    assert words(phone) == [("late", "void", "seen wrongly")]
    assert row(place, issue["id"])["data"]["state"] == "accepted"


def test_a_report_sent_twice_is_one_issue(place, phone):
    made = new("issue", item_code="0101") | {"transition": {"action": "submit", "from": None, "args": {}}}
    first, again = one(phone.push(made)), one(phone.push(made | {"n": 1}, numbered=True))
    assert (first["status"], again["status"], again["replayed"]) == ("applied", "applied", True)
    assert first["row"]["data"]["number"] == again["row"]["data"]["number"]
    assert steps_of(place, first["row"]) == ["submit"]


def test_two_reports_of_one_thing_are_both_kept(place, phone):
    here = {"lon": "117.07", "lat": "36.66", "accuracy_m": "8"}
    reports = [report(phone, location=here), report(place.device("worker2"), location=here)]
    assert len({r["data"]["number"] for r in reports}) == 2


def test_a_step_that_fits_nowhere_waits_for_the_office_and_says_which_state_it_met(place, phone):
    issue = report(phone)
    office(place, issue, ("reject", {"reason": "not_ours", "text": "belongs to the firm"}))
    verdict = one(phone.push(step(issue, "escalate", "submitted", reason="beyond me")))
    assert (verdict["reason"], verdict["message"]) == ("illegal_transition", {"code": "state_is", "state": "rejected"})
