"""What was typed, kept by the scheduler alone, and what must have become of it (invariants I1, I2, I7, I8, I9)."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, text

from server.core.catalog.fields import Kind, Merge
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.core.catalog.times import stamp
from server.services.payloads import open_kept
from tests.simulation.server import SimServer

Held = dict[str, list[list[str]]]  # phone: [ids in the outbox, ids in the journal]
DONE = ("applied", "merged", "conflict")
_KNOWN = text("SELECT key FROM change WHERE key IN :ids").bindparams(bindparam("ids", expanding=True))
_LEDGER = text("SELECT key, id, status, reason, payload, record, device, received_at FROM change")
_HISTORY = text("SELECT record, ver, rev, device, op, change, patch, at FROM record_history ORDER BY record, ver")
_CONFLICTS = text("SELECT id, row FROM record WHERE type = 'conflict'")
_DEAD = text("SELECT id, type FROM record WHERE NOT live")


class Breach(AssertionError):
    """An invariant does not hold. The text begins with its number."""


@dataclass(slots=True)
class Made:
    """One change that a phone committed. `content`: as it lay in its outbox, by phone; `holders`: phones that must
    still have it, waiting or in the journal."""

    id: str
    content: dict[str, dict[str, Any]] = field(default_factory=dict)
    holders: set[str] = field(default_factory=set)
    poisoned: bool = False
    confirmed: bool = False
    excused: str | None = None

    @property
    def group(self) -> str | None:
        return next((c.get("group") for c in self.content.values()), None)


def plain(value: Any) -> Any:
    """Integers that JSON's readers disagree about are kept as their digits."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, int) and abs(value) >= 2**53 else value


