"""Comparing notes with a device: what the server has of it, what it may hold, what it should do next."""

import json
import zlib
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import device_numbers, devices, feeds, grants, ledger
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.photos.announcement import PHOTO_BYTES
from server.core.problems import Problem
from server.core.sync.change import usable_n
from server.core.sync.cursor import Ack, unpack, xor_hex
from server.core.sync.decode import unreadable
from server.core.sync.numbers import count
from server.core.sync.values import MAX_PHOTOS, UUID
from server.services import cards, incidents, timelines
from server.services.pull import NOTHING, WentBack, make_cursor, marks_of, place
from server.services.transactions import write
from server.services.world import World

JOURNAL_IDS = 5_000
DEVICES_A_SECOND = 20  # how many may come back at once when everybody must
LIMITS = {
    "change_bytes": 65_536,
    "record_bytes": 32_768,
    "text_bytes": 4_096,
    "push_changes": 50,
    "group_changes": 200,
    "push_bytes": 524_288,
    "pull_rows": 1_000,
    "pull_bytes": 1_048_576,
    "scopes": 100,
    "photos": MAX_PHOTOS,  # in one field
    "photo_bytes": PHOTO_BYTES,
    "tus_chunk": 262_144,  # what the app should use; more is taken
    "tus_chunk_min": 32_768,  # down to this on bad links
}


