"""The tree of areas: what lies above a scope, and below it."""

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Transaction, insert, or_, select, update

from server.adapters.storage.tables.people import area
from server.adapters.storage.tables.sync import scope as scope_table

Chains = dict[str, tuple[str, ...]]
_chains: "WeakKeyDictionary[Transaction, Chains]" = WeakKeyDictionary()


def chains(conn: Connection, scopes: Iterable[str]) -> Chains:
    """{scope: (scope, its parent's scope, ... the top area's)}; a scope that is no area stands alone.

    Looked up once a transaction.
    """
    transaction = conn.get_transaction()
    known = _chains.setdefault(transaction, {}) if transaction is not None else {}
    wanted = set(scopes)
    missing = [scope for scope in wanted if scope not in known]
    if missing:
        known.update(_look_up(conn, missing))
    return {scope: known[scope] for scope in wanted}


def _look_up(conn: Connection, scopes: list[str]) -> Chains:
    found = {
        row.scope: ids_of(row.path)
        for row in conn.execute(select(area.c.scope, area.c.path).where(area.c.scope.in_(scopes)))
    }
    ids = {one for path in found.values() for one in path}
    names = dict(conn.execute(select(area.c.id, area.c.scope).where(area.c.id.in_(ids))).all()) if ids else {}
    return {
        scope: tuple(names[one] for one in reversed(found[scope])) if scope in found else (scope,) for scope in scopes
    }


def ids_of(path: str) -> list[str]:
    """The ids in a path, top area first."""
    return [part for part in path.split("/") if part]


def micro_grids(conn: Connection, scopes: Iterable[str]) -> Chains:
    """{grid scope: scopes of its micro-grids}, grids without any left out."""
    ids = {scope.removeprefix("grid:"): scope for scope in scopes if scope.startswith("grid:")}
    rows = conn.execute(select(area.c.parent, area.c.scope).where(area.c.parent.in_(ids)).order_by(area.c.scope))
    below: dict[str, list[str]] = {}
    for row in rows:
        below.setdefault(ids[row.parent], []).append(row.scope)
    return {scope: tuple(found) for scope, found in below.items()}


def scopes_below(conn: Connection, scopes: Iterable[str]) -> set[str]:
    """The scopes given and those of every area below them; scopes that are no areas stay as they are."""
    given = set(scopes)
    tops = conn.execute(select(area.c.path).where(area.c.scope.in_(given))).scalars().all()
    if not tops:
        return given
    under = or_(*(area.c.path.like(f"{top}%") for top in tops))
    return given | set(conn.execute(select(area.c.scope).where(under)).scalars())


def name_paths(conn: Connection, scopes: Iterable[str]) -> dict[str, list[str]]:
    """{scope: names of its areas, top first}, for people to read; scopes that are no areas left out."""
    linked = chains(conn, scopes)
    wanted = {one for chain in linked.values() for one in chain}
    names = dict(conn.execute(select(area.c.scope, area.c.name).where(area.c.scope.in_(wanted))).all())
    return {scope: [names[one] for one in reversed(chain)] for scope, chain in linked.items() if scope in names}


def get(conn: Connection, area_id: str) -> Any | None:
    """The area's row (columns of the table `area`)."""
    return conn.execute(select(area).where(area.c.id == area_id)).one_or_none()


def put(conn: Connection, rows: list[dict[str, Any]]) -> None:
    """Store areas, given with all columns; those known already get the new values."""
    known = set(conn.execute(select(area.c.id).where(area.c.id.in_([row["id"] for row in rows]))).scalars())
    for row in rows:
        if row["id"] in known:
            conn.execute(update(area).where(area.c.id == row["id"]).values(row))
    fresh = [row for row in rows if row["id"] not in known]
    if fresh:
        conn.execute(insert(area), fresh)


def ensure_scopes(conn: Connection, scopes: Iterable[str]) -> None:
    """Make the rows that count each scope's feed, where they are missing."""
    wanted = sorted(set(scopes))
    known = set(conn.execute(select(scope_table.c.id).where(scope_table.c.id.in_(wanted))).scalars())
    fresh = [{"id": one} for one in wanted if one not in known]
    if fresh:
        conn.execute(insert(scope_table), fresh)


def scope_exists(conn: Connection, scope: str) -> bool:
    return conn.execute(select(scope_table.c.id).where(scope_table.c.id == scope)).one_or_none() is not None
