"""A photo that was sealed to the server on the phone: what is stored is the picture inside."""

import json

import pytest

from server.services.photos import objects
from tests.pictures import of_bytes, plain, sha256, telling
from tests.services.cameras import announce, announcement, code, row, send
from tests.services.phones import seal_photo

pytestmark = pytest.mark.usefixtures("sound")
SEALED = "application/x-grid-sealed"
HERE = {"lon": "117.1", "lat": "36.66", "accuracy_m": "12"}


@pytest.fixture
def phone(place):
    return place.device("worker1")


def sent(place, phone, file, photo, **said):
    return code(send, phone, file, id=photo, mime=SEALED, **said)


PHOTO = "00000000-0000-4000-8000-00000000f001"


def test_a_sealed_photo_in_chunks_is_stored_as_the_picture_inside_with_its_place(place, phone):
    data = of_bytes(80_000)
    file = seal_photo(place, PHOTO, data, place=HERE)
    send(phone, file, chunk=32_768, id=PHOTO, mime=SEALED)
    photo = row(place, PHOTO)
    assert (photo.state, photo.mime, photo.object, photo.object_bytes) == (
        "stored",
        "image/jpeg",
        sha256(data),
        len(data),
    )
    assert (photo.sha256, photo.bytes, json.loads(photo.place)) == (sha256(file), len(file), HERE)
    lying = [data for data, _ in place.world.photos.store.objects.values()]
    assert data in lying and file not in lying
    assert announce(phone, announcement(file, id=PHOTO, mime=SEALED))["state"] == "stored"


def test_what_hides_in_a_sealed_photo_is_taken_out_as_well(place, phone):
    assert sent(place, phone, seal_photo(place, PHOTO, telling("PNG", 6)), PHOTO) is None
    assert row(place, PHOTO).object != sha256(telling("PNG", 6))


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file[:-1] + bytes([file[-1] ^ 1]),
        lambda file: b"{" + file[40:],
        lambda file: b'{"box": 7}\n' + file,
        lambda file: b'{"box": "AAAA"}\n',
        lambda file: file.partition(b"\n")[0],
        lambda file: b"{" * 5_000,
    ],
)
def test_one_that_cannot_be_opened_is_refused_for_good_and_in_words(place, phone, damage):
    assert sent(place, phone, damage(seal_photo(place, PHOTO, plain())), PHOTO) == "photo_refused"
    assert row(place, PHOTO).reason == "unopenable"


@pytest.mark.parametrize("said", [{"sha256": "0" * 64}, {"place": {"lon": "9"}}, {"secret": "AAAA"}, {"secret": None}])
def test_one_that_holds_another_thing_than_it_says_is_refused(place, phone, said):
    assert sent(place, phone, seal_photo(place, PHOTO, plain(), **said), PHOTO) == "photo_refused"


def test_a_photo_sealed_under_one_id_cannot_come_under_another(place, phone):
    other = "00000000-0000-4000-8000-00000000f002"
    assert sent(place, phone, seal_photo(place, PHOTO, plain()), other) == "photo_refused"
    assert row(place, other).reason == "unopenable"


def test_one_whose_object_went_away_is_wanted_and_taken_again(place, phone):
    file = seal_photo(place, PHOTO, plain())
    send(phone, file, id=PHOTO, mime=SEALED)
    place.world.photos.store.delete(objects.key_of(row(place, PHOTO).object))
    send(phone, file, id=PHOTO, mime=SEALED)
    assert place.world.photos.store.get(objects.key_of(sha256(plain()))) == plain()
