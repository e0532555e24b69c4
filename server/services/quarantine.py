"""Taking in what could not be pushed: opaque, kept encrypted, counted as received, shown to the office."""

import json
from typing import Any

from server.adapters.storage import device_numbers, ledger
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.core.sync.change import usable_id, usable_n
from server.core.sync.numbers import receive
from server.services import releasing
from server.services.draft import Draft
from server.services.gather import open_context
from server.services.payloads import fingerprint, keep_boxed
from server.services.store import store
from server.services.transactions import write
from server.services.verdicts import Verdict
from server.services.world import World

MAX_RAW = 524_288


def quarantine(world: World, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """`{device, timeline, id?, n?, raw, why}` → a verdict, the same for the same id. Raises Problem."""
    raw, why = body.get("raw"), body.get("why")
    if not isinstance(raw, str) or not isinstance(why, str):
        raise Problem("bad_request", "raw and why are texts")
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_RAW:
        raise Problem("too_large", f"raw holds at most {MAX_RAW} bytes")
    if actor.device is None or body.get("device") != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")
    change_id, n = usable_id(body), usable_n(body)
    with write(world, "quarantine") as conn:
        numbers = device_numbers.lock(conn, actor.device)
        ctx = open_context(world, conn, actor, "device")
        mark = fingerprint(raw, world.keys.mac)
        key = change_id or "x:" + mark
        entry = ledger.find(conn, [key]).get(key)
        if entry is not None and entry.account != actor.id:
            key, entry = f"{key}:{actor.id}", None
            entry = ledger.find(conn, [key]).get(key)
        if n is not None:
            have, missing, _ = receive(numbers.have_n, numbers.missing, [n])
            device_numbers.store(conn, actor.device, have, missing)
        if entry is not None:
            return {"id": change_id, "n": n, "status": entry.status, "replayed": True, "reason": entry.reason}
        verdict = Verdict("quarantined", actor.barred or "crashed", {"code": "crashed", "why": why[:200]})
        draft = Draft()
        scope = releasing.own_scope(ctx)
        releasing.park(ctx, draft, {}, key, verdict, scope)
        nonce = bytes.fromhex(world.ids.rev() + world.ids.rev())[:12]
        ledger.insert(
            conn,
            [
                {
                    "key": key,
                    "id": change_id,
                    "account": actor.id,
                    "device": actor.device,
                    "n": n,
                    "hash": mark,
                    "payload": keep_boxed(raw, world.keys.sealed, nonce),
                    "record": None,
                    "type": None,
                    "scope": scope,
                    "source": "device",
                    "status": verdict.status,
                    "reason": verdict.reason,
                    "message": json.dumps(verdict.message),
                    "conflicts": None,
                    "received_at": ctx.at,
                    "subjects": None,
                    "timeline": ctx.timeline,
                }
            ],
        )
        store(ctx, conn, draft)
        return {"id": change_id, "n": n, "status": verdict.status, "replayed": False, "reason": verdict.reason}
