"""One batch of changes in one transaction: gather, decide group by group in memory, store set-based."""

import json
import logging
import traceback
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from server.adapters.storage import ledger, reviews
from server.core.sync.change import Change, InvalidChange, group_of, usable_id, usable_n
from server.core.sync.upcast import upcast
from server.services import releasing, rights, sealed, sealing
from server.services.context import Context
from server.services.draft import Draft
from server.services.gather import gather
from server.services.judge import judge
from server.services.payloads import fingerprint, keep, keep_boxed, to_json
from server.services.store import store
from server.services.verdicts import Refused, Verdict, quarantined

MAX_CHANGE_BYTES = 65_536
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Item:
    """One change of a batch on its way to a verdict. `kept` is what the ledger stores of it."""

    raw: Any
    key: str
    hash: str
    kept: Any = None
    readable: bool = False
    change: Change | None = None
    verdict: Verdict | None = None
    stored: ledger.Entry | None = None
    other_payloads: list[Any] = field(default_factory=list)

    @property
    def id(self) -> str | None:
        return usable_id(self.raw)

    @property
    def n(self) -> int | None:
        return usable_n(self.raw)


@dataclass(slots=True)
class Batch:
    ctx: Context
    draft: Draft = field(default_factory=Draft)
    items: list[Item] = field(default_factory=list)
    order: list[Item] = field(default_factory=list)  # an item for each change as it came; copies share one

    @property
    def fresh(self) -> list[Item]:
        return [item for item in self.items if item.stored is None]


def run(ctx: Context, conn: Connection, raws: list[Any], *, crashed: bool = False) -> Batch:
    """Judge and store a batch; every item has a verdict afterwards. Raises DBAPIError when the database refuses.

    `crashed`: it was tried and failed; what is new in it is only kept.
    """
    batch = Batch(ctx)
    batch.items = [_item(ctx, raw) for raw in raws]
    _look_up(batch, conn)
    for item in batch.fresh if crashed else ():
        item.verdict = item.verdict or Verdict("quarantined", "crashed", {"code": "crashed"})
    disputed = _disputed(conn, [item.raw for item in batch.fresh])
    for item in batch.fresh:
        _read(ctx, batch.draft, item, disputed)
    gather(ctx, conn, batch.draft, [i.change for i in batch.fresh if i.change is not None])
    fallen = _fallen(batch.items)
    for group in _groups(batch.fresh):
        _judge_group(ctx, conn, batch.draft, group, fallen.get(group_of(group[0].raw)))
    for item in batch.fresh:
        if item.verdict is not None and not item.verdict.done and not _futile(ctx, item):
            kept = item.kept if item.readable else {}
            releasing.park(ctx, batch.draft, kept, item.key, item.verdict, _home_of(ctx, batch.draft, item))
    ledger.insert(conn, [_ledger_row(ctx, batch.draft, item) for item in batch.fresh])
    releasing.release_awaiting(ctx, conn, batch.draft)
    ledger.judged_again(conn, batch.draft.effects.rejudged)
    store(ctx, conn, batch.draft)
    for item in batch.items:
        for raw in item.other_payloads:
            _keep_other(ctx, conn, item, raw)
    return batch


def _futile(ctx: Context, item: Item) -> bool:
    """A desk's choice that came to nothing: what it was about still waits, and the desk has just been told why."""
    return ctx.source == "desk" and item.change is not None and item.change.op == "resolve"


def _item(ctx: Context, raw: Any) -> Item:
    if sealing.is_sealed(raw):
        raw = sealing.open_change(ctx.world.keys.sealing, raw) or raw
    known = usable_id(raw)
    # n is evidence and not content: a device that was told to number anew sends the same changes
    content = {k: v for k, v in raw.items() if k != "n"} if isinstance(raw, dict) else raw
    mark = fingerprint(content, ctx.world.keys.mac)
    return Item(raw, known if known is not None else "x:" + fingerprint([ctx.user, mark], ctx.world.keys.mac), mark)


