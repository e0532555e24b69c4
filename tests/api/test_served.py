"""The server as it is run: slow senders, wrong settings."""

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


def drip(server: Server) -> bytes:
    """Sends a byte of the body now and then, for as long as the server listens; what it answered."""
    with socket.create_connection(("127.0.0.1", server.port)) as sender:
        sender.sendall(HEAD)
        sender.settimeout(0.2)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                sender.sendall(b" ")
                return sender.recv(4000)
            except TimeoutError:
                continue
    raise AssertionError("the server went on listening")


def test_a_body_sent_byte_by_byte_is_ended_and_others_are_answered_meanwhile(server):
    senders = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(8)]
    for sender in senders:
        sender.sendall(HEAD)
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=10) as answer:
        assert json.load(answer) == {"status": "ok"}
    answer = drip(server)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"code":"slow_body"' in answer
    for sender in senders:
        sender.settimeout(10)
        assert sender.recv(100).startswith(b"HTTP/1.1 408")
        sender.close()


def test_two_processes_share_sessions_and_say_the_same(server):
    for _ in range(10):
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=10) as answer:
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
