"""Writing a decided batch: records, history, ledger, and last of all the feeds of the scopes touched."""

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import areas, feeds, photos, records, reviews
from server.adapters.storage.feeds import Entry
from server.core.catalog.roles import PRIVATE_TYPES
from server.core.sync.cursor import signed
from server.services.consequences import day_of, natural_key
from server.services.context import Context
from server.services.deliveries import along, scopes_of
from server.services.draft import Draft, Standing, rewritten
from server.services.failpoints import failpoint
from server.services.payloads import keep

MARK_EVERY = 500


@dataclass(slots=True)
class Feed:
    """What one scope's feed takes from the batch."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    live: int = 0
    digest: int = 0


def store(ctx: Context, conn: Connection, draft: Draft) -> None:
    """Write everything in the draft that differs from the records as they were loaded."""
    before = ctx.before
    _number(ctx, conn, draft)
    touched = [s for s in draft.records.values() if before.get(s.id) is not s]
    _store_records(ctx, conn, draft, touched, before)
    records.keep_sealed(conn, draft.effects.sealed)
    reviews.put(conn, _last(draft.effects.conflicts), _last(draft.effects.parked), draft.effects.incidents)
    failpoint("push.before_feeds")
    _store_feeds(ctx, conn, _feeds(ctx, conn, draft, touched, before))


def _last(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row an id: what it came to in this batch."""
    return list({row["id"]: row for row in rows}.values())


def _number(ctx: Context, conn: Connection, draft: Draft) -> None:
    """Numbers for people, given in the order the batch asked for them; counters locked in sorted order."""
    asked: dict[str, list[tuple[str, str]]] = {}
    for record, name, key in dict.fromkeys(draft.effects.numbered):
        asked.setdefault(key, []).append((record, name))
    for key in sorted(asked):
        numbers = records.take_numbers(conn, key, len(asked[key]))
        for (record, name), number in zip(asked[key], numbers, strict=True):
            standing = draft.records[record]
            value = _issue_number(ctx, conn, standing, number) if name == "number" else str(number)
            draft.put(rewritten(standing, data=standing.data | {name: value}))
            last = [h for h in draft.effects.history if h["record"] == record][-1]
            last["patch"] = last["patch"] | {name: {"from": None, "to": value}}


def _issue_number(ctx: Context, conn: Connection, issue: Standing, number: int) -> str:
    """`region6-yyyymmdd-5 digits`, the day being the deployment's."""
    area = areas.get(conn, issue.scope.partition(":")[2])
    region = (area.code if area is not None else "")[:6] or "000000"
    return f"{region}-{day_of(ctx)}-{number:05d}"


def _store_records(
    ctx: Context, conn: Connection, draft: Draft, touched: list[Standing], before: dict[str, Standing]
) -> None:
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    named: list[dict[str, Any]] = []
    unnamed: list[dict[str, Any]] = []
    for standing in touched:
        old = before.get(standing.id)
        rtype = ctx.catalog.types[standing.type]
        row = {
            "id": standing.id,
            "type": standing.type,
            "rank": rtype.rank,
            "scope": standing.scope,
            "live": standing.live,
            "rev": standing.rev,
            "ver": standing.ver,
            "row": orjson.dumps(standing.wire()).decode(),
            "natural_key": natural_key(rtype, standing.data),
            "created_by": standing.created_by,
            "created_at": standing.created_at,
            "updated_at": ctx.at,
            "alias_of": standing.alias_of,
        }
        (changed if old else new).append(row)
        for name in rtype.links():
            target = standing.data.get(name)
            if target != (old.data.get(name) if old else None):
                links.append({"record": standing.id, "field": name, "target": target})
        for name in rtype.photos():
            is_now, was = set(standing.data.get(name) or ()), set(old.data.get(name) or () if old else ())
            named += _photo_links(standing, name, is_now - was)
            unnamed += _photo_links(standing, name, was - is_now)
    history = [
        h | {"patch": keep(h["patch"]), "subjects": orjson.dumps(h["subjects"]).decode() if h["subjects"] else None}
        for h in draft.effects.history
    ]
    records.write(conn, new, changed, history, links)
    photos.link(conn, named, unnamed)


def _photo_links(standing: Standing, name: str, ids: set[str]) -> list[dict[str, Any]]:
    return [{"photo": photo, "record": standing.id, "field": name} for photo in sorted(ids)]


