"""Other people's tus clients, as they come from npm and PyPI, upload to the server as it is run; and so does one that
is cut off by a power cut of the server in the middle of it."""

import contextlib
import json
import subprocess
import threading
import urllib.request
from io import BytesIO
from uuid import uuid4

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from tests.api.conftest import PASSWORD, populate
from tests.databases import ROOT
from tests.pictures import of_bytes, sha256
from tests.serving import serving

KIB = 1024


@pytest.fixture(scope="module")
def server(databases, tmp_path_factory):
    data = tmp_path_factory.mktemp("served")
    with databases.migrated("sqlite") as url:
        populate(url, data)
        with serving(url, data, DEMO="1") as running:
            yield running


class Phone:
    """A device with a drain token, which is all that uploading needs."""

    def __init__(self, server):
        self.server = server
        device = {"name": "t", "app": "1", "schema": 1}
        answer = self.ask("session", {"username": "worker1", "password": PASSWORD, "device": device}, {})
        self.token = answer["device"]["drain_token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}

    def ask(self, path, body, headers=None):
        request = urllib.request.Request(
            f"{self.server.url}/api/v1/{path}", json.dumps(body).encode(),
            {"Content-Type": "application/json"} | (self.headers if headers is None else headers),
        )  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def announce(self, data, photo):
        return self.ask("photos", {
            "id": photo, "sha256": sha256(data), "bytes": len(data), "mime": "image/jpeg", "record": str(uuid4()),
            "field": "photos_before", "taken_at": None,
        })["state"]  # fmt: skip

    def uploader(self, file, photo, chunk, **more):
        client = TusClient(f"{self.server.url}/api/v1/photos/uploads", headers=self.headers)
        more = {"retries": 8, "retry_delay": 0.5} | more
        return client.uploader(
            file_stream=BytesIO(file.read_bytes()),
            chunk_size=chunk,
            metadata={"id": photo},
            **more,
        )


@pytest.fixture
def phone(server):
    return Phone(server)


@pytest.fixture
def photo(tmp_path):
    """(file, its bytes, an id)"""
    seed = uuid4().int % 10_000
    (tmp_path / "photo.jpg").write_bytes(data := of_bytes(100 * KIB, seed))
    return tmp_path / "photo.jpg", data, str(uuid4())


def node(phone, file, photo, chunk, *more, **environment):
    from os import environ

    endpoint = f"{phone.server.url}/api/v1/photos/uploads"
    command = ["node", ROOT / "tests/api/tus_upload.mjs", file, endpoint, photo, phone.token, str(chunk), *more]
    path = f"{ROOT}/.venv/bin:{environ['PATH']}"
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": path} | environment, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_tus_js_client_uploads_in_chunks_stops_and_goes_on(phone, photo):
    file, data, ident = photo
    assert phone.announce(data, ident) == "wanted"
    told = node(phone, file, ident, 32 * KIB, str(64 * KIB))
    assert told["offset"] == 64 * KIB
    told = node(phone, file, ident, 32 * KIB, RESUME=told["url"])
    assert (told.get("error"), told["offset"]) == (None, len(data))
    assert told["chunks"] == -(-len(data) // (32 * KIB)) - 2, "only what was missing"
    assert phone.announce(data, ident) == "stored"


def test_tus_js_client_is_told_what_is_wrong_with_its_file(phone, photo):
    file, data, ident = photo
    wrong = data[:-2]
    file.write_bytes(wrong)
    assert phone.announce(wrong, ident) == "wanted"
    assert "photo_refused" in node(phone, file, ident, 256 * KIB)["error"]


def test_a_python_tus_client_uploads_in_chunks_with_checksums(phone, photo):
    file, data, ident = photo
    assert phone.announce(data, ident) == "wanted"
    uploader = phone.uploader(file, ident, 40_000, upload_checksum=True)
    uploader.upload()
    assert uploader.offset == len(data)
    assert phone.announce(data, ident) == "stored"


def test_a_python_tus_client_goes_on_where_it_was(phone, photo):
    file, data, ident = photo
    assert phone.announce(data, ident) == "wanted"
    uploader = phone.uploader(file, ident, 40_000)
    uploader.upload_chunk()
    again = phone.uploader(file, ident, 40_000, url=uploader.url)
    assert again.offset == 40_000
    again.upload()
    assert phone.announce(data, ident) == "stored"


def test_a_server_killed_in_the_middle_loses_no_chunk_that_it_took(phone, photo, server):
    """kill -9 of gunicorn and its workers while a photo is on its way; its sender asks how far it is and goes on."""
    file, data, ident = photo
    assert phone.announce(data, ident) == "wanted"
    uploader = phone.uploader(file, ident, 20_000, retries=0)
    uploader.upload_chunk()
    url, taken = uploader.url, 20_000
    for delay in (0, 0.02, 0.05):
        killer = threading.Timer(delay, server.kill)
        killer.start()
        with contextlib.suppress(TusCommunicationError):
            uploader.upload()
        killer.join()
        server.start()
        uploader = phone.uploader(file, ident, 20_000, retries=0, url=url)
        assert uploader.offset >= taken, "what was taken is still there"
        taken = uploader.offset
    uploader.upload()
    assert uploader.offset == len(data)
    assert phone.announce(data, ident) == "stored"
    assert "0 findings" in server.flask("photos", "verify", "--bytes")
    assert "all agree" in server.flask("verify")


def test_an_upload_of_a_photo_nobody_announced_is_not_begun(phone, photo):
    file, _, ident = photo
    with pytest.raises(TusCommunicationError):
        phone.uploader(file, ident, 40_000).upload()
