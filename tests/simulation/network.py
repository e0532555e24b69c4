"""The network between the phones and the server, and the server's own deaths: one request at a time, each at risk."""

import random
import threading
from collections import Counter
from typing import Any

import orjson
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tests.simulation.child import Fetch
from tests.simulation.server import Answer, Died, SimServer

RATE = 0.12  # of requests that something happens to
PORTAL = Answer(200, [("Content-Type", "text/html")], b"<html>please log in to the network</html>")
WRITERS = (".begin", ".before_commit", ".after_commit", "push.before_feeds")


class Refused(Exception):
    """What the database driver says; `sqlstate` as PostgreSQL's."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


class Network:
    """`fired` counts every fault, those at a failpoint as `fault@failpoint`."""

    def __init__(self, server: SimServer, faults: list[str], fired: Counter[str]) -> None:
        self.server, self.fired = server, fired
        self.faults = faults
        self.cookies: dict[str, str] = {}
        self.sent = 0
        self.late: list[Fetch] = []

    def choose(self, chance: random.Random) -> str | None:
        if not self.faults or chance.random() > RATE:
            return None
        return chance.choice(self.faults)

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

    def dying(self, chance: random.Random) -> Any:
        """A hook that ends the process at one of the next failpoints."""
        left = [chance.randint(1, 6)]

        def hook(name: str) -> None:
            left[0] -= 1
            if left[0] == 0:
                self.fired[f"died@{name}"] += 1
                raise Died(name)

        return hook

    def refusing(self, chance: random.Random) -> Any:
        """A hook where the database refuses: once, or as long as it is asked."""
        left, times = chance.randint(1, 6), chance.choice((1, 1, 9))
        how = chance.choice(("40P01", "40001", "pool", "57P01"))
        seen = [0]

        def hook(name: str) -> None:
            seen[0] += 1
            if left <= seen[0] < left + times:
                self.fired[f"{how}@{name}"] += 1
                if how == "pool":
                    raise PoolTimeout("no connection became free")
                raise OperationalError("simulated", {}, Refused(how))

        return hook


def spoilt(answer: Answer, how: str, chance: random.Random) -> Answer:
    """The body ends early, or a bit of it is another one. What still reads as ours is no fault: TLS would not
    have let it through, and nobody could tell."""
    if how == "cut" or not answer.body:
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
