"""Uploads by tus 1.0.0, as its page says, over HTTP."""

from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest

from server.core.problems import CODES
from tests.api.uploads import TUS, UPLOADS, Sender, announcement, checksum
from tests.pictures import flood, of_bytes, plain

KIB = 1024


@pytest.fixture
def sender(phone):
    return Sender(phone("worker1").client, {})


@pytest.fixture
def begun(sender):
    """(the photo's bytes, the address of its upload)"""
    data = of_bytes(60 * KIB)
    said = announcement(data)
    assert sender.announce(said).json["state"] == "wanted"
    return data, sender.begin(said["id"], len(data)).headers["Location"]


def code(answer):
    assert answer.status_code < 500, answer.text
    return answer.status_code, answer.json["code"] if answer.data else None


def test_the_server_says_what_it_speaks(client):
    answer = client.options(UPLOADS)
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Extension"] == "creation,checksum,termination,expiration"
    assert answer.headers["Tus-Max-Size"] == "10485760"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


def test_an_upload_tells_how_far_it_is_and_when_it_expires(sender, begun, tick):
    tick()
    data, url = begun
    for start in range(0, len(data), 32 * KIB):
        at = sender.head(url)
        assert at.headers["Upload-Offset"] == str(start)
        assert at.headers["Upload-Length"] == str(len(data))
        assert (at.headers["Cache-Control"], at.headers["Tus-Resumable"]) == ("no-store", "1.0.0")
        answer = sender.patch(url, start, data[start : start + 32 * KIB])
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(min(start + 32 * KIB, len(data)))
        expires = parsedate_to_datetime(answer.headers["Upload-Expires"])
        assert 6.9 < (expires - tick()).total_seconds() / 86400 <= 7
    assert sender.head(url).headers["Upload-Offset"] == str(len(data))


@pytest.mark.parametrize("version", [None, "0.2.2", "1.0.1"])
def test_another_version_of_tus_is_told_which_one_is_spoken(sender, begun, version):
    headers = {"Tus-Resumable": version} if version else {}
    answer = sender.client.head(begun[1], headers=headers)
    assert (answer.status_code, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert code(sender.client.post(UPLOADS, headers=headers)) == (412, "tus_version")


def test_a_chunk_that_was_damaged_on_its_way_is_not_taken(sender, begun):
    data, url = begun
    for algorithm in ("sha1", "sha256"):
        answer = sender.patch(url, 0, data[: 32 * KIB], **checksum(algorithm, b"another"))
        assert code(answer) == (460, "checksum_mismatch")
        assert sender.head(url).headers["Upload-Offset"] == "0"
    for wrong in ("md5 xx", "sha1", "sha1 !!!", "crc32 AAAA", ""):
        assert code(sender.patch(url, 0, data[: 32 * KIB], **{"Upload-Checksum": wrong})) == (400, "bad_request")
    assert sender.patch(url, 0, data[: 32 * KIB], **checksum("sha1", data[: 32 * KIB])).status_code == 204
    assert sender.patch(url, 32 * KIB, data[32 * KIB :], **checksum("sha256", data[32 * KIB :])).status_code == 204


def test_a_chunk_for_another_place_is_told_the_place(sender, begun):
    data, url = begun
    answer = sender.patch(url, 5, data[5:])
    assert code(answer) == (409, "wrong_offset")
    assert answer.headers["Upload-Offset"] == "0"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Upload-Offset": "-1"}, (400, "bad_request")),
        ({"Upload-Offset": "x"}, (400, "bad_request")),
        ({"Upload-Offset": "9" * 40}, (400, "bad_request")),
        ({"Content-Type": "application/json"}, (415, "bad_content_type")),
        ({"Content-Type": "text/plain"}, (415, "bad_content_type")),
        ({"Origin": "https://evil.example"}, (403, "bad_origin")),
    ],
)
def test_a_chunk_with_headers_that_do_not_fit_is_refused(sender, begun, headers, expected):
    data, url = begun
    assert code(sender.patch(url, 0, data, **headers)) == expected


