"""The other half of `verify.py`: the ledger of changes, the numbers of devices, what waits for somebody."""

import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from sqlalchemy import Connection

from server.adapters.storage import upkeep
from server.services.payloads import BOXED, FORGOTTEN, fingerprint, open_kept
from server.services.world import World

REVIEWED = ("conflict", "parked")


def devices(_world: World, conn: Connection) -> Iterator[str]:
    """Numbers a device was told of must be the numbers that came."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for device, n in upkeep.all_numbers(conn):
        numbers[device].append(int(n))  # in order
    for device, have_n, missing in upkeep.all_devices(conn):
        came, ranges = numbers[device], json.loads(missing)
        if any(_any_between(came, low, high) for low, high in ranges):
            yield f"device {device}: its missing numbers are in the ledger"
        if any(not 0 < low <= high < have_n for low, high in ranges):
            yield f"device {device}: its missing numbers are no ranges below {have_n}"
        if _any_between(came, have_n + 1, have_n + 1):
            yield f"device {device}: has verdicts above {have_n}"


def _any_between(ordered: list[int], low: int, high: int) -> bool:
    place = bisect_left(ordered, low)
    return place < len(ordered) and ordered[place] <= high


def ledger(world: World, conn: Connection) -> Iterator[str]:
    """What took effect stands in a history, what a history names stands here, and payloads are as they came."""
    written, known = upkeep.changes_written(conn), set()
    for key, status, type_name, mark, payload in upkeep.all_verdicts(conn):
        known.add(key)
        if status == "applied" and type_name not in REVIEWED and key not in written:
            yield f"change {key}: was applied, and no history names it"
        if not _as_it_came(world, bytes(payload), mark):
            yield f"change {key}: its payload is not what came"
    for change in written - known:
        yield f"change {change}: a history names it, and the ledger does not"


def _as_it_came(world: World, payload: bytes, mark: str) -> bool:
    """Whether a payload is what its hash was taken of; one sealed, upcast or partly forgotten cannot be told."""
    try:
        kept = open_kept(payload, world.keys.sealed)
    except (InvalidTag, ValueError):
        return False
    if (
        payload[:1] == BOXED
        or not isinstance(kept, dict)
        or {"sent_schema", FORGOTTEN} & kept.keys()
        or _holds_sealed(kept)
    ):
        return True
    return fingerprint({k: v for k, v in kept.items() if k != "n"}, world.keys.mac) == mark


def _holds_sealed(kept: dict[str, Any]) -> bool:
    text = json.dumps(kept)
    return '"hint": ' in text and '"v": ' in text


def waiting(_world: World, conn: Connection) -> Iterator[str]:
    """The review desk's look-ups against the records and the ledger."""
    found = upkeep.all_waiting(conn)
    statuses = {key: status for key, status, *_ in upkeep.all_verdicts(conn)}
    for row in upkeep.all_records(conn):
        if row.type in REVIEWED:
            data, known = orjson.loads(row.row)["data"], found.pop(row.id, None)
            if known is None or (known.state, known.record) != (data["state"], data.get("record")):
                yield f"{row.type} {row.id}: the review desk's look-up differs"
            elif known.change is not None and known.change not in statuses:
                yield f"{row.type} {row.id}: speaks of change {known.change}, which the ledger does not have"
            elif known.status and known.state == "open" and statuses[str(known.change)] != known.status:
                yield f"{row.type} {row.id}: waits, and the ledger says {statuses[str(known.change)]}"
    for one in found:
        yield f"review {one}: no such record"
    for key in upkeep.unkept_changes(conn):
        yield f"change {key}: waits for somebody, and no desk lists it"
