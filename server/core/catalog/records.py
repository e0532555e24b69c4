"""Record types and the catalogue that holds them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.core.catalog.fields import Field, Kind

# schema n -> what makes a raw change of schema n into one of schema n + 1; kept for ever once released
Upcasters = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class RecordType:
    """One type of record.

    `rank` orders a snapshot: a parent's rank is below its children's.
    `parents` are reference fields that must exist on the server before the record does.
    `deliveries` name how copies travel beyond the home scope (see `services/deliveries.py`).
    `natural_key` fields that two records should not share; a second one makes a `duplicate` conflict.
    `moves_with` the parent field along which a move to another scope carries this record.
    `append_only` types have a record for each time that something happened, never a list in a field: so a new one is
    taken in late, too (PROTOCOL.md §6). Their fields merge as each says: a residence that ends gets its `to_on`.
    `server_made` types are never created by a change of a device or desk.
    """

    name: str
    rank: int
    zh: str
    en: str
    fields: Mapping[str, Field]
    parents: tuple[str, ...] = ()
    deliveries: tuple[str, ...] = ()
    natural_key: tuple[str, ...] = ()
    moves_with: tuple[str, ...] = ()
    append_only: bool = False
    server_made: bool = False
    subjects: tuple[str, ...] = ()  # "id" or reference fields naming the people a payload speaks of
    workflow: bool = False
    _links: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _sealed: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _photos: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Worked out once: every change that comes in asks for them.
        marked = (name for name, f in self.fields.items() if f.indexed and name not in self.parents)
        object.__setattr__(self, "_links", (*self.parents, *marked))
        object.__setattr__(self, "_sealed", tuple(n for n, f in self.fields.items() if f.kind is Kind.SEALED))
        object.__setattr__(self, "_photos", tuple(n for n, f in self.fields.items() if f.kind is Kind.PHOTOS))

    def links(self) -> tuple[str, ...]:
        """Reference fields the server keeps a look-up of: parents and the fields marked `indexed`."""
        return self._links

    def sealed(self) -> tuple[str, ...]:
        return self._sealed

    def photos(self) -> tuple[str, ...]:
        """Fields that name photos; the server keeps a look-up of those too."""
        return self._photos


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything one schema version declares."""

    schema: int
    min_schema: int
    types: Mapping[str, RecordType]
    upcasters: Upcasters = field(default_factory=dict)
    sealed: frozenset[str] = field(init=False, repr=False, compare=False)  # names of fields sealed in any type

    def __post_init__(self) -> None:
        object.__setattr__(self, "sealed", frozenset(name for t in self.types.values() for name in t.sealed()))

    def type_of(self, name: str) -> RecordType | None:
        return self.types.get(name)
