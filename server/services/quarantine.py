"""Taking in what could not be pushed: opaque, kept encrypted, counted as received, shown to the office."""

import json
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import device_numbers, ledger
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.core.sync.change import usable_id, usable_n
from server.core.sync.numbers import receive
from server.services import releasing
from server.services.context import Context
from server.services.draft import Draft
from server.services.gather import open_context
from server.services.payloads import fingerprint, keep_boxed
from server.services.push import in_turns
from server.services.store import store
from server.services.verdicts import Verdict
from server.services.world import World

MAX_RAW = 524_288


def quarantine(world: World, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """`{device, timeline, id?, n?, raw, why}` → a verdict, the same for the same id. Raises Problem."""
    raw = _checked(actor, body)
    return in_turns(world, "quarantine", lambda conn, _run: _take_in(world, conn, actor, body, raw))


def _take_in(world: World, conn: Connection, actor: Actor, body: dict[str, Any], raw: str) -> dict[str, Any]:
    change_id, n = usable_id(body), usable_n(body)
    numbers = device_numbers.lock(conn, str(actor.device))
    ctx = open_context(world, conn, actor, "device")
    mark = fingerprint(raw, world.keys.mac)
    key, entry = _known(conn, change_id or "x:" + fingerprint([actor.id, mark], world.keys.mac), actor)
    if n is not None:
        have, missing, _ = receive(numbers.have_n, numbers.missing, [n])
        device_numbers.store(conn, str(actor.device), have, missing)
    if entry is None:
        why = body["why"][:200].encode("utf-8", "replace").decode().replace("\x00", "")
        verdict = Verdict("quarantined", actor.barred or "crashed", {"code": "crashed", "why": why})
        _keep(ctx, conn, key, change_id, n, raw, mark, verdict)
        return {"id": change_id, "n": n, "status": verdict.status, "replayed": False, "reason": verdict.reason}
    return {"id": change_id, "n": n, "status": entry.status, "replayed": True, "reason": entry.reason}


def _checked(actor: Actor, body: dict[str, Any]) -> str:
    raw, why = body.get("raw"), body.get("why")
    if not isinstance(raw, str) or not isinstance(why, str):
        raise Problem("bad_request", "raw and why are texts")
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_RAW:
        raise Problem("too_large", f"raw holds at most {MAX_RAW} bytes")
    if actor.device is None or body.get("device") != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")
    return raw


def _known(conn: Connection, key: str, actor: Actor) -> tuple[str, ledger.Entry | None]:
    """The ledger's entry, and the key to keep under; somebody else's id gets a key of its own."""
    entry = ledger.find(conn, [key]).get(key)
    if entry is None or entry.account == actor.id:
        return key, entry
    own = f"{key}:{actor.id}"
    return own, ledger.find(conn, [own]).get(own)


def _keep(
    ctx: Context,
    conn: Connection,
    key: str,
    change_id: str | None,
    n: int | None,
    raw: str,
    mark: str,
    verdict: Verdict,
) -> None:
    """The ledger's row, encrypted because nobody has read it, and a `parked` record for author and office."""
    ids, draft, scope = ctx.world.ids, Draft(), releasing.own_scope(ctx)
    releasing.park(ctx, draft, {}, key, verdict, scope)
    empty = dict.fromkeys(("record", "type", "conflicts", "subjects"))
    row = empty | {
        "key": key,
        "id": change_id,
        "account": ctx.user,
        "device": ctx.device,
        "n": n,
        "hash": mark,
        "payload": keep_boxed(raw, ctx.world.keys.sealed, bytes.fromhex(ids.rev() + ids.rev())[:12]),
        "scope": scope,
        "source": "device",
        "status": verdict.status,
        "reason": verdict.reason,
        "message": json.dumps(verdict.message),
        "received_at": ctx.at,
        "timeline": ctx.timeline,
    }
    ledger.insert(conn, [row])
    store(ctx, conn, draft)
