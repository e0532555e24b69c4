"""What happens at the server while phones are away: desks, moves, grants, accounts, devices."""

from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from server.adapters.storage import grants
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.services import accounts, devices, moves, push, timelines
from server.services import grants as granting
from server.services.transactions import read, write
from tests.places import G1, G2
from tests.simulation.oracle import DONE, Breach
from tests.simulation.server import SimServer
from tests.simulation.world import NEWER_FIELDS, account_id

_ROWS = text("SELECT id, scope, row FROM record WHERE type = :type AND live ORDER BY id")
_GRANTED = text("SELECT scope FROM access_grant WHERE account = :account AND revoked_at IS NULL")
_DEVICES = text(
    "SELECT id FROM device WHERE account = :account AND name = :name AND revoked_at IS NULL ORDER BY created_at"
)
_PHONES = text("SELECT id FROM device WHERE account = :account AND name = :name")


class Office:
    def __init__(self, server: SimServer) -> None:
        self.server = server
        self.newer: dict[tuple[str, str], str] = {}  # (household, field that old apps do not know): what was typed

    @property
    def world(self) -> Any:
        return self.server.world

    def actor(self, name: str) -> Actor:
        with read(self.world) as conn:
            return grants.actor_of(conn, account_id(name), None, self.world.clock())

    def rows(self, query: Any, **given: Any) -> list[Any]:
        with self.world.engine.connect() as conn:
            return list(conn.execute(query, given))

    def send(self, name: str, *changes: dict[str, Any]) -> int:
        """How many of them were done."""
        done = 0
        for begin in range(0, len(changes), 50):
            said = push.desk(self.world, self.actor(name), list(changes[begin : begin + 50]))
            done += sum(verdict["status"] in DONE for verdict in said["verdicts"])
        return done

    def change(self, op: str, kind: str, record: str, scope: str, **parts: Any) -> dict[str, Any]:
        ident = str(UUID(int=self.server.local.random.getrandbits(128), version=4))
        named = {"id": ident, "op": op, "type": kind, "record": record, "scope": scope, "schema": 1, "base": None}
        return named | {"at": {"wall": stamp(self.server.now), "offset_ms": None}} | parts

    def move(self, pick: float, to: str) -> int:
        """A dwelling, and what hangs on it, to another grid: 1 where it was in another one."""
        found = self.rows(_ROWS, type="dwelling")
        if not found:
            return 0
        return int(moves.move_record(self.world, found[int(pick * len(found))].id, to)["status"] == "applied")

    def mass_delete(self, scope: str) -> int:
        """Every visit of a grid: more than a phone lets go of unasked."""
        found = [row for row in self.rows(_ROWS, type="visit") if row.scope == scope]
        if not found:
            return 0
        clerk = "c1"
        return min(self.send(clerk, *(self.change("delete", "visit", row.id, scope) for row in found)), 1)

    def desk(self, picks: list[float], word: str) -> int:
        """The clerk types over a household's field, settles a conflict and a parked change."""
        homes, first, second = self.rows(_ROWS, type="household"), *(self._open(k) for k in ("conflict", "parked"))
        changes = []
        if homes:
            one = homes[int(picks[0] * len(homes))]
            changes.append(
                self.change("update", "household", one.id, one.scope, set={"contact_person": self._typed(one, word)})
            )
        if first:
            changes.append(self._settle("conflict", first[int(picks[1] * len(first))], picks[2]))
        if second:
            changes.append(self._settle("parked", second[int(picks[2] * len(second))], picks[1]))
        return self.send("c1", *changes)

    def fill_in(self, pick: float, word: str) -> int:
        """The clerk of a newer desk fills in fields that only newer apps know."""
        found = [row for row in self.rows(_ROWS, type="household") if row.scope in (G1, G2)]
        if not found:
            return 0
        one = found[int(pick * len(found))]
        held = orjson.loads(one.row)["data"]
        sets = {name: {"from": held.get(name), "to": f"{name} {word}"} for name in NEWER_FIELDS}
        if not self.send("c1", self.change("update", "household", one.id, one.scope, set=sets, schema=3)):
            return 0
        self.newer |= {(one.id, name): f"{name} {word}" for name in NEWER_FIELDS}
        return 1

    def kept(self) -> None:
        """I20: whatever apps of two versions before sent about it, what only newer ones know still stands."""
        rows = {row.id: orjson.loads(row.row)["data"] for row in self.rows(_ROWS, type="household")}
        for (record, name), word in self.newer.items():
            if record in rows and rows[record].get(name) != word:
                raise Breach(f"I20 household {record} lost its {name}")

    def _typed(self, row: Any, word: str) -> dict[str, Any]:
        return {"from": orjson.loads(row.row)["data"].get("contact_person"), "to": f"desk {word}"}

    def _open(self, kind: str) -> list[Any]:
        return [row for row in self.rows(_ROWS, type=kind) if '"state":"open"' in row.row]

    def _settle(self, kind: str, row: Any, chance: float) -> dict[str, Any]:
        ways = ("current", "incoming") if kind == "conflict" else ("apply", "drop")
        return self.change("resolve", kind, row.id, row.scope, resolve={"choose": ways[chance < 0.5]})

    def grant(self, user: str, scope: str) -> int:
        if scope in {row[0] for row in self.rows(_GRANTED, account=account_id(user))}:
            return 0
        granting.add(self.world, user, scope)
        return 1

    def end(self, user: str, scope: str) -> int:
        """Take a grant back, one of that person's or of the next who has several. A person keeps at least one: with
        none a phone is told nothing at all."""
        for name in (user, "w2", "w3"):
            held = sorted(row[0] for row in self.rows(_GRANTED, account=account_id(name)))
            if len(held) > 1:
                return self._end(name, scope if scope in held else held[0])
        return 0

    def _end(self, user: str, scope: str) -> int:
        self.server.pass_time(1)
        with write(self.world, "grant.end") as conn:
            found = grants.open_grants(conn, account_id(user), scope, self.world.clock())
            grants.revoke(conn, [row.id for row in found], self.world.clock())
        return 1

    def disable(self, user: str) -> None:
        accounts.disable(self.world, user)

    def let_in(self, user: str, phone: str) -> None:
        """A server that was put back may not know the phone of somebody who was disabled since: what waits on it comes
        in by a login alone, and for that his account is enabled."""
        if not self.rows(_PHONES, account=account_id(user), name=phone):
            accounts.enable(self.world, user)

    def revoke(self, account: str, name: str) -> int:
        found = self.rows(_DEVICES, account=account_id(account), name=name)
        if found:
            devices.revoke(self.world, found[-1].id)
        return len(found)

    def announce(self) -> None:
        """As a restore that is told of does."""
        with write(self.world, "restore") as conn:
            timelines.start(self.world, conn, "restored")
