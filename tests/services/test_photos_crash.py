"""The server dies at every place where it can; whoever sends a photo only asks how far it is and goes on."""

import pytest

from server.core.problems import Problem
from server.services import failpoints
from server.services.photos import objects, reconciling
from tests.pictures import of_bytes, sha256
from tests.services.cameras import announce, announcement, append, begin, row, stands_at

pytestmark = pytest.mark.usefixtures("sound")
MOMENTS = ("begin", "before_commit", "after_commit")
STEPS = ("photo.announce", "photo.begin", "photo.chunk", "photo.claim", "photo.stored")


class Died(BaseException):
    """Not an Exception: nothing may catch it on its way out."""


@pytest.fixture
def phone(place):
    return place.device("worker1")


def dies_once_at(name):
    seen = []

    def hook(reached):
        if reached == name and not seen:
            seen.append(reached)
            raise Died(name)

    failpoints.install(hook)
    return seen


@pytest.fixture(autouse=True)
def no_failpoints():
    yield
    failpoints.install(None)


def persist(act, *arguments):
    """As a client does: what was not answered is asked for again."""
    for _ in range(3):
        try:
            return act(*arguments)
        except Died:
            continue
    raise AssertionError("died more than once")


def send_on(phone, upload, data, chunk):
    """Every chunk from where the server says it stands."""
    while (at := persist(stands_at, phone, upload)) < len(data):
        try:
            append(phone, upload, at, data[at : at + chunk])
        except (Died, Problem):
            continue


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_dies_at_any_moment_of_a_photo_loses_nothing_of_it(place, phone, step, moment):
    data = of_bytes(40_000)
    said = announcement(data)
    seen = dies_once_at(f"{step}.{moment}")
    persist(announce, phone, said)
    upload = persist(begin, phone, said)
    send_on(phone, upload, data, 20_000)
    assert seen == [f"{step}.{moment}"]
    assert announce(phone, said)["state"] == "stored"
    assert place.world.photos.store.get(objects.key_of(sha256(data))) == data
    assert row(place, said["id"]).state == "stored"
    assert reconciling.verify(place.world, read_bytes=True).findings == []


def test_what_a_dead_server_left_in_the_store_is_collected(place, phone):
    data = of_bytes(40_000)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    dies_once_at("photo.chunk.before_commit")
    send_on(phone, upload, data, 20_000)
    staged = [found.key for found in place.world.photos.store.list("staging/")]
    assert len(staged) == 1, "put, and its row never written"
    place.clock.pass_(days=8)
    assert reconciling.collect(place.world).chunks == 1
    assert reconciling.verify(place.world, read_bytes=True).orphans == 0
