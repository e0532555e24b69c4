"""Photos come whole or not at all, and once; what is known already is not sent again."""

import pytest

from server.core.problems import Problem
from server.services.photos import announcing, looking, objects, uploading
from tests.memory_store import down
from tests.pictures import CANARY, of_bytes, plain, sha256, telling
from tests.services.cameras import announce, announcement, append, begin, code, issue, row, send, stands_at

pytestmark = pytest.mark.usefixtures("sound")
KIB = 1024


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def store(place):
    return place.world.photos.store


def test_a_photo_in_chunks_is_stored_byte_for_byte_under_its_hash(place, phone, store):
    data = of_bytes(100 * KIB)
    said = announcement(data)
    assert announce(phone, said) == {"id": said["id"], "state": "wanted", "uploads": {"tus": "/uploads"}}
    upload = begin(phone, said)
    for start in range(0, len(data), 32 * KIB):
        assert stands_at(phone, upload) == start
        append(phone, upload, start, data[start : start + 32 * KIB])
    photo = row(place, said["id"])
    assert (photo.state, photo.sha256, photo.object, photo.object_bytes) == (
        "stored", sha256(data), sha256(data), len(data),
    )  # fmt: skip
    assert store.objects[objects.key_of(sha256(data))][0] == data
    assert {objects.hash_of(key) for key in store.objects} == {photo.object, photo.screen, photo.thumb}
    assert all(sha256(lying) == objects.hash_of(key) for key, (lying, _) in store.objects.items())
    assert announce(phone, said) == {"id": said["id"], "state": "stored"}


def test_what_a_file_says_besides_its_picture_is_not_kept_and_both_hashes_are(place, phone, store):
    for form, mime in (("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")):
        for turned in (1, 6):
            data = telling(form, turned)
            photo = row(place, send(phone, data, mime=mime))
            assert (photo.sha256, photo.bytes, photo.mime) == (sha256(data), len(data), mime)
            assert photo.object != photo.sha256
            assert (photo.width, photo.height) == ((160, 120) if turned == 1 else (120, 160))
    assert not [key for key, (lying, _) in store.objects.items() if CANARY.encode() in lying]


def test_a_wrong_name_for_the_kind_of_file_is_put_right(place, phone):
    assert row(place, send(phone, plain("PNG"), mime="image/jpeg")).mime == "image/png"