class Oracle:
    def __init__(self, server: SimServer) -> None:
        self.server = server
        self.made: dict[str, Made] = {}
        self.restored = False
        self.disputes: dict[str, list[Any]] = {}

    def learn(self, phone: str, drafts: Iterable[dict[str, Any]], no: int, poisoned: Iterable[str] = ()) -> None:
        for draft in drafts:
            made = self.made.setdefault(draft["id"], Made(draft["id"]))
            made.content[phone] = draft
            made.holders.add(phone)
            made.poisoned = made.poisoned or draft["id"] in set(poisoned)

    def _known(self, ids: list[str]) -> set[str]:
        with self.server.world.engine.connect() as conn:
            return {r[0] for r in conn.execute(_KNOWN, {"ids": ids})} if ids else set()

    def conserved(self, held: Held) -> None:
        """I1: every change is in an outbox or on the server; after a restore, until the phone has called, in its
        journal."""
        waiting = {one for outbox, _ in held.values() for one in outbox}
        kept = {one for _, journal in held.values() for one in journal}
        open_ = [m for m in self.made.values() if not m.confirmed and not m.excused and m.id not in waiting]
        known = self._known([m.id for m in open_])
        for made in open_:
            made.confirmed = made.id in known
            if not made.confirmed and not (self.restored and made.id in kept):
                raise Breach(f"I1 change {made.id} is in no outbox and not on the server")

    def emptied(self, phone: str, left: Held) -> None:
        """The phone's disk was lost, but for what is `left` on it."""
        there = {one for ids in left.get(phone, ()) for one in ids}
        for made in self.made.values():
            if made.id not in there:
                made.holders.discard(phone)

    def recount(self, held: Held, why: str) -> None:
        """After a disk was lost: what has no copy left anywhere cannot be asked for any more. Raises Breach where a
        phone should have one."""
        copies = {one for lists in held.values() for ids in lists for one in ids}
        gone = [m for m in self.made.values() if m.id not in copies]
        known = self._known([m.id for m in gone])
        for made in gone:
            if made.id not in known:
                if made.holders and not made.excused:
                    raise Breach(f"I13 change {made.id} is lost with the server: {sorted(made.holders)} kept no copy")
                made.excused = made.excused or why

    def went_back(self) -> None:
        self.restored = True
        for made in self.made.values():
            made.confirmed = False

    def everything(self, held: Held) -> None:
        """At the end: each change on the server exactly once, as typed, its values in sight."""
        with self.server.world.engine.connect() as conn:
            ledger = {r.key: r for r in conn.execute(_LEDGER)}
            history = list(conn.execute(_HISTORY))
            conflicts = {r.id: json.loads(r.row)["data"] for r in conn.execute(_CONFLICTS)}
            dead = list(conn.execute(_DEAD))
        asked = [made for made in self.made.values() if not made.excused]
        for made in asked:
            if made.id not in ledger:
                raise Breach(f"I1 change {made.id} never came to the server")
        alone = [m.id for m in asked if ledger[m.id].reason == "group" and not m.group]
        if alone:
            raise Breach(f"P5 change {alone[0]} fell with another one it had nothing to do with")
        self._once(history)
        self._times(ledger, history)
        self._as_typed(asked, ledger)
        self._values(asked, ledger, history, conflicts)
        self._overwrites(ledger, history)
        self._groups(asked, ledger)
        self._deletes(history, dead, ledger)

    def _once(self, history: list[Any]) -> None:
        seen = set()
        for row in history:
            key = (row.change, row.record, row.op)
            if row.change and row.op in ("create", "update", "delete", "undelete", "move") and key in seen:
                raise Breach(f"I2 change {row.change} was applied twice to {row.record}")
            seen.add(key)

    def _times(self, ledger: dict[str, Any], history: list[Any]) -> None:
        first, last = stamp(self.server.earliest), stamp(self.server.latest)
        late = [r.key for r in ledger.values() if not first <= r.received_at <= last]
        late += [r.record for r in history if not first <= r.at <= last]
        if late:
            raise Breach(f"I8 server times outside the server's clock: {late[:3]}")

    def _payload(self, row: Any) -> dict[str, Any]:
        kept = open_kept(row.payload, self.server.world.keys.sealed)
        return json.loads(kept) if isinstance(kept, str) else kept

    def _as_typed(self, asked: list[Made], ledger: dict[str, Any]) -> None:
        parts = ("op", "type", "record", "set", "add", "remove", "transition", "move", "resolve")
        for made in asked:
            kept = self._payload(ledger[made.id])
            wanted = [plain({p: c[p] for p in parts if c.get(p)}) for c in made.content.values()]
            if plain({p: kept[p] for p in parts if kept.get(p)}) not in wanted:
                raise Breach(f"I2 change {made.id} is kept with another content: {kept} and not {wanted}")

    def _values(self, asked: list[Made], ledger: dict[str, Any], history: list[Any], conflicts: dict[str, Any]) -> None:
        written: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in history:
            for name, patch in open_kept(row.patch, self.server.world.keys.sealed).items():
                written[row.record, name].append(patch["to"])
        disputed = {
            (about["record"], about.get("field"), json.dumps(side["value"]))
            for ident, about in conflicts.items()
            for side in written[ident, "incoming"] + written[ident, "current"]
            if isinstance(side, dict) and "value" in side
        }
        for made in asked:
            row = ledger[made.id]
            if made.poisoned or row.status not in DONE:
                continue
            change = self._payload(row)
            rtype = SCHEMA_1.types[change["type"]]
            for name, patch in (change.get("set") or {}).items():
                rule = rtype.fields.get(name)
                if rule is None or rule.kind in (Kind.DERIVED, Kind.STATE, Kind.SET):
                    continue
                to, at = patch["to"], (change["record"], name)
                if to is not None and to not in written[at] and (*at, json.dumps(to)) not in disputed:
                    raise Breach(f"I2 {row.status} change {made.id}: its {name} is nowhere in sight")

    def _overwrites(self, ledger: dict[str, Any], history: list[Any]) -> None:
        """P4: a reviewed field is only written over by who saw the value."""
        types = {r.key: self._payload(r) for r in ledger.values() if r.status in DONE}
        for row in history:
            change = types.get(row.change or "")
            if change is None or row.op != "update" or change.get("op") != "update" or row.device is None:
                continue
            fields = SCHEMA_1.types[change["type"]].fields
            for name, patch in open_kept(row.patch, self.server.world.keys.sealed).items():
                typed = (change.get("set") or {}).get(name)
                if typed and name in fields and fields[name].merge is Merge.REVIEW and patch["from"] != typed["from"]:
                    raise Breach(f"P4 change {row.change} wrote over {name} unseen")

    def _groups(self, asked: list[Made], ledger: dict[str, Any]) -> None:
        groups: dict[str, list[str]] = defaultdict(list)
        for made in asked:
            if made.group:
                groups[made.group].append(ledger[made.id].status)
        for group, statuses in groups.items():
            if len({status in DONE for status in statuses}) > 1:
                raise Breach(f"I9 group {group} is half applied: {statuses}")

    def _deletes(self, history: list[Any], dead: list[Any], ledger: dict[str, Any]) -> None:
        rows: dict[str, list[Any]] = defaultdict(list)
        for row in history:
            rows[row.record].append(row)
        self.disputes = defaultdict(list)
        for row in ledger.values():
            if row.reason in ("delete_vs_edit", "field"):
                self.disputes[row.record].append(row)
        for record, kind in dead:
            if rows[record][-1].op not in ("delete", "merge"):
                raise Breach(f"I7 {kind} {record} is gone by a {rows[record][-1].op}")
        for record, versions in rows.items():
            self._strangers(versions, ledger)
            for at, row in enumerate(versions):
                change = ledger.get(row.change or "")
                if row.op != "delete" or row.device is None or change is None:
                    continue
                base = (self._payload(change).get("base") or {}).get("rev")
                seen = next((i for i, v in enumerate(versions) if v.rev == base), None)
                between = versions[seen + 1 : at] if seen is not None else []
                if any(v.device != row.device and v.op != "derive" for v in between):
                    raise Breach(f"I7 {record} was deleted over somebody's edit")

    def _about(self, record: str) -> list[Made]:
        return [made for made in self.made.values() if any(c.get("record") == record for c in made.content.values())]

    def _same_hand(self, version: Any, row: Any, ledger: dict[str, Any]) -> bool:
        """Not only one device but one phone: a copy of it is somebody else until it has an id of its own, and one that
        was taken back gives its numbers again and does not know what it wrote under higher ones."""
        one, other = self.made.get(version.change or ""), self.made.get(row.key)
        copy = one and other and one.content.keys().isdisjoint(other.content)
        wrote = ledger.get(version.change or "")
        forgot = wrote and (self._payload(wrote).get("n") or 0) > (self._payload(row).get("n") or 0)
        return version.device == row.device and not copy and not forgot

    def _strangers(self, versions: list[Any], ledger: dict[str, Any]) -> None:
        """A change is in conflict only with what somebody else wrote since its author looked."""
        rows = self.disputes.get(versions[0].record, [])
        for row in rows:
            base = (self._payload(row).get("base") or {}).get("rev")
            seen = next((i for i, v in enumerate(versions) if v.rev == base), None)
            alone = seen is not None and all(self._same_hand(v, row, ledger) for v in versions[seen:][1:])
            before = [ledger[m.id] for m in self._about(row.record) if m.id in ledger and m.id != row.key]
            if alone and all(r.status in ("applied", "merged") for r in before):
                raise Breach(f"I2 change {row.key} is in conflict with its author's own edits")
