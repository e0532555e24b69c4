"""What every photo store promises: a folder, a bucket on a server that verifies signatures, and the tests' own."""

import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from server.adapters.photos.folder import Folder
from server.adapters.photos.s3 import Bucket
from server.adapters.photos.store import Missing, Unreachable
from tests.memory_store import MemoryStore

KEY, OTHER = "photo/ab/abcdef0123", "photo/ac/acdef"
NOW = timedelta(minutes=5)


@pytest.fixture(params=["folder", "s3", "memory"])
def store(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path / "photos")
    if request.param == "memory":
        return MemoryStore()
    storage = request.getfixturevalue("storage")
    return Bucket(storage.place(storage.make_bucket()))


@pytest.fixture
def bucket(storage):
    return Bucket(storage.place(storage.make_bucket()))


def sent_by(bucket):
    """The requests that a bucket sends from now on."""
    sent = []
    bucket._client.meta.events.register("before-send.s3", lambda request, **_: sent.append(request))
    return sent


@pytest.mark.parametrize("data", [b"", b"\0\xff\r\n", os.urandom(300_000)], ids=len)
def test_what_was_put_is_got_byte_for_byte(store, data):
    store.put(KEY, data)
    assert (store.get(KEY), store.size(KEY)) == (data, len(data))


def test_what_was_never_put_is_missing(store):
    with pytest.raises(Missing):
        store.get(KEY)
    assert store.size(KEY) is None
    assert list(store.list("photo/")) == []


def test_putting_again_replaces(store):
    store.put(KEY, b"first")
    store.put(KEY, b"the second")
    assert (store.get(KEY), store.size(KEY)) == (b"the second", 10)
    assert [found.key for found in store.list("photo/")] == [KEY]


def test_deleting_takes_away_and_may_be_repeated(store):
    store.put(KEY, b"x")
    store.put(OTHER, b"y")
    for _ in range(2):
        store.delete(KEY)
        assert store.size(KEY) is None
    assert store.get(OTHER) == b"y"


def test_a_listing_shows_what_lies_under_a_prefix_with_its_size_and_time(store):
    before = datetime.now(UTC)
    for key, data in ((OTHER, b"yy"), (KEY, b"x"), ("staging/u/1-a", b"zzz")):
        store.put(key, data)
    found = list(store.list("photo/"))
    assert [(f.key, f.bytes) for f in found] == [(KEY, 1), (OTHER, 2)]
    assert all(abs(f.since - before) < NOW for f in found)
    assert [f.key for f in store.list("staging/")] == ["staging/u/1-a"]
    assert [f.key for f in store.list("photo/ab/")] == [KEY]
    assert len(list(store.list("staging/u/"))) == 1


def test_a_path_in_a_key_climbs_nowhere(store):
    for key in ("../x", "photo/../../x", "/etc/passwd", "photo//x", "photo", "photo/x y", "photo/x\0", ""):
        for act, rest in ((store.put, [b"x"]), (store.get, []), (store.size, []), (store.delete, [])):
            with pytest.raises(ValueError, match="no key"):
                act(key, *rest)


def test_two_who_put_the_same_object_at_once_leave_it_whole(store):
    data = os.urandom(200_000)
    gate = threading.Barrier(6)

    def put(_):
        gate.wait()
        store.put(KEY, data)
        assert store.get(KEY) == data

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(put, range(6)))
    assert [f.bytes for f in store.list("photo/")] == [len(data)]


def test_a_folder_shows_no_half_written_file(tmp_path, monkeypatch):
    """A server killed while it writes leaves a file of another name, which no listing and no key shows."""
    folder = Folder(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Unreachable, match="No space"):
        folder.put(KEY, b"x" * 1000)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []
    (tmp_path / "unfinished").mkdir(exist_ok=True)
    (tmp_path / "unfinished/1234").write_bytes(b"half")
    assert list(folder.list("photo/")) == []
    assert [found.key for found in folder.list("unfinished/")] == ["unfinished/1234"], "for `flask photos gc`"


