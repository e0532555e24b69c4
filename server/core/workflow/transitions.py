"""Steps of an issue: legal, already done, late, or refused. Pure: the record's data and who asks come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from server.core.catalog.times import stamp
from server.core.catalog.workflow import ACTIONS, LEVEL_OF_ROLE, LEVELS, REPORTER, TERMINAL, Action

REOPEN_DAYS = 15
UNSEEN_CHECK_HOURS = 24


class Result(StrEnum):
    APPLY = "apply"
    SAME = "same"
    COMMENT = "as_comment"
    EVIDENCE = "as_evidence"
    PARK = "illegal_transition"
    WISH = "needs_office"
    FORBIDDEN = "forbidden"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Who:
    """Who takes the step. `codes` the short codes of his roles here; `units` whose handler he is."""

    user: str | None
    codes: frozenset[str]
    units: frozenset[str] = frozenset()


@dataclass(slots=True)
class Step:
    result: Result
    sets: dict[str, Any] = field(default_factory=dict)  # derived fields to write, None clears
    message: dict[str, Any] | None = None


def step(data: Mapping[str, Any], transition: Mapping[str, Any], who: Who, now: datetime) -> Step:
    """What becomes of a transition `{action, from, args}` on an issue's data. `now` is the server's time."""
    action = ACTIONS.get(transition["action"])
    args = transition.get("args") or {}
    if action is None or not isinstance(args, dict):
        return Step(Result.INVALID, message={"code": "unknown_action", "field": "transition"})
    if not action.available:
        return Step(Result.INVALID, message={"code": "action_unavailable", "action": action.name})
    missing = [need for need in action.needs if not any(args.get(name) for name in need.split("|"))]
    if missing:
        return Step(Result.INVALID, message={"code": "step_needs", "action": action.name, "needs": missing})
    state = data.get("state") or "draft"
    refused = _refused(action, data, who, state, now)
    if refused is not None:
        return refused
    if state in action.frm:
        late = _not_his_any_more(action, data, who)
        return late or Step(Result.APPLY, _sets(action, data, args, who, now))
    return _changed_state(action, data, transition, who, state, now)


def _refused(action: Action, data: Mapping[str, Any], who: Who, state: str, now: datetime) -> Step | None:
    reporter = REPORTER in action.who and who.user is not None and data.get("reporter") == who.user
    if not reporter and not who.codes & set(action.who):
        wished = bool(who.codes & set(action.wish)) and _not_his_any_more(action, data, who) is None
        return Step(Result.WISH if wished else Result.FORBIDDEN, message={"code": "not_your_step"})
    if action.own_level and data.get("level") not in {LEVEL_OF_ROLE.get(c) for c in who.codes}:
        return Step(Result.FORBIDDEN, message={"code": "not_your_level"})
    if action.name in ("verify_ok", "verify_fail") and who.user is not None and who.user == data.get("handler"):
        return Step(Result.FORBIDDEN, message={"code": "own_work"})
    if action.name == "reopen" and state in action.frm and _older(data.get("closed_at"), now, days=REOPEN_DAYS):
        return Step(Result.PARK, message={"code": "too_late", "days": REOPEN_DAYS})
    return None


def _not_his_any_more(action: Action, data: Mapping[str, Any], who: Who) -> Step | None:
    """Work reported by somebody it was taken from is kept as his words; the dispatcher decides."""
    if "DH" not in {*action.who, *action.wish} or who.codes & (set(action.who) - {"DH"}):
        return None
    given = {data.get("main_unit"), *(data.get("co_units") or [])}
    if given & who.units or (who.user is not None and data.get("handler") == who.user):
        return None
    if action.name in ("report_done", "take"):
        return Step(Result.COMMENT)
    return Step(Result.PARK, message={"code": "not_with_you"})


def _changed_state(
    action: Action, data: Mapping[str, Any], transition: Mapping[str, Any], who: Who, state: str, now: datetime
) -> Step:
    """The table "offline action meets a changed state"; what it does not list is parked."""
    name, args = action.name, transition.get("args") or {}
    if name == "report_done" and state in ("handled", "closed", "merged", "evaluated"):
        return Step(Result.EVIDENCE)
    if name == "report_done" and state in ("submitted", "accepted", "filed", "returned"):
        return Step(Result.COMMENT)
    if name == "verify_fail" and _closed_unseen(data, transition, state, now):
        return Step(Result.APPLY, _sets(action, data, args, who, now))
    if state == action.to and _says_nothing_new(action, data, args, who, now):
        return Step(Result.SAME)
    if name == "verify_ok" and state in ("dispatched", "handling", "on_hold"):
        return Step(Result.COMMENT)
    if name == "escalate" and state in ("handled", "closed", "evaluated"):
        return Step(Result.COMMENT)
    if name == "void" and state not in TERMINAL:
        return Step(Result.COMMENT)
    return Step(Result.PARK, message={"code": "state_is", "state": state})


def _closed_unseen(data: Mapping[str, Any], transition: Mapping[str, Any], state: str, now: datetime) -> bool:
    """Closed a short while ago, by a check that whoever says "not done" had not seen."""
    unseen = transition.get("from") != "closed"
    return state == "closed" and unseen and not _older(data.get("closed_at"), now, UNSEEN_CHECK_HOURS)


def _says_nothing_new(
    action: Action, data: Mapping[str, Any], args: Mapping[str, Any], who: Who, now: datetime
) -> bool:
    """Whether the issue already stands where the step would bring it; given to somebody else it does not."""
    if action.name in ("escalate", "verify_fail"):
        return False
    sets = _sets(action, data, args, who, now)
    return action.name != "dispatch" or all(data.get(name) == value for name, value in sets.items())


def _sets(action: Action, data: Mapping[str, Any], args: Mapping[str, Any], who: Who, now: datetime) -> dict[str, Any]:
    sets: dict[str, Any] = {"state": action.to or data.get("state")}
    extra = _EXTRA.get(action.name)
    if extra is not None:
        sets |= extra(data, args, who, stamp(now))
    return sets


def _submit(data: Mapping[str, Any], _args: Mapping[str, Any], who: Who, at: str) -> dict[str, Any]:
    level = next((LEVEL_OF_ROLE[c] for c in sorted(who.codes) if c in LEVEL_OF_ROLE), "community")
    return {"reporter": data.get("reporter") or who.user, "level": level, "received_at": at}


def _self_handle(data: Mapping[str, Any], args: Mapping[str, Any], who: Who, at: str) -> dict[str, Any]:
    first = {} if data.get("received_at") else {"received_at": at}
    return first | {
        "reporter": data.get("reporter") or who.user,
        "level": "grid",
        "handler": who.user,
        "handled_at": at,
        "result_kind": "fixed",
        "result_text": args.get("text"),
    }


def _up(data: Mapping[str, Any], _args: Mapping[str, Any], _who: Who, _at: str) -> dict[str, Any]:
    place = LEVELS.index(data["level"]) if data.get("level") in LEVELS else 0
    return {"level": LEVELS[min(place + 1, len(LEVELS) - 1)], "main_unit": None, "co_units": None, "handler": None}


def _dispatch(_data: Mapping[str, Any], args: Mapping[str, Any], _who: Who, _at: str) -> dict[str, Any]:
    return {"main_unit": args.get("unit"), "co_units": args.get("co_units") or None, "handler": args.get("handler")}


def _send_back(data: Mapping[str, Any], _args: Mapping[str, Any], _who: Who, _at: str) -> dict[str, Any]:
    return {
        "main_unit": None,
        "co_units": None,
        "handler": None,
        "sent_back_count": (data.get("sent_back_count") or 0) + 1,
    }


def _take(data: Mapping[str, Any], _args: Mapping[str, Any], who: Who, _at: str) -> dict[str, Any]:
    return {"handler": who.user or data.get("handler")}


def _done(data: Mapping[str, Any], args: Mapping[str, Any], who: Who, at: str) -> dict[str, Any]:
    return {
        "handler": who.user or data.get("handler"),
        "handled_at": at,
        "result_text": args.get("text"),
        "result_kind": args.get("result_kind") or "fixed",
    }


_Extra = Callable[[Mapping[str, Any], Mapping[str, Any], Who, str], dict[str, Any]]
_EXTRA: dict[str, _Extra] = {
    "submit": _submit,
    "self_handle": _self_handle,
    "accept": lambda _d, _a, _w, at: {"accepted_at": at},
    "ask_more": lambda d, _a, _w, _at: {"returned_count": (d.get("returned_count") or 0) + 1},
    "appeal": _up,
    "escalate": _up,
    "file": lambda _d, _a, _w, at: {"filed_at": at},
    "dispatch": _dispatch,
    "send_back": _send_back,
    "take": _take,
    "report_done": _done,
    "verify_ok": lambda _d, _a, _w, at: {"closed_at": at},
    "close": lambda _d, _a, _w, at: {"closed_at": at},
    "verify_fail": lambda d, _a, _w, _at: {"rework_count": (d.get("rework_count") or 0) + 1, "closed_at": None},
    "reopen": lambda _d, _a, _w, _at: {"closed_at": None},
}


def _older(at: str | None, now: datetime, hours: int = 0, *, days: int = 0) -> bool:
    if at is None:
        return False
    then = datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(UTC)
    return now - then > timedelta(hours=hours, days=days)
