"""Pulling: what fits into an answer, where a page ends, what a cursor is worth."""

from functools import reduce

import pytest

from server.core.problems import Problem
from server.core.sync.cursor import Cursor, pack
from server.services import push
from tests.places import COMMUNITY, G1, G2, G3, change, home, uid

DIGEST_OF_NOTHING = "0" * 16


def digest_of(rows):
    """XOR of the revs, as a device would count it."""
    return f"{reduce(lambda a, b: a ^ b, (int(r['rev'], 16) for r in rows), 0):016x}"


def pull_all(device, scopes, limit=1000):
    """Pages until none has more, applied like a device: ({scope: {id: row}}, last heads, number of answers)."""
    cursors = dict.fromkeys(scopes)
    held, heads, answers, waiting = {s: {} for s in scopes}, {}, 0, list(scopes)
    while waiting:
        pages = device.pull({s: cursors[s] for s in waiting}, limit)
        answers += 1
        assert any(page["rows"] or not page["more"] for page in pages), "no progress"
        for page in pages:
            for row in page["rows"]:
                held[page["scope"]][row["id"]] = row
            cursors[page["scope"]] = page["cursor"]
            if not page["more"]:
                waiting.remove(page["scope"])
                heads[page["scope"]] = page["head"]
    return held, heads, answers


def live(rows):
    return [row for row in rows.values() if row["live"]]


def rev_of(device, record, scope=G1):
    held, _, _ = pull_all(device, [scope])
    return held[scope][record]["rev"]


def many_homes(place, homes, scope=G1, note="", batch=100):
    """Imports as many homes (3 records each); ids of the households."""
    all_changes, households = [], []
    for number in range(homes):
        changes, household = home(scope, str(number))
        if note:
            changes[2]["set"]["note"] = {"from": None, "to": note}
        all_changes += changes
        households.append(household)
    for start in range(0, len(all_changes), 3 * batch):
        done = push.import_changes(place.world, None, all_changes[start : start + 3 * batch])
        assert {v["status"] for v in done} == {"applied"}
    return households


def test_head_counts_and_xors_the_live_rows(place):
    device = place.device("worker1")
    ids = many_homes(place, 20)
    device.push(change("update", "household", ids[0], G1, sets={"note": "走访"}))
    place.desk("clerk1", change("delete", "household", ids[1], G1, base=rev_of(device, ids[1])))
    held, heads, _ = pull_all(device, [G1], limit=7)
    rows = live(held[G1])
    assert heads[G1] == {"live": 59, "digest": digest_of(rows)}
    assert len(rows) == 59


def test_an_answer_holds_no_more_rows_than_asked_for(place):
    device = place.device("worker1")
    for number in range(4):
        device.push(*home(room=str(number))[0])
    pages = device.pull({G1: None}, limit=7)
    assert len(pages[0]["rows"]) == 6, "two batches of three; a third would be cut"
    assert pages[0]["more"] is True
    assert "head" not in pages[0]


def test_an_answer_holds_no_more_than_a_mebibyte(place):
    many_homes(place, 60, note="长" * 1300, batch=10)
    many_homes(place, 400, batch=10)
    device = place.device("worker1")
    page = device.pull({G1: None})[0]
    assert page["more"] is False or len(str(page)) <= 2**20
    held, heads, answers = pull_all(device, [G1])
    assert answers >= 2
    assert heads[G1]["live"] == len(live(held[G1])) == 1380


def test_scopes_come_in_the_order_asked_and_one_without_room_keeps_its_cursor(place):
    many_homes(place, 3, G1, batch=1)
    many_homes(place, 3, G2, batch=1)
    device = place.device("worker2")
    start = device.pull({G2: None}, limit=3)[0]["cursor"]
    for order in ([G1, G2], [G2, G1]):
        pages = device.pull(dict.fromkeys(order, None) | {order[1]: None}, limit=9)
        assert [p["scope"] for p in pages] == order
        assert len(pages[0]["rows"]) == 9
        assert (pages[1]["rows"], pages[1]["more"], pages[1]["cursor"]) == ([], True, None)
    pages = device.pull({G1: None, G2: start}, limit=9)
    assert pages[1] == {"scope": G2, "rows": [], "cursor": start, "more": True}


