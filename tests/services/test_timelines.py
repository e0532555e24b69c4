"""A server that went back: noticed once, by whoever can prove it, and healed from the devices."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import insert, text

from server.adapters.storage.tables import people
from server.core.catalog.times import stamp
from server.core.problems import Problem
from server.core.sync.cursor import Ack, Cursor, pack
from server.services import timelines
from server.services.transactions import read, write
from server.services.verify import verify
from tests.going_back import copied
from tests.holdings import Holdings
from tests.places import G1, G2, change, home, make_place, uid


def started(place):
    """Reasons of the timelines there were, in order."""
    with read(place.world) as conn:
        return list(conn.execute(text("SELECT reason FROM timeline ORDER BY no")).scalars())


class Phone:
    """A device with its journal, that says hello as a client does."""

    def __init__(self, place, name, *scopes):
        self.device, self.journal, self.ack = place.device(name), {}, None
        self.holdings = Holdings(self.device, *scopes)
        self.timeline = place.timeline()

    def work(self, *changes):
        numbered = [self.device.number(c) for c in changes]
        return self.send(numbered)

    def send(self, numbered):
        answer = self.device.send(numbered)
        self.journal |= {c["id"]: c for c in numbered}
        self.ack = answer["ack"]
        return answer["verdicts"]

    def hello(self, **said):
        scopes = {
            scope: {"cursor": self.holdings.cursors[scope]} | self.holdings.heads.get(scope, {})
            for scope in self.holdings.cursors
        }
        told = {"timeline": self.timeline, "ack": self.ack, "scopes": scopes}
        return self.device.hello(**(told | said))

    def heal(self):
        """A second hello with the journal, what is unknown sent again, cursors made anew. The ids sent again."""
        answer = self.hello()
        if answer["timeline"] == self.timeline:
            return []
        answer = self.hello(timeline=answer["timeline"], ack=None, journal=list(self.journal))
        self.timeline = answer["timeline"]
        unknown = [self.journal[i] for i in answer["unknown"]]
        assert ("resend" in answer["actions"]) is bool(unknown)
        if unknown:
            self.send(sorted(unknown, key=lambda c: c["n"]))
        for scope in self.holdings.cursors:
            if scope in answer["fresh"]:
                self.holdings.cursors[scope] = answer["fresh"][scope]
            else:
                self.holdings.snapshot(scope)
        return answer["unknown"]


@pytest.fixture
def two(place):
    """Two phones that have sent and pulled something."""
    one, other = Phone(place, "worker1", G1), Phone(place, "worker2", G1, G2)
    one.work(*home(room="101")[0])
    other.work(*home(G2, room="201")[0])
    for phone in (one, other):
        phone.holdings.pull()
    return one, other


def go_on(one, other):
    """What the copy will not know: both phones work on, and see each other's work."""
    changes, household = home(room="102")
    one.work(*changes)
    one.holdings.pull()
    other.holdings.pull()
    other.work(change("update", "household", household, G1, sets={"note": "二"}))
    other.work(*home(room="202", scope=G2)[0])
    other.holdings.pull()
    one.holdings.pull()
    return household


def test_two_phones_heal_a_database_that_was_put_back_silently(place, two):
    one, other = two
    with copied(place) as copy:
        household = go_on(one, other)
        state = {scope: dict(other.holdings.rows[scope]) for scope in (G1, G2)}
        copy.put_back()
        assert verify(place.world) == []
        resent = one.heal() + other.heal()
        assert len(resent) == 7, "everything after the copy was unknown and came again"
        assert started(place) == ["first", "went_back"]
        for phone in (one, other):
            phone.holdings.pull()
            assert phone.holdings.agree()
            assert phone.holdings.orphans() == []
        for scope, rows in state.items():
            now = other.holdings.rows[scope]
            assert now.keys() == rows.keys()
            assert {i: r["data"] for i, r in now.items()} == {i: r["data"] for i, r in rows.items()}
        assert other.holdings.rows[G1][household]["data"]["note"] == "二"
        assert verify(place.world) == []


