"""Somebody at a desk, over the API: looks at what waits and settles it."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from playwright.sync_api import APIRequestContext, Playwright

from tests.e2e.world import DemoServer


class Desk:
    def __init__(self, api: APIRequestContext, username: str) -> None:
        self.api = api
        self.timeline = self.post("/session", {"username": username, "password": "grid-demo"})["timeline"]

    def get(self, path: str) -> Any:
        answer = self.api.get(f"/api/v1{path}")
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def post(self, path: str, body: dict) -> Any:
        answer = self.api.post(f"/api/v1{path}", data=body)
        assert answer.ok, f"{path}: {answer.status} {answer.text()}"
        return answer.json()

    def waiting(self, kind: str = "conflict") -> list[dict]:
        """Open items of the review desk."""
        return self.get(f"/office/review?kind={kind}&state=open&limit=50")["items"]

    def change(self, **change: Any) -> str:
        """Send one change; its verdict's status."""
        whole = {
            "id": str(uuid4()),
            "schema": 1,
            "at": {"wall": datetime.now(UTC).isoformat(timespec="milliseconds")[:23] + "Z", "offset_ms": 0},
            **change,
        }
        return self.post("/changes", {"changes": [whole]})["verdicts"][0]["status"]

    def settle(self, item: dict, **resolve: Any) -> str:
        """Choose in a conflict or parked change, as it is shown in `item`."""
        kind = "conflict" if item["kind"] == "conflict" else "parked"
        base = {"rev": item["rev"], "timeline": self.timeline}
        return self.change(op="resolve", type=kind, record=item["id"], scope=item["scope"], base=base, resolve=resolve)


@contextlib.contextmanager
def desk(playwright: Playwright, server: DemoServer, username: str) -> Iterator[Desk]:
    api = playwright.request.new_context(base_url=server.url)
    try:
        yield Desk(api, username)
    finally:
        api.dispose()
