"""The workflow of issues: the whole table, and each way in which a step can meet a changed state."""

from datetime import UTC, datetime, timedelta

import pytest

from server.core.catalog.schema1.issues import STATES
from server.core.catalog.times import stamp
from server.core.catalog.workflow import ACTIONS, TERMINAL, WITH_HANDLERS
from server.core.workflow.transitions import Result, Step, Who, step

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
ARGS = {"text": "words", "reason": "why", "unit": "u1"}

# action: ({state: next state}, who may). Written down from the rules of the trade, not from the code.
OPEN = dict.fromkeys(("submitted", "accepted", "filed", "dispatched", "handling"), "submitted")
LEGAL = {
    "submit": ({"draft": "submitted"}, "GW GL CC CL SD"),
    "self_handle": ({"draft": "handled", "submitted": "handled"}, "GW GL"),
    "accept": ({"submitted": "accepted"}, "CC CL SD DO CO"),
    "ask_more": ({"submitted": "returned"}, "CC CL SD DO"),
    "resubmit": ({"returned": "submitted"}, "reporter"),
    "reject": ({"submitted": "rejected", "accepted": "rejected"}, "CC CL SD DO"),
    "appeal": ({"rejected": "submitted"}, "reporter"),
    "file": ({"accepted": "filed"}, "CC CL SD DO"),
    "dispatch": ({"filed": "dispatched"}, "CC CL SD DO CO"),
    "send_back": ({"dispatched": "filed"}, "DH"),
    "take": ({"dispatched": "handling"}, "DH GW GL CC"),
    "report_done": (dict.fromkeys(("dispatched", "handling", "on_hold"), "handled"), "DH GW GL CC"),
    "hold": ({"dispatched": "on_hold", "handling": "on_hold"}, "SL DO"),
    "resume": ({"on_hold": "handling"}, "SD SL DO"),
    "verify_ok": ({"handled": "closed"}, "GW GL CC CL"),
    "verify_fail": ({"handled": "handling"}, "GW GL CC CL"),
    "close": ({"handled": "closed"}, "SD SL DO"),
    "reopen": ({"closed": "handling", "evaluated": "handling"}, "reporter GW GL CC CL"),
    "escalate": (OPEN, "GW GL CC CL SD DO"),
    "void": ({"draft": "void", "submitted": "void"}, "reporter"),
}
LATER = {"merge", "extend", "evaluate", "delegate", "supervise", "whistle", "to_case"}
ROLES = ["GW", "GL", "CC", "CL", "SD", "SL", "DH", "DL", "DO", "CO", "SA", "AU"]
LEVEL = {"CC": "community", "CL": "community", "SD": "street", "SL": "street", "DO": "district", "CO": "city"}


def issue(state, **more):
    return {"state": state, "reporter": "r", "level": "community", "main_unit": "u1", "handler": "h"} | more


def person(role, user="p"):
    if role == "reporter":
        return Who("r", frozenset())
    return Who(user, frozenset({role}), frozenset({"u1"}) if role == "DH" else frozenset())


def take(state, action, role="GW", *, seen=None, args=None, now=NOW, user="p", **more) -> Step:
    who = role if isinstance(role, Who) else person(role, user)
    return step(
        issue(state, **more), {"action": action, "from": seen, "args": ARGS if args is None else args}, who, now
    )


def test_every_action_that_is_declared_is_in_this_table():
    assert set(LEGAL) | LATER == set(ACTIONS)
    assert {name for name, action in ACTIONS.items() if not action.available} == LATER


@pytest.mark.parametrize("action", sorted(LEGAL))
def test_legal_steps_apply_for_those_who_may_and_lead_where_the_table_says(action):
    states, who = LEGAL[action]
    for state, to in states.items():
        for role in who.split():
            done = take(state, action, role, level=LEVEL.get(role, "community"), closed_at=stamp(NOW))
            assert done.result is Result.APPLY, (action, state, role, done)
            assert done.sets["state"] == to


@pytest.mark.parametrize("action", sorted(LEGAL))
def test_nobody_else_may(action):
    states, who = LEGAL[action]
    wish = {"DH"} if action == "hold" else set()
    for state in states:
        for role in set(ROLES) - set(who.split()):
            expected = Result.WISH if role in wish else Result.FORBIDDEN
            assert take(state, action, role).result is expected, (action, state, role)


@pytest.mark.parametrize("action", sorted(LEGAL))
def test_from_any_other_state_no_step_of_the_table_applies_but_one(action):
    states, who = LEGAL[action]
    for state in set(STATES) - set(states):
        for role in who.split():
            done = take(state, action, role, level=LEVEL.get(role, "community"), closed_at=stamp(NOW))
            if (action, state) == ("verify_fail", "closed"):
                assert done.result is Result.APPLY
            else:
                assert done.result not in (Result.APPLY, Result.FORBIDDEN), (action, state, role)


@pytest.mark.parametrize("action", sorted(LATER))
def test_what_has_no_pages_yet_is_refused_clearly(action):
    for state in STATES:
        done = take(state, action, "DO")
        assert (done.result, done.message) == (Result.INVALID, {"code": "action_unavailable", "action": action})


