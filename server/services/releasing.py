"""Parked and quarantined changes: kept as records, applied by themselves when what they wait for comes,
or by an office."""

import json
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import grants, ledger, reviews
from server.core.sync.change import Change, InvalidChange, read_change
from server.core.sync.upcast import upcast
from server.services import conflicts
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.gather import gather, load, set_actor
from server.services.judge import judge
from server.services.payloads import open_kept
from server.services.verdicts import Refused, Verdict, parked, quarantined
from server.services.writing import make, remake

MAX_ROUNDS = 5


def park(ctx: Context, draft: Draft, raw: Any, key: str, verdict: Verdict, scope: str | None) -> None:
    """Keep a change that did not take effect as a `parked` record for its author and the office."""
    raw = raw if isinstance(raw, dict) else {}
    record = raw.get("record") if isinstance(raw.get("record"), str) else None
    home = scope or "config"
    made = make(
        ctx,
        draft,
        "parked",
        home,
        {
            "change_id": key,
            "change": raw or None,
            "record": record,
            "record_type": raw.get("type"),
            "status": verdict.status,
            "reason": verdict.reason,
            "message": verdict.message,
            "author": ctx.user,
            "at": ctx.at,
            "state": "open",
        },
    )
    draft.effects.parked.append(
        {
            "id": made.id,
            "change": key,
            "record": record,
            "author": ctx.user,
            "status": verdict.status,
            "reason": verdict.reason,
            "awaits": verdict.awaits,
            "state": "open",
            "scope": home,
            "at": ctx.at,
        }
    )


def own_scope(ctx: Context) -> str | None:
    """Somewhere of the author's own, when a change names no place that exists."""
    grants = [g.scope for g in ctx.actor.grants] if ctx.actor else []
    places = [s for s in (*grants, *(p.scope for p in ctx.past)) if s.startswith(("grid:", "org:"))]
    return places[0] if places else None


def release_awaiting(ctx: Context, conn: Connection, draft: Draft) -> None:
    """Judge again what waits for records that came (or came back) in this batch, each as its author's."""
    original, seen = ctx.actor, 0
    for _ in range(MAX_ROUNDS):
        arrived, seen = draft.effects.arrived[seen:], len(draft.effects.arrived)
        waiting = reviews.awaiting(conn, arrived) if arrived else []
        if not waiting:
            break
        for row in waiting:
            _release(ctx, conn, draft, row)
    set_actor(ctx, conn, original)


def _release(ctx: Context, conn: Connection, draft: Draft, row: reviews.Parked) -> None:
    entry = ledger.find(conn, [row.change]).get(row.change)
    if entry is None or row.author is None:
        return
    actor = grants.actor_of(conn, row.author, entry.device, ctx.now)
    if actor.barred:
        return
    source, ctx.source = ctx.source, entry.source
    set_actor(ctx, conn, actor)
    try:
        verdict = rejudge(ctx, conn, draft, open_kept(entry.payload, ctx.world.keys.sealed))
    except Refused:
        return  # still not possible: it goes on waiting
    finally:
        ctx.source = source
    load(ctx, conn, draft, [row.id])
    close(ctx, draft, row, verdict, "arrived")


def rejudge(ctx: Context, conn: Connection, draft: Draft, raw: Any) -> Verdict:
    """Judge a kept change once more, on a fork that counts only if it takes effect. Raises Refused."""
    change = readable(ctx, raw)
    gather(ctx, conn, draft, [change])
    fork = draft.fork()
    verdict = judge(ctx, fork, change)
    draft.absorb(fork)
    return verdict


def readable(ctx: Context, raw: Any) -> Change:
    """The raw change as the newest schema says it. Raises Refused (quarantined/invalid)."""
    if not isinstance(raw, dict):
        raise quarantined("invalid", {"code": "not_object"})
    try:
        return read_change(upcast(raw, ctx.catalog.schema, ctx.catalog.upcasters))
    except InvalidChange as error:
        raise quarantined("invalid", error.message()) from None


def close(ctx: Context, draft: Draft, row: reviews.Parked, verdict: Verdict, choose: str) -> None:
    """A parked change took effect, or was dropped: tell the author, answer replays with the new status."""
    standing = draft.get(row.id)
    if standing is None:
        raise LookupError(row.id)
    settled = {"choose": choose, "by": ctx.user if choose != "arrived" else None, "at": ctx.at}
    closed = remake(ctx, draft, standing, standing.data | {"state": "settled", "settled": settled}, "resolve")
    draft.effects.parked.append(
        {
            "id": row.id,
            "change": row.change,
            "record": row.record,
            "author": row.author,
            "status": row.status,
            "reason": row.reason,
            "awaits": None,
            "state": "settled",
            "scope": standing.scope,
            "at": ctx.at,
        }
    )
    conflicts.tell(ctx, draft, closed, row.change, verdict.status, verdict.reason)
    draft.effects.rejudged.append(
        {
            "key": row.change,
            "status": verdict.status,
            "reason": verdict.reason,
            "message": json.dumps(verdict.message) if verdict.message else None,
            "conflicts": json.dumps(verdict.conflicts) if verdict.conflicts else None,
        }
    )


def resolve_parked(ctx: Context, conn: Connection, draft: Draft, change: Change) -> Verdict:
    """An office applies or drops a parked change; its author may drop it. Raises Refused or InvalidChange."""
    row = next(iter(reviews.parked(conn, [change.record])), None)
    if row is None:
        raise parked("missing_record")
    load(ctx, conn, draft, [row.id])
    standing = draft.get(row.id)
    if standing is None:
        raise parked("missing_record")
    choose = (change.resolve or {})["choose"]
    _check_rights(ctx, standing, choose)
    if choose not in ("apply", "drop"):
        raise InvalidChange("bad_choice", "resolve")
    if standing.data["state"] == "settled":
        return _second(standing, choose)
    if choose == "drop":
        close(ctx, draft, row, Verdict("parked", "dropped"), "drop")
        return Verdict("applied")
    entry = ledger.find(conn, [row.change])[row.change]
    done = rejudge(ctx, conn, draft, open_kept(entry.payload, ctx.world.keys.sealed))
    close(ctx, draft, row, done, "apply")
    return Verdict("applied", None, None, done.conflicts)


def _check_rights(ctx: Context, standing: Standing, choose: str) -> None:
    if ctx.may("resolve", ctx.chain(standing.scope)):
        return
    if standing.data.get("author") != ctx.user:
        raise parked("missing_record")
    if choose != "drop":
        raise quarantined("forbidden", {"code": "office_settles"})


def _second(standing: Standing, choose: str) -> Verdict:
    before = standing.data["settled"]["choose"]
    if before == choose or (before == "arrived" and choose == "apply"):
        return Verdict("merged", "same")
    raise parked("already_resolved", {"code": "already_resolved", "choose": before})
