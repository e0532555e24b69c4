"""Snapshots: resumable anywhere, complete with the pull that follows, closed to whom it does not concern."""

import pytest

from server.core.problems import Problem
from server.services import push
from server.services.verify import verify
from tests.holdings import Holdings, digest_of
from tests.places import G1, G2, G3, change, home, uid


def homes(place, count, scope=G1):
    """Homes of 3 records each, imported; the households."""
    made = [home(scope, str(n)) for n in range(count)]
    for start in range(0, count, 100):
        batch = [c for changes, _ in made[start : start + 100] for c in changes]
        assert {v["status"] for v in push.import_changes(place.world, None, batch)} == {"applied"}
    return [household for _, household in made]


def test_lines_are_a_head_the_rows_parents_first_and_a_count(place):
    homes(place, 5)
    device = place.device("worker1")
    first, *rows, last = device.snapshot(G1)
    assert (first["scope"], first["live"], first["timeline"]) == (G1, 15, place.timeline())
    assert [r["type"] for r in rows] == ["building"] * 5 + ["dwelling"] * 5 + ["household"] * 5
    assert last == {"end": True, "sent": 15}
    assert device.pull({G1: first["cursor"]})[0]["head"] == {"live": 15, "digest": digest_of(rows)}


def test_a_snapshot_cut_after_any_row_is_resumed_there(place):
    homes(place, 7)
    device = place.device("worker1")
    first, *rows, _ = device.snapshot(G1)
    for cut, row in enumerate(rows, 1):
        again, *rest, last = device.snapshot(G1, first["cursor"], f"{row['type']}/{row['id']}")
        assert again == first
        assert rest == rows[cut:]
        assert last["sent"] == len(rows) - cut


def test_rows_beyond_one_read_come_too_and_in_order(place):
    homes(place, 400)
    device = Holdings(place.device("worker1"), G1)
    device.snapshot(G1)
    device.pull()
    assert len(device.rows[G1]) == 1200
    assert device.agree()
    ranks = [["building", "dwelling", "household"].index(r["type"]) for r in device.rows[G1].values()]
    assert ranks == sorted(ranks)


def test_what_is_written_during_a_snapshot_comes_with_the_next_pull(place):
    from server.services import snapshot

    households = homes(place, 400)
    writer, reader = place.device("worker2"), place.device("worker1")
    lines = snapshot.snapshot(place.world, reader.actor(), G1, None, None)
    holdings = Holdings(reader, G1)
    received = [next(lines), next(lines)]  # the head, and the first thousand rows
    writer.push(*home(room="new")[0])
    writer.push(change("update", "household", households[0], G1, sets={"note": "变了"}))
    place.desk("clerk1", change("move", "household", households[1], G1, move={"from": G1, "to": G2}))
    received += list(lines)
    import orjson

    first, *rows, last = [orjson.loads(line) for line in b"".join(received).splitlines()]
    assert last["sent"] == len(rows)
    holdings.rows[G1], holdings.cursors[G1] = {r["id"]: r for r in rows}, first["cursor"]
    holdings.pull()
    assert holdings.agree()
    assert holdings.orphans() == []
    assert holdings.rows[G1][households[0]]["data"]["note"] == "变了"
    assert households[1] not in holdings.rows[G1]


def test_a_resumed_snapshot_goes_on_days_later_and_the_pull_brings_what_changed_behind_it(place):
    households = homes(place, 4)
    device = place.device("worker1")
    first, *rows, _ = device.snapshot(G1)
    place.clock.pass_(days=9)
    place.device("worker2").push(change("update", "household", households[0], G1, sets={"note": "变了"}))
    _, *rest, _ = device.snapshot(G1, first["cursor"], f"{rows[3]['type']}/{rows[3]['id']}")
    holdings = Holdings(device, G1)
    holdings.rows[G1] = {r["id"]: r for r in rows[:4] + rest}
    holdings.cursors[G1] = first["cursor"]
    holdings.pull()
    assert holdings.agree()


def refusal(ask):
    with pytest.raises(Problem) as refused:
        ask()
    return refused.value.code