def _look_up(batch: Batch, conn: Connection) -> None:
    """Changes that came before keep their verdict; an id of somebody else's gets a key of its own."""
    ctx, seen = batch.ctx, dict[str, Item]()
    found = ledger.find(conn, [item.key for item in batch.items])
    for item in batch.items:
        entry = found.get(item.key)
        if entry is not None and entry.account != ctx.user:
            item.key = f"{item.key}:{ctx.user}"
            entry = ledger.find(conn, [item.key]).get(item.key)
            item.verdict = Verdict("quarantined", "invalid", {"code": "id_taken"})
        item.stored = entry
    for item in batch.items:
        first = seen.setdefault(item.key, item)
        known = first.stored.hash if first.stored is not None else first.hash
        if item.hash != known:
            first.other_payloads.append(item.raw)
        batch.order.append(first)
    batch.items = list(seen.values())


def _disputed(conn: Connection, raws: list[Any]) -> dict[str, reviews.Conflict]:
    """The conflicts that get a value typed at the desk: the value may be one to seal."""
    typed = [raw["record"] for raw in raws if _typed_value(raw) and usable_id({"id": raw.get("record")})]
    return {found.id: found for found in reviews.conflicts(conn, typed)}


def _typed_value(raw: Any) -> bool:
    resolve = raw.get("resolve") if isinstance(raw, dict) else None
    return isinstance(resolve, dict) and resolve.get("value") is not None


def _read(ctx: Context, draft: Draft, item: Item, disputed: dict[str, reviews.Conflict]) -> None:
    """Seal what must be sealed, then read the change; a refusal becomes the verdict."""
    item.kept = item.raw
    if item.verdict is not None:
        return
    try:
        if len(to_json(item.raw)) > MAX_CHANGE_BYTES:
            raise quarantined("too_large", {"code": "too_large"})
        # First of all: what is sealed now may have had another name.
        newest = upcast(item.raw, ctx.catalog.schema, ctx.catalog.upcasters)
        kept, values = _sealed(ctx, newest, disputed)
        item.kept = item.raw if kept is newest else kept
        draft.effects.sealed += values
        item.change = releasing.readable(ctx, item.kept)
        item.readable = not _typed_value(item.raw) or item.change.record in disputed
        if ctx.actor is not None and ctx.actor.barred:
            raise quarantined(ctx.actor.barred)
    except Refused as refused:
        item.verdict = refused.verdict
    except InvalidChange as error:
        item.verdict = Verdict("quarantined", "invalid", error.message())


def _sealed(ctx: Context, raw: Any, disputed: dict[str, reviews.Conflict]) -> tuple[Any, list[dict[str, Any]]]:
    """The change without clear text of sealed fields, and the values to keep. Raises InvalidChange."""
    if not isinstance(raw, dict):
        return raw, []
    kept, values = sealed.seal_raw(ctx.world.keys, ctx.nonce, ctx.catalog, raw)
    conflict = disputed.get(str(raw.get("record"))) if _typed_value(raw) else None
    if conflict is None or not sealed.sealed_names(ctx.catalog, [conflict.field or ""]):
        return kept, values
    value, box = sealed.seal(
        ctx.world.keys, ctx.nonce(), conflict.record, str(conflict.field), kept["resolve"]["value"]
    )
    return kept | {"resolve": kept["resolve"] | {"value": value}}, [*values, *([box] if box else [])]


def _groups(items: list[Item]) -> list[list[Item]]:
    """Consecutive changes of one group together, others alone."""
    groups: list[list[Item]] = []
    last = None
    for item in items:
        name = group_of(item.raw)
        if name is not None and name == last:
            groups[-1].append(item)
        else:
            groups.append([item])
        last = name
    return groups


def _fallen(items: list[Item]) -> dict[str | None, str]:
    """{group: status} of groups of which a part came before and did not take effect (`quarantine` takes changes in
    one by one): the rest falls with it."""
    stored = [(group_of(item.raw), Verdict(item.stored.status)) for item in items if item.stored is not None]
    return {name: verdict.status for name, verdict in stored if name is not None and not verdict.done}


