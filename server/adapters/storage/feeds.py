"""Scopes and their feeds. A scope's counter moves late in the writing transaction and is locked by it,
so numbers become visible in the order they were given: a reader never passes a row still to come."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import in_list, many


class Entry(NamedTuple):
    scope: str
    record: str
    live: bool


class Head(NamedTuple):
    """Where a scope's feed stands. `tag` is its last mark's; `seen` the tag of the mark that was asked for."""

    head: int
    floor: int
    live: int
    digest: int
    tag: str | None = None
    seen: str | None = None


_ENTRIES = in_list("SELECT scope, record, live FROM scope_entry WHERE record IN :ids")


def entries_of(conn: Connection, records: Iterable[str]) -> list[Entry]:
    """Where these records are, or were, delivered."""
    wanted = sorted(set(records))
    return [Entry(*r) for r in conn.execute(_ENTRIES, {"ids": wanted})] if wanted else []


# (a | b) - (a & b) is XOR on both databases
_ADVANCE = text(
    "INSERT INTO scope (id, head, floor, live, digest) VALUES (:id, :k, 0, :live, :digest) "
    "ON CONFLICT (id) DO UPDATE SET head = scope.head + :k, live = scope.live + :live, "
    "digest = (scope.digest | :digest) - (scope.digest & :digest) RETURNING head"
)


def advance(conn: Connection, scope: str, k: int, live: int, digest: int) -> int:
    """Take k numbers of a scope and fold in its change of count and digest; the new head."""
    return int(conn.execute(_ADVANCE, {"id": scope, "k": k, "live": live, "digest": digest}).scalar_one())


_PUT = text(
    "INSERT INTO scope_entry (scope, rank, record, seq, live, why) VALUES (:scope, :rank, :record, :seq, :live, :why) "
    "ON CONFLICT (scope, rank, record) DO UPDATE SET seq = excluded.seq, live = excluded.live, why = excluded.why"
)
_MARK = text("INSERT INTO scope_mark (scope, seq, tag) VALUES (:scope, :seq, :tag)")


def put(conn: Connection, entries: list[dict[str, Any]], marks: list[dict[str, Any]]) -> None:
    last = {(entry["scope"], entry["record"]): entry for entry in entries}  # a set holds a row once
    many(conn, _PUT, list(last.values()))
    many(conn, _MARK, marks)


_OPEN = text("INSERT INTO scope (id) VALUES (:id) ON CONFLICT (id) DO NOTHING")


def open_scope(conn: Connection, scope: str) -> None:
    """Make a scope known, so that it can be granted and pulled before anything is in it."""
    conn.execute(_OPEN, {"id": scope})


_HEAD_OF = (
    "SELECT t.id, s.id, s.head, s.floor, s.live, s.digest, "
    "(SELECT m.tag FROM scope_mark m WHERE m.scope = s.id AND m.seq = s.head), "
    "(SELECT m.tag FROM scope_mark m WHERE m.scope = s.id AND m.seq = CAST(a.value AS BIGINT)) "
    "FROM (SELECT id FROM timeline ORDER BY no DESC LIMIT 1) t "
    "LEFT JOIN ({asked} a JOIN scope s ON s.id = a.key) ON true"
)
_HEADS = {
    "postgresql": text(_HEAD_OF.format(asked="json_each_text(CAST(:marks AS json))")),
    "sqlite": text(_HEAD_OF.format(asked="json_each(:marks)")),
}


def heads(conn: Connection, marks: Mapping[str, int]) -> dict[str, Head]:
    """The heads of scopes, each with the tag of one mark: `{scope: seq of the mark}`. Unknown scopes left out."""
    return now_and_heads(conn, marks)[1] if marks else {}


def now_and_heads(conn: Connection, marks: Mapping[str, int]) -> tuple[str, dict[str, Head]]:
    """(the timeline's id, the heads): all that a reader needs to know where it stands, at once."""
    found = conn.execute(_HEADS[conn.dialect.name], {"marks": json.dumps(marks)}).all()
    return found[0][0], {r[1]: Head(*r[2:]) for r in found if r[1] is not None}


_PAGE = text(
    "SELECT e.seq, e.live, e.why, r.row, r.id, r.type, r.rev, r.ver FROM scope_entry e "
    "JOIN record r ON r.id = e.record WHERE e.scope = :scope AND e.seq > :after ORDER BY e.seq LIMIT :limit"
)


def page(conn: Connection, scope: str, after: int, limit: int) -> Sequence[Any]:
    """(seq, live, why, row, id, type, rev, ver) of the next entries of a scope's feed."""
    return conn.execute(_PAGE, {"scope": scope, "after": after, "limit": limit}).all()


_MARK_AT = text("SELECT seq, tag FROM scope_mark WHERE scope = :scope AND seq <= :seq ORDER BY seq DESC LIMIT 1")


def mark_at(conn: Connection, scope: str, seq: int) -> tuple[int, str]:
    """The greatest mark at or below seq; (0, "") before the first."""
    row = conn.execute(_MARK_AT, {"scope": scope, "seq": seq}).first()
    return (int(row[0]), str(row[1])) if row else (0, "")


_MARKS = text("SELECT seq FROM scope_mark WHERE scope = :scope AND seq > :after AND seq <= :upto ORDER BY seq")
_NEXT_MARK = text("SELECT seq FROM scope_mark WHERE scope = :scope AND seq > :after ORDER BY seq LIMIT 1")


def marks_between(conn: Connection, scope: str, after: int, upto: int) -> list[int]:
    return [int(r[0]) for r in conn.execute(_MARKS, {"scope": scope, "after": after, "upto": upto})]


def next_mark(conn: Connection, scope: str, after: int) -> int | None:
    row = conn.execute(_NEXT_MARK, {"scope": scope, "after": after}).first()
    return int(row[0]) if row else None


_PLACE = "e.scope = :scope AND e.live AND (e.rank, e.record) > (:rank, :record)"
_BOUND = text(
    f"SELECT e.rank, e.record FROM scope_entry e WHERE {_PLACE} ORDER BY e.rank, e.record LIMIT 2 OFFSET :limit - 1"
)
_LINES = {
    "postgresql": "string_agg(row, chr(10) ORDER BY rank, record)",
    "sqlite": "group_concat(row, char(10))",
}
_JOINED = {
    dialect: text(
        f"SELECT {lines}, count(*) FROM (SELECT r.row AS row, e.rank AS rank, e.record AS record FROM scope_entry e "
        f"JOIN record r ON r.id = e.record WHERE {_PLACE} AND (e.rank, e.record) <= (:upto_rank, :upto_record) "
        "ORDER BY e.rank, e.record) AS rows"
    )
    for dialect, lines in _LINES.items()
}


class Lines(NamedTuple):
    """Rows as lines of text, how many, and (rank, record) of the last when more follow."""

    text: str
    count: int
    last: tuple[int, str] | None


def snapshot_lines(conn: Connection, scope: str, rank: int, record: str, limit: int | None) -> Lines:
    """At most `limit` live rows after (rank, record), in that order, joined by the database. None: all of them."""
    asked = {"scope": scope, "rank": rank, "record": record}
    bound = conn.execute(_BOUND, asked | {"limit": limit}).all() if limit else []
    last = (int(bound[0][0]), str(bound[0][1])) if len(bound) == 2 else None
    upto = {"upto_rank": last[0], "upto_record": last[1]} if last else {"upto_rank": 2**31 - 1, "upto_record": ""}
    lines, count = conn.execute(_JOINED[conn.dialect.name], asked | upto).one()
    return Lines(lines or "", int(count), last)