def test_a_foreign_scope_is_forbidden_like_one_that_does_not_exist(place):
    homes(place, 1, G3)
    device = place.device("worker1")
    answers = {refusal(lambda s=s: device.snapshot(s)) for s in (G3, G2, f"grid:{uid(99)}", "x", "\x00", "\ud800")}
    assert answers == {"forbidden"}
    cursor = place.device("worker3").snapshot(G3)[0]["cursor"]
    assert refusal(lambda: device.snapshot(G3, cursor, None)) == "forbidden"


def test_a_grant_that_ends_half_way_ends_the_lines(place):
    from server.services import snapshot

    homes(place, 400)
    device = place.device("worker2")
    lines = snapshot.snapshot(place.world, device.actor(), G1, None, None)
    next(lines), next(lines)
    place.clock.pass_(seconds=1)
    place.revoke("worker2", G1)
    assert list(lines) == []


def test_a_cursor_that_is_not_this_snapshots_is_refused(place):
    homes(place, 1)
    device = place.device("worker2")
    other = device.snapshot(G2)[0]["cursor"]
    for cursor in (other, "garbage", "é", "A" * 500):
        assert refusal(lambda c=cursor: device.snapshot(G1, c, None)) == "bad_cursor"


def test_a_place_to_resume_that_is_none_is_refused(place):
    device = place.device("worker1")
    cursor = device.snapshot(G1)[0]["cursor"]
    for after in ("", "household", "household/", "nothing/" + uid(1), "household/\x00", "household/é"):
        assert refusal(lambda a=after: device.snapshot(G1, cursor, a)) == "bad_request", after


def test_moving_five_hundred_households_costs_the_two_phones_those_rows_and_no_more(place):
    households = homes(place, 550)
    one, two = Holdings(place.device("worker1"), G1), Holdings(place.device("worker2"), G1, G2)
    for phone, scope in ((one, G1), (two, G1), (two, G2)):
        phone.snapshot(scope)
    one.received = two.received = 0
    moves = [change("move", "household", h, G1, move={"from": G1, "to": G2}) for h in households[:500]]
    for start in range(0, 500, 50):
        assert {v["status"] for v in place.desk("clerk1", *moves[start : start + 50])} == {"applied"}
    one.pull()
    two.pull()
    assert one.received == 1000, "a tombstone for each household and dwelling"
    assert two.received == 2500, "those, and with the buildings of the dwellings, in the other grid"
    assert one.agree() and two.agree()
    assert one.orphans() == two.orphans() == []
    assert one.ids(G1) & two.ids(G2) == {r["id"] for r in one.rows[G1].values() if r["type"] == "building"} & two.ids(
        G2
    )
    assert verify(place.world) == []


def test_a_building_in_two_grids_is_held_by_both_whatever_moves(place):
    """Dwellings of one building go to and fro; no phone ever holds a child without its parent."""
    device = place.device("worker2")
    changes, first = home()
    building = changes[0]["record"]
    device.push(*changes)
    more = []
    for room in ("302", "303"):
        later, household = home(room=room)
        later[1]["set"]["building"]["to"] = building
        device.push(*later[1:])
        more.append((later[1]["record"], household))
    one, two = Holdings(place.device("worker1"), G1), Holdings(device, G1, G2)
    to_and_fro = [
        ("household", first, G1, G2), ("dwelling", more[0][0], G1, G2), ("household", first, G2, G1),
        ("building", building, G1, G2), ("dwelling", more[1][0], G2, G1), ("building", building, G2, G1),
    ]  # fmt: skip
    for kind, record, source, target in to_and_fro:
        verdict = place.desk("clerk1", change("move", kind, record, source, move={"from": source, "to": target}))[0]
        assert verdict["status"] == "applied", (kind, source, verdict)
        device.push(change("update", "building", building, G1, sets={"address_text": f"{kind} {source}"}))
        for phone in (one, two):
            phone.pull()
            assert phone.orphans() == [], (kind, source, target)
            assert phone.agree()
        assert verify(place.world) == []


def test_a_household_that_goes_to_a_dwelling_in_the_other_grid_finds_it_on_its_phone(place):
    device = place.device("worker2")
    changes, household = home()
    there, _ = home(G2)
    device.push(*changes, *there)
    old, new = changes[1]["record"], there[1]["record"]
    verdict = device.push(change("update", "household", household, G1, sets={"dwelling": (old, new)}))[0]
    assert verdict["status"] in ("applied", "conflict")
    phone = Holdings(place.device("worker1"), G1)
    phone.pull()
    assert phone.orphans() == []
    assert phone.agree()
