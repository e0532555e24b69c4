"""One run: time, chance, network and crashes in one hand, between the real clients and the real server."""

import hashlib
import random
from collections import Counter
from typing import Any

from tests.simulation.child import Child
from tests.simulation.events import NETWORK as NETWORK_FAULTS
from tests.simulation.exchange import Phone
from tests.simulation.happenings import LATE, Happenings
from tests.simulation.network import Network
from tests.simulation.office import Office
from tests.simulation.oracle import Breach, Oracle
from tests.simulation.server import BEGIN, SimServer
from tests.simulation.watching import Watcher

ROUNDS = 3  # after heal every outbox is empty by then


class Run(Happenings):
    """`trace` as tests/simulation/events.py makes it. `go()` raises Breach; then `hash` says what happened."""

    def __init__(self, child: Child, server: SimServer, trace: dict[str, Any], bugs: tuple[str, ...] = ()) -> None:
        self.child, self.server, self.trace = child, server, trace
        self.fired = Counter()
        at_risk = [fault for fault in trace["faults"] if fault in NETWORK_FAULTS]
        self.network = Network(server, at_risk, trace.get("aims", []), self.fired)
        self.oracle = Oracle(server)
        self.office = Office(server)
        self.watcher = Watcher(server, self.oracle)
        self.phones = {name: Phone(name, user) for name, user in trace["phones"].items()}
        self.pending = []
        self.done = {}
        self.chance = random.Random()
        self.digest = hashlib.sha256()
        self.chaos = True
        self.nested = False
        self.meanwhile = []
        self.saved = None
        self.restores = self.edits = 0
        server.reset(trace["seed"], small_pages="overtaken" in trace["faults"])
        child.last = 0  # numbers of commands are part of the trace
        child.ask("reset", seed=trace["seed"], aes=trace["aes"], bugs=list(bugs))

    @property
    def hash(self) -> str:
        return self.digest.hexdigest()

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

    # heal → quiesce → check

    def heal(self) -> None:
        """Faults end; clocks go right; late requests arrive; the apps are opened."""
        self.chaos = False
        self.server.begin_stream("heal")
        self.chance = random.Random(f"{self.trace['seed']}/heal")
        self.network.narrow = None
        self.do_wait({"hours": LATE + 24})
        for phone in self.phones.values():
            phone.skew, phone.jumps = 0, False
            self.ask("full", phone.name, rows=None)
            self.closed(phone.name)
            if phone.known:
                self.office.let_in(phone.user, phone.name.rstrip("x"))

    def quiesce(self) -> None:
        """Round after round until one moves nothing; ROUNDS must be enough to empty every outbox."""
        for turn in range(ROUNDS + 3):
            self.watcher.still = True
            for name, phone in self.phones.items():
                self.settle(name)
                if turn == 1 and phone.renewed and phone.open:
                    self.ask("relogin", name, tab="0")
                    self.watcher.still = False
            self.after_event(-1 - turn, {})
            stuck = {name: len(out) for name, (out, _journal) in self.ask("ids")["ok"].items() if out}
            if turn >= ROUNDS - 1 and stuck:
                raise Breach(f"I11 after {turn + 1} rounds without faults something waits: {stuck}")
            if turn and self.watcher.still and not stuck:
                break

    def settle(self, name: str) -> None:
        """One sync in peace; two copies of a phone end each other's session: then one more after the login."""
        if not self.ready(name):
            return
        outcome = self.synced(name, self.ask("sync", name, tab="0"))
        if outcome in ("login", "drained"):
            outcome = self.synced(name, self.ask("sync", name, tab="0"))
        if outcome == "waiting":
            self.server.pass_time(600)
            self.watcher.still = False

    def final_check(self) -> None:
        self.server.begin_stream("final")
        self.oracle.everything(self.ask("ids")["ok"])
        self.watcher.everything()
        self.office.kept()
        for name, phone in self.phones.items():
            if "0" in phone.open:
                status = self.ask("status", name, tab="0")["ok"]
                self.watcher.converged(name, phone.user, status, self.ask("held", name)["ok"], self.trace["aes"])
        self.note((self.server.now - BEGIN).total_seconds())