def hello(world: World, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """See PROTOCOL.md, hello. Raises Problem: bad_request, device_mismatch."""
    journal = _journal(body)
    if actor.device is None or body.get("device") != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")
    try:
        with write(world, "hello") as conn:
            return _hello(world, conn, actor, body, journal)
    except WentBack as found:
        timelines.went_back(world, found.timeline, found.evidence)
        with write(world, "hello") as conn:
            return _hello(world, conn, actor, body, journal)


def _journal(body: dict[str, Any]) -> list[str]:
    journal = body.get("journal") or []
    if not isinstance(journal, list) or len(journal) > JOURNAL_IDS:
        raise Problem("bad_request", f"journal is a list of at most {JOURNAL_IDS} change ids")
    return [i for i in journal if isinstance(i, str) and UUID.match(i)]


def _hello(world: World, conn: Connection, actor: Actor, body: dict[str, Any], journal: list[str]) -> dict[str, Any]:
    device = str(actor.device)
    numbers = device_numbers.lock(conn, device)
    timeline = timelines.current(conn)
    _check_ack(world, device, numbers, timeline, body.get("ack"))
    _acknowledge(world, conn, actor, body)
    if not actor.barred and not actor.draining:
        cards.withdraw(world, conn, actor)
    held = [] if actor.barred else _grants(world, conn, actor)
    readable = {g["scope"] for g in held if not g["revoked_at"]}
    fresh = _fresh(world, conn, timeline, body.get("scopes"), readable)
    reregister = _note(world, conn, actor, body, numbers)
    refused = _refused(world, conn, actor, body.get("scopes"), readable)
    incidents.reported(world, conn, actor, body.get("reports"), {g["scope"] for g in held})
    known = ledger.known_of(conn, actor.id, journal)
    unknown = [i for i in journal if i not in known]
    return {
        "timeline": timeline,
        "server_time": stamp(world.clock()),
        "have_n": numbers.have_n,
        "missing": numbers.missing,
        "durable_n": None,
        "grants": held,
        "unknown": unknown,
        "fresh": fresh,
        "limits": LIMITS,
        "min_schema": world.catalog.min_schema,
        "delay_s": _delay(world, conn, device) if body.get("timeline") not in (None, timeline) else 0,
        "lock": world.rules.lock(),
        "actions": _actions(world, actor, body, unknown, reregister) + [f"resnapshot:{s}" for s in refused],
    }


def _grants(world: World, conn: Connection, actor: Actor) -> list[dict[str, Any]]:
    """What the device may hold, and what it must still leave."""
    return grants.scopes_of(conn, actor.id, world.clock(), actor.device, world.rules.grace_days)


def _check_ack(world: World, device: str, numbers: device_numbers.Numbers, timeline: str, ack: Any) -> None:
    """An acknowledgement we made for a number we do not have: this database lost what it had. Raises WentBack."""
    found = unpack(world.keys.mac, ack, Ack)
    if found is None or found.device != device or found.timeline != timeline:
        return
    lost = any(low <= found.have_n <= high for low, high in numbers.missing)
    if found.have_n > numbers.have_n or lost:
        raise WentBack(timeline, {"device": device, "acknowledged": found.have_n, "have": numbers.have_n})


def _acknowledge(world: World, conn: Connection, actor: Actor, body: dict[str, Any]) -> None:
    """Keep which lost scopes the device has emptied. One it still names in `scopes` is not empty yet, whatever
    `grants_ack` says; one that is held again can be lost again."""
    acked, here = body.get("grants_ack"), body.get("scopes")
    device = str(actor.device)
    held = _grants(world, conn, actor)
    grants.forget_acknowledged(conn, device, [g["scope"] for g in held if not g["revoked_at"]])
    if isinstance(acked, dict):
        lost = {g["scope"]: g["gen"] for g in held if g["revoked_at"]}
        gone = {s for s in lost if _count_of(acked.get(s)) >= lost[s] and not (isinstance(here, dict) and s in here)}
        grants.acknowledge(conn, device, {s: lost[s] for s in gone}, world.clock())


def _count_of(value: Any) -> int:
    """A number a device said, or -1."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


def _refused(world: World, conn: Connection, actor: Actor, scopes: Any, held: set[str]) -> list[str]:
    """Scopes where the device refused to remove many rows at once: it gets a snapshot it may trust."""
    asked = scopes.items() if isinstance(scopes, dict) else ()
    refused = sorted(s for s, said in asked if s in held and isinstance(said, dict) and said.get("refused") is True)
    for scope in refused:
        incidents.tell(world, conn, actor, "bulk_removal_refused", {"scope": scope})
    return refused


def _fresh(world: World, conn: Connection, timeline: str, scopes: Any, held: set[str]) -> dict[str, str]:
    """New cursors where the device's rows agree with ours but its cursor is of another timeline. Raises WentBack."""
    asked = {s: v for s, v in scopes.items() if s in held and isinstance(v, dict)} if isinstance(scopes, dict) else {}
    heads = feeds.heads(conn, marks_of(world, {s: said.get("cursor") for s, said in asked.items()}))
    fresh = {}
    for scope, said in asked.items():
        head = heads.get(scope, NOTHING)
        if place(world, timeline, scope, said.get("cursor"), head) is not None:
            continue
        if (said.get("live"), said.get("digest")) == (head.live, xor_hex(head.digest)):
            fresh[scope] = make_cursor(world, conn, timeline, scope, head.head, head)
    return fresh


def _note(world: World, conn: Connection, actor: Actor, body: dict[str, Any], numbers: device_numbers.Numbers) -> bool:
    """Keep what the device says of itself; incidents when work was lost on it. Whether it must number anew."""
    device, next_n = str(actor.device), usable_n({"n": body.get("next_n")})
    pending = body.get("pending") if isinstance(body.get("pending"), dict) else {}
    said = {k: body.get(k) for k in ("pending", "storage", "client_time")}
    devices.change(
        conn,
        device,
        {"last_seen_at": stamp(world.clock()), "next_n": next_n, "last_hello": json.dumps(said)[:2000]} | _app(body),
    )
    if next_n is None or body.get("timeline") != timelines.current(conn) or body.get("journal"):
        return False  # after a server went back the journal tells what is missing, not the numbers
    if next_n <= numbers.have_n:
        incidents.came_back_empty(world, conn, actor, next_n, numbers.have_n)
        return True
    here = _count_of(pending.get("changes")) if isinstance(pending, dict) else -1
    outstanding = next_n - 1 - numbers.have_n + count(numbers.missing)
    if here >= 0:
        detail = {"next_n": next_n, "have_n": numbers.have_n, "missing": numbers.missing}
        incidents.changes_lost(world, conn, actor, outstanding - here, detail)
    return False


def _app(body: dict[str, Any]) -> dict[str, Any]:
    """What app this is: it may have been updated since the login."""
    app, schema = body.get("app"), _count_of(body.get("schema"))
    named = {"app": app[:40]} if isinstance(app, str) and not unreadable(app) else {}
    return named | ({"schema": schema} if 0 < schema < 10_000 else {})


def _delay(world: World, conn: Connection, device: str) -> int:
    """Seconds to wait before a new snapshot, so that everybody does not come at once."""
    spread = devices.count_active(conn, stamp(world.clock())[:7]) // DEVICES_A_SECOND
    return zlib.crc32(device.encode()) % (spread + 1)


def _actions(world: World, actor: Actor, body: dict[str, Any], unknown: list[str], reregister: bool) -> list[str]:
    schema = body.get("schema")
    told = {
        "wipe": actor.barred == "device_revoked",
        "upgrade": isinstance(schema, int) and schema < world.catalog.min_schema,
        "reregister": reregister,
        "resend": bool(unknown),
    }
    return [name for name, holds in told.items() if holds]
