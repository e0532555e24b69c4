"""Each fault alone: it does happen, and nothing is lost by it. Then scenes that chance seldom plays."""

import re
from collections import Counter
from pathlib import Path

import pytest

from tests.places import G1, G2
from tests.simulation.events import NETWORK, PHONES, SERVER, trace
from tests.simulation.network import FAILPOINTS
from tests.simulation.worker import EVENTS

SEEDS = range(40_000, 40_012)
# What is counted under other names than the fault's own: `database` and `died` at each failpoint.
SAID = {"database": "@", "died": "died@", "restored": "restored_", "overtaken": "overtaken@", "grant_ended": "grant"}
UNCOUNTED = {"away": "wait", "poison": "edit"}  # events, not faults: they are in the trace or not


def fires(fault: str, what: dict, fired: Counter[str]) -> bool:
    if fault in UNCOUNTED:
        hours = [event.get("hours") for event in what["events"]]
        poisoned = [edit for event in what["events"] for edit in event.get("edits", ()) if edit["op"] == "poison"]
        return 24 * 90 in hours if fault == "away" else bool(poisoned)
    return any(SAID.get(fault, fault) in name for name, count in fired.items() if count)


@pytest.mark.parametrize("fault", [*NETWORK, *PHONES, *SERVER])
def test_a_fault_alone_happens_and_costs_nothing(fault, place, request):
    where = request.getfixturevalue("on_postgresql") if fault == "five_at_once" else place
    for seed in SEEDS:
        where.fired.clear()
        what = trace(seed, where.kind, EVENTS, only=frozenset({fault}))
        assert where.run(what).breach is None
        if fires(fault, what, where.fired):
            return
    pytest.fail(f"{fault} did not happen on {len(SEEDS)} seeds")


def edit(phone, *edits):
    return {"do": "edit", "phone": phone, "tab": "0", "edits": list(edits)}


def note(pick, word):
    return {"op": "update", "type": "household", "pick": pick, "values": {"note": word}}


def visit(pick, word):
    below = {"op": "below", "type": "visit", "parent": "household", "field": "household", "pick": pick}
    return below | {"values": {"result": "met", "summary": word}}


def sync(*phones):
    return {"do": "sync", "phones": list(phones), "tab": "0"}


def scene(place, *events, **users):
    numbered = [event | {"r": at} for at, event in enumerate(events)]
    place.fired.clear()
    what = {"seed": 1, "kind": place.kind, "aes": False, "faults": [], "phones": users, "events": numbered}
    result = place.run(what)
    assert result.breach is None
    return result


@pytest.mark.parametrize("again", [False, True], ids=["told", "silent"])
@pytest.mark.parametrize("told", [False, True], ids=["first told", "first silent"])
def test_a_server_put_back_twice_with_records_moved_in_the_lost_future(place, told, again):
    both = ("p1", "p2")
    moves = [{"do": "move", "pick": pick, "to": to} for pick, to in ((0.1, G2), (0.5, G1), (0.9, G2))]
    scene(
        place,
        {"do": "begin", "phones": both}, edit("p1", note(0.1, "a"), visit(0.2, "b")), sync(*both),
        {"do": "server_backup"}, edit("p2", note(0.1, "c"), visit(0.3, "d")), *moves, sync(*both),
        edit("p1", note(0.5, "e"), visit(0.4, "f")), sync("p1"), {"do": "restore", "told": told},
        edit("p2", note(0.2, "g"), visit(0.5, "h")), sync("p2"), *moves, sync("p1"),
        {"do": "restore", "told": again}, edit("p1", note(0.3, "i")), sync("p1"),
        p1="w1", p2="w2",
    )  # fmt: skip
    assert place.fired["restored_told"] == told + again
    assert place.fired["restored_again"] == 1
    assert place.fired["moved"] == 6


def test_work_of_a_phone_that_a_restored_server_does_not_know_comes_in_though_its_owner_was_disabled(place):
    scene(
        place,
        {"do": "server_backup"}, {"do": "begin", "phones": ["p2"]}, edit("p2", note(0.1, "a")),
        {"do": "restore", "told": True}, {"do": "disable", "user": "w2"},
        p2="w2",
    )  # fmt: skip


def test_an_old_app_comes_back_after_ninety_days_and_keeps_what_it_does_not_know(place):
    fill = {"do": "upgrade", "updated": ["p2"], "word": "new"}
    scene(
        place,
        {"do": "begin", "phones": ["p1", "p2"]}, edit("p1", *(note(at / 10, f"old {at}") for at in range(10))),
        fill | {"pick": 0.1}, fill | {"pick": 0.4}, sync("p2"), edit("p2", note(0.2, "newest")), sync("p2", "p1"),
        edit("p1", *(note(at / 10, f"older {at}") for at in range(10))), fill | {"pick": 0.2}, sync("p1", "p2"),
        p1="w1", p2="w2",
    )  # fmt: skip
    assert (place.fired["upgraded"], place.fired["newer_field"]) == (1, 3)


@pytest.mark.parametrize("changes", [1_000, pytest.param(10_000, marks=pytest.mark.full)])
def test_a_long_outbox_empties_and_a_poison_change_in_it_delays_nothing(place, changes):
    many = [visit(at % 97 / 97, f"visit {at}") for at in range(changes // 2)]
    bad = {"op": "poison", "type": "household", "pick": 0.5, "raw": {"set": {"note": {"from": None, "to": "\x00"}}}}
    burst = [edit("p1", *many[at : at + 500]) for at in range(0, len(many), 500)]
    whole = scene(place, {"do": "begin", "phones": ["p1"]}, *burst, edit("p1", bad), *burst, sync("p1"), p1="w1")
    assert whole.edits == changes + 1


def test_every_failpoint_that_a_phone_can_reach_is_one_that_fails():
    """A new transaction of the way in is listed, or this says so."""
    named = set()
    for path in Path("server").rglob("*.py"):
        named |= set(re.findall(r'(?:write|in_turns)\(world, "([a-z.]+)"', path.read_text()))
    known = {name.rpartition(".")[0] for name in FAILPOINTS}
    not_by_phones = {
        "calendar", "account.create", "account.disable", "areas", "units", "login.guess", "logout", "lockout.tidy",
        "rebuild", "device.revoke", "account.enable", "grant.add", "grant.end", "boot", "tracks",
    }  # fmt: skip
    # Simulated phones take no photos and have no PIN.
    elsewhere = {name for name in named if name.startswith("photo.") or name == "device.share"}
    assert named - not_by_phones - elsewhere == known - {"read"}
