"""A worker's phone without its screen: pushes what a test needs to find waiting at the desk."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from playwright.sync_api import APIRequestContext, Playwright

from tests.e2e.world import DemoServer


class Worker:
    def __init__(self, api: APIRequestContext, username: str) -> None:
        self.api, self.n = api, 0
        device = {"id": None, "name": "phone", "app": "1", "schema": 1}
        session = self.post("/session", {"username": username, "password": "grid-demo", "device": device})
        self.device, self.timeline = session["device"]["id"], session["timeline"]

    def post(self, path: str, body: dict) -> Any:
        answer = self.api.post(f"/api/v1{path}", data=body)
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def push(self, *changes: dict[str, Any]) -> list[dict]:
        """Send them numbered; their verdicts."""
        numbered = []
        for one in changes:
            self.n += 1
            numbered.append(one | {"n": self.n})
        body = {"device": self.device, "timeline": self.timeline, "changes": numbered}
        return self.post("/sync/push", body)["verdicts"]

    def hello(self, **said: Any) -> None:
        body = {"device": self.device, "app": "1", "schema": 1, "timeline": self.timeline, "scopes": {}}
        self.post("/sync/hello", body | {"next_n": self.n + 1, "pending": {"changes": 0, "photos": 0}} | said)


def change(op: str, kind: str, record: str, scope: str, sets: dict[str, Any] | None = None, **parts: Any) -> dict:
    """One change; `sets` is {field: to} or {field: (from, to)}. Made three hours ago by the phone's clock."""
    patches = {n: v if isinstance(v, tuple) else (None, v) for n, v in (sets or {}).items()}
    wall = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="milliseconds")[:23] + "Z"
    return {
        "id": str(uuid4()),
        "op": op,
        "type": kind,
        "record": record,
        "scope": scope,
        "schema": 1,
        "base": None,
        "at": {"wall": wall, "offset_ms": 0},
        "set": {name: {"from": before, "to": after} for name, (before, after) in patches.items()},
    } | parts


@contextlib.contextmanager
def worker(playwright: Playwright, server: DemoServer, username: str) -> Iterator[Worker]:
    api = playwright.request.new_context(base_url=server.url)
    try:
        yield Worker(api, username)
    finally:
        api.dispose()


def data_of(server: DemoServer, record: str) -> dict:
    """What the server holds of a record now; {} when it is deleted."""
    ((live, row),) = server.rows("SELECT live, row FROM record WHERE id = ?", record)
    return json.loads(row)["data"] if live else {}
