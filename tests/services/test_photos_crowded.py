"""Many at once, and a store that takes its time: one chunk is taken once, nobody waits for another's photo."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from server.services.photos import objects
from tests.pictures import of_bytes, plain, sha256
from tests.services.cameras import announce, announcement, append, begin, code, row, send, stands_at
from tests.services.phones import brief, new

pytestmark = pytest.mark.usefixtures("sound")


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def store(place):
    return place.world.photos.store


def at_once(count, act):
    gate = threading.Barrier(count)

    def one(number):
        gate.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_five_who_bring_the_same_chunk_at_once_bring_it_once(place, phone, store):
    data = of_bytes(60_000)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    answers = at_once(5, lambda n: code(append, phone, upload, 0, data[: 30_000 + n]))
    assert answers.count(None) == 1 and set(answers) == {None, "wrong_offset"}
    there = stands_at(phone, upload)
    assert 30_000 <= there < 30_005
    assert [len(lying) for lying, _ in store.objects.values()] == [there], "the others' are swept"
    answers = at_once(5, lambda _: code(append, phone, upload, there, data[there:]))
    assert set(answers) <= {None, "wrong_offset", "busy"} and None in answers
    assert row(place, said["id"]).state == "stored"
    assert store.get(objects.key_of(sha256(data))) == data


def test_five_who_announce_and_begin_at_once_get_one_photo_and_one_upload(place, phone):
    said = announcement(plain())
    assert [a["state"] for a in at_once(5, lambda _: announce(phone, said))] == ["wanted"] * 5
    uploads = {begin(phone, said) for _ in range(2)}
    assert len(uploads | set(at_once(5, lambda _: begin(phone, said)))) == 1


def test_a_slow_store_holds_nobody_else_up(place, phone, store):
    """While an object is being put no transaction is open: others push and announce, on SQLite too."""
    data = of_bytes(60_000)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    for start, part in ((0, data[:30_000]), (30_000, data[30_000:])):
        slow, go_on = threading.Event(), threading.Event()

        def takes_its_time(when, what, _key, slow=slow, go_on=go_on):
            if (when, what) == ("before", "put"):
                slow.set()
                assert go_on.wait(30)

        store.fault = takes_its_time
        thread = threading.Thread(target=append, args=(phone, upload, start, part))
        thread.start()
        assert slow.wait(30)
        colleague = place.device("worker2")
        assert brief(colleague.push(new("building", building_no=str(start)))) == [("applied", None)]
        assert announce(colleague, announcement(plain(seed=start)))["state"] == "wanted"
        go_on.set()
        thread.join(30)
        store.fault = lambda *_: None
    assert row(place, said["id"]).state == "stored"


def test_two_photos_of_the_same_bytes_at_once_are_both_stored_over_one_object(place, phone, store):
    data = plain()
    both = [announcement(data), announcement(data)]
    uploads = []
    for said in both:
        assert announce(phone, said)["state"] == "wanted"
        uploads.append(begin(phone, said))
    assert at_once(2, lambda n: code(append, phone, uploads[n], 0, data)) == [None, None]
    assert [row(place, said["id"]).state for said in both] == ["stored"] * 2
    assert len(store.objects) == 3
    assert send(phone, data) and len(store.objects) == 3
