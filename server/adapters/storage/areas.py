"""The tree of areas: what lies above a scope, and below it."""

from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Transaction, insert, or_, select, update

from server.adapters.storage.records import in_list
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


_ABOVE = (
    "WITH RECURSIVE up (below, scope, parent, steps) AS ("
    "SELECT scope, scope, parent, 0 FROM area WHERE scope IN :ids "
    "UNION ALL SELECT up.below, a.scope, a.parent, up.steps + 1 FROM up JOIN area a ON a.id = up.parent) "
    "SELECT below, scope, steps FROM up"
)
_CHAINS = in_list(f"{_ABOVE} ORDER BY steps")
_AROUND = in_list(
    f"{_ABOVE} UNION ALL SELECT up.scope, m.scope, -1 FROM up JOIN area a ON a.scope = up.scope AND up.steps = 0 "
    "JOIN area m ON m.parent = a.id ORDER BY 3, 2"
)


def _look_up(conn: Connection, scopes: list[str]) -> Chains:
    found: dict[str, list[str]] = {scope: [] for scope in scopes}
    for below, scope, _ in conn.execute(_CHAINS, {"ids": scopes}):
        found[below].append(scope)
    return {scope: tuple(chain) or (scope,) for scope, chain in found.items()}


def around(conn: Connection, scopes: Iterable[str]) -> tuple[Chains, Chains]:
    """({grid scope: those above it, nearest first}, {grid scope: those of its micro-grids})."""
    above: dict[str, list[str]] = {}
    below: dict[str, list[str]] = {}
    for grid, scope, steps in conn.execute(_AROUND, {"ids": sorted(set(scopes))}):
        if steps:
            (above if steps > 0 else below).setdefault(grid, []).append(scope)
    return ({k: tuple(v) for k, v in above.items()}, {k: tuple(v) for k, v in below.items()})


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


def listed(conn: Connection, path: str, level: str | None) -> list[Any]:
    """(scope, level, name, above: scope of the area above) of the areas whose path begins so, top first."""
    parent = area.alias()
    found = select(area.c.scope, area.c.level, area.c.name, parent.c.scope.label("above"))
    found = found.outerjoin_from(area, parent, parent.c.id == area.c.parent).where(area.c.path.like(f"{path}%"))
    if level is not None:
        found = found.where(area.c.level == level)
    return list(conn.execute(found.order_by(area.c.path)))


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
