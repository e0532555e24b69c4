"""Timelines: one id for one unbroken history of this server. A history that went back gets a new one."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from server.adapters.storage import system
from server.core.catalog.times import stamp
from server.services.transactions import write
from server.services.world import World


def current(conn: Connection) -> str:
    """The timeline's id. RuntimeError before `flask prepare`."""
    found = system.current_timeline(conn)
    if found is None:
        raise RuntimeError("the database has no timeline; run `flask prepare`")
    return found


def start(world: World, conn: Connection, reason: str, evidence: dict[str, Any] | None = None) -> str:
    """A new timeline from here on."""
    timeline = world.ids.uuid()
    system.start_timeline(
        conn,
        {
            "id": timeline,
            "at": stamp(world.clock()),
            "reason": reason,
            "evidence": json.dumps(evidence) if evidence else None,
        },
    )
    return timeline


def went_back(world: World, seen: str, evidence: dict[str, Any]) -> str:
    """A device proved that this database lost what it had acknowledged on timeline `seen`: one new timeline
    for everybody, however many devices prove it at once."""
    with write(world, "timeline") as conn:
        system.lock_timelines(conn)
        now = current(conn)
        return start(world, conn, "went_back", evidence) if now == seen else now


def boot(world: World) -> str:
    """Make the first timeline; start a new one when this is not the database that ran here last."""
    with write(world, "boot") as conn:
        system.lock_timelines(conn)
        stored, timeline = system.stored_identity(conn), system.current_timeline(conn)
        identity = system.database_identity(conn)
        found = _generations(world) if identity is None else [identity]
        if timeline is None:
            timeline = start(world, conn, "first")
        elif stored not in found:
            timeline = start(world, conn, "other_database", {"stored": stored, "found": found})
        following = identity or world.ids.uuid()
        system.store_identity(conn, following)
        if identity is None:  # whether the commit comes or not: one of the two will be what the database says
            _write_generations(world, [stored or following, following])
    if identity is None:
        _write_generations(world, [following])
    return timeline


def _generations(world: World) -> list[str]:
    """What the file beside a SQLite database says; changed at each boot, so that an older copy is noticed."""
    path = Path(world.generation_file) if world.generation_file else None
    return path.read_text().split() if path is not None and path.exists() else []


def _write_generations(world: World, identities: list[str]) -> None:
    if world.generation_file is None:
        return
    path = Path(world.generation_file)
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(identities) + "\n")
    fresh.replace(path)
