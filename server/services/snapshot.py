"""All live rows of a scope as lines, resumable on any process; then the device pulls from where it began."""

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection

from server.adapters.storage import feeds, grants
from server.core.access.permissions import Actor
from server.core.problems import Problem
from server.core.sync.cursor import Cursor, unpack
from server.core.sync.values import UUID
from server.services import timelines
from server.services.pull import NOTHING, WentBack, make_cursor, marks_of, may_read, place
from server.services.transactions import read
from server.services.world import World

PAGE = 1_000


def snapshot(world: World, actor: Actor, scope: str, cursor: str | None, after: str | None) -> Iterator[bytes]:
    """Lines: `{scope, timeline, cursor, live}`, a row each in the order (rank of type, id), `{end, sent}`.

    The head is read before the first row: what is written meanwhile comes with the next pull. A grant that
    ends meanwhile ends the lines, without the last one.
    Raises Problem: forbidden (also for a scope that does not exist), bad_cursor, bad_request, upgrade,
    timeline_changed.
    """
    begin = _after(world, after if cursor else None)
    try:
        with read(world) as conn:
            first, live = _first_line(world, conn, actor, scope, cursor)
            lines = feeds.snapshot_lines(conn, scope, *begin, PAGE if live > PAGE else None)
    except WentBack as found:
        fresh = timelines.went_back(world, found.timeline, found.evidence)
        raise Problem("timeline_changed", extra={"timeline": fresh}) from None
    yield first
    sent = lines.count
    while lines.last:
        yield lines.text.encode() + b"\n"
        with read(world) as conn:
            if not _still_held(world, conn, actor, scope):
                return
            lines = feeds.snapshot_lines(conn, scope, *lines.last, PAGE)
        sent += lines.count
    yield lines.text.encode() + (b"\n" if lines.text else b"")
    yield orjson.dumps({"end": True, "sent": sent}) + b"\n"


def _still_held(world: World, conn: Connection, actor: Actor, scope: str) -> bool:
    now = grants.actor_of(conn, actor.id, actor.device, world.clock())
    return now.barred is None and scope in may_read(world, conn, now)


def _first_line(world: World, conn: Connection, actor: Actor, scope: str, cursor: str | None) -> tuple[bytes, int]:
    """The line, and how many live rows the scope has. Raises Problem or WentBack."""
    if scope not in may_read(world, conn, actor):
        raise Problem("forbidden", "no grant on this scope")
    timeline, heads = feeds.now_and_heads(conn, marks_of(world, {scope: cursor}))
    head = heads.get(scope, NOTHING)
    if cursor is None:
        cursor = make_cursor(world, conn, timeline, scope, head.head, head)
    else:
        _check(world, scope, cursor, timeline)
        if place(world, timeline, scope, cursor, head) is None:
            raise Problem("bad_cursor", "what changed since is no longer known; begin again")
    return orjson.dumps({"scope": scope, "timeline": timeline, "cursor": cursor, "live": head.live}) + b"\n", head.live


def _check(world: World, scope: str, cursor: str, timeline: str) -> None:
    found = unpack(world.keys.mac, cursor, Cursor)
    if found is None or found.scope != scope:
        raise Problem("bad_cursor", "this is not the cursor of that snapshot")
    if found.timeline != timeline:
        raise Problem("timeline_changed", extra={"timeline": timeline})


def _after(world: World, after: str | None) -> tuple[int, str]:
    if after is None:
        return -1, ""
    type_name, _, record = after.partition("/")
    rtype = world.catalog.type_of(type_name)
    if rtype is None or not UUID.match(record):
        raise Problem("bad_request", "after is <type>/<id> of the last row received")
    return rtype.rank, record
