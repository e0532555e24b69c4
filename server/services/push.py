"""The one write path: every change of a device, a desk, an import or a timer comes through here.

A device's changes are numbered and acknowledged; the others enter below the numbering.
"""

import json
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.adapters.storage import areas, device_numbers, records
from server.core.access.permissions import Actor, can_read
from server.core.problems import Problem
from server.core.sync.change import group_of, usable_n
from server.core.sync.cursor import Ack, pack
from server.core.sync.numbers import beyond, receive
from server.services import batch as batches
from server.services import singly
from server.services.batch import Batch, Item
from server.services.context import Context
from server.services.draft import Standing
from server.services.gather import open_context
from server.services.transactions import unavailable, write
from server.services.world import World

T = TypeVar("T")
Run = Callable[[Context, Connection, list[Any]], Batch]
PUSH_CHANGES, GROUP_CHANGES, TRIES = 50, 200, 4
CAME_FIRST = ("40P01", "40001")  # deadlock, serialisation: PostgreSQL asks to try again
log = logging.getLogger(__name__)


def push(world: World, actor: Actor, body: dict[str, Any]) -> dict[str, Any]:
    """`{device, timeline, changes}` → `{timeline, have_n, ack, verdicts, actions?}`: a verdict a change, in order.

    Raises Problem: bad_request, device_mismatch, timeline_changed, busy.
    """
    changes = _changes(body)
    if actor.device is None or body.get("device") != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")

    def in_turn(conn: Connection, run: Run) -> dict[str, Any]:
        numbers = device_numbers.lock(conn, str(actor.device))
        ctx = open_context(world, conn, actor, "device")
        if body.get("timeline") not in (None, ctx.timeline):
            raise Problem("timeline_changed", extra={"timeline": ctx.timeline})
        sent = [n for c in changes if (n := usable_n(c)) is not None]
        taken = device_numbers.used(conn, actor.device or "", sent)
        ctx.no_numbers = beyond(numbers.have_n, sent)
        batch = run(ctx, conn, changes)
        have, reregister = _received(batch, conn, numbers, taken, changes)
        answer = {
            "timeline": ctx.timeline,
            "have_n": have,
            "ack": pack(world.keys.mac, Ack(str(actor.device), have, ctx.timeline)),
            "verdicts": _verdicts(batch, conn, changes),
        }
        return answer | ({"actions": ["reregister"]} if reregister else {})

    return in_turns(world, "push", in_turn)


def desk(world: World, actor: Actor, changes: Any) -> dict[str, Any]:
    """A desk's changes, 1–50: `{timeline, verdicts}`. Raises Problem."""
    raws = _changes({"changes": changes})

    def at_once(conn: Connection, run: Run) -> dict[str, Any]:
        ctx = open_context(world, conn, actor, "desk")
        batch = run(ctx, conn, raws)
        return {"timeline": ctx.timeline, "verdicts": _verdicts(batch, conn, raws)}

    return in_turns(world, "push", at_once)


def import_changes(
    world: World, actor: Actor | None, changes: list[dict[str, Any]], source: str = "import"
) -> list[dict[str, Any]]:
    """Changes that no person sent (actor None: the system's own): their verdicts, in order."""

    def at_once(conn: Connection, _run: Run) -> list[dict[str, Any]]:
        return write_within(world, conn, actor, changes, source)

    return in_turns(world, "push", at_once)


def write_within(
    world: World, conn: Connection, actor: Actor | None, changes: list[dict[str, Any]], source: str
) -> list[dict[str, Any]]:
    """The same inside a transaction that a service has open already."""
    ctx = open_context(world, conn, actor, source)
    return _verdicts(batches.run(ctx, conn, list(changes)), conn, changes)


def _changes(body: dict[str, Any]) -> list[Any]:
    changes = body.get("changes")
    if not isinstance(changes, list) or not changes:
        raise Problem("bad_request", "changes must be a list with at least one change")
    one_group = group_of(changes[0]) is not None and len({group_of(c) for c in changes}) == 1
    if len(changes) > (GROUP_CHANGES if one_group else PUSH_CHANGES):
        raise Problem("too_large", f"at most {PUSH_CHANGES} changes, or one group of {GROUP_CHANGES}")
    return changes