def _judge_group(ctx: Context, conn: Connection, draft: Draft, group: list[Item], fallen_as: str | None) -> None:
    if fallen_as is not None:
        for item in group:
            item.verdict = item.verdict or Verdict(fallen_as, "group", {"code": "group"})
        return
    fork = draft.fork()
    for item in group:
        if item.verdict is None:
            item.verdict = _judged(ctx, conn, draft, fork, item)
    fallen = [item for item in group if item.verdict is not None and not item.verdict.done]
    if not fallen:
        draft.absorb(fork)
        return
    first = fallen[0].verdict
    for item in group:
        if item not in fallen and first is not None:
            item.verdict = Verdict(first.status, "group", {"code": "group"}, awaits=first.awaits)


def _judged(ctx: Context, conn: Connection, draft: Draft, fork: Draft, item: Item) -> Verdict:
    if item.change is None:
        raise LookupError(item.key)
    try:
        if item.change.op == "resolve" and item.change.type == "parked":
            return releasing.resolve_parked(ctx, conn, fork, item.change)
        return judge(ctx, fork, item.change)
    except InvalidChange as error:
        return Verdict("quarantined", "invalid", error.message())
    except Refused as refused:
        return refused.verdict
    except (DBAPIError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001
        # One change we cannot judge delays no other: it is kept, with where it went wrong. No values in the log.
        place = traceback.extract_tb(error.__traceback__)[-1]
        log.error("change crashed: %s at %s:%s", type(error).__name__, place.name, place.lineno)
        return Verdict("quarantined", "crashed", {"code": "crashed", "error": type(error).__name__})


def _home_of(ctx: Context, draft: Draft, item: Item) -> str | None:
    """Where the office looks for a change: the home of the record it is about, if its author may know of that."""
    if item.change is None:
        raw = item.raw if isinstance(item.raw, dict) else {}
        named = raw.get("scope")
        return named if isinstance(named, str) and rights.belongs(ctx, named) else releasing.own_scope(ctx)
    standing = draft.get(item.change.record)
    if standing is not None and rights.knows(ctx, standing):
        return standing.scope
    return item.change.scope if rights.belongs(ctx, item.change.scope) else releasing.own_scope(ctx)


def _ledger_row(ctx: Context, draft: Draft, item: Item) -> dict[str, Any]:
    verdict, change = item.verdict or Verdict("quarantined", "crashed"), item.change
    return {
        "key": item.key,
        "id": item.id,
        "account": ctx.user,
        "device": ctx.device,
        "n": item.n if ctx.device and item.n not in ctx.no_numbers else None,
        "hash": item.hash,
        "payload": keep(item.kept) if item.readable else keep_boxed(item.raw, ctx.world.keys.sealed, ctx.nonce()),
        "record": change.record if change else None,
        "type": change.type if change else None,
        "scope": _home_of(ctx, draft, item),
        "source": ctx.source,
        "status": verdict.status,
        "reason": verdict.reason,
        "message": json.dumps(verdict.message) if verdict.message else None,
        "conflicts": json.dumps(verdict.conflicts) if verdict.conflicts else None,
        "received_at": ctx.at,
        "subjects": json.dumps(_subjects(ctx, change)) if change else None,
        "timeline": ctx.timeline,
    }


def _subjects(ctx: Context, change: Change) -> list[str]:
    rtype = ctx.catalog.type_of(change.type)
    names = rtype.subjects if rtype else ()
    values = [change.record if n == "id" else change.set[n].to if n in change.set else None for n in names]
    return [v for v in values if isinstance(v, str)]


def _keep_other(ctx: Context, conn: Connection, item: Item, raw: Any) -> None:
    """A known id came with another content: its verdict stands, what came is kept for the office, encrypted,
    because nobody has judged it."""
    content = {k: v for k, v in raw.items() if k != "n"} if isinstance(raw, dict) else raw
    mark = fingerprint([item.key, content], ctx.world.keys.mac)
    box = keep_boxed(raw, ctx.world.keys.sealed, ctx.nonce())
    row = {
        "id": str(UUID(hex=mark[:32])),
        "kind": "other_payload",
        "device": ctx.device,
        "account": ctx.user,
        "scope": item.stored.scope if item.stored else _home_of(ctx, Draft(), item),
        "detail": json.dumps({"change": item.id, "kept": b64encode(box).decode()}),
        "at": ctx.at,
    }
    reviews.add_incident(conn, row)