@pytest.mark.parametrize("chunk", range(4))
def test_a_store_that_is_away_takes_nothing_in_and_the_same_chunk_again_goes_on(place, phone, store, chunk):
    """Before the act and after it: a store that says 5xx may have stored all the same."""
    data = of_bytes(120 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload, size = begin(phone, said), -(-len(data) // 4)
    for at in range(4):
        for lying in (False, True) if at == chunk else ():
            store.fault = (
                (lambda when, what, key: down(when, what, key) if when == "after" else None) if lying else down
            )
            assert code(append, phone, upload, at * size, data[at * size : (at + 1) * size]) == "busy"
            assert stands_at(phone, upload) == at * size
            store.fault = lambda *_: None
            assert row(place, said["id"]).state == "wanted"
        append(phone, upload, at * size, data[at * size : (at + 1) * size])
    assert announce(phone, said)["state"] == "stored"
    assert store.get(objects.key_of(sha256(data))) == data


def test_a_chunk_in_the_wrong_place_changes_nothing_and_says_where_it_belongs(phone):
    data = of_bytes(100 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    append(phone, upload, 0, data[:40_000])
    for start in (0, 39_999, 40_001, 10**9):
        with pytest.raises(Problem) as refused:
            append(phone, upload, start, data[:2_000])
        assert (refused.value.code, refused.value.extra) == ("wrong_offset", {"offset": 40_000})
    assert code(append, phone, upload, 40_000, data[:10]) == "bad_request", "crumbs"
    assert code(append, phone, upload, 40_000, data) == "too_large", "more than announced"
    assert stands_at(phone, upload) == 40_000


def test_another_file_than_announced_is_refused_and_the_upload_starts_over(place, phone, store):
    data, other = of_bytes(50 * KIB), bytearray(of_bytes(50 * KIB))
    other[-20_000] ^= 1
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    append(phone, upload, 0, bytes(other[:30_000]))
    assert code(append, phone, upload, 30_000, bytes(other[30_000:])) == "wrong_hash"
    assert stands_at(phone, upload) == 0
    assert store.objects == {}, "nothing of it is kept"
    append(phone, upload, 0, data[:30_000])
    append(phone, upload, 30_000, data[30_000:])
    assert row(place, said["id"]).state == "stored"


def test_a_lost_chunk_starts_the_upload_over(phone, store):
    data = of_bytes(50 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    append(phone, upload, 0, data[:30_000])
    store.objects.clear()
    with pytest.raises(Problem) as refused:
        append(phone, upload, 30_000, data[30_000:])
    assert (refused.value.code, refused.value.extra) == ("wrong_offset", {"offset": 0})
    append(phone, upload, 0, data)
    assert announce(phone, said)["state"] == "stored"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (plain("JPEG", (400, 300))[:-3], "truncated"),
        (plain() + b"PK\3\4", "trailing_data"), (b"<svg/>" * 9, "format"),
        (b"\xff\xd8\xff\xdb" + b"\0\x43" + bytes(65) + b"\xff\xd9", "broken"), (plain("GIF"), "format"),
    ],
    ids=["truncated", "polyglot", "svg", "broken", "gif"],
)  # fmt: skip
def test_a_bad_picture_is_refused_for_good_with_a_reason_and_its_record_stays(place, phone, store, data, reason):
    said = announcement(data)
    said["record"] = issue(phone, photos_before=[said["id"]])["id"]
    announce(phone, said)
    upload = begin(phone, said)
    with pytest.raises(Problem) as refused:
        append(phone, upload, 0, data)
    assert (refused.value.code, refused.value.extra) == ("photo_refused", {"reason": reason})
    assert announce(phone, said) == {"id": said["id"], "state": "refused", "reason": reason}
    assert code(append, phone, upload, 0, data) == "not_found"
    assert code(begin, phone, said) == "photo_refused"
    assert store.objects == {}
    assert row(place, said["id"]).reason == reason
    colleague = place.actor("worker2")
    assert looking.described(place.world, colleague, [said["id"]])["items"][0]["reason"] == reason
    assert code(looking.look, place.world, colleague, said["id"], "full") == "photo_refused"


@pytest.mark.parametrize(
    ("said", "reason"),
    [({"mime": "image/svg+xml"}, "format"), ({"bytes": 0}, "empty"), ({"bytes": 10_485_761}, "too_large")],
)
def test_what_cannot_be_a_photo_is_refused_before_it_is_sent(phone, said, reason):
    wanted = announcement(b"x") | said
    for _ in range(2):
        assert announce(phone, wanted) == {"id": wanted["id"], "state": "refused", "reason": reason}


def test_the_same_bytes_again_are_known_to_the_device_that_sent_them_and_not_to_others_by_their_hash(place, phone):
    data = plain()
    send(phone, data)
    second = announcement(data)
    assert announce(phone, second) == {"id": second["id"], "state": "stored"}
    assert announce(phone, announcement(data), draining=True)["state"] == "stored"
    assert row(place, second["id"]).object == sha256(data)
    stranger = place.device("worker3")
    assert announce(stranger, announcement(data))["state"] == "wanted", "a hash alone proves nothing"


def test_the_same_bytes_are_known_to_whoever_may_see_them(place, phone):
    data = plain()
    said = announcement(data)
    named = issue(phone, photos_before=[said["id"]])
    send(phone, data, id=said["id"], record=named["id"])
    colleague = place.device("worker2")
    assert announce(colleague, announcement(data))["state"] == "stored"
    assert announce(place.device("worker2"), announcement(data), draining=True)["state"] == "wanted", (
        "a drain token sees nothing"
    )
    assert announce(place.device("worker3"), announcement(data))["state"] == "wanted"


def test_a_known_id_with_other_content_or_of_somebody_else_needs_a_new_one(place, phone):
    said = announcement(plain())
    announce(phone, said)
    assert code(announce, phone, said | {"sha256": "0" * 64}) == "photo_differs"
    assert code(announce, phone, said | {"bytes": said["bytes"] + 1}) == "photo_differs"
    assert code(announce, place.device("worker2"), said) == "photo_differs"
    assert announce(place.device("worker1"), said)["state"] == "wanted", "another device of the same person"


def test_an_object_that_went_away_makes_its_photo_wanted_again(place, phone, store):
    data = plain()
    said = announcement(data)
    send(phone, data, **said)
    upload = begin(phone, said)
    assert stands_at(phone, upload) == len(data)
    store.delete(objects.key_of(sha256(data)))
    assert announce(phone, said)["state"] == "wanted"
    again = begin(phone, said)
    assert stands_at(phone, again) == 0
    append(phone, again, 0, data)
    assert announce(phone, said)["state"] == "stored"
    assert row(place, said["id"]).state == "stored"


def test_an_upload_is_its_devices_own(place, phone):
    data = of_bytes(30 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    assert begin(phone, said) == upload, "begun twice, the same one"
    for other in (place.device("worker1"), place.device("worker2")):
        assert code(stands_at, other, upload) == "not_found"
        assert code(append, other, upload, 0, data) == "not_found"
        assert code(uploading.end, place.world, other.actor(), upload) == "not_found"
    assert code(begin, place.device("worker2"), said) == "not_found"
    assert code(begin, phone, said | {"bytes": said["bytes"] - 1}) == "bad_request"
    assert stands_at(phone, upload) == 0


def test_an_upload_expires_seven_days_after_its_last_chunk_and_is_begun_anew(place, phone, store):
    data = of_bytes(60 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    place.clock.pass_(days=6)
    append(phone, upload, 0, data[:20_000])
    place.clock.pass_(days=6)
    append(phone, upload, 20_000, data[20_000:40_000])
    place.clock.pass_(days=7)
    assert code(append, phone, upload, 40_000, data[40_000:]) == "upload_gone"
    again = begin(phone, said)
    assert again != upload and stands_at(phone, again) == 0
    assert store.objects == {}, "what was staged went with it"
    append(phone, again, 0, data)
    assert row(place, said["id"]).state == "stored"


def test_an_upload_given_up_leaves_nothing_and_the_photo_wanted(place, phone, store):
    data = of_bytes(30 * KIB)
    said = announcement(data)
    announce(phone, said)
    upload = begin(phone, said)
    append(phone, upload, 0, data[:10_000])
    uploading.end(place.world, phone.actor(), upload)
    assert code(stands_at, phone, upload) == "not_found"
    assert (store.objects, announce(phone, said)["state"]) == ({}, "wanted")


def test_a_device_has_so_many_unfinished_uploads_and_announced_photos_and_no_more(place, phone, monkeypatch):
    monkeypatch.setattr(uploading, "UNFINISHED", 3)
    monkeypatch.setattr(announcing, "ANNOUNCED", 4)
    pictures = [plain(seed=n) for n in range(4)]
    waiting = [announcement(data) for data in pictures]
    for said in waiting:
        assert announce(phone, said)["state"] == "wanted"
    assert code(announce, phone, announcement(plain(seed=9))) == "throttled"
    assert announce(phone, waiting[0])["state"] == "wanted", "known ones are answered"
    uploads = [begin(phone, said) for said in waiting[:3]]
    assert code(begin, phone, waiting[3]) == "throttled"
    append(phone, uploads[0], 0, pictures[0])
    begin(phone, waiting[3])
    assert announce(phone, announcement(plain(seed=9)))["state"] == "wanted"
    assert announce(place.device("worker1"), announcement(plain(seed=10)))["state"] == "wanted", "each device its own"


def test_a_desk_has_no_camera(place):
    from server.core.photos.announcement import read_announcement

    actor = place.actor("clerk1")
    assert code(announcing.announce, place.world, actor, read_announcement(announcement(b"x")), "") == "forbidden"
    assert code(uploading.start, place.world, actor, announcement(b"x")["id"], 1) == "forbidden"
