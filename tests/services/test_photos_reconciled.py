"""Rows and objects agree, both ways; what nobody names is collected late and never too early; a store can be moved."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text

from server.adapters.photos.folder import Folder
from server.adapters.photos.s3 import Bucket
from server.adapters.photos.store import Unreachable
from server.services import timelines
from server.services.photos import moving_house, objects, reconciling
from server.services.transactions import write
from tests.memory_store import MemoryStore, down
from tests.pictures import of_bytes, plain, sha256
from tests.services.cameras import announce, announcement, append, begin, code, row, send

pytestmark = pytest.mark.usefixtures("sound")
STRAY = "photo/ab/" + "ab" * 32


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def store(place):
    return place.world.photos.store


def keys(store):
    return sorted(found.key for prefix in ("photo/", "staging/") for found in store.list(prefix))


def test_what_is_missing_cut_short_or_damaged_is_found(place, phone, store):
    photos = [row(place, send(phone, plain(seed=n))) for n in range(3)]
    store.put(STRAY, b"stray")
    found = reconciling.verify(place.world, read_bytes=True)
    assert (found.stored, found.findings, found.orphans) == (3, [], 1)
    missing, short, damaged = photos
    store.delete(objects.key_of(missing.thumb))
    store.put(objects.key_of(short.object), b"short")
    store.put(objects.key_of(damaged.screen), b"damaged")
    assert sorted(reconciling.verify(place.world, read_bytes=True).findings) == sorted([
        f"photo {missing.id}: object {missing.thumb} is missing",
        f"photo {short.id}: object {short.object} has 5 bytes and should have {short.bytes}",
        f"photo {damaged.id}: object {damaged.screen} holds other bytes",
    ])  # fmt: skip
    assert len(reconciling.verify(place.world).findings) == 2, "damage inside is found by reading"


def test_an_orphan_is_collected_after_seven_days_and_nothing_that_is_named_ever(place, phone, store):
    photo = row(place, send(phone, plain()))
    kept = keys(store)
    store.put(STRAY, b"stray")
    place.clock.pass_(days=6, hours=23)
    assert reconciling.collect(place.world).orphans == 0
    place.clock.pass_(hours=1)
    assert reconciling.collect(place.world).orphans == 1
    assert keys(store) == kept
    place.clock.pass_(days=4000)
    assert reconciling.collect(place.world).orphans == 0
    assert (keys(store), row(place, photo.id).state) == (kept, "stored")


def test_within_sixty_days_of_a_new_timeline_nothing_is_an_orphan(place, phone, store):
    """A database put back has forgotten photos that phones will announce again."""
    data = plain()
    said = announcement(data)
    send(phone, data, **said)
    with write(place.world, "test") as conn:
        conn.execute(text("DELETE FROM photo"))
        timelines.start(place.world, conn, "went_back")
    place.clock.pass_(days=59)
    done = reconciling.collect(place.world)
    assert (done.orphans, done.waits_until - place.clock()) == (0, timedelta(days=1))
    assert announce(phone, said)["state"] == "wanted"
    append(phone, begin(phone, said), 0, data)
    assert reconciling.verify(place.world, read_bytes=True).orphans == 0
    store.put(STRAY, b"stray")
    place.clock.pass_(days=8)
    assert reconciling.collect(place.world).orphans == 1


def test_expired_uploads_and_their_chunks_go_and_running_ones_stay(place, phone, store):
    waiting, running = announcement(of_bytes(40_000, 1)), announcement(of_bytes(40_000, 2))
    for said in (waiting, running):
        announce(phone, said)
    append(phone, begin(phone, waiting), 0, bytes(20_000))
    place.clock.pass_(days=5)
    upload = begin(phone, running)
    append(phone, upload, 0, of_bytes(40_000, 2)[:20_000])
    store.put("staging/nobody/00000000-ab", b"left by a killed server")
    place.clock.pass_(days=3)
    assert reconciling.collect(place.world).uploads == 1
    place.clock.pass_(days=3, hours=23)
    done = reconciling.collect(place.world)
    assert (done.uploads, done.chunks) == (0, 0), "a chunk of nobody's may belong to a transaction under way"
    append(phone, upload, 20_000, of_bytes(40_000, 2)[20_000:])
    place.clock.pass_(hours=1)
    assert reconciling.collect(place.world).chunks == 1
    assert [key for key in keys(store) if key.startswith("staging/")] == []


def test_who_stores_an_object_and_who_collects_it_do_not_miss_each_other(place, phone, store):
    """The object was an orphan for weeks; it is stored anew while the collector is deciding."""
    data = plain()
    store.put(objects.key_of(sha256(data)), data)
    place.clock.pass_(days=30)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    came, storing, key = threading.Event(), [], objects.key_of(sha256(data))

    def meanwhile(when, what, about):
        """Found to be nobody's, and not yet taken away: now somebody stores it."""
        if (when, what, about) == ("before", "delete", key) and not storing:
            storing.append(None)
            thread = threading.Thread(target=lambda: storing.append(code(append, phone, upload, 0, data)))
            storing[0] = thread
            thread.start()
            came.wait(2)
        if (when, what, about) == ("after", "put", key):
            came.set()

    store.fault = meanwhile
    assert reconciling.collect(place.world).orphans == 1
    storing[0].join(30)
    store.fault = lambda *_: None
    assert storing[1:] == [None]
    assert reconciling.verify(place.world, read_bytes=True).findings == []
    assert store.get(key) == data


