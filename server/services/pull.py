"""What changed since a cursor: rows as the stored text, joined in one query a scope, from one snapshot."""

from collections.abc import Mapping
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import actors, feeds, grants
from server.adapters.storage.feeds import Head
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.core.sync.cursor import Cursor, pack, unpack, xor_hex
from server.core.sync.decode import unreadable
from server.services import timelines
from server.services.transactions import read
from server.services.world import World

PULL_ROWS, PULL_BYTES, SCOPES = 1_000, 1_048_576, 100
NOTHING = Head(0, 0, 0, 0)  # a scope that nothing was ever written to


class WentBack(Exception):
    """A cursor of ours names a place this database never reached: its history went back."""

    def __init__(self, timeline: str, evidence: dict[str, Any]) -> None:
        super().__init__("went back")
        self.timeline, self.evidence = timeline, evidence


class Budget:
    """What an answer may still hold. The first unit (what one batch wrote) always fits: a group is never cut."""

    def __init__(self, rows: int, size: int) -> None:
        self.rows, self.bytes, self.used = rows, size, False

    def take(self, rows: int, size: int) -> None:
        self.rows, self.bytes, self.used = self.rows - rows, self.bytes - size, self.used or rows > 0


def pull(world: World, actor: Actor, body: dict[str, Any]) -> bytes:
    """`{device, timeline, scopes, limit}` → `{timeline, pages}` as JSON.

    Raises Problem: bad_request, device_mismatch, forbidden, upgrade, timeline_changed.
    """
    scopes, limit = _asked(body, actor)
    try:
        with read(world) as conn:
            held = may_read(world, conn, actor)
            marks = marks_of(world, {s: c for s, c in scopes.items() if s in held})
            timeline, heads = feeds.now_and_heads(conn, marks)
            if body.get("timeline") not in (None, timeline):
                raise Problem("timeline_changed", extra={"timeline": timeline})
            budget = Budget(limit, PULL_BYTES)
            pages = [
                _page(world, conn, timeline, scope, cursor, heads.get(scope, NOTHING), budget)
                if scope in held
                else orjson.dumps({"scope": scope, "revoked": True})
                for scope, cursor in scopes.items()
            ]
    except WentBack as found:
        fresh = timelines.went_back(world, found.timeline, found.evidence)
        raise Problem("timeline_changed", extra={"timeline": fresh}) from None
    return b'{"timeline":' + orjson.dumps(timeline) + b',"pages":[' + b",".join(pages) + b"]}"


def _asked(body: dict[str, Any], actor: Actor) -> tuple[dict[str, Any], int]:
    scopes, limit = body.get("scopes"), body.get("limit", PULL_ROWS)
    if not isinstance(scopes, dict) or len(scopes) > SCOPES or unreadable(list(scopes)):
        raise Problem("bad_request", f"scopes must be an object of at most {SCOPES} names")
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise Problem("bad_request", "limit must be a number from 1")
    if body.get("device") != actor.device:
        raise Problem("device_mismatch", "the session belongs to another device")
    return scopes, min(limit, PULL_ROWS)


def may_read(world: World, conn: Connection, actor: Actor) -> set[str]:
    """Scopes whose rows may go to this device now; to a desk only what is its user's own or everybody's.

    Raises Problem: forbidden (a drain token, a revoked device, a disabled account), upgrade.
    """
    if actor.draining or actor.barred:
        raise Problem("forbidden", actor.barred or "a drain token only hands work in")
    person = actors.person(conn, actor.id, actor.device)
    if person is None:
        raise Problem("forbidden")
    held = grants.held_scopes(conn, person, world.clock())
    if actor.device is None:
        return held & {"config", f"user:{actor.id}"}
    if person.schema is None or person.schema < world.catalog.min_schema:
        raise Problem("upgrade", f"reading needs schema {world.catalog.min_schema}")
    return held


def marks_of(world: World, cursors: Mapping[str, Any]) -> dict[str, int]:
    """{scope: seq of the mark its cursor names}; 0 where the cursor is none of ours."""
    found = {scope: unpack(world.keys.mac, cursor, Cursor) for scope, cursor in cursors.items()}
    return {scope: cursor.mark if cursor else 0 for scope, cursor in found.items()}


