"""Loading what a batch will be judged by: a handful of set-based queries, records locked in order of id."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import areas, feeds, grants, records, reviews
from server.core.access.permissions import Actor
from server.core.catalog.fields import Kind
from server.core.catalog.times import stamp
from server.core.sync.change import Change
from server.core.sync.values import UUID, InvalidValue, canonical
from server.services import timelines
from server.services.consequences import natural_key
from server.services.context import Context, PastGrant
from server.services.draft import Draft, Standing
from server.services.payloads import open_kept
from server.services.sealed import is_kept, seal
from server.services.world import World


def open_context(world: World, conn: Connection, actor: Actor | None, source: str) -> Context:
    """A context with the actor's rights and the timeline; the records come with `gather`."""
    now = world.clock()
    ctx = Context(world, actor, source, now, stamp(now), timelines.current(conn))
    ctx.grace_from = stamp(now - timedelta(days=world.rules.grace_days))
    ctx.origin = lambda record, field: _origin(world, conn, record, field)
    ctx.moved_at = lambda record: next((row[1] for row in _pages(conn, record) if row[5] == "move"), "")
    set_actor(ctx, conn, actor)
    return ctx


def set_actor(ctx: Context, conn: Connection, actor: Actor | None) -> None:
    """Judge from here on as somebody else (a parked change is judged as its author's)."""
    ctx.actor = actor
    ctx.past = _past(conn, actor, ctx.at)


def _past(conn: Connection, actor: Actor | None, at: str) -> list[PastGrant]:
    """What the actor held once. Somebody barred holds nothing now, and what he brings is kept where he worked."""
    if actor is None:
        return []
    ended = [g for g in grants.granted(conn, actor.id) if g.ended(at) or (actor.barred and g.from_at <= at)]
    return [PastGrant(g.scope, g.role, g.ended_at or at) for g in ended]


def gather(ctx: Context, conn: Connection, draft: Draft, changes: Iterable[Change]) -> None:
    """Load and lock every existing record the changes name, and what judging them needs to know."""
    changes = list(changes)
    named = {c.record for c in changes} | {v for c in changes for v in _references(ctx, c)}
    resolved = {c.record for c in changes if c.op == "resolve"}
    if resolved:
        named |= {c.record for c in reviews.conflicts(conn, resolved)} | _intos(changes)
    load(ctx, conn, draft, named)
    twins = _disputed_twins(draft, resolved)
    load(ctx, conn, draft, twins)
    _load_aliases(ctx, conn, changes)
    back = [standing for c in changes if c.op == "undelete" and (standing := draft.get(draft.meant(c.record)))]
    load(ctx, conn, draft, [v for s in back for n in ctx.catalog.types[s.type].parents if (v := s.data.get(n))])
    moving = [c for c in changes if c.op == "move"]
    if moving:
        _load_families(ctx, conn, draft, {draft.meant(c.record) for c in moving})
    _load_conflicts(ctx, conn, draft)
    wanted = (
        {draft.meant(c.record) for c in changes if c.op in ("delete", "move")}
        | {found.data.get("record", "") for r in resolved if (found := draft.get(r)) is not None}
        | _intos(changes)
        | twins
    )
    _load_links(ctx, conn, draft, wanted, load_children=bool(resolved))
    load(ctx, conn, draft, _check_ins(conn, changes))
    _load_writers(ctx, conn, draft, changes)
    _load_twins(ctx, conn, draft, changes)
    scopes = {s.scope for s in draft.records.values()} | {c.scope for c in changes}
    scopes |= {str(c.move.get("to")) for c in moving if c.move}
    scopes |= {e.scope for found in ctx.entries.values() for e in found}
    scopes |= {scope for found in ctx.twins.values() for _, scope in found}
    ctx.chains |= areas.chains(conn, scopes - ctx.chains.keys())


