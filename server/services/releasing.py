"""Parked and quarantined changes: kept as records, applied by themselves when what they wait for comes,
or by an office."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.adapters.storage import grants, ledger, records, reviews
from server.core.sync.change import Change, InvalidChange, group_of, read_change
from server.core.sync.upcast import upcast
from server.services import conflicts
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.gather import gather, load, set_actor
from server.services.judge import judge
from server.services.payloads import open_kept, shown_to_desks
from server.services.verdicts import Refused, Verdict, parked, quarantined
from server.services.writing import make, remake

log = logging.getLogger(__name__)


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
            "change": shown_to_desks(raw) or None,
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


@dataclass(frozen=True, slots=True)
class Kept:
    """A change that waits, as it was kept."""

    row: reviews.Parked
    entry: ledger.Entry
    raw: Any

    @property
    def place(self) -> tuple[str, str, int]:
        """Order in which changes came."""
        return self.entry.received_at, self.entry.device or "", self.entry.n or 0


def release_awaiting(ctx: Context, conn: Connection, draft: Draft) -> None:
    """Judge again what waits for records that came (or came back) in this batch, each as its author's, in the order
    it came in."""
    original, seen = ctx.actor, 0
    _meet(conn, draft)
    while arrived := draft.effects.arrived[seen:]:
        seen += len(arrived)
        found = [*reviews.awaiting(conn, arrived), *_parked_now(draft, lambda row: row["awaits"] in arrived)]
        done: set[str] = set()
        for kept in sorted(_kept(ctx, conn, found), key=lambda k: k.place):
            if kept.row.id not in done:
                together = _together(ctx, conn, draft, kept)
                done |= {k.row.id for k in together}
                _release(ctx, conn, draft, together)
    if ctx.actor is not original:
        set_actor(ctx, conn, original)


def _meet(conn: Connection, draft: Draft) -> None:
    """What this batch waits for may have come since it was looked for: that counts as arrived."""
    awaited = {row["awaits"] for row in draft.effects.parked if row["awaits"] and draft.get(row["awaits"]) is None}
    if awaited or draft.effects.arrived:
        reviews.meet(conn, waits=bool(awaited))
    draft.effects.arrived += [row.id for row in records.read(conn, awaited)]


def _parked_now(draft: Draft, wanted: Callable[[dict[str, Any]], bool]) -> list[reviews.Parked]:
    """Those parked by this batch, which no table has yet."""
    last = {row["id"]: row for row in draft.effects.parked}
    names = reviews.Parked._fields
    return [
        reviews.Parked(**{name: row[name] for name in names})
        for row in last.values()
        if row["state"] == "open" and wanted(row)
    ]


def _kept(ctx: Context, conn: Connection, rows: list[reviews.Parked]) -> list[Kept]:
    entries = ledger.find(conn, [row.change for row in rows])
    return [
        Kept(row, entries[row.change], open_kept(entries[row.change].payload, ctx.world.keys.sealed))
        for row in {row.id: row for row in rows}.values()
        if row.change in entries
    ]


def _together(ctx: Context, conn: Connection, draft: Draft, kept: Kept) -> list[Kept]:
    """The change and those of its group, which stand or fall with it."""
    name = group_of(kept.raw)
    if name is None or kept.row.author is None:
        return [kept]
    at, author = kept.entry.received_at, kept.row.author
    rows = reviews.parked_at(conn, author, at)
    if at == ctx.at:
        rows += _parked_now(draft, lambda row: row["author"] == author)
    found = [k for k in _kept(ctx, conn, rows) if group_of(k.raw) == name and k.entry.device == kept.entry.device]
    return sorted(found, key=lambda k: k.place) if any(k.row.id == kept.row.id for k in found) else [kept]


def _release(ctx: Context, conn: Connection, draft: Draft, together: list[Kept]) -> None:
    """Apply what waits now that it can be, whole or not at all; where it still cannot, it goes on waiting."""
    first = together[0]
    load(ctx, conn, draft, [k.row.id for k in together])
    if first.row.author is None or not all(_is_open(draft, k) for k in together):
        return
    actor = grants.actor_of(conn, first.row.author, first.entry.device, ctx.now)
    if actor.barred:
        return
    source, ctx.source = ctx.source, first.entry.source
    set_actor(ctx, conn, actor)
    try:
        verdicts = rejudge(ctx, conn, draft, together)
    except Refused:
        return
    except (DBAPIError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001
        log.error("released change crashed: %s", type(error).__name__)  # it stays where people see it
        return
    finally:
        ctx.source = source
    for kept, verdict in zip(together, verdicts, strict=True):
        close(ctx, draft, kept.row, verdict, "arrived")


def _is_open(draft: Draft, kept: Kept) -> bool:
    standing = draft.get(kept.row.id)
    return standing is not None and standing.data["state"] == "open"


def rejudge(ctx: Context, conn: Connection, draft: Draft, together: list[Kept]) -> list[Verdict]:
    """Judge kept changes once more, on a fork that counts only if all take effect. Raises Refused."""
    changes = [readable(ctx, kept.raw) for kept in together]
    gather(ctx, conn, draft, changes)
    fork, verdicts = draft.fork(), dict[int, Verdict]()
    left = list(enumerate(changes))
    while left:  # a desk's changes have no numbers: a child may stand before its parent
        refused: list[tuple[int, Change, Refused]] = []
        for i, change in left:
            attempt = fork.fork()
            try:
                verdicts[i] = judge(ctx, attempt, change)
                fork.absorb(attempt)
            except Refused as error:
                refused.append((i, change, error))
        if len(refused) == len(left):
            raise refused[0][2]
        left = [(i, change) for i, change, _ in refused]
    draft.absorb(fork)
    return [verdicts[i] for i in range(len(changes))]


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
    """An office applies or drops a parked change, with its whole group; its author may drop it.

    Raises Refused or InvalidChange.
    """
    row = next(iter(reviews.parked(conn, [change.record])), None)
    standing = draft.get(change.record)
    if row is None or standing is None:
        raise parked("missing_record")
    choose = (change.resolve or {})["choose"]
    _check_rights(ctx, standing, choose)
    if choose not in ("apply", "drop"):
        raise InvalidChange("bad_choice", "resolve")
    if standing.data["state"] == "settled":
        return _second(standing, choose)
    together = _together(ctx, conn, draft, _kept(ctx, conn, [row])[0])
    load(ctx, conn, draft, [k.row.id for k in together])
    if choose == "drop":
        done = [Verdict(kept.row.status, "dropped") for kept in together]
    else:
        done = _applied(ctx, conn, draft, together)
    for kept, verdict in zip(together, done, strict=True):
        close(ctx, draft, kept.row, verdict, choose)
    return Verdict("applied", None, None, [c for verdict in done for c in verdict.conflicts])


def _applied(ctx: Context, conn: Connection, draft: Draft, together: list[Kept]) -> list[Verdict]:
    """As the office's own changes. What still cannot be is said, and waits for nothing by itself."""
    ctx.typed_on = together[0].entry.device
    try:
        return rejudge(ctx, conn, draft, together)
    except Refused as error:
        error.verdict.awaits = None
        raise
    finally:
        ctx.typed_on = None


def _check_rights(ctx: Context, standing: Standing, choose: str) -> None:
    """Who may settle this. A wish may be granted by whoever may do the thing himself: judging it again tells."""
    chain = ctx.chain(standing.scope)
    if ctx.may("resolve", chain):
        return
    if standing.data.get("author") == ctx.user:
        if choose != "drop":
            raise quarantined("forbidden", {"code": "office_settles"})
        return
    rtype = ctx.catalog.type_of(standing.data.get("record_type") or "")
    if standing.data.get("reason") == "needs_office" and rtype is not None and ctx.may_write(rtype, chain):
        return
    raise parked("missing_record")


def _second(standing: Standing, choose: str) -> Verdict:
    before = standing.data["settled"]["choose"]
    if before == choose or (before == "arrived" and choose == "apply"):
        return Verdict("merged", "same")
    raise parked("already_resolved", {"code": "already_resolved", "choose": before})
