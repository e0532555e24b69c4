"""Commands to the phones and their requests to the server: what is asked, what becomes of it, in which order."""

import hashlib
import json
import random
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.simulation.child import Child, Fetch, Said
from tests.simulation.events import SKEWS, Event
from tests.simulation.network import PORTAL, TOO_LARGE, Network, spoilt
from tests.simulation.oracle import Breach
from tests.simulation.server import Answer, Died, SimServer
from tests.simulation.watching import Watcher


@dataclass(slots=True)
class Phone:
    """A phone and who uses it. `skew` is its clock's error in hours, another one at every answer where it `jumps`;
    `open` its running tabs."""

    name: str
    user: str
    skew: float = 0
    jumps: bool = False
    open: set[str] = field(default_factory=set)
    known: bool = False  # somebody has logged in on it
    saved: bool = False
    renewed: bool = False  # it is a copy, or was taken back: its device may be another's
    revoked: bool = False


class Exchange(ABC):
    """What a run is made of; `note` keeps all that happens for its hash."""

    child: Child
    server: SimServer
    fired: Counter[str]
    network: Network
    watcher: Watcher
    phones: dict[str, Phone]
    pending: list[Fetch]
    done: dict[int, dict[str, Any]]
    chance: random.Random
    digest: Any
    chaos: bool
    nested: bool
    meanwhile: list[Event]  # waits to happen between two requests

    @abstractmethod
    def between(self) -> None:
        """What waits to happen between two requests happens."""

    def note(self, *what: Any) -> None:
        self.digest.update(json.dumps(what, sort_keys=True, default=str).encode())

    def at(self, phone: str) -> int:
        skew = self.phones[phone].skew if phone in self.phones else 0
        return int((self.server.now + timedelta(hours=skew)).timestamp() * 1000)

    def ask(self, do: str, phone: str = "", **more: Any) -> dict[str, Any]:
        """A command that runs to its end, its requests served as they come."""
        ident = self.begin(do, phone, **more)
        self.serve_until({ident})
        return self.done.pop(ident)

    def begin(self, do: str, phone: str = "", **more: Any) -> int:
        ident, said = self.child.ask(do, phone, **({"at": self.at(phone)} if phone else {}), **more)
        self.take(said)
        return ident

    def take(self, said: Said) -> None:
        self.pending += said.fetches
        self.done |= said.done
        if said.breaches:
            raise Breach("; ".join(said.breaches))

    def serve_until(self, wanted: set[int]) -> None:
        served = 0
        while not wanted <= self.done.keys():
            if not self.pending:
                raise Breach("I11 a command waits for nothing and does not end")
            served += 1
            if served > 3_000:
                raise Breach("I11 a command asks and asks and does not end")
            self.serve(self.next())

    def next(self) -> Fetch:
        """Any of those that wait. Where requests overtake each other, a snapshot waits for a push that may."""
        loads = [one for one in self.pending if "/sync/snapshot/" in one.path]
        found = self.pending
        if loads and "overtaken" in self.network.outer and self.chaos and self.chance.random() < 0.8:
            pushed = {one.phone for one in self.pending if one.path.endswith("/sync/push")}
            rest = [one for one in self.pending if one not in loads]
            found = [one for one in loads if pushed - {one.phone}] or rest or loads
        chosen = self.chance.choice(found)
        self.pending.remove(chosen)
        return chosen

    def serve(self, fetch: Fetch) -> None:
        if self.meanwhile and self.chaos and not self.nested and self.chance.random() < 0.3:
            self.between()
        self.note(fetch.phone, fetch.method, fetch.path, hashlib.sha256(fetch.body).hexdigest())
        how = self.network.choose(fetch, self.chance) if self.chaos and not self.nested else None
        answer = self.faulty(fetch, how)
        if answer is None:
            self.note("lost")
            return self.take(self.child.lose(fetch))
        self.note(answer.status, hashlib.sha256(answer.body).hexdigest())
        more: dict[str, Any] = {"torn": True} if how == "torn" else {}
        phone = self.phones.get(fetch.phone)
        if phone and phone.jumps:
            phone.skew = self.chance.choice(SKEWS)
            more["at"] = self.at(phone.name)
        self.take(self.child.answer(fetch, answer.status, answer.headers, answer.body, **more))

    def call(self, fetch: Fetch, hook: Any = None) -> Answer:
        """Raises Died where the server's process ends."""
        answer = self.network.call(fetch, hook or (self.network.failing if self.chaos else None))
        self.watcher.answered(fetch, answer)
        return answer

    def faulty(self, fetch: Fetch, how: str | None) -> Answer | None:
        """The answer the phone gets, None where it gets none."""
        try:
            return self.treated(fetch, how)
        except Died:
            return None

    def treated(self, fetch: Fetch, how: str | None) -> Answer | None:
        narrow = self.network.narrow
        if narrow is not None and fetch.path.endswith("/sync/push") and len(fetch.body) > narrow:
            self.fired["narrow"] += 1
            return TOO_LARGE
        if how is None or (how == "five_at_once" and fetch.path.endswith("/session")):
            return self.call(fetch)  # five logins would draw the same token
        if how == "overtaken":
            return self.call(fetch, self.overtaking(fetch))
        self.fired[how] += 1
        if how in ("request_lost", "answer_lost", "late"):
            return self.unheard(fetch, how)
        if how == "twice":
            return self.watcher.same(fetch, self.call(fetch), self.call(fetch))
        if how == "five_at_once":
            answers = self.network.at_once(fetch)
            self.watcher.same_five(fetch, answers)
            return answers[0]
        if how in ("cut", "torn", "flipped"):
            return spoilt(self.call(fetch), how, self.chance)
        if how == "portal":
            return PORTAL
        return Answer(self.chance.choice((500, 502, 503, 429, 408)), [("Content-Type", "text/html")], b"<html>")

    def unheard(self, fetch: Fetch, how: str) -> None:
        """No answer: the request was lost, the answer was, or the request comes weeks later."""
        if how == "answer_lost":
            self.call(fetch)
        if how == "late":
            self.network.late.append(fetch)

    def overtaking(self, fetch: Fetch) -> Any:
        """A hook that serves another phone's request in the middle of this one, where that cannot wait for itself."""
        left = [self.chance.randint(1, 6)]

        def hook(name: str) -> None:
            self.network.failing(name)
            left[0] -= 1
            reads = name == "read.begin"
            if left[0] or (self.server.sqlite and not reads) or self.nested:
                return
            others = [
                one
                for one in self.pending
                if one.phone != fetch.phone and (reads or one.method == "GET" or one.path.endswith("/pull"))
            ]
            if others:
                pushes = [one for one in others if one.path.endswith("/push")]
                other = self.chance.choice(pushes or others)
                self.pending.remove(other)
                self.fired[f"overtaken@{name}"] += 1
                self.nested = True
                try:
                    self.serve(other)
                finally:
                    self.nested = False

        return hook