def _references(ctx: Context, change: Change) -> list[str]:
    """Parents a change names: they must exist, and must not vanish while the change is written."""
    rtype = ctx.catalog.type_of(change.type)
    names = rtype.links() if rtype else ()
    values = [v for name in names if name in change.set for v in (change.set[name].to, change.set[name].frm)]
    return [v for v in values if isinstance(v, str) and UUID.match(v)]


def _disputed_twins(draft: Draft, resolved: set[str]) -> set[str]:
    """The other record of each conflict about two that may be one."""
    cards = [found for r in resolved if (found := draft.get(r)) is not None and found.data.get("kind") == "duplicate"]
    return {twin for card in cards if isinstance(twin := card.data["current"].get("value"), str)}


def _load_aliases(ctx: Context, conn: Connection, changes: list[Change]) -> None:
    """References that need not exist: what those that were merged away are now called."""
    named = set()
    for change in changes:
        rtype = ctx.catalog.type_of(change.type)
        for name, patch in change.set.items() if rtype else ():
            rule = rtype.fields.get(name) if rtype else None
            if rtype and rule is not None and rule.kind is Kind.REFERENCE and name not in rtype.links():
                named |= {v for v in (patch.frm, patch.to) if isinstance(v, str) and UUID.match(v)}
    ctx.aliases |= records.aliases(conn, named)


def _intos(changes: list[Change]) -> set[str]:
    into = [c.resolve.get("into") for c in changes if c.resolve]
    return {v for v in into if isinstance(v, str) and UUID.match(v)}


def load(ctx: Context, conn: Connection, draft: Draft, ids: Iterable[str]) -> None:
    """Lock and load records, the parents of those, and the winners of merged ones."""
    wanted = {i for i in ids if draft.get(i) is None}
    rounds = 0
    while wanted and rounds < 4:
        fresh = [Standing.of(row) for row in records.lock(conn, wanted)]
        for standing in fresh:
            ctx.before[standing.id] = standing
            draft.put(standing)
        for entry in feeds.entries_of(conn, [s.id for s in fresh]):
            ctx.entries.setdefault(entry.record, []).append(entry)
        above = {v for s in fresh for v in _above(ctx, s)} | {s.alias_of for s in fresh if s.alias_of}
        wanted = {i for i in above if draft.get(i) is None} if rounds < 3 else set()
        rounds += 1


def _above(ctx: Context, standing: Standing) -> list[str]:
    """Records that follow from this one's state: what it is delivered with, what it is counted in."""
    rtype = ctx.catalog.types[standing.type]
    names = rtype.links() if "parent" in rtype.deliveries or rtype.name in ("dwelling", "residence", "conflict") else ()
    return [v for n in names if isinstance(v := standing.data.get(n), str)]


def _load_families(ctx: Context, conn: Connection, draft: Draft, moved: set[str]) -> None:
    """Everything that may move along: downwards from each record and from the dwelling a household is in."""
    frontier = set(moved)
    for record in moved:
        standing = draft.get(record)
        if standing is not None and standing.type == "household":
            frontier.add(standing.data.get("dwelling", record))
    seen: set[str] = set()
    while frontier:
        seen |= frontier
        below = records.live_links(conn, frontier)
        for link in below:
            ctx.links.setdefault(link.target, []).append(link)
        load(ctx, conn, draft, {link.record for link in below})
        people = {
            found.data.get("resident")
            for x in below
            if x.type == "residence" and (found := draft.get(x.record)) is not None
        }
        frontier = ({link.record for link in below} | {p for p in people if isinstance(p, str)}) - seen
    _load_parents(ctx, conn, draft)


def _load_parents(ctx: Context, conn: Connection, draft: Draft) -> None:
    """What the loaded records stand in, all the way up: it must be delivered where they come to live."""
    asked: set[str] = set()
    while above := _parents(ctx, draft) - asked:
        load(ctx, conn, draft, above)
        asked |= above


