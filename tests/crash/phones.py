"""Four phones at work, and what each of them has committed."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.driver import Driver

PATIENCE = 120.0  # seconds


@dataclass
class Written:
    """A change that a phone has committed: what was typed. `values` {field: value}; `made`: a new record."""

    record: str
    type: str
    values: dict[str, Any]
    made: bool


@dataclass
class Phone:
    driver: Driver
    name: str
    username: str
    grid: str
    written: dict[str, Written] = field(default_factory=dict)

    def ask(self, do: str, **more: Any) -> Any:
        return self.driver.ask(self.name, do, **more).result(PATIENCE)

    def begin(self, url: str) -> None:
        self.ask("phone", origin=url)
        self.user = self.ask("login", username=self.username, password="grid-demo")["id"]
        self.settle()

    def edit(self, chance: Random) -> None:
        """One thing a worker does: a note, a phone number, a visit, a household, or a visit and a count together."""
        homes = self.ask("list", type="household", query={"scope": self.grid})
        home = chance.choice(homes[:6])
        visit = {"household": home["id"], "result": "met", "kind": "routine", "method": "in_person"}
        new = {"dwelling": home["data"]["dwelling"], "contact_person": f"新{chance.random()}"}
        created = [
            {"do": "create", "type": "visit", "values": visit, "options": {"scope": self.grid}},
            {"do": "create", "type": "household", "values": new, "options": {"scope": self.grid}},
        ]
        changed = [
            {"do": "update", "seen": home, "values": {"note": f"{self.name} {chance.random()}"}},
            {"do": "update", "seen": home, "values": {"contact_phone": f"139{chance.randrange(10**8):08}"}},
            {"do": "update", "seen": home, "values": {"pets": (home["data"].get("pets") or 0) % 9 + 1}},
        ]
        if chance.random() < 0.2:
            edits = [created[0], changed[2]]
            made = self.ask("group", edits=edits)
        else:
            edits = [chance.choice(created[:1] * 3 + created[1:] + changed * 2)]
            made = [self.ask(**edits[0])]
        for edit, one in zip(edits, made, strict=True):
            type_ = edit.get("type", "household")
            self.written[one["change"]] = Written(one["record"], type_, edit["values"], edit["do"] == "create")

    def crash(self) -> None:
        """The app is killed and opened again."""
        self.ask("crash")
        self.ask("open", user=self.user)

    def settle(self) -> int:
        """Sync until all is sent and pulled; how many rounds it took."""
        for rounds in range(1, 21):
            done = self.ask("sync")
            if done["outcome"] == "complete" and not self.ask("outbox"):
                return rounds
        raise AssertionError(f"{self.name} is stuck: {done}, {self.ask('status')}")
