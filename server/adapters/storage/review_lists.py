"""What the review desk lists, within a set of scopes. A conflict is found by where its record lives now."""

from typing import NamedTuple

from sqlalchemy import Connection, Select, and_, func, literal, null, or_, select

from server.adapters.storage.tables.records import record
from server.adapters.storage.tables.review import conflict, incident, parked


class Found(NamedTuple):
    id: str
    record: str | None
    scope: str | None
    change: str | None
    author: str | None
    at: str
    state: str
    title: str | None
    detail: str | None
    device: str | None


def page(conn: Connection, kind: str, state: str, scopes: set[str], after: str | None, limit: int) -> list[Found]:
    """What waits oldest first, what is settled newest first; `after`: `position` of the page before's last one."""
    query = _query(kind, scopes).where(_table(kind).c.state == state)
    at, _, last = (after or "").partition("|")
    made, ident = _made(kind), _table(kind).c.id
    newest_first = state == "settled"
    if after and newest_first:
        query = query.where(or_(made < at, and_(made == at, ident < last)))
    elif after:
        query = query.where(or_(made > at, and_(made == at, ident > last)))
    order = (made.desc(), ident.desc()) if newest_first else (made, ident)
    return [Found(*row) for row in conn.execute(query.order_by(*order).limit(limit))]


def one(conn: Connection, kind: str, scopes: set[str], ident: str) -> list[Found]:
    """The item of this id, open or settled, or nothing."""
    return [Found(*row) for row in conn.execute(_query(kind, scopes).where(_table(kind).c.id == ident))]


def taxonomy(conn: Connection, scopes: set[str]) -> list[str]:
    """Wire rows, as JSON text, of the issue classes and items kept in these scopes."""
    kept = select(record.c.row).where(record.c.scope.in_(scopes), record.c.type == "taxonomy", record.c.live)
    return list(conn.execute(kept).scalars())


def count(conn: Connection, kind: str, scopes: set[str]) -> int:
    query = _query(kind, scopes).where(_table(kind).c.state == "open").subquery()
    return int(conn.execute(select(func.count()).select_from(query)).scalar_one())


def position(found: Found) -> str:
    return f"{found.at}|{found.id}"


def _table(kind: str):  # type: ignore[no-untyped-def]
    return {"conflict": conflict, "incident": incident}.get(kind, parked)


def _made(kind: str):  # type: ignore[no-untyped-def]
    return incident.c.at if kind == "incident" else _table(kind).c.created_at


def _query(kind: str, scopes: set[str]) -> Select[tuple[object, ...]]:
    if kind == "conflict":
        return (
            select(
                conflict.c.id,
                conflict.c.record,
                record.c.scope,
                conflict.c.change,
                conflict.c.author,
                conflict.c.created_at,
                conflict.c.state,
                conflict.c.kind,
                null(),
                null(),
            )
            .join(record, record.c.id == conflict.c.record)
            .where(record.c.scope.in_(scopes))
        )
    if kind == "incident":
        return select(
            incident.c.id,
            null(),
            incident.c.scope,
            null(),
            incident.c.account,
            incident.c.at,
            incident.c.state,
            incident.c.kind,
            incident.c.detail,
            incident.c.device,
        ).where(incident.c.scope.in_(scopes))
    return (
        select(
            parked.c.id,
            parked.c.record,
            record.c.scope,
            parked.c.change,
            parked.c.author,
            parked.c.created_at,
            parked.c.state,
            parked.c.reason,
            literal(None),
            literal(None),
        )
        .join(record, record.c.id == parked.c.id)
        .where(parked.c.status == kind, record.c.scope.in_(scopes))
    )