def _parents(ctx: Context, draft: Draft) -> set[str]:
    names = {s.id: ctx.catalog.types[s.type].parents for s in draft.records.values()}
    found = {s.data.get(n) for s in draft.records.values() for n in names[s.id]}
    return {one for one in found if isinstance(one, str)} - names.keys()


def _load_conflicts(ctx: Context, conn: Connection, draft: Draft) -> None:
    """Open conflicts on the loaded records; they change only under the lock of the record they are about."""
    unknown = [s.id for s in draft.records.values() if s.id not in ctx.waiting and s.type != "conflict"]
    found = reviews.open_on(conn, unknown)
    for conflict in found:
        ctx.waiting.setdefault(conflict.record, []).append(conflict.id)
    load(ctx, conn, draft, [c.id for c in found])


def _load_links(ctx: Context, conn: Connection, draft: Draft, targets: set[str], *, load_children: bool) -> None:
    for link in records.live_links(conn, targets - ctx.links.keys() - {""}):
        ctx.links.setdefault(link.target, []).append(link)
    if load_children:
        load(ctx, conn, draft, {x.record for t in targets for x in ctx.links.get(t, ())})


def _check_ins(conn: Connection, changes: list[Change]) -> set[str]:
    """What the patrols of new check-ins have already."""
    new = [c.set["patrol"].to for c in changes if c.type == "check" and c.op == "create" and "patrol" in c.set]
    patrols = {patrol for patrol in new if isinstance(patrol, str)}
    return {link.record for link in records.live_links(conn, patrols) if link.type == "check"}


def _load_writers(ctx: Context, conn: Connection, draft: Draft, changes: list[Change]) -> None:
    moved_on = {
        draft.meant(c.record)
        for c in changes
        if (found := draft.get(draft.meant(c.record))) is not None and found.rev != c.base_rev
    }
    for row in records.writers(conn, moved_on - ctx.writers.keys()):
        ctx.writers.setdefault(row[0], []).append(row)


def _load_twins(ctx: Context, conn: Connection, draft: Draft, changes: list[Change]) -> None:
    """Live records with the natural keys that these changes may give theirs."""
    keys = set()
    for change in changes:
        rtype = ctx.catalog.type_of(change.type)
        if rtype is None or not rtype.natural_key:
            continue
        if change.op != "undelete" and not change.set.keys() & set(rtype.natural_key):
            continue
        standing = draft.get(draft.meant(change.record))
        data = dict(standing.data) if standing else {}
        data |= {
            n: _plain(ctx, rtype, n, change.set[n].to, change.record) for n in rtype.natural_key if n in change.set
        }
        key = natural_key(rtype, data)
        if key is not None:
            keys.add(key)
    for key, record, scope in records.by_natural_key(conn, keys - ctx.twins.keys()):
        ctx.twins.setdefault(key, []).append((record, scope))


def _plain(ctx: Context, rtype: Any, name: str, value: Any, record: str) -> Any:
    """A value as the natural key sees it: canonical where it can be read."""
    try:
        if name in rtype.sealed():
            return value if value is None or is_kept(value) else seal(ctx.world.keys, bytes(12), record, name, value)[0]
        return canonical(rtype.fields[name], value, known_codes=False)
    except (InvalidValue, ValueError):
        return None


def _origin(world: World, conn: Connection, record: str, field: str) -> Mapping[str, Any] | None:
    """Who wrote a field's present value: the newest history row that touched it."""
    for ver, at, by, at_device, _source, _op, patch, _change in _pages(conn, record):
        if field in open_kept(patch, world.keys.sealed):
            return {"by": by, "at": at, "at_device": at_device, "ver": ver}
    return None


def _pages(conn: Connection, record: str) -> Iterable[Sequence[Any]]:
    after = 2**31 - 1
    while rows := records.history_page(conn, record, after, 100):
        yield from rows
        after = rows[-1][0]
