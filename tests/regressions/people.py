"""A worker's phone and an office desk, in short words."""

import http.cookiejar
import json
import urllib.request
from dataclasses import dataclass
from typing import Any

from tests.driver import Driver
from tests.e2e.world import DemoServer

PASSWORD = "grid-demo"
PATIENCE = 60.0  # seconds


@dataclass
class Phone:
    """`ask` gives a command to the client (pwa/tests/driver/main.ts) and waits for its answer; Refused: its own no."""

    driver: Driver
    name: str
    username: str
    server: DemoServer

    def ask(self, do: str, **more: Any) -> Any:
        return self.driver.ask(self.name, do, **more).result(PATIENCE)

    def install(self) -> None:
        self.ask("phone", origin=self.server.url)
        self.ask("login", username=self.username, password=PASSWORD)
        assert self.sync() == "complete"

    @property
    def user(self) -> str:
        return self.server.user(self.username)

    @property
    def grid(self) -> str:
        return self.server.demo["users"][self.username]["scopes"][0]

    def sync(self) -> str:
        return self.ask("sync")["outcome"]

    def homes(self, scope: str | None = None) -> list[dict[str, Any]]:
        return self.ask("list", type="household", query={"scope": scope or self.grid})

    def note(self, home: dict[str, Any], text: str, field: str = "note") -> str:
        """Type into a field of a household; the change's id."""
        return self.ask("update", seen=home, values={field: text})["change"]

    def again(self, home: dict[str, Any]) -> dict[str, Any]:
        return self.ask("view", record=home["id"])

    def fault(self, path: str, how: str, times: int = 1, **more: Any) -> None:
        """See pwa/tests/driver/faults.ts."""
        self.ask("fault", path=path, how=how, times=times, **more)

    def waiting(self) -> list[str]:
        return [item["change"] for item in self.ask("outbox")]

    def verdicts(self) -> dict[str, tuple[str, str | None]]:
        """{change: (state, reason)} of all that has a verdict."""
        return {item["change"]: (item["state"], item["reason"]) for item in self.ask("journal")}

    def problems(self) -> list[str]:
        return [problem["kind"] for problem in self.ask("status")["problems"]]

    def held(self) -> list[tuple[str, str, str]]:
        """Every row held: (scope, id, rev)."""
        return sorted((m["scope"], m["id"], m["rev"]) for m in self.ask("memberships"))


class Desk:
    """Somebody at a desk, logged in without a device."""

    def __init__(self, server: DemoServer, username: str) -> None:
        self.url = f"{server.url}/api/v1"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)
        self.call("/session", {"username": username, "password": PASSWORD})

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with self.opener.open(urllib.request.Request(self.url + path, data, headers), timeout=30) as answer:
            return json.load(answer)

    def review(self, kind: str) -> list[dict[str, Any]]:
        return self.call(f"/office/review?kind={kind}&limit=100")["items"]
