"""The one policy: whether somebody may do something in a scope."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.core.catalog.roles import ROLES, Role


@dataclass(frozen=True, slots=True)
class Grant:
    """A role on a scope and everything below it, in force now."""

    scope: str
    role: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who asks. `role` is the account's own; rights come from `grants` alone.

    `barred`: why nothing of his applies any more (account_disabled, device_revoked), or None.
    `draining`: came with a drain token, may hand in and read nothing.
    """

    id: str
    name: str
    username: str
    role: str
    grants: tuple[Grant, ...] = ()
    device: str | None = None
    barred: str | None = None
    draining: bool = False


def roles_in(actor: Actor, chain: Iterable[str]) -> list[Role]:
    """The roles the actor holds for a record whose scopes, and those above them, are `chain`."""
    scopes = set(chain)
    return [ROLES[g.role] for g in actor.grants if g.scope in scopes and g.role in ROLES]


def can(actor: Actor, permission: str, chain: Iterable[str]) -> bool:
    """Whether any role held in the chain lists the permission (PERMISSIONS)."""
    return any(permission in role.may for role in roles_in(actor, chain))


def can_read(actor: Actor, record_type: str, chain: Iterable[str]) -> bool:
    return not actor.draining and any(record_type in role.reads for role in roles_in(actor, chain))


def can_write(actor: Actor, record_type: str, chain: Iterable[str]) -> bool:
    return any(record_type in role.writes for role in roles_in(actor, chain))
