"""The review desk's list: conflicts, parked and quarantined changes, incidents of one's own area."""

import json
from typing import Any

import orjson
from sqlalchemy import Connection

from server.adapters.storage import accounts, areas, ledger, records, review_lists
from server.core.access.permissions import Actor, can_read
from server.core.catalog.roles import ROLES
from server.core.problems import Problem
from server.services import names, timelines
from server.services.payloads import open_kept
from server.services.transactions import read
from server.services.world import World

KINDS = ("conflict", "parked", "quarantined", "incident")
MAX_LIMIT = 200


def items(world: World, actor: Actor, params: dict[str, Any]) -> dict[str, Any]:
    """`{items, next, counts, timeline, related, taxonomy}`. `params`: kind, state, scope, after, limit, id.

    What waits comes oldest first, what is settled newest first. `id`: that item alone, whatever its state.
    `related` and `taxonomy`: what stands behind the ids and item codes (see `names.py`). Raises Problem bad_request.
    """
    kind, state = params.get("kind") or "conflict", params.get("state") or "open"
    if kind not in KINDS or state not in ("open", "settled"):
        raise Problem("bad_request", "kind or state is not known")
    limit = min(int(params.get("limit") or 50), MAX_LIMIT)
    with read(world) as conn:
        scopes = _area(conn, actor, params.get("scope"))
        if params.get("id"):
            found = review_lists.one(conn, kind, scopes, str(params["id"]))
        else:
            found = review_lists.page(conn, kind, state, scopes, params.get("after"), limit + 1)
        counts = {k: review_lists.count(conn, k, scopes) for k in KINDS}
        shown = _shown(world, conn, kind, found[:limit])
        _twins(conn, actor, shown)
        about = {
            "timeline": timelines.current(conn),
            "related": names.behind(conn, actor, [{n: v for n, v in item.items() if n != "id"} for item in shown]),
            "taxonomy": names.taxonomy(conn, shown, {f.scope for f in found if f.scope}),
        }
    following = review_lists.position(found[limit - 1]) if len(found) > limit else None
    return {"items": shown, "next": following, "counts": counts} | about


def _area(conn: Connection, actor: Actor, wanted: str | None) -> set[str]:
    """The scopes whose review is the actor's, all or those below one of them."""
    own = {g.scope for g in actor.grants if g.role in ROLES and "review" in ROLES[g.role].may}
    below = areas.scopes_below(conn, own) if own else set()
    if wanted is None:
        return below
    return below & areas.scopes_below(conn, [wanted])


def _shown(world: World, conn: Connection, kind: str, found: list[review_lists.Found]) -> list[dict[str, Any]]:
    if kind == "incident":
        return _incidents(conn, found)
    paths = areas.name_paths(conn, {f.scope for f in found if f.scope})
    cards = {r.id: r for r in records.read(conn, [f.id for f in found])}
    about = {r.id: orjson.loads(r.row) for r in records.read(conn, [f.record for f in found if f.record])}
    entries = ledger.find(conn, [f.change for f in found if f.change])
    shown = []
    for f in found:
        card = cards[f.id]
        data = orjson.loads(card.row)["data"]
        item = {
            "kind": kind,
            "id": f.id,
            "rev": card.rev,
            "scope": f.scope,
            "path": paths.get(f.scope or "", []),
            "record": f.record,
            "record_type": data.get("record_type"),
            "at": f.at,
            "state": data["state"],
            "settled": data.get("settled"),
            "record_row": about.get(f.record or ""),
        }
        item |= _sides(data) if kind == "conflict" else _waiting(world, data, entries.get(f.change or ""))
        shown.append(item)
    _name(conn, shown)
    return shown


def _sides(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "conflict_kind": data["kind"],
        "field": data.get("field"),
        "base": data.get("base"),
        "current": data["current"],
        "incoming": data["incoming"],
        "by": data.get("author"),
    }


def _twins(conn: Connection, actor: Actor, shown: list[dict[str, Any]]) -> None:
    """A duplicate shows both records whole: `twin_row`, where the actor may read the other one."""
    pairs = [(item, item["current"]["value"]) for item in shown if item.get("conflict_kind") == "duplicate"]
    rows = records.read(conn, [twin for _, twin in pairs])
    chains = areas.chains(conn, {row.scope for row in rows})
    readable = {row.id: orjson.loads(row.row) for row in rows if can_read(actor, row.type, chains[row.scope])}
    for item, twin in pairs:
        item["twin_row"] = readable.get(twin)


def _waiting(world: World, data: dict[str, Any], entry: ledger.Entry | None) -> dict[str, Any]:
    change = data.get("change") or (open_kept(entry.payload, world.keys.sealed) if entry is not None else None)
    return {
        "status": data["status"],
        "reason": data.get("reason"),
        "message": data.get("message"),
        "change": change,
        "change_id": data["change_id"],
        "by": data.get("author"),
    }


def _incidents(conn: Connection, found: list[review_lists.Found]) -> list[dict[str, Any]]:
    paths = areas.name_paths(conn, {f.scope for f in found if f.scope})
    shown = [
        {
            "kind": "incident",
            "id": f.id,
            "scope": f.scope,
            "path": paths.get(f.scope or "", []),
            "incident": f.title,
            "detail": json.loads(f.detail or "{}"),
            "device": f.device,
            "by": f.author,
            "at": f.at,
            "state": f.state,
        }
        for f in found
    ]
    _name(conn, shown)
    return shown


def _name(conn: Connection, shown: list[dict[str, Any]]) -> None:
    """Account ids become `{id, name}`."""
    places = list(shown) + [
        item[side] for item in shown for side in ("current", "incoming") if isinstance(item.get(side), dict)
    ]
    places += [item["settled"] for item in shown if isinstance(item.get("settled"), dict)]
    names = accounts.names(conn, {p["by"] for p in places if isinstance(p.get("by"), str)})
    for place in places:
        if isinstance(place.get("by"), str):
            place["by"] = {"id": place["by"], "name": names.get(place["by"])}