def place(world: World, timeline: str, scope: str, cursor: Any, head: Head) -> int | None:
    """The seq a cursor stands at; 0 for null; None when the scope must be snapshot again. Raises WentBack.

    `head`: with the tag of the cursor's mark (`marks_of`).
    """
    if cursor is None:
        return 0
    found = unpack(world.keys.mac, cursor, Cursor)
    if found is None or found.scope != scope or found.timeline != timeline:
        return None
    if found.seq < head.floor:
        return None
    if found.seq > head.head or (found.mark and head.seen != found.tag):
        raise WentBack(timeline, {"scope": scope, "seq": found.seq, "head": head.head})
    return int(found.seq)


def make_cursor(world: World, conn: Connection, timeline: str, scope: str, seq: int, head: Head) -> str:
    at_head = head.tag is not None and seq == head.head
    mark, tag = (seq, str(head.tag)) if at_head else feeds.mark_at(conn, scope, seq)
    return pack(world.keys.mac, Cursor(scope, seq, mark, tag, timeline))


def _page(world: World, conn: Connection, timeline: str, scope: str, cursor: Any, head: Head, budget: Budget) -> bytes:
    after = place(world, timeline, scope, cursor, head)
    if after is None:
        return orjson.dumps({"scope": scope, "resnapshot": True})
    entries = feeds.page(conn, scope, after, budget.rows + 1) if after < head.head and budget.rows > 0 else []
    rows, last, whole = _fitting(conn, scope, after, entries, budget)
    if not whole or (after < head.head and budget.rows <= 0 and not rows):
        fresh = cursor if not rows else make_cursor(world, conn, timeline, scope, last, head)
        return _join(scope, rows, fresh, more=True)
    fresh = make_cursor(world, conn, timeline, scope, max(last, head.head), head)
    return _join(scope, rows, fresh, more=False, head={"live": head.live, "digest": xor_hex(head.digest)})


def _fitting(conn: Connection, scope: str, after: int, entries: Any, budget: Budget) -> tuple[list[bytes], int, bool]:
    """(rows, seq of the last, whether that is all): as much as fits, ending where a batch ended."""
    rows = [_row(scope, entry) for entry in entries]
    total = sum(map(len, rows))
    if len(rows) <= budget.rows and total <= budget.bytes:
        budget.take(len(rows), total)
        return rows, int(entries[-1][0]) if entries else after, True
    size, count = 0, 0
    while count < min(len(rows), budget.rows) and size + len(rows[count]) <= budget.bytes:
        size, count = size + len(rows[count]), count + 1
    ends = feeds.marks_between(conn, scope, after, int(entries[count - 1][0])) if count else []
    if not ends:
        return _first_unit(conn, scope, after, budget)
    kept = [row for row, entry in zip(rows, entries, strict=True) if entry[0] <= ends[-1]]
    budget.take(len(kept), sum(map(len, kept)))
    return kept, ends[-1], False


def _first_unit(conn: Connection, scope: str, after: int, budget: Budget) -> tuple[list[bytes], int, bool]:
    """What one batch wrote is larger than the room left: whole if the answer is empty so far, else not yet."""
    if budget.used:
        budget.rows = 0
        return [], after, False
    end = feeds.next_mark(conn, scope, after) or after
    entries = [e for e in feeds.page(conn, scope, after, end - after) if e[0] <= end]
    rows = [_row(scope, entry) for entry in entries]
    budget.take(PULL_ROWS, PULL_BYTES)
    return rows, end, False


def _row(scope: str, entry: Any) -> bytes:
    _seq, live, why, text, record, type_name, rev, ver = entry
    if live:
        return str(text).encode()
    return orjson.dumps(
        {"id": record, "type": type_name, "scope": scope, "live": False, "why": why, "rev": rev, "ver": ver}
    )


def _join(scope: str, rows: list[bytes], cursor: Any, *, more: bool, head: dict[str, Any] | None = None) -> bytes:
    tail = {"cursor": cursor, "more": more} | ({"head": head} if head else {})
    return b'{"scope":' + orjson.dumps(scope) + b',"rows":[' + b",".join(rows) + b"]," + orjson.dumps(tail)[1:]
