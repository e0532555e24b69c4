"""One run: time, chance, network and crashes in one hand, between the real clients and the real server."""

import hashlib
import json
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.simulation.child import Child, Fetch, Said
from tests.simulation.events import NETWORK as NETWORK_FAULTS
from tests.simulation.network import PORTAL, Network, spoilt
from tests.simulation.office import Office
from tests.simulation.oracle import Breach, Oracle
from tests.simulation.server import BEGIN, Answer, Died, SimServer
from tests.simulation.watching import Watcher

ROUNDS = 3  # after heal every outbox is empty by then


@dataclass(slots=True)
class Phone:
    """A phone and who uses it. `skew` is its clock's error in hours; `open` its running tabs."""

    name: str
    user: str
    skew: float = 0
    open: set[str] = field(default_factory=set)
    known: bool = False  # somebody has logged in on it
    saved: bool = False
    renewed: bool = False  # it is a copy, or was taken back: its device may be another's
    revoked: bool = False


class Run:
    """`trace` as tests/simulation/events.py makes it. `go()` raises Breach; then `hash` says what happened."""

    def __init__(self, child: Child, server: SimServer, trace: dict[str, Any], bugs: tuple[str, ...] = ()) -> None:
        self.child, self.server, self.trace = child, server, trace
        self.fired: Counter[str] = Counter()
        self.network = Network(server, [f for f in trace["faults"] if f in NETWORK_FAULTS], self.fired)
        self.oracle = Oracle(server)
        self.office = Office(server)
        self.watcher = Watcher(server, self.oracle)
        self.phones = {name: Phone(name, user) for name, user in trace["phones"].items()}
        self.pending: list[Fetch] = []
        self.done: dict[int, dict[str, Any]] = {}
        self.chance = random.Random()
        self.digest = hashlib.sha256()
        self.chaos = True
        self.nested = False
        self.saved: dict[str, Any] | None = None
        self.edits = 0
        server.reset(trace["seed"])
        child.last = 0  # numbers of commands are part of the trace
        child.ask("reset", seed=trace["seed"], aes=trace["aes"], bugs=list(bugs))

    @property
    def hash(self) -> str:
        return self.digest.hexdigest()

    def note(self, *what: Any) -> None:
        self.digest.update(json.dumps(what, sort_keys=True, default=str).encode())

    # the run

    def go(self) -> None:
        for name in self.phones:
            self.ask("phone", name)
        for no, event in enumerate(self.trace["events"]):
            self.server.begin_stream(f"event/{no}")
            self.chance = random.Random(f"{self.trace['seed']}/{event['r']}")
            self.note(event)
            if "phone" in event and event["phone"] not in self.phones:
                continue  # a copy that was never made
            getattr(self, "do_" + event["do"])(event)
            self.after_event(no, event)
        self.heal()
        self.quiesce()
        self.final_check()

    def after_event(self, no: int, event: dict[str, Any]) -> None:
        self.server.begin_stream(f"check/{no}")
        held = self.ask("ids")["ok"]
        for name, (outbox, _journal) in held.items():
            unknown = [one for one in outbox if one not in self.oracle.made]
            if unknown:
                self.oracle.learn(name, self.ask("drafts", name, ids=unknown)["ok"], no)
        self.oracle.conserved(held)
        self.watcher.always()
        self.note(sorted((n, len(o), len(j)) for n, (o, j) in held.items()))

    # commands and requests

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
            self.serve(self.pending.pop(self.chance.randrange(len(self.pending))))

    def serve(self, fetch: Fetch) -> None:
        self.note(fetch.phone, fetch.method, fetch.path, hashlib.sha256(fetch.body).hexdigest())
        how = self.network.choose(self.chance) if self.chaos and not self.nested else None
        answer = self.faulty(fetch, how)
        if answer is None:
            self.note("lost")
            return self.take(self.child.lose(fetch))
        self.note(answer.status, hashlib.sha256(answer.body).hexdigest())
        self.take(self.child.answer(fetch, answer.status, answer.headers, answer.body))

    def call(self, fetch: Fetch, hook: Any = None) -> Answer:
        answer = self.network.call(fetch, hook)
        self.watcher.answered(fetch, answer)
        return answer

    def faulty(self, fetch: Fetch, how: str | None) -> Answer | None:
        """The answer the phone gets, None where it gets none."""
        if how is None:
            return self.call(fetch)
        if how in ("died", "database", "overtaken"):
            return self.hooked(fetch, how)
        self.fired[how] += 1
        if how in ("request_lost", "answer_lost", "late"):
            return self.unheard(fetch, how)
        if how == "twice":
            return self.watcher.same(fetch, self.call(fetch), self.call(fetch))
        if how == "five_at_once":
            answers = self.network.at_once(fetch)
            self.watcher.same_five(fetch, answers)
            return answers[0]
        if how in ("cut", "flipped"):
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

    def hooked(self, fetch: Fetch, how: str) -> Answer | None:
        try:
            if how == "died":
                return self.call(fetch, self.network.dying(self.chance))
            if how == "database":
                return self.call(fetch, self.network.refusing(self.chance))
            return self.call(fetch, self.overtaking(fetch))
        except Died:
            return None

    def overtaking(self, fetch: Fetch) -> Any:
        """A hook that serves another phone's request in the middle of this one, where that cannot wait for itself."""
        left = [self.chance.randint(1, 4)]

        def hook(name: str) -> None:
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
                other = self.chance.choice(others)
                self.pending.remove(other)
                self.fired[f"overtaken@{name}"] += 1
                self.nested = True
                try:
                    self.serve(other)
                finally:
                    self.nested = False

        return hook

    # phones

    def ready(self, name: str, tab: str = "0") -> bool:
        """Somebody is at the phone's tab: the app is open, with a login if there never was one."""
        phone = self.phones.get(name)
        if phone is None:
            return False
        if tab in phone.open:
            return True
        do = "open" if phone.known else "login"
        said = self.ask(do, name, tab=tab, **({} if phone.known else {"username": phone.user}))
        self.note(do, said.get("problem"))
        if "ok" in said:
            phone.known = True
            phone.open.add(tab)
        return "ok" in said

    def closed(self, name: str) -> None:
        """The app is not running any more."""
        self.phones[name].open.clear()
        self.ask("crash", name)
        self.ask("full", name, rows=None)

    def do_edit(self, event: dict[str, Any]) -> None:
        if self.ready(event["phone"], event["tab"]):
            self.edit(event["phone"], event["tab"], event["edits"])

    def edit(self, name: str, tab: str, edits: list[Any]) -> None:
        said = self.ask("edit", name, tab=tab, edits=edits)
        self.note(said)
        if "ok" not in said:
            self.closed(name)
            return
        self.edits += len(said["ok"]["made"])
        self.oracle.learn(name, said["ok"]["made"], 0, said["ok"]["poisoned"])

    def do_sync(self, event: dict[str, Any]) -> None:
        names = [name for name in event["phones"] if name in self.phones and self.ready(name, event["tab"])]
        running = {self.begin("sync", name, tab=event["tab"]): name for name in names}
        self.serve_until(set(running))
        for ident, name in running.items():
            self.synced(name, self.done.pop(ident))

    def synced(self, name: str, said: dict[str, Any]) -> str:
        self.note(said)
        if "ok" not in said:
            self.closed(name)
            return "closed"
        outcome = said["ok"]["outcome"]
        if outcome in ("login", "drained"):
            again = self.ask("relogin", name, tab=min(self.phones[name].open))
            self.note("relogin", again.get("problem"))
        return outcome

    def do_kill(self, event: dict[str, Any]) -> None:
        self.fired["app_killed"] += 1
        if event["calls"]:
            self.ask("crash", event["phone"], calls=event["calls"])
        else:
            self.closed(event["phone"])

    def do_full(self, event: dict[str, Any]) -> None:
        self.fired["disk_full"] += 1
        self.ask("full", event["phone"], rows=event["rows"])

    def do_clock(self, event: dict[str, Any]) -> None:
        self.fired["clock"] += 1
        self.phones[event["phone"]].skew = event["hours"]

    def do_tab(self, event: dict[str, Any]) -> None:
        self.fired["tabs"] += self.ready(event["phone"], "1")

    def do_wait(self, event: dict[str, Any]) -> None:
        self.server.pass_time(event["hours"] * 3600)
        if event["hours"] >= 24 * 20:
            for fetch in self.network.late:
                self.call(fetch)  # it arrives after all; nobody waits for its answer
            self.network.late.clear()

    def do_evict(self, event: dict[str, Any]) -> None:
        self.fired["evicted"] += 1
        phone = self.phones[event["phone"]]
        phone.open.clear()
        phone.known = phone.saved = False
        self.ask("evict", phone.name)
        self.network.cookies.pop(phone.name, None)
        self.lost_copies("evicted")

    def lost_copies(self, why: str) -> None:
        self.oracle.recount(self.ask("ids")["ok"], why)

    def do_phone_backup(self, event: dict[str, Any]) -> None:
        self.ask("backup", event["phone"], slot="a")
        self.phones[event["phone"]].saved = self.phones[event["phone"]].known

    def do_rollback(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.saved:
            self.fired["rolled_back"] += 1
            self.closed(phone.name)
            phone.renewed = True
            self.ask("rollback", phone.name, slot="a")
            self.lost_copies("rolled back")

    def do_clone(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.known:
            self.fired["cloned"] += 1
            phone.renewed = True
            copy = Phone(event["as"], phone.user, phone.skew, known=True, renewed=True, revoked=phone.revoked)
            self.phones[copy.name] = copy
            self.ask("clone", phone.name, **{"as": copy.name})
            if phone.name in self.network.cookies:
                self.network.cookies[copy.name] = self.network.cookies[phone.name]

    # server and office

    def do_server_backup(self, _event: dict[str, Any]) -> None:
        self.saved = self.server.dump()

    def do_restore(self, event: dict[str, Any]) -> None:
        if self.saved is not None:
            self.fired["restored"] += 1
            self.server.put_back(self.saved)
            if event["told"]:
                self.office.announce()
            self.oracle.went_back()
            self.watcher.went_back()
            self.lost_copies("server and phone both lost it")

    def do_move(self, event: dict[str, Any]) -> None:
        self.fired["moved"] += self.office.move(event["pick"], event["to"])

    def do_grant(self, event: dict[str, Any]) -> None:
        self.fired["granted"] += self.office.grant(event["user"], event["scope"])

    def do_end(self, event: dict[str, Any]) -> None:
        self.fired["grant_ended"] += self.office.end(event["user"], event["scope"])

    def do_disable(self, event: dict[str, Any]) -> None:
        self.fired["disabled"] += 1
        self.office.disable(event["user"])

    def do_revoke(self, event: dict[str, Any]) -> None:
        phone = self.phones[event["phone"]]
        if phone.known and self.office.revoke(account=phone.user, name=phone.name):
            self.fired["revoked"] += 1

    def do_mass_delete(self, event: dict[str, Any]) -> None:
        self.fired["mass_delete"] += self.office.mass_delete(event["scope"])

    def do_desk(self, event: dict[str, Any]) -> None:
        self.fired["desk"] += self.office.desk(event["picks"], event["word"])

    # heal → quiesce → check

    def heal(self) -> None:
        """Faults end; clocks go right; late requests arrive; the apps are opened."""
        self.chaos = False
        self.server.begin_stream("heal")
        self.chance = random.Random(f"{self.trace['seed']}/heal")
        self.do_wait({"hours": 24 * 20})
        for phone in self.phones.values():
            phone.skew = 0
            self.ask("full", phone.name, rows=None)
            self.closed(phone.name)

    def quiesce(self) -> None:
        for turn in range(ROUNDS + 3):
            for name, phone in self.phones.items():
                if self.ready(name):
                    outcome = self.synced(name, self.ask("sync", name, tab="0"))
                    if outcome in (
                        "login",
                        "drained",
                    ):  # logged in again: two copies of a phone end each other's session
                        outcome = self.synced(name, self.ask("sync", name, tab="0"))
                    if outcome == "waiting":
                        self.server.pass_time(600)
                    if turn == 1 and phone.renewed:
                        self.ask("relogin", name, tab="0")
            self.after_event(-1 - turn, {})
            stuck = {name: len(out) for name, (out, _journal) in self.ask("ids")["ok"].items() if out}
            if turn >= ROUNDS - 1 and stuck:
                raise Breach(f"I11 after {turn + 1} rounds without faults something waits: {stuck}")

    def final_check(self) -> None:
        self.server.begin_stream("final")
        self.oracle.everything(self.ask("ids")["ok"])
        self.watcher.everything()
        for name, phone in self.phones.items():
            if "0" in phone.open:
                status = self.ask("status", name, tab="0")["ok"]
                self.watcher.converged(name, phone.user, status, self.ask("held", name)["ok"], self.trace["aes"])
        self.note((self.server.now - BEGIN).total_seconds())
