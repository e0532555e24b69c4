"""Announcing photos and looking at them, over HTTP."""

from uuid import uuid4

import pytest

from tests.api.uploads import Sender, announcement
from tests.pictures import CANARY, plain, telling

ONE = "0199a000-0000-7000-8000-000000000001"


@pytest.fixture
def worker(phone):
    return phone("worker1")


@pytest.fixture
def sender(worker):
    return Sender(worker.client, {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "x"}, {"id": None}, {"id": "../../etc/passwd"},
        {"sha256": "F" * 64}, {"sha256": "0" * 63}, {"bytes": -1},
        {"bytes": "9"}, {"bytes": True}, {"bytes": 1.5}, {"bytes": 2**60}, {"mime": ["image/png"]}, {"mime": ""},
        {"mime": "x" * 65}, {"record": 7}, {"field": "A b"}, {"field": "../x"}, {"taken_at": "yesterday"},
        {"place": {"lon": 1}}, {"place": {"lon": "500", "lat": "1"}}, {"place": "here"},
    ],
)  # fmt: skip
def test_an_announcement_that_does_not_fit_is_refused(sender, wrong):
    answer = sender.announce(announcement(plain()) | wrong)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")


def test_a_photo_comes_back_as_it_went_in_with_headers_that_fit_it(worker, sender):
    data = plain("JPEG", (1600, 1200))
    photo, _ = sender.send(data)
    full = worker.client.get(f"/api/v1/photos/{photo}?size=full")
    assert (full.status_code, full.mimetype, full.data) == (200, "image/jpeg", data)
    for size, side in (("thumb", 320), ("screen", 1280)):
        answer = worker.client.get(f"/api/v1/photos/{photo}?size={size}")
        assert answer.mimetype == "image/webp"
        assert longest_side(answer.data) == side
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-store", "no record says yet whom it shows"
    default = worker.client.get(f"/api/v1/photos/{photo}")
    assert longest_side(default.data) == 1280
    assert worker.client.get(f"/api/v1/photos/{photo}?size=huge").status_code == 400


def longest_side(data):
    from io import BytesIO

    from PIL import Image

    return max(Image.open(BytesIO(data)).size)


def test_a_small_photo_is_not_blown_up(worker, sender):
    photo, _ = sender.send(plain("PNG", (100, 50)), mime="image/png")
    assert longest_side(worker.client.get(f"/api/v1/photos/{photo}?size=screen").data) == 100


def test_what_the_browser_has_is_not_sent_again(worker, sender, world):
    photo, _ = sender.send(plain())
    answer = worker.client.get(f"/api/v1/photos/{photo}")
    again = worker.client.get(f"/api/v1/photos/{photo}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    other = worker.client.get(f"/api/v1/photos/{photo}?size=thumb", headers={"If-None-Match": '"x"'})
    assert other.status_code == 200


def test_an_issues_photo_may_lie_in_a_browsers_cache_and_is_asked_for_each_time(worker, sender, desk, world):
    grid = next(g for g in worker.answer["user"]["places"])["scope"]
    photo, record = str(uuid4()), str(uuid4())
    made = {
        "id": str(uuid4()), "n": 1, "op": "create", "type": "issue", "record": record, "scope": grid, "schema": 1,
        "base": None, "at": None, "set": {"item_code": {"from": None, "to": "0101"}}, "add": {"photos_before": [photo]},
        "transition": {"action": "submit", "from": None, "args": {}},
    }  # fmt: skip
    verdict = worker.post("push", changes=[made]).json["verdicts"][0]
    assert verdict["status"] == "applied", verdict
    clerk, stranger = desk("clerk1"), desk("clerk3")
    for who, expected in ((clerk, "awaited"), (stranger, "not_found")):
        answer = who.get(f"/api/v1/photos/{photo}")
        assert (answer.status_code, answer.json["code"]) == (404, expected)
    sender.send(plain(), id=photo, record=record)
    answer = clerk.get(f"/api/v1/photos/{photo}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-cache")
    assert stranger.get(f"/api/v1/photos/{photo}").json == stranger.get(f"/api/v1/photos/{uuid4()}").json
    items = clerk.get(f"/api/v1/photos?ids={photo},{uuid4()}").json["items"]
    assert [(i["id"], i["state"], i["by"]) for i in items] == [(photo, "stored", worker.answer["user"]["id"])]


@pytest.mark.parametrize("ids", ["", "x", "a,b", f"{ONE},", ",".join([ONE] * 101)], ids=len)
def test_ids_that_are_none_are_refused(worker, ids):
    assert worker.client.get(f"/api/v1/photos?ids={ids}").json["code"] == "bad_request"


def test_nothing_of_what_a_file_says_besides_is_sent_kept_or_logged(worker, sender, demo_app, caplog):
    store = demo_app.extensions["world"].photos.store
    for form in ("JPEG", "PNG", "WEBP"):
        photo, answer = sender.send(telling(form, 6), mime=f"image/{form.lower()}")
        assert answer.status_code == 204
        for size in ("thumb", "screen", "full"):
            assert CANARY.encode() not in worker.client.get(f"/api/v1/photos/{photo}?size={size}").data
        listed = worker.client.get(f"/api/v1/photos?ids={photo}")
        assert CANARY not in listed.text
    assert CANARY not in caplog.text
    files = [store.get(found.key) for prefix in ("photo/", "staging/") for found in store.list(prefix)]
    assert len(files) == 9 and not [data for data in files if CANARY.encode() in data]


def test_the_place_a_file_names_is_in_no_answer_and_the_place_that_was_attached_is(worker, sender):
    attached = {"lon": "117.12", "lat": "36.65", "accuracy_m": "8"}
    photo, _ = sender.send(telling("JPEG"), place=attached)
    item = worker.client.get(f"/api/v1/photos?ids={photo}").json["items"][0]
    assert item["place"] == attached
    assert item["taken_at"] == "2026-11-20T01:00:00.000Z"