def test_what_one_batch_wrote_is_never_cut(place):
    device = place.device("worker1")
    group = [c | {"group": "g1"} for c in home()[0] + home(room="302")[0]]
    device.push(*group)
    page = device.pull({G1: None}, limit=2)[0]
    assert len(page["rows"]) == 6
    assert page["more"] is True
    rest = device.pull({G1: page["cursor"]}, limit=2)[0]
    assert (rest["rows"], rest["more"]) == ([], False)


def test_a_batch_larger_than_the_room_still_comes_when_another_scope_has_nothing_new(place):
    device = place.device("worker2")
    cursor = device.pull({G2: None})[0]["cursor"]
    device.push(*[c | {"group": "g1"} for c in home()[0]])
    pages = device.pull({G2: cursor, G1: None}, limit=2)
    assert [len(p["rows"]) for p in pages] == [0, 3]


def test_a_large_batch_waits_until_it_is_first_in_an_answer(place):
    device = place.device("worker2")
    many_homes(place, 1, G1)
    many_homes(place, 2, G2)
    pages = device.pull({G1: None, G2: None}, limit=4)
    assert [len(p["rows"]) for p in pages] == [3, 0]
    _, heads, _ = pull_all(device, [G1, G2], limit=4)
    assert [heads[s]["live"] for s in (G1, G2)] == [3, 6]


def test_rows_that_a_larger_batch_wrote_fit_into_pages_of_any_size(place):
    many_homes(place, 700, batch=700)  # 2,100 rows in one transaction
    device = place.device("worker1")
    for limit in (1, 333, 1000):
        held, heads, _ = pull_all(device, [G1], limit)
        assert heads[G1] == {"live": 2100, "digest": digest_of(live(held[G1]))}


def test_a_scope_that_nothing_was_written_to_is_no_evidence_of_anything(place):
    device, before = place.device("worker1"), place.timeline()
    for scope in ("config", f"user:{place.accounts['worker1']}", G1):
        page = device.pull({scope: None})[0]
        assert page["head"] == {"live": 0, "digest": DIGEST_OF_NOTHING}
        assert device.pull({scope: page["cursor"]})[0]["rows"] == []
    assert place.timeline() == before


def test_tombstones_say_why(place):
    device = place.device("worker2")
    changes, household = home()
    device.push(*changes)
    building = changes[0]["record"]
    cursors = {s: device.pull({s: None})[0]["cursor"] for s in (G1, G2)}
    place.desk("clerk1", change("move", "household", household, G1, move={"from": G1, "to": G2}))
    pages = device.pull(cursors)
    gone = {row["id"]: row["why"] for row in pages[0]["rows"] if not row["live"]}
    assert gone == {household: "moved", changes[1]["record"]: "moved"}
    assert {r["id"] for r in pages[1]["rows"] if r["live"]} == {household, changes[1]["record"], building}
    tomb = next(r for r in pages[0]["rows"] if r["id"] == household)
    assert set(tomb) == {"id", "type", "scope", "live", "why", "rev", "ver"}
    assert tomb["scope"] == G1, "where it went is not told"
    rev = rev_of(device, household, G2)
    place.desk("clerk1", change("delete", "household", household, G2, base=rev))
    page = device.pull({G2: pages[1]["cursor"]})[0]
    assert [(r["id"], r["why"]) for r in page["rows"] if not r["live"]] == [(household, "deleted")]
    for scope in (G1, G2):
        held, heads, _ = pull_all(device, [scope])
        assert heads[scope] == {"live": len(live(held[scope])), "digest": digest_of(live(held[scope]))}


BAD = ["", "x", "A" * 40, "é", "=" * 9, 7, True, [], {}, "A" * 2000, "\ud800", "\x00"]


def test_a_garbage_cursor_costs_its_own_page_alone(place):
    device, before = place.device("worker2"), place.timeline()
    device.push(*home()[0])
    for cursor in BAD:
        pages = device.pull({G1: cursor, G2: None})
        assert pages[0] == {"scope": G1, "resnapshot": True}, cursor
        assert pages[1]["more"] is False
    assert place.timeline() == before


