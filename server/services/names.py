"""What stands behind the ids in a list, in as few fields as a name needs: people read names, never ids."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import accounts, areas, records, review_lists
from server.core.access.permissions import Actor, can, can_read

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SCOPE = re.compile(rf"(?:grid|org|unit):{UUID.pattern}")
ROUNDS = 4  # a visit names a household, that a dwelling, that a building
PARTS: dict[str, tuple[str, ...]] = {
    "building": ("estate", "building_no"),
    "dwelling": ("building", "unit_no", "floor", "room_no"),
    "household": ("dwelling", "contact_person"),
    "resident": ("name",),
    "residence": ("resident", "dwelling"),
    "visit": ("household", "started_at"),
    "route": ("name",),
    "point": ("name",),
    "patrol": ("route", "started_at"),
    "check": ("point", "checked_at"),
    "issue": ("number", "title"),
    "comment": ("about",),
    "unit": ("name",),
    "area": ("name",),
    "conflict": ("record", "record_type", "field"),
    "parked": ("record", "record_type", "reason"),
}


def behind(conn: Connection, actor: Actor, told: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """`{id or scope: {type, data}}` for every id and scope found in `told`; data holds what makes a name.

    Records that the actor may not read are left out; an account is `{type: "account", data: {name}}`.
    """
    found: dict[str, dict[str, Any]] = {}
    texts = set(texts_in(list(told)))
    ids = {text for text in texts if UUID.fullmatch(text)}
    unknown = set(ids)
    for _ in range(ROUNDS):
        fresh = _records(conn, actor, ids - found.keys())
        found |= fresh
        unknown -= fresh.keys()
        ids = {text for text in texts_in(fresh) if UUID.fullmatch(text)}
    found |= {i: {"type": "account", "data": {"name": n}} for i, n in accounts.names(conn, unknown).items()}
    paths = areas.name_paths(conn, {text for text in texts if SCOPE.fullmatch(text)})
    return found | {scope: {"type": "area", "data": {"name": path[-1]}} for scope, path in paths.items()}


def taxonomy(conn: Connection, told: Iterable[Any], scopes: Iterable[str]) -> dict[str, dict[str, str]]:
    """`{item_code: {zh, en}}` for the issue items that `told` mentions, as the areas above `scopes` keep them."""
    codes = {code for one in told for code in _codes(one)}
    above = {scope for chain in areas.chains(conn, scopes).values() for scope in chain} if codes else set()
    words = {}
    for row in review_lists.taxonomy(conn, above):
        data = orjson.loads(row)["data"]
        if data.get("code") in codes:
            words[data["code"]] = {"zh": data.get("zh", ""), "en": data.get("en", "")}
    return words


def texts_in(value: Any) -> Iterator[str]:
    """Every text inside, names of fields included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield str(name)
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


def _records(conn: Connection, actor: Actor, ids: set[str]) -> dict[str, dict[str, Any]]:
    rows = records.read(conn, ids)
    chains = areas.chains(conn, {row.scope for row in rows})
    readable = [r for r in rows if _may_read(actor, r.type, chains[r.scope]) and r.type in PARTS]
    return {row.id: {"type": row.type, "data": _name_parts(row)} for row in readable}


def _may_read(actor: Actor, record_type: str, chain: tuple[str, ...]) -> bool:
    waiting = record_type in ("conflict", "parked")
    return can(actor, "review", chain) if waiting else can_read(actor, record_type, chain)


def _name_parts(row: records.Row) -> dict[str, Any]:
    data = orjson.loads(row.row).get("data") or {}
    return {name: data[name] for name in PARTS[row.type] if name in data}


def _codes(value: Any) -> Iterator[str]:
    """Values of `item_code`, plain or as a patch, and both sides of a conflict about it."""
    if isinstance(value, list):
        for part in value:
            yield from _codes(part)
    elif isinstance(value, dict):
        told = [value[n] for n in ("base", "current", "incoming")] if value.get("field") == "item_code" else []
        yield from texts_in([value.get("item_code"), *told])
        for part in value.values():
            yield from _codes(part)
