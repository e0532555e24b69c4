"""What the office is told of a phone: that it lost work, or that what it holds differs from what it should.

Each once. A person's phone may say the same at every hello; the office reads it one time.
"""

import json
import logging
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import devices, grants, reviews
from server.core.access.permissions import Actor
from server.core.catalog.times import stamp
from server.core.sync.values import UUID
from server.services.world import World

REPORTS = 20  # as many as one hello may bring
LOST_AT_MOST = 1_000_000
log = logging.getLogger(__name__)


def tell(world: World, conn: Connection, actor: Actor, kind: str, detail: dict[str, Any]) -> None:
    """Told once for each detail, to the office of the place where the person works."""
    text = json.dumps(detail, sort_keys=True)
    if reviews.incident_known(conn, str(actor.device), kind, text):
        return
    places = [g.scope for g in actor.grants if g.scope.startswith(("grid:", "org:", "unit:"))]
    reviews.add_incident(
        conn,
        {
            "id": world.ids.uuid(),
            "kind": kind,
            "device": actor.device,
            "account": actor.id,
            "scope": places[0] if places else None,
            "detail": text,
            "at": stamp(world.clock()),
        },
    )


def came_back_empty(world: World, conn: Connection, actor: Actor, next_n: int, have_n: int) -> None:
    """The phone would give numbers again that have verdicts: its store is gone, or an old one was put back."""
    if not any(one["have_n"] == have_n for one in _told(conn, actor, "came_back_empty")):
        tell(world, conn, actor, "came_back_empty", {"next_n": next_n, "have_n": have_n})


def changes_lost(world: World, conn: Connection, actor: Actor, lost: int, detail: dict[str, Any]) -> None:
    """`lost` changes of this phone will never come. Only more than was told before is news."""
    if lost > max((one["lost"] for one in _told(conn, actor, "changes_lost")), default=0):
        tell(world, conn, actor, "changes_lost", {"lost": lost} | detail)


def reported(world: World, conn: Connection, actor: Actor, reports: Any, held: set[str]) -> None:
    """What the phone itself noticed: `[{kind, at, params}]`, as PROTOCOL.md §3.1 names them.

    `held`: the scopes of which it may speak. What is not understood is passed over: a report is never a reason
    to refuse a hello.
    """
    for one in reports[:REPORTS] if isinstance(reports, list) else ():
        params = one.get("params") if isinstance(one, dict) else None
        if isinstance(params, dict):
            _report(world, conn, actor, one.get("kind"), params, held)


def _report(world: World, conn: Connection, actor: Actor, kind: Any, params: dict[str, Any], held: set[str]) -> None:
    scope, record, count = params.get("scope"), params.get("record"), params.get("count")
    named = isinstance(scope, str) and scope in held
    if kind == "bulk_delete_refused" and named:
        tell(world, conn, actor, "bulk_removal_refused", {"scope": scope})
    elif kind == "digest_mismatch" and named:
        tell(world, conn, actor, "digest_mismatch", {"scope": scope})
    elif kind == "sealed_lost" and isinstance(record, str) and UUID.match(record):
        tell(world, conn, actor, "sealed_lost", {"record": record})
    elif kind == "numbers_missing" and type(count) is int and 0 < count <= LOST_AT_MOST:
        changes_lost(world, conn, actor, count, {})
    elif kind == "wiped" and actor.barred == "device_revoked":
        _receipt(world, conn, actor)
    elif kind == "answer_refused":
        log.warning("device %s ignored an answer that did not fit", actor.device)  # nothing is lost: it asks again


def _receipt(world: World, conn: Connection, actor: Actor) -> None:
    """The phone destroyed key and rows. Who is barred holds no grant, yet his office is to know."""
    devices.wiped(conn, str(actor.device), world.clock())
    person = grants.actor_of(conn, actor.id, None, world.clock())
    tell(world, conn, replace(person, device=actor.device), "device_wiped", {})


def _told(conn: Connection, actor: Actor, kind: str) -> list[dict[str, Any]]:
    """What the office was told of a device: the same loss is not told again while the numbers around it move."""
    return [json.loads(text) for text in reviews.incident_details(conn, str(actor.device), kind)]