def test_a_chunk_larger_than_a_mebibyte_is_refused_before_it_is_read(sender):
    data = bytes(1_048_577)
    said = announcement(data)
    sender.announce(said)
    url = sender.begin(said["id"], len(data)).headers["Location"]
    assert code(sender.patch(url, 0, data)) == (413, "too_large")
    assert sender.patch(url, 0, data[:-1]).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Upload-Metadata": ""}, {"Upload-Metadata": "id"}, {"Upload-Metadata": "id !!!"}, {"Upload-Length": ""},
        {"Upload-Metadata": "id Li4vLi4vZXRjL3Bhc3N3ZA=="}, {"Upload-Metadata": "filename eC5qcGc="},
        {"Upload-Length": "-5"}, {"Upload-Length": "7"}, {"Upload-Metadata": "id /////w=="}, {"Upload-Length": "1e3"},
    ],
)  # fmt: skip
def test_an_upload_that_does_not_say_which_photo_it_is_of_is_not_begun(sender, headers):
    """A path in a name too: nothing of a client's words becomes a file's name."""
    said = announcement(plain())
    sender.announce(said)
    assert code(sender.begin(said["id"], said["bytes"], **headers)) == (400, "bad_request")


def test_a_photo_nobody_announced_has_no_upload(sender):
    assert code(sender.begin(str(uuid4()), 100)) == (404, "not_found")
    assert code(sender.head(f"{UPLOADS}/{uuid4()}")) == (404, None)
    assert code(sender.patch(f"{UPLOADS}/{uuid4()}", 0, b"x" * 2000)) == (404, "not_found")
    assert code(sender.patch(f"{UPLOADS}/..%2f..%2fetc", 0, b"x")) == (404, "not_found")


def test_another_devices_upload_is_answered_like_none(sender, begun, phone):
    data, url = begun
    for name in ("worker1", "worker2"):
        other = Sender(phone(name).client, {})
        assert code(other.head(url)) == (404, None)
        assert code(other.patch(url, 0, data)) == (404, "not_found")
        assert code(other.client.delete(url, headers=TUS)) == (404, "not_found")
    assert sender.head(url).headers["Upload-Offset"] == "0"


def test_an_expired_upload_says_so(sender, begun, tick):
    tick(days=8)
    data, url = begun
    assert sender.head(url).status_code == 410
    assert code(sender.patch(url, 0, data)) == (410, "upload_gone")


def test_an_upload_given_up_is_gone(sender, begun):
    _, url = begun
    answer = sender.client.delete(url, headers=TUS)
    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert sender.head(url).status_code == 404


def test_a_link_that_lets_only_post_through_may_name_the_method_that_is_meant(sender, begun):
    data, url = begun
    said = TUS | {
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "X-HTTP-Method-Override": "PATCH",
    }
    assert sender.client.post(url, data=data, headers=said).status_code == 204
    assert sender.client.post(url, headers=TUS | {"X-HTTP-Method-Override": "DELETE"}).status_code == 204
    assert (
        sender.client.post("/api/v1/session", json={}, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 400
    )


def test_a_drain_token_uploads_and_reads_nothing(phone):
    worker = phone("worker1")
    sender = Sender(worker.client.application.test_client(), worker.drain)
    photo, answer = sender.send(of_bytes(40 * KIB), chunk=32 * KIB)
    assert answer.status_code == 204
    assert sender.announce(announcement(of_bytes(40 * KIB), id=photo)).json["state"] == "stored"
    for path in (f"/api/v1/photos/{photo}", f"/api/v1/photos?ids={photo}"):
        assert code(sender.client.get(path, headers=sender.more)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (flood(), "too_many_pixels"),
        (plain("JPEG", (300, 200))[:-9], "truncated"), (b"<svg onload='x'/>" * 90, "format"),
        (plain("PNG") + b"<script>", "trailing_data"),
    ],
    ids=["flood", "truncated", "svg", "polyglot"],
)  # fmt: skip
def test_a_file_that_is_no_photo_is_refused_with_its_reason(sender, data, reason):
    photo, answer = sender.send(data)
    assert code(answer) == (422, "photo_refused")
    assert answer.json["reason"] == reason
    assert sender.announce(announcement(data, id=photo)).json == {"id": photo, "state": "refused", "reason": reason}


def test_another_file_than_the_one_announced_is_refused(sender):
    said = announcement(plain())
    sender.announce(said)
    url = sender.begin(said["id"], said["bytes"]).headers["Location"]
    assert code(sender.patch(url, 0, bytes(said["bytes"]))) == (422, "wrong_hash")
    assert sender.head(url).headers["Upload-Offset"] == "0"
    assert sender.patch(url, 0, plain()).status_code == 204


def test_every_problem_of_uploads_is_in_the_list_with_its_status():
    ours = {"wrong_offset": 409, "upload_gone": 410, "tus_version": 412, "wrong_hash": 422, "photo_refused": 422,
            "photo_differs": 422, "checksum_mismatch": 460, "awaited": 404, "photo_missing": 404}  # fmt: skip
    assert {name: CODES[name][0] for name in ours} == ours