def test_an_action_that_does_not_exist_is_invalid():
    assert take("submitted", "vanish").message == {"code": "unknown_action", "field": "transition"}
    assert step(issue("submitted"), {"action": "void", "args": "why"}, person("reporter"), NOW).result is Result.INVALID


def test_what_a_step_must_carry_is_named_when_it_is_missing():
    for action, declared in ACTIONS.items():
        if action not in LATER and declared.needs:
            done = take("submitted", action, "reporter", args={})
            assert done.result is Result.INVALID
            assert done.message == {"code": "step_needs", "action": action, "needs": list(declared.needs)}
    assert take("filed", "dispatch", "CC", args={"handler": "h"}).result is Result.APPLY
    assert step(issue("submitted"), {"action": "accept"}, person("CC"), NOW).result is Result.APPLY


def test_an_office_acts_at_its_own_level_only():
    for role, level in LEVEL.items():
        for action, state in (("accept", "submitted"), ("file", "accepted"), ("dispatch", "filed")):
            if role in ACTIONS[action].who:
                assert take(state, action, role, level=level).result is Result.APPLY
                other = "district" if level != "district" else "street"
                done = take(state, action, role, level=other)
                assert (done.result, done.message) == (Result.FORBIDDEN, {"code": "not_your_level"})


def test_nobody_checks_his_own_work():
    for action in ("verify_ok", "verify_fail"):
        done = take("handled", action, user="h")
        assert (done.result, done.message) == (Result.FORBIDDEN, {"code": "own_work"})
    assert step(issue("handled"), {"action": "verify_ok"}, Who(None, frozenset({"GW"})), NOW).result is Result.APPLY


def test_the_reporter_is_whoever_the_record_names_and_the_system_is_nobody():
    assert take("submitted", "void", Who("someone", frozenset())).result is Result.FORBIDDEN
    nobody = step({"state": "submitted"}, {"action": "void", "args": ARGS}, Who(None, frozenset()), NOW)
    assert nobody.result is Result.FORBIDDEN


# The table "offline action meets a changed state"


@pytest.mark.parametrize("action, state, expected", [
    ("report_done", "on_hold", Result.APPLY),
    ("report_done", "filed", Result.COMMENT),
    ("report_done", "submitted", Result.COMMENT),
    ("report_done", "accepted", Result.COMMENT),
    ("report_done", "returned", Result.COMMENT),
    ("report_done", "closed", Result.EVIDENCE),
    ("report_done", "merged", Result.EVIDENCE),
    ("report_done", "handled", Result.EVIDENCE),
    ("report_done", "evaluated", Result.EVIDENCE),
    ("report_done", "void", Result.PARK),
    ("verify_ok", "handling", Result.COMMENT),
    ("verify_ok", "dispatched", Result.COMMENT),
    ("verify_ok", "on_hold", Result.COMMENT),
    ("verify_ok", "closed", Result.SAME),
    ("verify_ok", "filed", Result.PARK),
    ("verify_fail", "handling", Result.PARK),
    ("escalate", "handled", Result.COMMENT),
    ("escalate", "closed", Result.COMMENT),
    ("escalate", "evaluated", Result.COMMENT),
    ("escalate", "on_hold", Result.PARK),
    ("take", "handling", Result.SAME),
    ("take", "filed", Result.PARK),
    ("submit", "submitted", Result.SAME),
    ("submit", "accepted", Result.PARK),
    ("self_handle", "handled", Result.SAME),
    ("self_handle", "accepted", Result.PARK),
])  # fmt: skip
def test_a_step_from_a_phone_meets_a_state_that_changed_meanwhile(action, state, expected):
    done = take(state, action)
    assert done.result is expected
    if expected is Result.PARK:
        assert done.message == {"code": "state_is", "state": state}
    if expected is not Result.APPLY:
        assert done.sets == {}


@pytest.mark.parametrize("state", sorted(set(STATES) - {"draft", "submitted", "void"}))
def test_withdrawing_what_the_office_has_taken_up_is_a_comment(state):
    expected = Result.PARK if state in TERMINAL else Result.COMMENT
    assert take(state, "void", "reporter").result is expected


def test_not_done_reopens_what_was_closed_a_day_ago_by_a_check_he_had_not_seen():
    closed = stamp(NOW - timedelta(hours=23))
    done = take("closed", "verify_fail", closed_at=closed, rework_count=1)
    assert done.result is Result.APPLY
    assert done.sets == {"state": "handling", "rework_count": 2, "closed_at": None}
    assert take("closed", "verify_fail", seen="closed", closed_at=closed).result is Result.PARK
    assert take("closed", "verify_fail", closed_at=stamp(NOW - timedelta(hours=25))).result is Result.PARK


