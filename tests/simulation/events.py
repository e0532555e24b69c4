"""What happens in a run, from its seed: which faults are on, who edits what, when, and everything that goes wrong."""

import random
from typing import Any

from tests.places import G1, G2, G3
from tests.simulation.network import AT_FAILPOINTS, FAILPOINTS
from tests.simulation.world import WORKERS

Event = dict[str, Any]
NETWORK = (
    "request_lost", "answer_lost", "twice", "five_at_once", "late", "cut", "torn", "flipped", "portal", "status",
    "died", "database", "overtaken",
)  # fmt: skip
PHONES = (
    "app_killed", "disk_full", "clock", "tabs", "evicted", "rolled_back", "cloned", "poison", "away", "narrow",
    "typed_within",
)  # fmt: skip
SERVER = (
    "restored", "moved", "grant_ended", "disabled", "revoked", "mass_delete", "desk", "server_clock", "upgraded",
    "meanwhile",
)  # fmt: skip
SKEWS = (-87_600, 87_600, -30, 5, 0)  # hours: ten years, a day, a time zone
BETWEEN = ("moved", "grant_ended", "mass_delete", "desk", "clock", "disabled", "revoked")  # in the midst of a sync, too
TAKEN_BACK = ("restored", "rolled_back")
WHILE_TYPING = ("moved", "grant_ended", "mass_delete")  # what takes rows from a phone
LEAD = 0.4  # of what such a run is made of
# Which events lead to the failpoints of a transaction that is seldom reached.
LEADING = {"timeline": "silent_loss", "quarantine": "refused_bodies", "session": "hours", "login": "logins"}
AIMED_AT = (*FAILPOINTS, *(name for name in FAILPOINTS if name.startswith("timeline")))  # a run has few of these
# What people type, of a hundred edits.
EDITS = {
    "household": 42, "visit": 12, "visit_again": 6, "route": 6, "group": 6, "visit_gone": 8, "household_gone": 2,
    "issue": 5, "step": 8, "move": 2, "dwelling": 3,
}  # fmt: skip
NAMES = {"p1": "w1", "p2": "w2", "p3": "w1", "p4": "w3", "p5": "w4", "p6": "w2"}
POISON = (
    {"set": {"note": {"from": None, "to": "\x00"}}}, {"set": {"pets": {"from": None, "to": 2**60}}},
    {"type": "spaceship"}, {"op": "explode"}, {"record": "../../etc"}, {"schema": -4}, {"set": [1, 2]},
    {"set": {"declared_count": {"from": None, "to": "many"}}}, {"scope": "grid:everything"}, {"at": None},
    {"base": 7}, {"transition": {"action": 5}, "op": "transition"}, {"set": {"dwelling": {"from": {}, "to": []}}},
)  # fmt: skip


def trace(seed: int, kind: str, size: int = 40, only: frozenset[str] | None = None) -> dict[str, Any]:
    """A whole run as data: `{seed, kind, aes, faults, aims, phones, events}`. `only` names the faults to draw from."""
    chance = random.Random(f"trace/{seed}")
    every = [*NETWORK, *PHONES, *SERVER]
    on = [name for name in every if chance.random() < 0.35]
    if only is not None:
        on = sorted(only)
    if kind == "sqlite" and "five_at_once" in on:
        on.remove("five_at_once")
    phones = sorted(chance.sample(sorted(NAMES), chance.randint(2, 5)))
    aims = aimed(seed) if only is None else []
    making = Making(chance, on, phones, seed, at=aims[0][1].partition(".")[0] if aims else "")
    events = [making.begin()]
    while len(events) < size:
        events += making.next()
    return {
        "seed": seed,
        "kind": kind,
        "aes": seed % 50 == 7,
        "faults": on,
        "aims": aims,
        "phones": {phone: NAMES[phone] for phone in phones},
        "events": [event | {"r": chance.randrange(1 << 30)} for event in events[:size]],
    }