def in_turns(world: World, name: str, work: Callable[[Connection, Run], T]) -> T:
    """Run `work` in a transaction; once more when another transaction came first, then group by group where
    it still fails. Raises Problem busy: the database is locked or away.
    """
    run: Run = batches.run
    for attempt in range(TRIES):
        try:
            with write(world, name) as conn:
                return work(conn, run)
        except Problem:
            raise
        except Exception as error:
            if isinstance(error, DBAPIError) and unavailable(error):
                if attempt == TRIES - 1 or getattr(error.orig, "sqlstate", None) not in CAME_FIRST:
                    raise Problem("busy", retry_after=2) from error
                continue
            if run is singly.run:
                raise
            if attempt or not isinstance(error, DBAPIError):
                log.error("a batch failed as a whole: %s", type(error).__name__)
                run = singly.run
    raise Problem("busy", retry_after=5)


def _received(
    batch: Batch, conn: Connection, numbers: device_numbers.Numbers, taken: dict[int, str], changes: list[Any]
) -> tuple[int, bool]:
    """(have_n, whether the device should number its changes anew) after these numbers got verdicts.

    `taken`: which change had these numbers before.
    """
    sent = [(n, item.key) for raw, item in zip(changes, batch.order, strict=True) if (n := usable_n(raw)) is not None]
    clash = any(taken.get(n, key) != key for n, key in sent) or len({n for n, _ in sent}) < len(set(sent))
    have, missing, jumped = receive(numbers.have_n, numbers.missing, [n for n, _ in sent])
    if have != numbers.have_n or missing != numbers.missing:
        device_numbers.store(conn, str(batch.ctx.device), have, missing)
    return have, clash or jumped


def _verdicts(batch: Batch, conn: Connection, raws: list[Any]) -> list[dict[str, Any]]:
    """One verdict a change as it came, a second copy in the same batch answered like the first."""
    current = _current_rows(batch, conn)
    return [_verdict(batch, raw, item, current) for raw, item in zip(raws, batch.order, strict=True)]


def _verdict(batch: Batch, raw: Any, item: Item, current: dict[str, Standing]) -> dict[str, Any]:
    stored, verdict = item.stored, item.verdict
    if stored is not None:
        answer = {
            "id": item.id,
            "n": usable_n(raw),
            "status": stored.status,
            "replayed": True,
            "reason": stored.reason,
            "message": json.loads(stored.message) if stored.message else None,
            "conflicts": json.loads(stored.conflicts) if stored.conflicts else None,
        }
        record = stored.record
    else:
        if verdict is None:
            raise LookupError(item.key)
        rejudged = next((r for r in batch.draft.effects.rejudged if r["key"] == item.key), None)
        answer = {
            "id": item.id,
            "n": usable_n(raw),
            "status": rejudged["status"] if rejudged else verdict.status,
            "replayed": False,
            "reason": rejudged["reason"] if rejudged else verdict.reason,
            "message": verdict.message,
            "conflicts": verdict.conflicts or None,
        }
        record = item.change.record if item.change else None
    keep_null = ("id", "n")
    answer = {k: v for k, v in answer.items() if v is not None or k in keep_null}
    row = current.get(record) if record is not None else None
    return answer | ({"row": row.wire()} if row is not None else {})


def _current_rows(batch: Batch, conn: Connection) -> dict[str, Standing]:
    """Records as they stand after the batch, those whose home the author may read now."""
    actor = batch.ctx.actor
    if actor is None or actor.draining or actor.barred:
        return {}
    named = {i.stored.record for i in batch.items if i.stored is not None and i.stored.record}
    named |= {i.change.record for i in batch.items if i.change is not None}
    known = {r: s for r in named if r and (s := batch.draft.get(r)) is not None}
    for row in records.read(conn, {r for r in named if r} - known.keys()):
        known[row.id] = Standing.of(row)
    chains = batch.ctx.chains | areas.chains(conn, {s.scope for s in known.values()} - batch.ctx.chains.keys())
    return {r: s for r, s in known.items() if s.live and can_read(actor, s.type, chains[s.scope])}
