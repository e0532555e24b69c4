"""The server as it is run: slow senders, wrong settings."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request

import pytest

from tests.serving import PROGRAMS, ROOT, Server, serving

HEAD = b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"


@pytest.fixture(scope="module")
def server(databases, tmp_path_factory):
    with (
        databases.migrated("sqlite") as url,
        serving(url, tmp_path_factory.mktemp("served"), BODY_SECONDS="1") as running,
    ):
        yield running


def begin(server: Server, senders: contextlib.ExitStack) -> socket.socket:
    """A request whose body begins and does not go on."""
    sender = senders.enter_context(socket.create_connection(("127.0.0.1", server.port)))
    sender.sendall(HEAD)
    sender.settimeout(30)
    return sender


def drip(sender: socket.socket) -> bytes:
    """Sends a byte now and then for as long as the server listens; what it answered, nothing where it hung up."""
    sender.settimeout(0.2)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            try:
                sender.sendall(b" ")
                return sender.recv(4000)
            except ConnectionError:
                return b""
    raise AssertionError("the server went on listening")


def test_a_body_that_stops_is_ended_and_others_are_answered_meanwhile(server):
    with contextlib.ExitStack() as ended:
        senders = [begin(server, ended) for _ in range(8)]
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=30) as answer:
            assert json.load(answer) == {"status": "ok"}
        for sender in senders:
            answer = b"".join(iter(lambda sender=sender: sender.recv(4000), b""))
            assert answer.startswith(b"HTTP/1.1 408") and b'"code":"slow_body"' in answer


def test_a_body_sent_byte_by_byte_is_ended_too(server):
    with contextlib.ExitStack() as ended:
        assert drip(begin(server, ended))[:12] in (b"HTTP/1.1 408", b"")


def test_two_processes_share_sessions_and_say_the_same(server):
    for _ in range(10):
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=30) as answer:
            assert json.load(answer) == {"status": "ok", "missing": []}


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [({"GRACE_DAYS": "soon"}, "GRACE_DAYS must be"), ({"DATABASE_URL": "oracle://x"}, "DATABASE_URL must be")],
)
def test_a_wrong_setting_stops_gunicorn_with_one_sentence(tmp_path, settings, sentence):
    environment = {"PATH": str(PROGRAMS), "DATA_DIR": str(tmp_path)} | settings
    command = [PROGRAMS / "gunicorn", "--config", "server/gunicorn_conf.py", "--bind", "127.0.0.1:0"]
    done = subprocess.run(
        [*command, "server.app:create_app()"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    said = [line for line in (done.stdout + done.stderr).splitlines() if "[INFO]" not in line]
    assert len(said) == 1 and said[0].startswith(sentence)
