"""What became of one change, for its author and the office of its area."""

import json
from typing import Any

from server.adapters.storage import areas, ledger
from server.core.access.permissions import Actor, can
from server.core.catalog.roles import PRIVATE_TYPES
from server.core.problems import Problem
from server.services.payloads import open_kept
from server.services.transactions import read as reading
from server.services.world import World


def read(world: World, actor: Actor, change_id: str) -> dict[str, Any]:
    """`{change, verdict, received_at, device}`. Problem not_found also for somebody else's."""
    with reading(world) as conn:
        entry = ledger.find(conn, [change_id]).get(change_id)
        if entry is None:
            raise Problem("not_found")
        chain = areas.chains(conn, [entry.scope])[entry.scope] if entry.scope else ()
        if entry.account != actor.id and (entry.type in PRIVATE_TYPES or not can(actor, "resolve", chain)):
            raise Problem("not_found")
    verdict = {
        "id": entry.id,
        "n": entry.n,
        "status": entry.status,
        "reason": entry.reason,
        "message": json.loads(entry.message) if entry.message else None,
        "conflicts": json.loads(entry.conflicts) if entry.conflicts else None,
    }
    return {
        "change": open_kept(entry.payload, world.keys.sealed),
        "received_at": entry.received_at,
        "verdict": {k: v for k, v in verdict.items() if v is not None or k in ("id", "n")},
        "device": entry.device,
    }
