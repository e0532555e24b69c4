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
    """Oldest first; `after` is `position` of the last one of the page before."""
    query = _query(kind, scopes).where(_table(kind).c.state == state)
    at, _, ident = (after or "").partition("|")
    made = _made(kind)
    if after:
        query = query.where(or_(made > at, and_(made == at, _table(kind).c.id > ident)))
    rows = conn.execute(query.order_by(made, _table(kind).c.id).limit(limit))
    return [Found(*row) for row in rows]


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
