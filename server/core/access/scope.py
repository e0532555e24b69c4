"""What a device may hold: the scopes that follow from somebody's grants."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from server.core.catalog.roles import ROLES

READ, WRITE = "read", "write"


@dataclass(frozen=True, slots=True)
class Granted:
    """A grant as it was given, in force or not. Times as the tables keep them; `ended_at` None: no end known.

    `withdrawn`: somebody ended it. That holds even where the server's clock has gone back before it since.
    """

    scope: str
    role: str
    gen: int
    from_at: str
    ended_at: str | None
    withdrawn: bool = False

    def in_force(self, now: str) -> bool:
        return self.from_at <= now and not self.ended(now)

    def ended(self, now: str) -> bool:
        return self.withdrawn or (self.ended_at is not None and self.ended_at <= now)


@dataclass(frozen=True, slots=True)
class Tree:
    """What the areas look like around the granted scopes: scopes above each, nearest first, and micro-grids below."""

    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    below: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Held:
    """One scope of a device. `gen` counts its grants; `revoked_at` and `grace_until` are set once it is lost."""

    scope: str
    rights: str
    gen: int
    revoked_at: str | None = None
    grace_until: str | None = None


def reach(grant: Granted, tree: Tree) -> dict[str, str]:
    """{scope: rights} that one grant brings to a device. Offices above the grid hold nothing: they work online."""
    role = ROLES.get(grant.role)
    if role is None or not role.devices:
        return {}
    if grant.scope.startswith("grid:"):
        written = (grant.scope, *tree.below.get(grant.scope, ()))
        return dict.fromkeys(tree.above.get(grant.scope, ()), READ) | dict.fromkeys(written, WRITE)
    return {grant.scope: WRITE} if grant.scope.startswith("unit:") else {}


def held_now(account: str, grants: Iterable[Granted], tree: Tree, now: str) -> dict[str, Held]:
    """Every scope that somebody may hold at this moment; his own and `config` always."""
    held = {scope: Held(scope, READ, 1) for scope in (f"user:{account}", "config")}
    for grant in grants:
        if grant.in_force(now):
            for scope, rights in reach(grant, tree).items():
                before = held.get(scope, Held(scope, READ, 0))
                better = WRITE if WRITE in (rights, before.rights) else READ
                held[scope] = Held(scope, better, max(before.gen, grant.gen))
    return held


def lost(grants: Iterable[Granted], tree: Tree, now: str, grace: Callable[[str], str]) -> dict[str, Held]:
    """Scopes of grants that ended, with the last end; `grace` says until when late work is taken in after it."""
    gone: dict[str, Held] = {}
    for grant in grants:
        if grant.ended_at is not None and grant.ended(now):
            for scope, rights in reach(grant, tree).items():
                before = gone.get(scope, Held(scope, rights, 0, ""))
                end = max(before.revoked_at or "", grant.ended_at)
                gone[scope] = Held(scope, rights, max(before.gen, grant.gen), end, grace(end))
    return gone
