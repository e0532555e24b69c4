"""I5: whoever's work comes first, the same values are there in the end, each current, in a conflict, in the history or
with what waits; and where no two people touched one field, it is the same state."""

import json
import random
from collections import defaultdict
from typing import Any

from sqlalchemy import text

from server.core.catalog.fields import Kind
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.services.payloads import open_kept
from tests.simulation.events import NAMES, Event, Making
from tests.simulation.oracle import DONE, Breach
from tests.simulation.running import Stage
from tests.simulation.server import SimServer

Field = tuple[str, str]  # record, name
Values = dict[Field, set[str]]
_LEDGER = text("SELECT status, payload, device FROM change WHERE device IS NOT NULL")
_HISTORY = text("SELECT record, patch FROM record_history")
_ROWS = text("SELECT id, type, row FROM record")
_NAMES = text("SELECT id, name FROM device")
NOT_TYPED = (Kind.DERIVED, Kind.STATE)
UNMAKING = ("delete", "undelete", "move", "poison", "step", "group")  # what they do to others is not of one field


def offline_work(seed: int, kind: str, *, plain: bool) -> dict[str, Any]:
    """Everybody loads, then works without a network; nothing is sent yet. `plain`: only edits of fields."""
    chance = random.Random(f"orders/{seed}")
    phones = sorted(chance.sample(sorted(NAMES), 3))
    making = Making(chance, [], phones, seed)
    events: list[Event] = [{"do": "begin", "phones": phones}]
    for phone in phones * 2:
        edits = [one for one in making.edit()["edits"] if not plain or one["op"] not in UNMAKING]
        events.append({"do": "edit", "phone": phone, "tab": "0", "edits": edits})
    events = [event | {"r": chance.randrange(1 << 30)} for event in events]
    users = {phone: NAMES[phone] for phone in phones}
    return {"seed": seed, "kind": kind, "aes": False, "faults": [], "phones": users, "events": events}


def deliveries(work: dict[str, Any]) -> list[list[Event]]:
    """One phone after the other; the other way round; and request by request, mixed."""
    phones = list(work["phones"])
    one_by_one = [{"do": "sync", "phones": [phone], "tab": "0", "r": 1} for phone in phones]
    mixed = {"do": "sync", "phones": phones, "tab": "0"}
    return [one_by_one, one_by_one[::-1], [mixed | {"r": 2}], [mixed | {"r": 3}]]


def compare(place: Stage, seed: int, *, plain: bool, bugs: tuple[str, ...] = ()) -> int:
    """How many fields were compared. Raises Breach."""
    work = offline_work(seed, place.kind, plain=plain)
    outcomes = []
    for sending in deliveries(work):
        result = place.run(work | {"events": work["events"] + sending}, bugs)
        if result.breach:
            raise Breach(result.breach)
        outcomes.append((kept_values(place.server), current(place.server), hands(place.server)))
    (values, state, by), *others = outcomes
    for other_values, other_state, other_by in others:
        if by != other_by:
            raise Breach("I5 the same work was not the same changes")
        for at in by:
            if values[at] != other_values[at]:
                raise Breach(f"I5 {at}: {values[at]} and, sent otherwise, {other_values[at]}")
            if plain and len(by[at]) == 1 and state.get(at) != other_state.get(at):
                raise Breach(f"I5 {at}, touched by one person, is {state.get(at)} and {other_state.get(at)}")
    return len(by)


def typed(server: SimServer) -> list[tuple[str, str, str, Any]]:
    """(device, status, record, field's patch) of all that phones sent."""
    found = []
    with server.world.engine.connect() as conn:
        for row in conn.execute(_LEDGER):
            change = _opened(server, row.payload)
            fields = SCHEMA_1.types[change["type"]].fields
            for name, patch in (change.get("set") or {}).items():
                if name in fields and fields[name].kind not in NOT_TYPED:
                    found.append((row.device, row.status, change["record"], (name, patch)))
    return found


def hands(server: SimServer) -> dict[Field, set[str]]:
    """Who typed into each field, by the names of phones."""
    with server.world.engine.connect() as conn:
        names = {row.id: row.name for row in conn.execute(_NAMES)}
    by: dict[Field, set[str]] = defaultdict(set)
    for device, _, record, (name, _patch) in typed(server):
        by[record, name].add(names[device])
    return by


def kept_values(server: SimServer) -> Values:
    """Every value that somebody can still find, by field."""
    kept: Values = defaultdict(set)
    with server.world.engine.connect() as conn:
        rows = {row.id: json.loads(row.row)["data"] for row in conn.execute(_ROWS) if row.type == "conflict"}
        history = list(conn.execute(_HISTORY))
    for record, packed in history:
        about = rows.get(record)
        for name, patch in open_kept(packed, server.world.keys.sealed).items():
            if about is None:
                kept[record, name].add(json.dumps(patch["to"]))
            elif about.get("field") and isinstance(patch["to"], dict) and "value" in patch["to"]:  # a side of it
                side = patch["to"]["value"]
                if side is not None or name == "incoming":  # else nothing stood there yet: nobody typed that
                    kept[about["record"], about["field"]].add(json.dumps(side))
    for _, status, record, (name, patch) in typed(server):
        if status not in DONE:
            kept[record, name].add(json.dumps(patch["to"]))
    return kept


def current(server: SimServer) -> dict[Field, str]:
    with server.world.engine.connect() as conn:
        rows = [(row.id, json.loads(row.row)["data"]) for row in conn.execute(_ROWS)]
    return {(ident, name): json.dumps(value) for ident, data in rows for name, value in data.items()}


def _opened(server: SimServer, payload: Any) -> dict[str, Any]:
    kept = open_kept(payload, server.world.keys.sealed)
    return json.loads(kept) if isinstance(kept, str) else kept