def aimed(seed: int) -> list[list[str]]:
    """[[fault, failpoint]]: half of all seeds try every fault at one failpoint, so that each pair comes in its turn."""
    if seed % 4 not in (1, 2):
        return []
    name = AIMED_AT[seed // 4 % len(AIMED_AT)]
    faults = random.Random(f"aims/{seed}").sample(AT_FAILPOINTS, len(AT_FAILPOINTS))
    return [[fault, name] for fault in faults]


class Making:
    """`at`: the failpoints that this seed aims at; what leads there is made more often."""

    def __init__(self, chance: random.Random, on: list[str], phones: list[str], seed: int, at: str = "") -> None:
        self.chance, self.on, self.phones, self.seed, self.at = chance, on, phones, seed, at
        self.typed = 0
        self.focus = chance.random() * 0.7  # few records are edited by all
        # taken back: a copy must be made before it is put back, so its turn comes more often
        often = (*TAKEN_BACK, *(WHILE_TYPING if "typed_within" in on else ()))
        self.specials = [
            name
            for name in on
            if name not in (*NETWORK, "meanwhile", "typed_within")
            for _ in range(3 if name in often else 1)
        ]
        self.once = {"disabled", "revoked", "cloned"} & set(on)
        self.copies = 0

    def begin(self) -> Event:
        """Mostly everybody has loaded his grids before anything goes wrong; without rows nobody edits much."""
        loaded = 0 if self.at == "login" else self.chance.choice((0, 0.8, 1, 1))
        return {"do": "begin", "phones": [phone for phone in self.phones if self.chance.random() < loaded]}

    def next(self) -> list[Event]:
        if self.at in LEADING and self.chance.random() < LEAD:
            led: list[Event] = getattr(self, LEADING[self.at])()
            return led
        return [self.event()]

    def silent_loss(self) -> list[Event]:
        """The server goes back behind what it told these phones, and nobody says so: they bring the proof."""
        phones = self.some()
        synced = {"do": "sync", "phones": phones, "tab": "0"}
        work = [self.edit() | {"phone": phone, "tab": "0"} for phone in phones]
        return [{"do": "server_backup"}, *work, synced, {"do": "restore", "told": False}, *[synced] * 3]

    def refused_bodies(self) -> list[Event]:
        """Somebody in between lets no change through, whatever its size: it goes to quarantine."""
        edits = [self.one() for _ in range(5)]
        work = {"do": "edit", "phone": (phone := self.phone()), "tab": "0", "edits": edits}
        synced = {"do": "sync", "phones": [phone], "tab": "0"}
        return [{"do": "narrow", "bytes": 300}, work, synced, synced, {"do": "narrow", "bytes": None}]

    def hours(self) -> list[Event]:
        """A session that was not used for a while is renewed at its next request."""
        return [{"do": "wait", "hours": 1}, {"do": "sync", "phones": self.some(), "tab": "0"}]

    def logins(self) -> list[Event]:
        """The browser lost its cookies: everybody logs in again."""
        return [{"do": "relogin", "phones": self.some()} for _ in range(2)]

    def event(self) -> Event:
        roll = self.chance.random()
        if roll < 0.42:
            return self.edit()
        if roll < 0.72 or not self.specials:
            return self.sync()
        if roll < 0.8:
            return {"do": "wait", "hours": self.chance.choice((1, 9, 30, 24 * 6, 24 * 31))}
        return self.special(self.chance.choice(self.specials))

    def sync(self) -> Event:
        phones = self.some()
        one: Event = {"do": "sync", "phones": phones, "tab": self.tab()}
        if "typed_within" in self.on and self.chance.random() < 0.7:
            one["within"] = [self.within(phone) for phone in phones for _ in range(self.chance.randint(1, 3))]
        if "meanwhile" not in self.on or self.chance.random() < 0.4:
            return one
        work: list[Event] = [self.edit() | {"phone": phone} for phone in phones]
        office = [name for name in BETWEEN if name in self.on]
        events = [*work, *(self.special(name) for name in office), *(self.special(name) for name in office)]
        return one | {"meanwhile": self.chance.sample(events, min(len(events), 3))}

    def within(self, phone: str) -> Event:
        """Typed between two transactions of a sync, so many after the one before; often just before rows come or go."""
        edits = [self.one() for _ in range(self.chance.randint(1, 5))]
        rows = self.chance.random() < 0.7
        after = self.chance.randint(1, 3 if rows else 8)
        return {"phone": phone, "tab": self.tab(), "after": after, "rows": rows, "edits": edits}

    def phone(self) -> str:
        return self.chance.choice(self.phones)

    def tab(self) -> str:
        return "1" if "tabs" in self.on and self.chance.random() < 0.3 else "0"

    def some(self) -> list[str]:
        return self.chance.sample(self.phones, self.chance.randint(1, min(3, len(self.phones))))

    def special(self, name: str) -> Event:
        chance, phone = self.chance, self.phone()
        if name in self.once:
            self.once.discard(name)
        elif name in ("disabled", "revoked", "cloned"):
            return self.edit()
        if name == "cloned":
            self.phones = [*self.phones, f"{phone}x"]
            return {"do": "clone", "phone": phone, "as": f"{phone}x"}
        if name in ("rolled_back", "restored"):
            return self.taken_back(name, phone)
        made: dict[str, Event] = {
            "app_killed": {"do": "kill", "phone": phone, "calls": chance.choice((0, chance.randint(1, 120)))},
            "disk_full": {"do": "full", "phone": phone, "rows": chance.choice((0, 1, 2, 3, chance.randint(4, 60)))},
            "clock": {"do": "clock", "phone": phone, "hours": chance.choice(SKEWS), "jumps": chance.random() < 0.3},
            "tabs": {"do": "tab", "phone": phone},
            "evicted": {"do": "evict", "phone": phone},
            "poison": {"do": "edit", "phone": phone, "tab": "0", "edits": [self.poison()]},
            "away": {"do": "wait", "hours": 24 * 90},
            "narrow": {"do": "narrow", "bytes": chance.choice((600, 900, 4_000, 20_000))},
            "server_clock": {"do": "server_clock", "hours": chance.choice((-1, -1, 3))},
            "upgraded": {"do": "upgrade", "updated": self.some(), "pick": chance.random(), "word": self.word()},
            "moved": {"do": "move", "pick": self.pick(), "to": chance.choice((G1, G2, G3))},
            "grant_ended": self.grant(),
            "disabled": {"do": "disable", "user": chance.choice(sorted(WORKERS))},
            "revoked": {"do": "revoke", "phone": phone},
            "mass_delete": {"do": "mass_delete", "scope": chance.choice((G1, G2))},
            "desk": {"do": "desk", "picks": [chance.random() for _ in range(3)], "word": self.word()},
        }
        return made[name]

    def grant(self) -> Event:
        user = self.chance.choice(sorted(WORKERS))
        return {"do": self.chance.choice(("grant", "end")), "user": user, "scope": self.chance.choice((G1, G2, G3))}

    def taken_back(self, name: str, phone: str) -> Event:
        """First a copy is made; from then on sometimes put back, sometimes made anew."""
        self.copies += 1
        back = self.copies > 1 and self.chance.random() < 0.6
        if name == "restored":
            return {"do": "restore" if back else "server_backup", "told": self.chance.random() < 0.5}
        return {"do": "rollback" if back else "phone_backup", "phone": phone}

    def word(self) -> str:
        self.typed += 1
        return f"{self.seed}.{self.typed}"

    def pick(self) -> float:
        """Mostly near the same few records."""
        roll = self.chance.random()
        return min(self.focus + roll * 0.2, 0.999) if self.chance.random() < 0.7 else roll

    def last(self) -> float:
        """What was made last is what people correct and take back."""
        return 0.999 if self.chance.random() < 0.5 else self.pick()

    def edit(self) -> Event:
        count = self.chance.choice((1, 2, 5, 10, 20, 34, 60))
        one = {"do": "edit", "phone": self.phone(), "tab": self.tab()}
        return one | {"edits": [self.one() for _ in range(count)]}

    def poison(self) -> Event:
        return {"op": "poison", "type": "household", "pick": self.pick(), "raw": self.chance.choice(POISON)}

    def household(self) -> Event:
        chance = self.chance
        values = chance.choice(
            (
                {"note": self.word()},
                {"contact_person": self.word()},
                {"pets": chance.randint(0, 3), "note": self.word()},
                {"preferred_contact": chance.choice(("visit", "phone"))},
                {"contact_phone": f"1390000{chance.randint(0, 99):04d}"},
            )
        )
        return {"op": "update", "type": "household", "pick": self.pick(), "values": values}

    def visit(self) -> Event:
        values = {"result": "met", "summary": self.word()}
        below = {"op": "below", "type": "visit", "parent": "household", "field": "household"}
        return below | {"pick": self.pick(), "values": values}

    def move(self) -> Event:
        """A worker may only wish for it: it waits for the office."""
        return {"op": "move", "type": "dwelling", "pick": self.pick(), "to": self.chance.choice((G1, G2))}

    def visit_again(self) -> Event:
        return {"op": "update", "type": "visit", "pick": self.last(), "values": {"summary": self.word()}}

    def route(self) -> Event:
        days = sorted(self.chance.sample("1234567", self.chance.randint(1, 3)))
        return {"op": "update", "type": "route", "pick": self.pick(), "values": {"days": days}}

    def group(self) -> Event:
        last = self.visit() if self.chance.random() < 0.6 else self.move()
        return {"op": "group", "type": "", "pick": 0, "edits": [self.visit(), self.household(), last]}

    def visit_gone(self) -> Event:
        return {"op": self.chance.choice(("delete", "delete", "undelete")), "type": "visit", "pick": self.last()}

    def household_gone(self) -> Event:
        return {"op": "delete", "type": "household", "pick": self.pick()}

    def issue(self) -> Event:
        values = {"item_code": "0101", "title": self.word()}
        home = {"scope": self.chance.choice((G1, G2)), "submit": True}
        return {"op": "create", "type": "issue", "pick": 0, "values": values} | home

    def step(self) -> Event:
        return {"op": "step", "type": "issue", "pick": self.pick()}

    def dwelling(self) -> Event:
        below = {"op": "below", "type": "dwelling", "parent": "building", "field": "building"}
        return below | {"pick": self.pick(), "values": {"room_no": self.word()}}

    def one(self) -> Event:
        [kind] = self.chance.choices(list(EDITS), EDITS.values())
        made: Event = getattr(self, kind)()
        return made
