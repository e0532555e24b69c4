"""Sending again changes nothing: in turn, in parallel, from two devices, after a crash at any failpoint."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from server.adapters.storage import records
from server.adapters.storage.tables import metadata
from server.services import failpoints, push, quarantine
from server.services.transactions import read
from server.services.verify import verify
from tests.databases import ROOT
from tests.holdings import Holdings
from tests.places import G1, change, home, uid

NOT_STATE = {"session", "login_failure", "alembic_version"}


def dump(place):
    """Every table's rows, as text: two dumps are equal when nothing changed."""
    with read(place.world) as conn:
        return {
            name: sorted(str(tuple(row)) for row in conn.execute(text(f'SELECT * FROM "{name}"')))
            for name in metadata.tables
            if name not in NOT_STATE
        }


def at_once(*calls):
    """Run all at the same time, each in a thread that begins when all are ready; their results in order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [f.result() for f in [pool.submit(run, call) for call in calls]]


def told(answer):
    """What a push said, without whether it was said before."""
    verdicts = [{k: v for k, v in verdict.items() if k != "replayed"} for verdict in answer["verdicts"]]
    return answer | {"verdicts": verdicts}


@pytest.fixture
def mixed(place):
    """A device and a push in which every kind of verdict occurs."""
    device, other = place.device("worker1"), place.device("worker2")
    changes, household = home()
    rev = device.push(*changes)[2]["row"]["rev"]
    other.push(change("update", "household", household, G1, base=rev, sets={"contact_phone": "13800000001"}))
    raw = [
        change("update", "household", household, G1, base=rev, sets={"pets": 2}),
        change("update", "household", household, G1, base=rev, sets={"contact_phone": "13800000002"}),
        change("create", "visit", uid(501), G1, sets={"household": household, "unchanged": True, "result": "met"}),
        change("create", "visit", uid(502), G1, sets={"household": uid(999), "unchanged": True, "result": "met"}),
        change("update", "household", uid(998), G1, sets={"note": "?"}),
        change("create", "household", uid(503), G1, sets={"dwelling": 7}),
        change("create", "nothing", uid(504), G1),
        {"id": uid(505), "op": "dance"},
        "not even an object",
    ]
    return device, [device.number(c) if isinstance(c, dict) else c for c in raw]


def test_the_verdicts_of_the_mixed_push_are_mixed(place, mixed):
    device, changes = mixed
    verdicts = device.send(changes)["verdicts"]
    assert {v["status"] for v in verdicts} == {"applied", "merged", "conflict", "parked", "quarantined"}
    assert verify(place.world) == []


def test_one_push_five_times_at_once_and_again_later(place, mixed):
    device, changes = mixed
    answers = at_once(*[lambda: device.send(changes)] * 5)
    assert all(told(answer) == told(answers[0]) for answer in answers)
    fresh = [answer for answer in answers if not answer["verdicts"][0]["replayed"]]
    assert len(fresh) == 1
    before = dump(place)
    for part in (changes, changes[3:], changes[::-1], [changes[-1]], changes[2:5] * 2):
        again = device.send(part)
        assert all(v["replayed"] for v in again["verdicts"])
        assert len(again["verdicts"]) == len(part)
    assert dump(place) == before
    assert verify(place.world) == []


def test_the_same_changes_from_two_devices_of_one_person_at_once(place):
    one, two = place.device("worker1"), place.device("worker1")
    changes = [c | {"n": i} for i, c in enumerate(home()[0], 1)]
    answers = at_once(lambda: one.send(changes), lambda: two.send(changes), lambda: one.send(changes))
    assert all([v["status"] for v in a["verdicts"]] == ["applied"] * 3 for a in answers)
    assert sorted(a["verdicts"][0]["replayed"] for a in answers) == [False, True, True]
    phone = Holdings(one, G1)
    phone.pull()
    assert len(phone.rows[G1]) == 3
    assert verify(place.world) == []


def test_the_same_change_from_two_desks_at_once(place):
    changes, _ = home()
    actors = [place.actor("clerk1") for _ in range(4)]
    answers = at_once(*[lambda a=a: push.desk(place.world, a, changes) for a in actors])
    assert sorted(a["verdicts"][0]["replayed"] for a in answers) == [False, True, True, True]
    assert verify(place.world) == []


def test_somebody_elses_ids_are_kept_apart_also_when_they_come_at_once(place):
    one, two = place.device("worker1"), place.device("worker2")
    changes = [c | {"n": i} for i, c in enumerate(home()[0], 1)]
    answers = at_once(lambda: one.send(changes), lambda: two.send(changes))
    statuses = sorted([v["status"] for v in a["verdicts"]] for a in answers)
    assert statuses == [["applied"] * 3, ["quarantined"] * 3]
    before = dump(place)
    assert told(one.send(changes)) == told(answers[0])
    assert told(two.send(changes)) == told(answers[1])
    assert dump(place) == before
    assert verify(place.world) == []


def test_the_same_rubbish_without_an_id_from_two_people_is_kept_for_each(place):
    one, two = place.device("worker1"), place.device("worker2")
    rubbish = {"n": 1, "op": "create", "what": "this"}
    for device in (one, two):
        answer = device.send([rubbish])
        assert answer["verdicts"][0] | {"message": None} == {
            "id": None, "n": 1, "status": "quarantined", "reason": "invalid", "replayed": False, "message": None,
        }  # fmt: skip
        assert answer["have_n"] == 1
        assert device.send([rubbish])["verdicts"][0]["replayed"] is True
    assert verify(place.world) == []


def test_the_same_two_records_created_by_two_devices_at_once_are_one_each(place):
    """Two phones of one worker, restored from one backup, send one record under two change ids."""
    one, two = place.device("worker1"), place.device("worker1")
    building = uid(700)
    make = lambda: change("create", "building", building, G1, sets={"building_no": "7"})  # noqa: E731
    verdicts = [v[0] for v in at_once(lambda: one.push(make()), lambda: two.push(make()))]
    assert sorted(v["status"] for v in verdicts) == ["applied", "merged"]
    assert verify(place.world) == []


def test_the_same_building_entered_twice_at_once_is_a_duplicate_for_the_office(place):
    devices = [place.device("worker1"), place.device("worker2")]
    entered = [
        change("create", "building", uid(n), G1, sets={"building_no": "7", "estate": "泉城花园"}) for n in (701, 702)
    ]
    verdicts = [v[0] for v in at_once(*[lambda d=d, c=c: d.push(c) for d, c in zip(devices, entered, strict=True)])]
    assert sorted((v["status"], v.get("reason")) for v in verdicts) == [("applied", None), ("conflict", "duplicate")]
    assert verify(place.world) == []


def test_many_who_edit_one_household_at_once_leave_every_value_somewhere(place):
    changes, household = home()
    rev = place.device("worker1").push(*changes)[2]["row"]["rev"]
    devices = [place.device("worker1" if n % 2 else "worker2") for n in range(8)]
    edits = [
        change("update", "household", household, G1, base=rev, sets={"contact_phone": f"1380000000{n}"})
        for n in range(8)
    ]
    verdicts = [v[0] for v in at_once(*[lambda d=d, c=c: d.push(c) for d, c in zip(devices, edits, strict=True)])]
    assert sorted(v["status"] for v in verdicts) == ["applied"] + ["conflict"] * 7
    conflicts = {i for v in verdicts for i in v.get("conflicts", [])}
    with read(place.world) as conn:
        kept = {json.loads(r.row)["data"]["incoming"]["value"] for r in records.read(conn, conflicts)}
    assert len(kept) == 7
    assert verify(place.world) == []


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


def crashing_at(name):
    """Fails once at the failpoint; a list that tells whether it did."""
    fired = []

    def hook(reached):
        if reached == name and not fired:
            fired.append(reached)
            raise Crash(name)

    failpoints.install(hook)
    return fired


@pytest.fixture(autouse=True)
def no_hook():
    yield
    failpoints.install(None)


@pytest.mark.parametrize("name", ["push.before_feeds", "push.before_commit", "push.after_commit"])
def test_a_push_cut_off_at_a_failpoint_and_sent_again_ends_as_if_it_had_not_been(place, mixed, name):
    device, changes = mixed
    before = dump(place)
    fired = crashing_at(name)
    with pytest.raises(Crash):
        device.send(changes)
    assert fired == [name]
    if name != "push.after_commit":
        assert dump(place) == before
    again = device.send(changes)
    assert {v["replayed"] for v in again["verdicts"]} == {name == "push.after_commit"}
    assert again["have_n"] == device.n
    after = dump(place)
    assert told(device.send(changes)) == told(again)
    assert dump(place) == after
    assert verify(place.world) == []


@pytest.mark.parametrize("name", ["quarantine.before_commit", "quarantine.after_commit"])
def test_a_quarantine_cut_off_and_sent_again_is_kept_once(place, name):
    device = place.device("worker1")
    body = {"device": device.id, "timeline": place.timeline(), "id": uid(9), "n": 1, "raw": "{…", "why": "crash"}
    crashing_at(name)
    with pytest.raises(Crash):
        quarantine.quarantine(place.world, device.actor(), body)
    first = quarantine.quarantine(place.world, device.actor(), body)
    assert first["replayed"] is (name == "quarantine.after_commit")
    before = dump(place)
    assert quarantine.quarantine(place.world, device.actor(), body) == first | {"replayed": True}
    assert dump(place) == before
    assert verify(place.world) == []


def failing_twice(monkeypatch, owner, name, broken):
    """Replaces `owner.name` by one that raises whenever `broken(arguments)` says so."""
    real = getattr(owner, name)

    def instead(*arguments, **named):
        if broken(*arguments):
            raise ValueError("planted")
        return real(*arguments, **named)

    monkeypatch.setattr(owner, name, instead)


@pytest.mark.parametrize("where", ["gather", "store"])
def test_a_change_that_nothing_can_be_done_with_delays_no_other(place, monkeypatch, where):
    """A fault of ours (or a refusal of the database) in the middle of a batch: one group pays, with its payload."""
    from server.services import batch

    poison = uid(900)

    def broken(ctx, conn, given):
        if where == "gather":
            return False
        return poison in given.records

    if where == "gather":
        failing_twice(monkeypatch, batch, "gather", lambda c, n, d, changes: any(x.record == poison for x in changes))
    else:
        failing_twice(monkeypatch, batch, "store", broken)
    device = place.device("worker1")
    good, household = home()
    bad = change("create", "building", poison, G1, sets={"building_no": "毒"})
    after = change("update", "household", household, G1, sets={"note": "后"})
    verdicts = device.push(*good, bad, after)
    assert [v["status"] for v in verdicts] == ["applied"] * 3 + ["quarantined", "applied"]
    assert verdicts[3]["reason"] == "crashed"
    monkeypatch.undo()
    assert verify(place.world) == []
    again = device.send([bad | {"n": 4}])["verdicts"][0]
    assert (again["status"], again["replayed"]) == ("quarantined", True)


def test_the_failpoints_tried_here_are_on_the_way_of_a_push():
    """A failpoint that was renamed would be tried in vain."""
    text_of = "".join(p.read_text() for p in sorted((ROOT / "server/services").glob("*.py")))
    named = set(re.findall(r'failpoint\("([^"]+)"\)', text_of))
    assert "push.before_feeds" in named
    assert "hello" in set(re.findall(r'write\(\w+, "([^"]+)"\)', text_of))
    assert {"push", "quarantine"} == set(re.findall(r'in_turns\(\w+, "([^"]+)"', text_of))
