"""Devices over real HTTP with keep-alive: one for the product, one for the ref, used alike."""

import http.client
import zlib
from typing import Any
from urllib.parse import urlsplit

import orjson

PASSWORD = "bench-password-1"
GZIP = 16 + zlib.MAX_WBITS
PAGE = 50


class Line:
    """One kept connection. Counts the bytes of bodies as they came."""

    def __init__(self, url: str) -> None:
        self.http = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
        self.cookie, self.received = "", 0

    def ask(self, method: str, path: str, body: Any = None, *, gzip: bool = False) -> bytes:
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        if gzip:
            headers["Accept-Encoding"] = "gzip"
        sent = body if isinstance(body, bytes) or body is None else orjson.dumps(body)
        self.http.request(method, path, sent, headers)
        answer = self.http.getresponse()
        data = answer.read()
        assert answer.status == 200, f"{method} {path}: {answer.status} {data[:500]!r}"
        if given := answer.getheader("Set-Cookie"):
            self.cookie = given.partition(";")[0]
        self.received += len(data)
        return zlib.decompress(data, GZIP) if answer.getheader("Content-Encoding") == "gzip" else data

    def renew(self) -> None:
        """A new connection before the clock starts: the server ends idle ones."""
        self.http.close()
        self.ask("GET", "/readyz")


class Phone:
    """What both kinds of device share: the rows they hold, of the scopes `scopes`."""

    timeline = ""

    def __init__(self, url: str, scopes: list[str]) -> None:
        self.line, self.scopes = Line(url), scopes
        self.held: dict[str, dict[str, Any]] = {}
        self.cursors: dict[str, Any] = {}
        self.heads: dict[str, Any] = {}
        self.n = 0

    def hold(self, rows: list[dict[str, Any]]) -> int:
        self.held |= {row["id"]: row for row in rows}
        return len(rows)

    def push_body(self, changes: list[dict[str, Any]]) -> bytes:
        return orjson.dumps({"device": getattr(self, "id", None), "timeline": self.timeline, "changes": changes})

    def push_bodies(self, changes: list[dict[str, Any]]) -> list[bytes]:
        return [self.push_body(changes[at : at + PAGE]) for at in range(0, len(changes), PAGE)]

    def push(self, body: bytes) -> list[dict[str, Any]]:
        return orjson.loads(self.line.ask("POST", self.push_path, body))["verdicts"]

    def catch_up(self) -> int:
        """Pull until nothing more comes; how many rows."""
        total = 0
        while True:
            rows, more = self.pull()
            total += self.hold(rows)
            if not more:
                return total


class ProductPhone(Phone):
    push_path = "/api/v1/sync/push"

    def __init__(self, url: str, scopes: list[str], username: str) -> None:
        super().__init__(url, scopes)
        device = {"name": "bench", "app": "1", "schema": 1}
        login = {"username": username, "password": PASSWORD, "device": device}
        session = orjson.loads(self.line.ask("POST", "/api/v1/session", login))
        self.id, self.timeline = session["device"]["id"], session["timeline"]

    def first_sync(self, *, gzip: bool = False) -> list[dict[str, Any]]:
        """hello, then a snapshot of each scope."""
        asked = {"device": self.id, "schema": 1, "timeline": self.timeline, "next_n": self.n + 1}
        asked |= {"pending": {"changes": 0}, "scopes": {}}
        self.line.ask("POST", "/api/v1/sync/hello", asked)
        rows: list[dict[str, Any]] = []
        for scope in self.scopes:
            body = self.line.ask("GET", f"/api/v1/sync/snapshot/{scope}", gzip=gzip)
            head, *found, end = (orjson.loads(text) for text in body.splitlines())
            assert end == {"end": True, "sent": len(found)} and head["live"] == len(found)
            self.cursors[scope] = head["cursor"]
            rows += found
        return rows

    def pull(self) -> tuple[list[dict[str, Any]], bool]:
        asked = {"device": self.id, "timeline": self.timeline, "scopes": self.cursors}
        answer = orjson.loads(self.line.ask("POST", "/api/v1/sync/pull", asked))
        for page in answer["pages"]:
            self.cursors[page["scope"]] = page["cursor"]
            self.heads[page["scope"]] = page.get("head")
        return [row for page in answer["pages"] for row in page["rows"]], any(p["more"] for p in answer["pages"])


class RefPhone(Phone):
    push_path = "/push"

    def first_sync(self, *, gzip: bool = False) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for scope in self.scopes:
            rows += map(orjson.loads, self.line.ask("GET", f"/snapshot/{scope}", gzip=gzip).splitlines())
        return rows

    def from_memory(self) -> list[dict[str, Any]]:
        bodies = (self.line.ask("GET", f"/memory/{scope}") for scope in self.scopes)
        return [orjson.loads(text) for body in bodies for text in body.splitlines()]

    def pull(self) -> tuple[list[dict[str, Any]], bool]:
        answer = orjson.loads(self.line.ask("POST", "/pull", {"scopes": self.cursors}))
        self.cursors = {page["scope"]: page["cursor"] for page in answer["pages"]}
        return [row for page in answer["pages"] for row in page["rows"]], False
