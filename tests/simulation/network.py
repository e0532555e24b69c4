"""The network between the phones and the server, and the server's own deaths: one request at a time, each at risk."""

import random
import threading
from collections import Counter
from typing import Any

import orjson
from sqlalchemy.exc import InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.simulation.child import Fetch
from tests.simulation.server import Answer, Died, SimServer

RATE = 0.12  # of requests that something happens to
FAILING = 0.15  # more, where the server itself is to fail: the next time it passes a failpoint
AIMING = 0.3  # of requests, until the next of the run's aims is armed
TOO_LARGE = Answer(413, [("Content-Type", "text/html")], b"<html>413")
PORTAL = Answer(200, [("Content-Type", "text/html")], b"<html>please log in to the network</html>")
WRITES = ("hello", "push", "login", "session.touch", "timeline", "quarantine")
FAILPOINTS = (
    "read.begin", "push.before_feeds",
    *(f"{name}.{place}" for name in WRITES for place in ("begin", "before_commit", "after_commit")),
)  # fmt: skip
# What PostgreSQL says: deadlock, serialisation, shut down, made a replica, disk full; and nobody left in the pool.
REFUSALS = ("40P01", "40001", "57P01", "25006", "53100", "pool")
AT_FAILPOINTS = ("died", *REFUSALS)


class Refused(Exception):
    """What the database driver says; `sqlstate` as PostgreSQL's."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


class Network:
    """`fired` counts every fault, those at a failpoint as `fault@failpoint`. `aims`: [fault, failpoint], one after the
    other."""

    def __init__(self, server: SimServer, faults: list[str], aims: list[list[str]], fired: Counter[str]) -> None:
        self.server, self.fired = server, fired
        self.faults, self.aims = faults, aims[::-1]
        self.cookies: dict[str, str] = {}
        self.sent = 0
        self.late: list[Fetch] = []
        self.armed: dict[str, list[Any]] = {}  # failpoint: [fault, how often]
        self.inner = [fault for fault in faults if fault in ("died", "database")]
        self.outer = [fault for fault in faults if fault not in self.inner]
        self.narrow: int | None = None  # bytes of a push that somebody in between lets through

    def choose(self, fetch: Fetch, chance: random.Random) -> str | None:
        """What becomes of this request; at times also a failpoint at which the server will fail."""
        if self.aims and self.aims[-1][1] not in self.armed and chance.random() < AIMING:
            aim, name = self.aims.pop()
            self.armed[name] = [aim, 1]
        if self.inner and chance.random() < FAILING:
            how = "died" if chance.choice(self.inner) == "died" else chance.choice(REFUSALS)
            self.armed[chance.choice(FAILPOINTS)] = [how, chance.choice((1, 1, 9)) if how != "died" else 1]
        reading = 0.5 if "/sync/snapshot/" in fetch.path else 0.25 if fetch.path.endswith("/sync/pull") else 0
        if reading and "overtaken" in self.outer and chance.random() < reading:
            return "overtaken"  # what is new in it must come again by the next pull
        if not self.outer or chance.random() > RATE:
            return None
        return chance.choice(self.outer)

    def failing(self, name: str) -> None:
        """A hook: at an armed failpoint the process ends, or the database refuses."""
        armed = self.armed.get(name)
        if armed is None:
            return
        armed[1] -= 1
        if armed[1] == 0:
            del self.armed[name]
        how = armed[0]
        self.fired[f"{how}@{name}"] += 1
        if how == "died":
            raise Died(name)
        if how == "pool":
            raise PoolTimeout("no connection became free")
        kind = InternalError if how == "25006" else OperationalError  # as psycopg sorts them
        raise kind("simulated", {}, Refused(how))

    def call(self, fetch: Fetch, hook: Any = None) -> Answer:
        self.sent += 1
        return self._call(fetch, f"request/{self.sent}", hook)

    def _call(self, fetch: Fetch, stream: str, hook: Any = None) -> Answer:
        headers = list(fetch.headers)
        if fetch.cookies and fetch.phone in self.cookies:
            headers.append(["Cookie", self.cookies[fetch.phone]])
        answer = self.server.request(stream, fetch.method, fetch.path, headers, fetch.body, hook)
        for name, value in answer.headers:
            if name.lower() == "set-cookie" and fetch.cookies:
                self.cookies[fetch.phone] = value.split(";")[0]
        return answer

    def at_once(self, fetch: Fetch) -> list[Answer]:
        """Five copies in five threads. They draw the same ids, so that it does not matter which comes first."""
        self.sent += 1
        stream, answers = f"request/{self.sent}", []

        def one() -> None:
            answers.append(self._call(fetch, stream))

        threads = [threading.Thread(target=one) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(answers, key=lambda a: (a.status, a.body))


def spoilt(answer: Answer, how: str, chance: random.Random) -> Answer:
    """The body ends early, or a bit of it is another one. What still reads as ours is no fault: TLS would not
    have let it through, and nobody could tell."""
    if how in ("cut", "torn") or not answer.body:
        cut = chance.randrange(len(answer.body)) if answer.body else 0
        return Answer(answer.status, answer.headers, answer.body[:cut])
    for _ in range(40):
        at = chance.randrange(len(answer.body))
        body = bytearray(answer.body)
        body[at] ^= 1 << chance.randrange(8)
        try:
            for line in bytes(body).decode(errors="replace").splitlines():  # as a browser reads it
                orjson.loads(line)
        except orjson.JSONDecodeError:
            return Answer(answer.status, answer.headers, bytes(body))
    return Answer(answer.status, answer.headers, answer.body[:-1])