def test_work_that_was_given_to_others_meanwhile_is_kept_as_words():
    mine, other = Who("d", frozenset({"DH"}), frozenset({"u1"})), Who("d", frozenset({"DH"}), frozenset({"u2"}))
    for action, state in (("report_done", "dispatched"), ("report_done", "handling"), ("take", "dispatched")):
        assert take(state, action, mine).result is Result.APPLY
        assert take(state, action, other).result is Result.COMMENT
        assert take(state, action, other, co_units=["u2"]).result is Result.APPLY
        assert take(state, action, other, handler="d").result is Result.APPLY
    assert (
        take("dispatched", "report_done", Who("d", frozenset({"DH", "GW"}), frozenset({"u2"}))).result is Result.APPLY
    )


def test_who_does_not_have_the_issue_neither_sends_it_back_nor_asks_for_delay():
    other = Who("d", frozenset({"DH"}), frozenset({"u2"}))
    done = take("dispatched", "send_back", other)
    assert (done.result, done.message) == (Result.PARK, {"code": "not_with_you"})
    assert take("handling", "hold", other).result is Result.FORBIDDEN


def test_giving_an_issue_to_somebody_else_is_not_the_same_step_again():
    same, other = {"unit": "u1", "handler": "h"}, {"unit": "u2"}
    assert take("dispatched", "dispatch", "CC", args=same).result is Result.SAME
    assert take("dispatched", "dispatch", "CC", args=other).result is Result.PARK


def test_reopening_is_possible_for_fifteen_days():
    for state in ("closed", "evaluated"):
        assert take(state, "reopen", closed_at=stamp(NOW - timedelta(days=15))).result is Result.APPLY
        late = take(state, "reopen", closed_at=stamp(NOW - timedelta(days=15, seconds=1)))
        assert (late.result, late.message) == (Result.PARK, {"code": "too_late", "days": 15})
    assert take("closed", "reopen").result is Result.APPLY, "closed before closing times were kept"
    assert take("handling", "reopen").result is Result.SAME


# What a step writes


def test_a_report_names_its_reporter_and_goes_to_the_level_of_the_office_that_will_judge_it():
    done = step({}, {"action": "submit"}, person("GW"), NOW)
    assert done.sets == {"state": "submitted", "reporter": "p", "level": "community", "received_at": stamp(NOW)}
    assert step({}, {"action": "submit"}, person("SD"), NOW).sets["level"] == "street"
    assert step({"reporter": "r"}, {"action": "submit"}, person("GW"), NOW).sets["reporter"] == "r"


def test_fixed_on_the_spot_counts_as_received_and_handled_at_once():
    done = step({}, {"action": "self_handle", "args": {"text": "done"}}, person("GW"), NOW)
    at = stamp(NOW)
    assert done.sets == {
        "state": "handled", "received_at": at, "reporter": "p", "level": "grid", "handler": "p", "handled_at": at,
        "result_kind": "fixed", "result_text": "done",
    }  # fmt: skip
    assert "received_at" not in take("submitted", "self_handle", received_at="before").sets


def test_passing_upwards_climbs_one_level_and_takes_the_issue_from_whoever_had_it():
    for level, above in zip(["grid", "community", "street", "district", "city"],
                            ["community", "street", "district", "city", "city"], strict=True):  # fmt: skip
        done = take("handling", "escalate", level=level)
        assert done.sets == {
            "state": "submitted", "level": above, "main_unit": None, "co_units": None, "handler": None
        }  # fmt: skip
    assert take("submitted", "escalate", level=None).sets["level"] == "community"


def test_each_step_leaves_its_figures():
    at = stamp(NOW)
    assert take("submitted", "accept", "CC").sets == {"state": "accepted", "accepted_at": at}
    assert take("submitted", "ask_more", "CC", returned_count=1).sets == {"state": "returned", "returned_count": 2}
    assert take("accepted", "file", "CC").sets == {"state": "filed", "filed_at": at}
    given = take("filed", "dispatch", "CC", args={"unit": "u", "co_units": ["v"], "handler": "x"})
    assert given.sets == {"state": "dispatched", "main_unit": "u", "co_units": ["v"], "handler": "x"}
    assert take("dispatched", "send_back", "DH").sets == {
        "state": "filed", "main_unit": None, "co_units": None, "handler": None, "sent_back_count": 1
    }  # fmt: skip
    assert take("dispatched", "take", "DH").sets == {"state": "handling", "handler": "p"}
    assert take("handling", "report_done", "DH", args={"text": "t", "result_kind": "explained"}).sets == {
        "state": "handled", "handler": "p", "handled_at": at, "result_text": "t", "result_kind": "explained"
    }  # fmt: skip
    for action, role in (("verify_ok", "GW"), ("close", "SD")):
        assert take("handled", action, role).sets == {"state": "closed", "closed_at": at}
    assert take("closed", "reopen", closed_at=at).sets == {"state": "handling", "closed_at": None}
    assert take("rejected", "appeal", "reporter").sets["level"] == "street"
    system = step(issue("dispatched"), {"action": "take"}, Who(None, frozenset({"GW"})), NOW)
    assert system.sets["handler"] == "h"


def test_units_and_handlers_hold_an_issue_in_states_that_exist():
    assert set(STATES) >= WITH_HANDLERS
    assert set(STATES) >= TERMINAL
