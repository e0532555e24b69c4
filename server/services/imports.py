"""Changes that the system itself makes: areas, grants, imported data. They enter by the one write path."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection

from server.services import push
from server.services.world import World

BATCH = 200
NAMESPACE = UUID("5f0c1c86-4a0b-5d3e-9a53-0d4f3c1f6a11")


class NotTakenIn(RuntimeError):
    """A change of the system's own that the write path did not apply; the text says which and why."""


def derived_id(*parts: str) -> str:
    """The same id for the same parts, so that doing a thing again changes nothing."""
    return str(uuid5(NAMESPACE, "/".join(parts)))


def creation(
    record_type: str, record: str, scope: str, values: Mapping[str, Any], *, step: str | None = None
) -> dict[str, Any]:
    """A change that makes one record. Empty values are left out; `step` is a transition taken with it."""
    named = {name: {"from": None, "to": value} for name, value in values.items() if value not in (None, "", [])}
    sets = {name: patch for name, patch in named.items() if not isinstance(patch["to"], list)}
    change = {
        "id": derived_id("create", record),
        "op": "create",
        "type": record_type,
        "record": record,
        "scope": scope,
        "schema": 1,
        "base": None,
        "set": sets,
    }
    added = {name: patch["to"] for name, patch in named.items() if isinstance(patch["to"], list)}
    extra: dict[str, Any] = {"add": added} if added else {}
    return change | extra | ({"transition": {"action": step, "from": None, "args": {}}} if step else {})


def update(
    change_id: str, record_type: str, record: str, scope: str, values: Mapping[str, tuple[Any, Any]]
) -> dict[str, Any]:
    """A change of some fields, `{field: (from, to)}`."""
    sets = {name: {"from": before, "to": after} for name, (before, after) in values.items()}
    return {
        "id": change_id,
        "op": "update",
        "type": record_type,
        "record": record,
        "scope": scope,
        "schema": 1,
        "base": None,
        "set": sets,
    }


def take_in(world: World, changes: Iterable[dict[str, Any]], source: str = "import") -> int:
    """Apply changes in batches; how many. NotTakenIn when one does not end as applied or merged."""
    done, batch = 0, []
    for change in changes:
        batch.append(change)
        if len(batch) == BATCH:
            done += _apply(world, batch, source)
            batch = []
    return done + (_apply(world, batch, source) if batch else 0)


def take_in_within(world: World, conn: Connection, changes: list[dict[str, Any]]) -> None:
    """The same for a few changes, inside a transaction that a service has open."""
    if changes:
        _check(push.write_within(world, conn, None, changes, "import"))


def _apply(world: World, batch: list[dict[str, Any]], source: str) -> int:
    _check(push.import_changes(world, None, batch, source))
    return len(batch)


def _check(verdicts: list[dict[str, Any]]) -> None:
    for verdict in verdicts:
        if verdict["status"] not in ("applied", "merged"):
            raise NotTakenIn(f"{verdict['id']}: {verdict['status']} {verdict.get('reason')} {verdict.get('message')}")