def test_a_cursor_is_good_for_its_own_scope_and_timeline_only(place):
    device = place.device("worker2")
    device.push(*home()[0])
    cursor = device.pull({G1: None})[0]["cursor"]
    key, now = place.world.keys.mac, place.timeline()
    made_up = pack(b"k" * 32, Cursor(G1, 999, 999, "f" * 16, now))
    elsewhere = pack(key, Cursor(G1, 3, 3, "f" * 16, uid(77)))
    for scope, wrong in ((G2, cursor), (G1, made_up), (G1, elsewhere)):
        assert device.pull({scope: wrong})[0] == {"scope": scope, "resnapshot": True}
    assert place.timeline() == now


def test_a_cursor_below_the_floor_asks_for_a_snapshot(place):
    from sqlalchemy import text

    from server.services.transactions import write

    device = place.device("worker1")
    device.push(*home()[0])
    cursor = device.pull({G1: None})[0]["cursor"]
    device.push(*home(room="302")[0])
    with write(place.world, "test") as conn:
        conn.execute(text("UPDATE scope SET floor = 5 WHERE id = :id"), {"id": G1})
    assert device.pull({G1: cursor})[0] == {"scope": G1, "resnapshot": True}


def test_another_timeline_is_told_at_once(place):
    from server.services import pull

    device = place.device("worker1")
    body = {"device": device.id, "timeline": uid(5), "scopes": {G1: None}, "limit": 5}
    with pytest.raises(Problem) as refused:
        pull.pull(place.world, device.actor(), body)
    assert refused.value.code == "timeline_changed"
    assert refused.value.extra == {"timeline": place.timeline()}


def test_a_scope_without_a_grant_is_answered_like_one_that_does_not_exist(place):
    place.device("worker3").push(*home(G3)[0])
    device = place.device("worker1")
    scopes = [G3, f"grid:{uid(999)}", f"org:{uid(1)}", f"user:{place.accounts['worker3']}", "nonsense", "x" * 500]
    pages = device.pull(dict.fromkeys(scopes))
    assert pages == [{"scope": s, "revoked": True} for s in scopes]


@pytest.mark.parametrize(
    ("scopes", "limit"),
    [([], 5), ({str(n): None for n in range(101)}, 5), ({"\ud800": None}, 5), ({"\x00": None}, 5), ({}, 0), ({}, "5")],
    ids=str,
)
def test_a_question_that_makes_no_sense_is_refused(place, scopes, limit):
    device = place.device("worker1")
    with pytest.raises(Problem) as refused:
        device.pull(scopes, limit)
    assert refused.value.code == "bad_request"


def test_an_app_that_is_too_old_waits_for_its_update_to_read_and_still_pushes(place):
    from dataclasses import replace

    from tests.places import with_schema

    device = place.device("worker1")
    newer = replace(place.world.catalog, schema=2, min_schema=2, upcasters={1: lambda raw: raw})
    device.place = with_schema(place, newer)
    for read in (lambda: device.pull({G1: None}), lambda: device.snapshot(G1)):
        with pytest.raises(Problem) as refused:
            read()
        assert (refused.value.code, refused.value.status) == ("upgrade", 426)
    assert [v["status"] for v in device.push(*home()[0])] == ["applied"] * 3
    assert "upgrade" in device.hello()["actions"]
    assert "upgrade" not in device.hello(schema=2)["actions"]
    assert len(device.pull({G1: None})[0]["rows"]) == 3, "hello said that the app was updated"


def test_a_desk_pulls_what_is_its_users_own_and_everybodys(place):
    import orjson

    from server.services import pull

    place.device("worker1").push(*home()[0])
    own = f"user:{place.accounts['worker1']}"
    body = {"device": None, "scopes": {G1: None, own: None, "config": None, f"org:{COMMUNITY}": None}}
    pages = orjson.loads(pull.pull(place.world, place.actor("worker1"), body))["pages"]
    assert [p.get("revoked", False) for p in pages] == [True, False, False, True]