def test_a_cursor_ahead_of_the_database_is_evidence_however_many_bring_it_at_once(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        copy.put_back()
        asks = [
            lambda p=phone, s=scope: p.device.pull({s: p.holdings.cursors[s]})
            for phone, scope in ((one, G1), (other, G1), (other, G2), (one, G1))
        ]
        with ThreadPoolExecutor(len(asks)) as pool:
            answers = [future.exception() for future in [pool.submit(ask) for ask in asks]]
        told = {answer.extra["timeline"] for answer in answers if isinstance(answer, Problem)}
        assert told == {place.timeline()}
        assert started(place) == ["first", "went_back"]


def test_an_acknowledgement_of_more_than_is_there_is_evidence_once(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        copy.put_back()
        with ThreadPoolExecutor(4) as pool:
            hellos = [lambda: one.hello(scopes={}), lambda: other.hello(scopes={})] * 2
            answers = [future.result() for future in [pool.submit(h) for h in hellos]]
        assert {a["timeline"] for a in answers} == {place.timeline()}
        assert started(place) == ["first", "went_back"]
        assert all(not a["unknown"] for a in answers), "the journal is asked for in a second hello"


def test_work_sent_before_the_hello_does_not_hide_what_was_lost(place, two):
    one, _ = two
    with copied(place) as copy:
        one.work(*home(room="102")[0])
        proof = one.ack
        copy.put_back()
        one.device.push(*home(room="103")[0])  # numbers go on, above those that are gone
        assert one.hello(ack=proof, scopes={})["timeline"] != one.timeline
        assert started(place) == ["first", "went_back"]


def test_a_database_that_grew_again_past_a_cursor_is_told_by_its_marks(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        seen = one.holdings.cursors[G1]
        copy.put_back()
        for room in range(300, 304):
            place.device("worker2").push(*home(room=str(room))[0])
        with pytest.raises(Problem) as refused:
            one.device.pull({G1: seen})
        assert refused.value.code == "timeline_changed"


def test_a_snapshots_cursor_is_evidence_too(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        cursor = one.device.snapshot(G1)[0]["cursor"]
        copy.put_back()
        with pytest.raises(Problem) as refused:
            one.device.snapshot(G1, cursor, f"building/{uid(1)}")
        assert refused.value.code == "timeline_changed"
        assert started(place) == ["first", "went_back"]


def test_a_phone_with_nothing_new_takes_fresh_cursors_and_no_rows(place, two):
    one, other = two
    with copied(place) as copy:
        other.work(*home(G2, room="202")[0])
        other.holdings.pull()
        copy.put_back()
        other.heal()
        one.holdings.received = 0
        assert one.heal() == []
        one.holdings.pull()
        assert one.holdings.received == 0
        assert one.holdings.agree()


def test_put_back_twice_is_healed_twice(place, two):
    one, other = two
    with copied(place) as copy:
        for _ in range(2):
            go_on(one, other)
            copy.put_back()
            one.heal(), other.heal()
            for phone in (one, other):
                phone.holdings.pull()
                assert phone.holdings.agree()
        assert started(place) == ["first"], "the second time the phones came with a timeline the copy did not know"
        assert len(one.holdings.ids(G1)) == 9
        assert verify(place.world) == []


def test_a_device_the_copy_does_not_know_logs_in_again_and_heals(place, two):
    """The cookie is unknown, so the person logs in; the device keeps its id and proves what is missing."""
    with copied(place) as copy:
        phone = Phone(place, "worker1", G1)
        phone.work(*home(room="105")[0])
        phone.holdings.pull()
        copy.put_back()
        with write(place.world, "test") as conn:
            row = {"id": phone.device.id, "account": place.accounts["worker1"], "name": "t", "app": "1", "schema": 1}
            now = stamp(place.clock())
            conn.execute(insert(people.device).values(row | {"created_at": now, "last_seen_at": now}))
        assert len(phone.heal()) == 3
        phone.holdings.pull()
        assert phone.holdings.agree()
        assert started(place) == ["first", "went_back"]
        assert verify(place.world) == []


def test_no_incident_is_told_of_a_phone_that_heals(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        copy.put_back()
        one.heal(), other.heal()
        one.hello(), other.hello()
        with read(place.world) as conn:
            assert conn.execute(text("SELECT kind FROM incident")).all() == []


def test_made_up_and_foreign_proofs_harm_nobody(place, two):
    one, other = two
    key, now = place.world.keys.mac, place.timeline()
    device = one.device.id
    acks = [
        None, 7, "", "garbage", "é", "A" * 3000, [], {}, one.ack[:-2] + "zz",
        pack(b"k" * 32, Ack(device, 999, now)), pack(key, Ack(other.device.id, 999, now)),
        pack(key, Ack(device, 999, uid(3))), pack(key, Cursor(G1, 999, 0, "", now)),
    ]  # fmt: skip
    for ack in acks:
        assert one.hello(ack=ack, scopes={})["timeline"] == now
    for cursor in (pack(b"k" * 32, Cursor(G1, 999, 999, "f", now)), pack(key, Cursor(G2, 999, 9, "f", now)), one.ack):
        assert one.hello(scopes={G1: {"cursor": cursor, "live": 3, "digest": "0" * 16}})["timeline"] == now
        assert one.device.pull({G1: cursor}) == [{"scope": G1, "resnapshot": True}]
    assert one.hello(scopes={G1: {}, G2: 7, "x": None, "\x00": {}})["timeline"] == now
    assert started(place) == ["first"]


def test_a_clean_restart_keeps_the_timeline(database_url, tmp_path):
    place = make_place(database_url, str(tmp_path / "generation"))
    first = place.timeline()
    for _ in range(3):
        assert timelines.boot(place.world) == first
    place.world.engine.dispose()


@pytest.mark.parametrize("name", ["boot.before_commit", "boot.after_commit"])
def test_a_start_that_is_cut_off_keeps_the_timeline_too(database_url, tmp_path, name):
    from server.services import failpoints

    class Crash(BaseException):
        pass

    def hook(reached):
        if reached == name:
            raise Crash

    place = make_place(database_url, str(tmp_path / "generation"))
    first = place.timeline()
    failpoints.install(hook)
    with pytest.raises(Crash):
        timelines.boot(place.world)
    failpoints.install(None)
    assert timelines.boot(place.world) == first
    place.world.engine.dispose()


def test_a_start_over_a_copy_that_was_put_back_begins_a_new_timeline(place, tmp_path):
    place = replace(place, world=replace(place.world, generation_file=str(tmp_path / "generation")))
    timelines.boot(place.world)  # from here on there is a generation file
    first = place.timeline()
    assert timelines.boot(place.world) == first
    with copied(place) as copy:
        timelines.boot(place.world)
        copy.put_back()
        second = timelines.boot(place.world)
        assert second != first
        assert timelines.boot(place.world) == second
    assert started(place)[-1] == "other_database"


def test_a_phone_that_comes_to_an_announced_new_timeline_sends_what_is_unknown(place, two):
    one, other = two
    with copied(place) as copy:
        go_on(one, other)
        copy.put_back()
        with write(place.world, "test") as conn:
            timelines.start(place.world, conn, "restore")
        assert len(one.heal() + other.heal()) == 7
        for phone in (one, other):
            phone.holdings.pull()
            assert phone.holdings.agree()
        assert started(place) == ["first", "restore"]