def test_a_store_that_does_not_answer_is_no_finding(place, phone, store):
    send(phone, plain())
    store.fault = down
    for act in (reconciling.verify, reconciling.collect):
        with pytest.raises(Unreachable):
            act(place.world)


@pytest.fixture(params=["s3", "folder"])
def other(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path / "other")
    storage = request.getfixturevalue("storage")
    return Bucket(storage.place(storage.make_bucket()))


def test_a_whole_store_is_copied_while_phones_go_on_sending(place, phone, store, other):
    """Stopped half-way it goes on where it was; what comes meanwhile comes along; an upload under way goes on there."""
    ids = [send(phone, plain(seed=n)) for n in range(3)]
    under_way = announcement(of_bytes(40_000))
    announce(phone, under_way)
    upload = begin(phone, under_way)
    append(phone, upload, 0, of_bytes(40_000)[:20_000])
    first, told = [], []

    def breaks(when, what, key):
        if what == "get" and when == "before":
            first.append(key)
            if len(first) == 4:
                raise Unreachable("cut")

    store.fault = breaks
    with pytest.raises(Unreachable):
        moving_house.copy(store, other, told.append)
    assert len(keys(other)) == 3

    def comes_meanwhile(when, what, _key):
        if what == "get" and len(ids) == 3:
            ids.append("")
            ids[3] = send(phone, plain(seed=9))

    store.fault = comes_meanwhile
    done = moving_house.copy(store, other, told.append)
    store.fault = lambda *_: None
    assert (done.copied, done.broken) == (len(keys(store)) - 3, [])
    assert keys(other) == keys(store)
    assert all(other.get(key) == store.get(key) for key in keys(store))
    place.world.photos.store.objects.clear()
    object.__setattr__(place.world.photos, "store", other)
    append(phone, upload, 20_000, of_bytes(40_000)[20_000:])
    assert reconciling.verify(place.world, read_bytes=True).findings == []
    assert [row(place, one).state for one in [*ids, under_way["id"]]] == ["stored"] * 5


def test_a_damaged_object_is_named_and_not_carried_over(place, phone, store):
    photo = row(place, send(phone, plain()))
    store.put(objects.key_of(photo.object), b"damaged")
    done = moving_house.copy(store, target := MemoryStore(), lambda _: None)
    assert done.broken == [objects.key_of(photo.object)]
    assert target.size(objects.key_of(photo.object)) is None
    assert done.copied == 2


def test_a_target_that_keeps_other_bytes_is_noticed(place, phone, store):
    class Forgetful(MemoryStore):
        def put(self, key, data):
            super().put(key, data[:-1])

    send(phone, plain())
    done = moving_house.copy(store, Forgetful(), lambda _: None)
    assert set(done.broken) == set(keys(store)) and done.copied == 0
