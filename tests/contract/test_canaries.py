"""P7 by bytes: whatever a worker asks for, nothing of a foreign grid and no whole ID number comes back."""

from uuid import uuid4

import orjson
import pytest

from server.core.problems import Problem
from server.services import changes, hello, history, pull, push, quarantine, review, snapshot
from server.services.verify import verify
from tests.places import COMMUNITY, G1, G2, G3, UNIT, change, home, make_place, uid

OWN_ID, FOREIGN_ID = "990101199001010011", "990202199002020022"
CANARY = "金丝雀"
EVERY_SCOPE = [G1, G2, G3, f"org:{COMMUNITY}", f"org:{uid(5)}", f"unit:{UNIT}", "config", f"grid:{uid(4)}"]


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, databases):
    with databases.migrated(request.param) as url:
        made = make_place(url)
        yield made
        made.world.engine.dispose()


def planted(place, device, scope, name, id_number):
    """A home with people, a visit, an issue and a comment in one grid, every text marked; ids by type."""
    changes_, household = home(scope, f"室{name}")
    for one in changes_:
        for field, patch in one["set"].items():
            if field in ("estate", "contact_person"):
                patch["to"] = f"{name} {field}"
    ids = {one["type"]: one["record"] for one in changes_}
    more = {
        "resident": {"name": f"{name} 人", "id_no": id_number, "emergency_contact": f"{name} 紧急"},
        "visit": {"household": household, "result": "met", "summary": f"{name} 纪要"},
        "issue": {"title": f"{name} 题", "description": f"{name} 事"},
        "comment": {"about": household, "text": f"{name} 说"},
    }
    made = device.push(*changes_)
    for type_, sets in more.items():
        ids[type_] = str(uuid4())
        known = {n: v for n, v in sets.items() if n in place.world.catalog.types[type_].fields}
        made += device.push(change("create", type_, ids[type_], scope, sets=known))
    return ids, made


def said(ask):
    """The bytes of an answer, of a refusal too."""
    try:
        answer = ask()
    except Problem as problem:
        answer = {"code": problem.code, "detail": problem.detail, **problem.extra}
    return answer if isinstance(answer, bytes) else orjson.dumps(answer)


def everything(place, device, records):
    """Every question worker1 can think of, about every scope and every record: the answers' bytes."""
    actor, world = device.actor(), place.world
    body = {"device": device.id, "timeline": place.timeline()}
    people = [f"user:{account}" for account in place.accounts.values()]
    for scope in EVERY_SCOPE + people:
        yield said(lambda s=scope: pull.pull(world, actor, body | {"scopes": {s: None}}))
        yield said(lambda s=scope: b"".join(snapshot.snapshot(world, actor, s, None, None)))
        yield said(lambda s=scope: b"".join(snapshot.snapshot(world, actor, s, None, f"building/{uid(1)}")))
        told = {"scopes": {scope: {"cursor": None, "live": 1, "digest": "0" * 16}}, "next_n": device.n + 1}
        yield said(lambda t=told: hello.hello(world, actor, body | t))
    for type_, record in records:
        for raw in probes(type_, record):
            for scope in (G1, G3):
                one = device.number(raw | {"id": str(uid(device.n + 10**8)), "scope": scope})
                yield said(lambda o=one: push.push(world, actor, body | {"changes": [o]}))
        yield said(lambda r=record: history.of_record(world, actor, r, None, 50))
        yield said(lambda r=record: changes.read(world, actor, r))
        raw = {"raw": record, "why": record, "id": record}
        yield said(lambda r=raw: quarantine.quarantine(world, actor, body | r))
    for kind in review.KINDS:
        for scope in (None, G1, G3):
            yield said(lambda k=kind, s=scope: review.items(world, actor, {"kind": k, "scope": s}))


def probes(type_, record):
    yield change("update", type_, record, G1, sets={"note": ("", "?"), "name": ("", "?")})
    yield change("create", type_, record, G1, sets={"note": "?"})
    yield change("delete", type_, record, G1)
    yield change("undelete", type_, record, G1)
    yield change("move", type_, record, G1, move={"from": G3, "to": G1})
    yield change("resolve", type_, record, G1, resolve={"choose": "current"})
    yield change("transition", type_, record, G1, transition={"action": "accept", "from": None, "args": {}})
    yield change("create", "visit", str(uid(1)), G1, sets={"household": record, "result": "met"})
    yield change("create", "comment", str(uid(2)), G1, sets={"about": record, "text": "?"})
    yield change("create", "dwelling", str(uid(3)), G1, sets={"building": record, "room_no": "1"})
    yield change("create", "resident", str(uid(6)), G1, sets={"name": "x", "id_no": FOREIGN_ID})


def test_no_answer_holds_a_foreign_word_or_a_whole_id_number(place):
    own, foreign = place.device("worker1"), place.device("worker3")
    mine, _ = planted(place, own, G1, "自家", OWN_ID)
    theirs, verdicts = planted(place, foreign, G3, CANARY, FOREIGN_ID)
    assert CANARY.encode() in orjson.dumps(verdicts), "its own author sees it"
    assert FOREIGN_ID.encode() not in orjson.dumps(verdicts)
    records = [*mine.items(), *theirs.items()]
    answers = list(everything(place, own, records))
    size = sum(map(len, answers))
    seen = b"\n".join(answers)
    assert "自家".encode() in seen, "the scan can find something"
    assert len(answers) > 300 and size > 100_000
    for secret in (CANARY, FOREIGN_ID, OWN_ID):
        assert seen.count(secret.encode()) == 0, secret
        assert seen.count(orjson.dumps(secret.encode().decode("latin-1"))) == 0
    assert verify(place.world) == []


def test_a_pair_of_the_same_person_in_two_communities_tells_neither_about_the_other(place):
    """The same ID number here and there is a duplicate for the office; the phone learns only that."""
    own, foreign = place.device("worker1"), place.device("worker3")
    foreign.push(change("create", "resident", uid(301), G3, sets={"name": CANARY, "id_no": FOREIGN_ID}))
    verdicts = own.push(change("create", "resident", uid(302), G1, sets={"name": "王", "id_no": FOREIGN_ID}))
    scope = f"user:{place.accounts['worker1']}"
    seen = orjson.dumps([verdicts, own.pull({scope: None, G1: None}), own.snapshot(G1)])
    assert CANARY.encode() not in seen
    assert uid(301).encode() not in seen, "not even that there is such a record"
    assert FOREIGN_ID.encode() not in seen


def test_what_was_moved_away_is_seen_no_more(place):
    device = place.device("worker1")
    changes_, household = home()
    device.push(*changes_)
    place.desk("clerk1", change("move", "household", household, G1, move={"from": G1, "to": G2}))
    writer = place.device("worker2")
    writer.push(change("update", "household", household, G2, sets={"note": CANARY}))
    answers = list(everything(place, device, [("household", household), ("dwelling", changes_[1]["record"])]))
    assert CANARY.encode() not in b"\n".join(answers)
