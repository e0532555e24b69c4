"""What judging a batch needs to know besides the records: who, when, which rights, what others wrote."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.adapters.storage.feeds import Entry
from server.adapters.storage.records import Link
from server.core.access.permissions import Actor, can, can_read, can_write, roles_in
from server.core.catalog.records import Catalog, RecordType
from server.core.catalog.roles import ISSUE_TYPES
from server.core.workflow.transitions import Who
from server.services.draft import Standing
from server.services.world import World


@dataclass(frozen=True, slots=True)
class PastGrant:
    """A role once held on a scope; `ended_at` decides whether the time of grace still runs."""

    scope: str
    role: str
    ended_at: str


@dataclass(slots=True)
class Context:
    """`actor` None is the system itself (imports, timers). Look-ups are filled by `gather.py`."""

    world: World
    actor: Actor | None
    source: str
    now: datetime
    at: str
    timeline: str
    past: list[PastGrant] = field(default_factory=list)
    grace_from: str = ""  # a grant that ended before this has no grace left
    typed_on: str | None = None  # the device of a kept change that an office applies
    no_numbers: set[int] = field(default_factory=set)  # an n of these is none of this device's
    chains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)  # record -> where it is or was delivered
    writers: dict[str, list[Sequence[Any]]] = field(default_factory=dict)
    links: dict[str, list[Link]] = field(default_factory=dict)  # target -> live records that point at it
    waiting: dict[str, list[str]] = field(default_factory=dict)  # record -> open conflicts on it
    twins: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # natural key -> (record, scope), live
    before: dict[str, Standing] = field(default_factory=dict)  # records as they were loaded
    aliases: dict[str, str] = field(default_factory=dict)  # merged away -> what it was merged into
    origin: Callable[[str, str], Mapping[str, Any] | None] = lambda _record, _field: None
    moved_at: Callable[[str], str] = lambda _record: ""  # when the record last moved to another scope

    @property
    def catalog(self) -> Catalog:
        return self.world.catalog

    @property
    def user(self) -> str | None:
        return self.actor.id if self.actor else None

    @property
    def device(self) -> str | None:
        return self.actor.device if self.actor else None

    def nonce(self) -> bytes:
        """12 random bytes, never the same twice: AES-GCM needs that."""
        return bytes.fromhex(self.world.ids.rev() + self.world.ids.rev())[:12]

    def chain(self, scope: str) -> tuple[str, ...]:
        return self.chains.get(scope, ())

    def chain_of(self, standing: Standing) -> tuple[str, ...]:
        """The scopes that give rights on a record: its home, those above, and where it is delivered now."""
        delivered = [e.scope for e in self.entries.get(standing.id, ()) if e.live]
        return (*self.chain(standing.scope), *delivered)

    def may(self, permission: str, chain: Sequence[str]) -> bool:
        return self.actor is None or can(self.actor, permission, chain)

    def given_to_him(self, chain: Sequence[str]) -> bool:
        """Whether a record is in the actor's own hands: an issue that names him as its handler."""
        return f"user:{self.user}" in chain

    def may_write(self, rtype: RecordType, chain: Sequence[str]) -> bool:
        if self.actor is None or can_write(self.actor, rtype.name, chain):
            return True
        return rtype.name in ISSUE_TYPES and self.given_to_him(chain)

    def may_read(self, rtype: RecordType, chain: Sequence[str]) -> bool:
        return self.actor is None or can_read(self.actor, rtype.name, chain) or self.given_to_him(chain)

    def left(self, record: str) -> list[str]:
        """Scopes that held the record once and do no more."""
        return [e.scope for e in self.entries.get(record, ()) if not e.live]

    def who(self, chain: Sequence[str]) -> Who:
        """Roles and units for a workflow step; the system may take every step."""
        if self.actor is None:
            return Who(None, frozenset({"GW", "CC", "SD", "DH", "DO"}))
        codes = frozenset(role.code for role in roles_in(self.actor, chain))
        codes |= {"DH"} if self.given_to_him(chain) else frozenset()
        units = frozenset(g.scope[5:] for g in self.actor.grants if g.scope.startswith("unit:"))
        return Who(self.actor.id, codes, units)

    def held_before(self, chain: Sequence[str]) -> PastGrant | None:
        """The latest grant the actor once had here."""
        past = [g for g in self.past if g.scope in chain]
        return max(past, key=lambda g: g.ended_at) if past else None

    def in_grace(self, past: PastGrant) -> bool:
        return past.ended_at >= self.grace_from

    def is_own(self, writer: Sequence[Any]) -> bool:
        """Whether a history row (record, ver, rev, device, by) is this device's, or this desk user's, own. Of a change
        that an office applies what its device wrote before is its own, too."""
        device, by = writer[3], writer[4]
        if device and device == self.typed_on:
            return True
        return bool(device == self.device if self.device else by == self.user and device is None)