def _feeds(
    ctx: Context, conn: Connection, draft: Draft, touched: list[Standing], before: dict[str, Standing]
) -> dict[str, Feed]:
    """What each scope's feed takes; parents before children."""
    found: dict[str, Feed] = {}
    done: set[tuple[str, str]] = set()
    for standing in sorted(touched, key=lambda s: (ctx.catalog.types[s.type].rank, s.id)):
        old = before.get(standing.id)
        held = {e.scope for e in ctx.entries.get(standing.id, ()) if e.live}
        wanted = scopes_of(ctx, draft, standing, old.scope if old else None)
        # A phone is wary of many deletions at once; tracks go by the dozen when their time is over.
        gone = "undelivered" if standing.type in PRIVATE_TYPES else "deleted"
        why = gone if not standing.live else "moved" if old and old.scope != standing.scope else "undelivered"
        for scope in sorted(held | wanted):
            _enter(ctx, found, scope, standing, old.rev if old and scope in held else None, scope in wanted, why)
            done.add((scope, standing.id))
        if held != wanted and standing.type == "issue" and old is not None:
            _spread(ctx, conn, found, done, standing, held, wanted, {s.id for s in touched})
    for standing in touched:
        for parent, scope in along(ctx, draft, standing) if standing.live else []:
            if (scope, parent.id) not in done and scope not in _held(ctx, parent.id):
                _enter(ctx, found, scope, parent, None, True, None)
            done.add((scope, parent.id))
    return found


def _held(ctx: Context, record: str) -> set[str]:
    return {e.scope for e in ctx.entries.get(record, ()) if e.live}


def _enter(
    ctx: Context,
    found: dict[str, Feed],
    scope: str,
    standing: Standing,
    old_rev: str | None,
    live: bool,
    why: str | None,
) -> None:
    feed = found.setdefault(scope, Feed())
    feed.entries.append(
        {
            "scope": scope,
            "rank": ctx.catalog.types[standing.type].rank,
            "record": standing.id,
            "live": live,
            "why": None if live else why,
        }
    )
    if old_rev is not None:
        feed.digest ^= signed(old_rev)
        feed.live -= 1
    if live:
        feed.digest ^= signed(standing.rev)
        feed.live += 1


def _spread(
    ctx: Context,
    conn: Connection,
    found: dict[str, Feed],
    done: set[tuple[str, str]],
    issue: Standing,
    held: set[str],
    wanted: set[str],
    touched: set[str],
) -> None:
    """An issue's steps and comments follow it to the units and people it is given to, and leave with it.
    Those of this batch see to themselves."""
    links = records.live_links(conn, [issue.id])
    below = [x.record for x in links if x.type in ("issue_step", "comment") and x.record not in touched]
    known: dict[str, list[Entry]] = {}
    for entry in feeds.entries_of(conn, below):
        known.setdefault(entry.record, []).append(entry)
    for row in sorted(records.read(conn, below), key=lambda row: row.id):
        standing = Standing.of(row)
        has = {e.scope for e in known.get(standing.id, ()) if e.live}
        for scope in sorted((wanted - held - has) | ((held - wanted) & has)):
            if (scope, standing.id) not in done and scope != standing.scope:
                _enter(
                    ctx, found, scope, standing, standing.rev if scope in has else None, scope in wanted, "undelivered"
                )
                done.add((scope, standing.id))


def _store_feeds(ctx: Context, conn: Connection, found: dict[str, Feed]) -> None:
    """Scopes in sorted order, so that two batches never wait for each other crosswise."""
    entries, marks = [], []
    for scope in sorted(found):
        feed = found[scope]
        head = feeds.advance(conn, scope, len(feed.entries), feed.live, feed.digest)
        first = head - len(feed.entries) + 1
        entries += [entry | {"seq": first + i} for i, entry in enumerate(feed.entries)]
        marks += [{"scope": scope, "seq": seq, "tag": ctx.world.ids.rev()} for seq in _mark_places(first, head)]
    feeds.put(conn, entries, marks)


def _mark_places(first: int, head: int) -> list[int]:
    """Where a page may end: after the whole batch; within a large one (a move, an import) after every 500."""
    if head - first < MARK_EVERY * 2:
        return [head]
    return [*range(first + MARK_EVERY - 1, head - MARK_EVERY, MARK_EVERY), head]
