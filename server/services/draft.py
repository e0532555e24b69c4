"""What a batch would write, kept in memory until all of it is decided.

A group is judged on a fork: absorbed when it stands, dropped when one of its changes falls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from server.adapters.storage.records import Row
from server.core.sync.change import Patch


@dataclass(frozen=True, slots=True)
class Standing:
    """A record as it stands. `data` holds canonical values; absent means nothing was said."""

    id: str
    type: str
    scope: str
    live: bool
    rev: str
    ver: int
    schema: int
    data: dict[str, Any]
    by: str | None
    at: str
    at_device: str | None
    source: str
    created_by: str | None
    created_at: str
    alias_of: str | None = None

    @classmethod
    def of(cls, row: Row) -> Standing:
        wire = orjson.loads(row.row)
        return cls(
            row.id,
            row.type,
            row.scope,
            bool(row.live),
            row.rev,
            row.ver,
            wire["schema"],
            wire["data"],
            wire.get("by"),
            wire["at"],
            wire.get("at_device"),
            wire["source"],
            row.created_by,
            row.created_at,
            row.alias_of,
        )

    def wire(self) -> dict[str, Any]:
        """The row that devices get (PROTOCOL.md, pull)."""
        head = {
            "id": self.id,
            "type": self.type,
            "scope": self.scope,
            "live": True,
            "rev": self.rev,
            "ver": self.ver,
            "schema": self.schema,
            "data": self.data,
            "by": self.by,
            "at": self.at,
        }
        return head | ({"at_device": self.at_device} if self.at_device else {}) | {"source": self.source}


@dataclass(slots=True)
class Effects:
    """Rows to be written beside the records themselves."""

    history: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    parked: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[dict[str, Any]] = field(default_factory=list)
    sealed: list[dict[str, Any]] = field(default_factory=list)
    rejudged: list[dict[str, Any]] = field(default_factory=list)
    numbered: list[tuple[str, str, str]] = field(default_factory=list)  # record, field, counter key
    keys: list[tuple[str, str]] = field(default_factory=list)  # natural keys given: (key, record)
    arrived: list[str] = field(default_factory=list)  # records created or brought back: others may wait for them

    def absorb(self, other: Effects) -> None:
        for name in self.__slots__:
            getattr(self, name).extend(getattr(other, name))


class Draft:
    """Records as they would stand, over those that were loaded."""

    def __init__(self, below: Draft | None = None) -> None:
        self._below = below
        self.records: dict[str, Standing] = {}
        self.effects = Effects()

    def get(self, record: str) -> Standing | None:
        found = self.records.get(record)
        if found is None and self._below is not None:
            return self._below.get(record)
        return found

    def meant(self, record: str) -> str:
        """The id of the record, or of the one that it was merged into."""
        found = self.get(record)
        while found is not None and found.alias_of is not None:
            record, found = found.alias_of, self.get(found.alias_of)
        return record

    def put(self, standing: Standing) -> None:
        self.records[standing.id] = standing

    def fork(self) -> Draft:
        return Draft(self)

    def absorb(self, child: Draft) -> None:
        self.records.update(child.records)
        self.effects.absorb(child.effects)

    def all_records(self) -> dict[str, Standing]:
        below = self._below.all_records() if self._below is not None else {}
        return below | self.records

    def with_key(self, key: str) -> list[str]:
        """Records of this batch that were given a natural key."""
        below = self._below.with_key(key) if self._below is not None else []
        return below + [record for given, record in self.effects.keys if given == key]

    def history_of(self, record: str) -> list[dict[str, Any]]:
        """Writes of this batch to a record, oldest first."""
        below = self._below.history_of(record) if self._below is not None else []
        return below + [h for h in self.effects.history if h["record"] == record]


def patch_of(patch: dict[str, Patch]) -> dict[str, Any]:
    """A patch as the history keeps it."""
    return {name: {"from": p.frm, "to": p.to} for name, p in patch.items()}


def rewritten(standing: Standing, **changes: Any) -> Standing:
    return replace(standing, **changes)
