"""Look-ups of conflicts and parked changes, and the incidents an office sees."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import in_list


class Conflict(NamedTuple):
    id: str
    record: str
    kind: str
    field: str | None
    author: str | None
    state: str


class Parked(NamedTuple):
    id: str
    change: str
    record: str | None
    author: str | None
    status: str
    reason: str
    state: str


_CONFLICT = "id, record, kind, field, author, state"
_PARKED = "id, change, record, author, status, reason, state"
_OPEN_ON = in_list(f"SELECT {_CONFLICT} FROM conflict WHERE record IN :ids AND state = 'open' ORDER BY created_at, id")
_CONFLICTS = in_list(f"SELECT {_CONFLICT} FROM conflict WHERE id IN :ids")
_PARKED_BY_ID = in_list(f"SELECT {_PARKED} FROM parked WHERE id IN :ids")
_MADE_AT = text(f"SELECT {_PARKED} FROM parked WHERE author = :author AND created_at = :at AND state = 'open'")
_AWAITING = in_list(f"SELECT {_PARKED} FROM parked WHERE awaits IN :ids AND state = 'open' ORDER BY created_at, id")


_SHOWN = text(
    "SELECT c.id, c.record, r.type, r.scope FROM scope_entry e JOIN conflict c ON c.id = e.record "
    "JOIN record r ON r.id = c.record WHERE e.scope = :scope AND e.live AND e.rank = :rank ORDER BY c.id"
)


class Card(NamedTuple):
    id: str
    record: str
    type: str
    scope: str


def cards_shown(conn: Connection, author: str, rank: int) -> list[Card]:
    """Conflict cards that are delivered to their author, with the record each is about and where it lives."""
    return [Card(*r) for r in conn.execute(_SHOWN, {"scope": f"user:{author}", "rank": rank})]


def open_on(conn: Connection, records: Iterable[str]) -> list[Conflict]:
    wanted = sorted(set(records))
    return [Conflict(*r) for r in conn.execute(_OPEN_ON, {"ids": wanted})] if wanted else []


def conflicts(conn: Connection, ids: Iterable[str]) -> list[Conflict]:
    wanted = sorted(set(ids))
    return [Conflict(*r) for r in conn.execute(_CONFLICTS, {"ids": wanted})] if wanted else []


def parked(conn: Connection, ids: Iterable[str]) -> list[Parked]:
    wanted = sorted(set(ids))
    return [Parked(*r) for r in conn.execute(_PARKED_BY_ID, {"ids": wanted})] if wanted else []


def parked_at(conn: Connection, author: str, at: str) -> list[Parked]:
    """Open parked changes of somebody that came at this moment: those of one group are among them."""
    return [Parked(*r) for r in conn.execute(_MADE_AT, {"author": author, "at": at})]


def awaiting(conn: Connection, records: Iterable[str]) -> list[Parked]:
    """Open parked changes that wait for one of these records to come (or to come back)."""
    wanted = sorted(set(records))
    return [Parked(*r) for r in conn.execute(_AWAITING, {"ids": wanted})] if wanted else []


_MEET = {
    False: text("SELECT pg_advisory_xact_lock_shared(7310002)"),
    True: text("SELECT pg_advisory_xact_lock(7310002)"),
}


def meet(conn: Connection, *, waits: bool) -> None:
    """Until the transaction ends, nobody begins to wait for a record while somebody brings one: one of the two
    sees the other. (SQLite: there is one writer.)"""
    if conn.dialect.name == "postgresql":
        conn.execute(_MEET[waits])


_PUT_CONFLICT = text(
    "INSERT INTO conflict (id, record, kind, field, author, change, state, created_at) "
    "VALUES (:id, :record, :kind, :field, :author, :change, :state, :at) "
    "ON CONFLICT (id) DO UPDATE SET record = :record, state = :state, change = :change"
)
_PUT_PARKED = text(
    "INSERT INTO parked (id, change, record, author, status, reason, awaits, state, scope, created_at) "
    "VALUES (:id, :change, :record, :author, :status, :reason, :awaits, :state, :scope, :at) "
    "ON CONFLICT (id) DO UPDATE SET state = :state, status = :status, reason = :reason, awaits = :awaits"
)
_PUT_INCIDENT = text(
    "INSERT INTO incident (id, kind, device, account, scope, detail, at, state) "
    "VALUES (:id, :kind, :device, :account, :scope, :detail, :at, 'open') ON CONFLICT (id) DO NOTHING"
)


def put(
    conn: Connection,
    conflict_rows: list[dict[str, Any]],
    parked_rows: list[dict[str, Any]],
    incidents: list[dict[str, Any]],
) -> None:
    for statement, rows in ((_PUT_CONFLICT, conflict_rows), (_PUT_PARKED, parked_rows), (_PUT_INCIDENT, incidents)):
        if rows:
            conn.execute(statement, rows)


def add_incident(conn: Connection, row: dict[str, Any]) -> None:
    """Keep it once: an incident that is known by its id changes nothing."""
    conn.execute(_PUT_INCIDENT, row)


_SAME_INCIDENT = text("SELECT 1 FROM incident WHERE device = :device AND kind = :kind AND detail = :detail LIMIT 1")


def incident_known(conn: Connection, device: str, kind: str, detail: str) -> bool:
    rows: Sequence[Any] = conn.execute(_SAME_INCIDENT, {"device": device, "kind": kind, "detail": detail}).all()
    return bool(rows)


_DETAILS = text("SELECT detail FROM incident WHERE device = :device AND kind = :kind ORDER BY at, id")


def incident_details(conn: Connection, device: str, kind: str) -> list[str]:
    """Details, as JSON text, of the incidents of one kind that were told of a device, oldest first."""
    return [row[0] for row in conn.execute(_DETAILS, {"device": device, "kind": kind})]