def test_a_folder_syncs_the_file_before_its_name_and_the_name_before_it_answers(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(os, "fsync", lambda handle: done.append(os.readlink(f"/proc/self/fd/{handle}")))
    Folder(tmp_path).put(KEY, b"x")
    assert "/unfinished/" in done[-2]
    assert done[-1] == str(tmp_path / "photo/ab")
    assert {str(tmp_path), str(tmp_path / "photo")} <= set(done[:-2]), "the names of new folders too"


def test_a_folder_that_cannot_be_written_is_a_store_that_is_away(tmp_path):
    (tmp_path / "photo").write_text("a file where a folder should be")
    with pytest.raises(Unreachable):
        Folder(tmp_path).put(KEY, b"x")


def test_a_wrong_secret_is_refused_by_the_bucket(storage, bucket):
    bucket.put(KEY, b"x")
    wrong = Bucket(storage.place(bucket.place.bucket, secret_key="wrong"))
    for act in (lambda: wrong.put(KEY, b"y"), lambda: wrong.get(KEY), lambda: wrong.size(KEY)):
        with pytest.raises(Unreachable):
            act()
    with pytest.raises(Unreachable):
        list(wrong.list("photo/"))
    assert bucket.get(KEY) == b"x"


def test_a_bucket_that_is_not_there_is_a_store_that_is_away(storage):
    gone = Bucket(storage.place("no-such-bucket"))
    with pytest.raises(Unreachable, match="NoSuchBucket"):
        gone.put(KEY, b"x")
    with pytest.raises(Unreachable, match="NoSuchBucket"):
        gone.get(KEY)
    with pytest.raises(Unreachable):
        list(gone.list("photo/"))


def test_a_server_that_does_not_answer_is_a_store_that_is_away(storage):
    with socket.socket() as bound:  # nobody listens here
        bound.bind(("127.0.0.1", 0))
        away = Bucket(storage.place("photos", endpoint=f"http://127.0.0.1:{bound.getsockname()[1]}"))
        for act in (lambda: away.put(KEY, b"x"), lambda: away.get(KEY), lambda: away.size(KEY)):
            with pytest.raises(Unreachable):
                act()


def test_nothing_but_whole_objects_is_asked_of_a_bucket(bucket):
    """No tags, no ACL, no newer checksums, no chunked signing: servers of other makers stumble over each."""
    sent = sent_by(bucket)
    bucket.put(KEY, b"x")
    bucket.get(KEY), bucket.size(KEY), list(bucket.list("photo/")), bucket.delete(KEY)
    assert [request.method for request in sent] == ["PUT", "GET", "HEAD", "GET", "DELETE"]
    for request in sent:
        names = {name.lower() for name in request.headers}
        assert not [
            n for n in names if n.startswith(("x-amz-checksum", "x-amz-sdk-checksum", "x-amz-acl", "x-amz-tag"))
        ]
        assert "aws-chunked" not in str(request.headers.get("Content-Encoding", ""))
        assert request.headers["Authorization"].decode().startswith("AWS4-HMAC-SHA256 ")
    assert [url.partition("?")[2] for url in (r.url for r in sent if "list-type" not in r.url)] == [""] * 4


def test_newer_checksums_are_sent_where_the_settings_say_so(storage, bucket):
    newer = Bucket(storage.place(bucket.place.bucket, checksums="when_supported"))
    sent = sent_by(newer)
    newer.put(KEY, b"x")
    assert newer.get(KEY) == b"x"
    assert any(name.lower().startswith("x-amz-checksum") for name in sent[0].headers)


def test_the_bucket_stands_in_the_host_where_the_settings_say_so(storage, bucket, monkeypatch):
    """As Aliyun OSS and Amazon want it. The name is made to lead here."""
    real, names = socket.getaddrinfo, []

    def here(host, *rest, **more):
        names.append(host)
        return real("127.0.0.1", *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    local = storage.endpoint.replace("127.0.0.1", "localhost")
    virtual = Bucket(storage.place(bucket.place.bucket, endpoint=local, addressing="virtual"))
    virtual.put(KEY, b"virtual")
    assert set(names) == {f"{bucket.place.bucket}.localhost"}
    assert bucket.get(KEY) == b"virtual"


def test_two_prefixes_of_one_bucket_are_two_stores(storage, bucket):
    other = Bucket(storage.place(bucket.place.bucket, prefix="other/"))
    bucket.put(KEY, b"x")
    assert other.size(KEY) is None
    assert list(other.list("photo/")) == []


def test_a_listing_longer_than_a_page_is_whole(bucket):
    sent = sent_by(bucket)
    bucket._client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2", lambda params, **_: params | {"MaxKeys": 3}
    )
    keys = [f"photo/ab/{n:04d}" for n in range(10)]
    for key in keys:
        bucket.put(key, b"")
    assert [f.key for f in bucket.list("photo/")] == keys
    assert len(sent) == 10 + 4
