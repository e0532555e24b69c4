"""Whether a change may take effect where its record lives; if not, which verdict says so without telling too much."""

from server.core.access.permissions import roles_in
from server.core.catalog.records import RecordType
from server.core.catalog.roles import PRIVATE_TYPES
from server.core.sync.change import Change, InvalidChange
from server.services.context import Context
from server.services.draft import Standing
from server.services.verdicts import parked, quarantined


def check_type(ctx: Context, rtype: RecordType) -> None:
    """What the server makes itself is nobody's to send, whichever id is named."""
    if rtype.server_made and ctx.actor is not None:
        raise quarantined("forbidden", {"code": "server_made"})


def check_create(
    ctx: Context, rtype: RecordType, change: Change, scope: str, moved_from: str | None, under: Standing | None
) -> None:
    """May this be created in `scope`? `moved_from`: where the author thought its parent still was; `under` the
    record that it follows to other scopes. Raises Refused or InvalidChange.
    """
    if ctx.actor is not None and not scope.startswith("grid:"):
        raise InvalidChange("bad_scope", "scope")
    chain = ctx.chain_of(under) if under is not None else ctx.chain(scope)
    if ctx.may_write(rtype, chain):
        return
    past = ctx.held_before(ctx.chain(scope))
    if past is None and moved_from is not None:
        old = ctx.chain(moved_from)
        if ctx.may_write(rtype, old):
            if rtype.append_only and _moved_lately(ctx, change, moved_from):
                return
            raise parked("moved_meanwhile")
        past = ctx.held_before(old)
    if past is None:
        raise quarantined("forbidden", {"code": "not_your_area"})
    if rtype.append_only and ctx.in_grace(past):
        return
    raise parked("late_scope")


def check_touch(ctx: Context, rtype: RecordType, standing: Standing, change: Change) -> None:
    """May this existing record be changed, judged by where it lives? `rtype` is the record's own. Raises Refused."""
    if standing.type in PRIVATE_TYPES and ctx.actor is not None and standing.data.get("author") != ctx.user:
        raise parked("missing_record")
    chain = ctx.chain_of(standing)
    if ctx.may_write(rtype, chain) and not (rtype.server_made and ctx.actor is not None):
        return
    if change.transition is not None and _may_step(ctx, standing, change, chain):
        return
    if change.op == "create":
        raise quarantined("forbidden", {"code": "id_taken"})
    if ctx.held_before(chain) is not None:
        raise parked("late_scope")
    if held_there(ctx, standing.id):
        raise parked("moved_meanwhile")
    if ctx.may_read(rtype, chain):
        raise quarantined("forbidden", {"code": "read_only"})
    raise parked("missing_record")


def _may_step(ctx: Context, standing: Standing, change: Change, chain: tuple[str, ...]) -> bool:
    """The workflow's own table decides about a step; also about one that comes after the work was taken away.
    It may bring photos: they show what was done. Everything else is a change like any other."""
    photos = ctx.catalog.types[standing.type].photos()
    if ctx.actor is None or change.set or change.remove or not change.add.keys() <= set(photos):
        return False
    return bool(roles_in(ctx.actor, chain) or roles_in(ctx.actor, steps_from(ctx, standing)))


def steps_from(ctx: Context, standing: Standing) -> tuple[str, ...]:
    """The scopes whose roles count for a step: where the issue is, and the units and people it was with."""
    was_with = [s for s in ctx.left(standing.id) if s.startswith(("unit:", "user:"))]
    return (*ctx.chain_of(standing), *was_with)


def knows(ctx: Context, standing: Standing) -> bool:
    """Whether the author may know that this record exists; a foreign one is answered like an unknown one."""
    rtype = ctx.catalog.types[standing.type]
    left = [above for scope in ctx.left(standing.id) for above in ctx.chain(scope)]
    chain = (*ctx.chain_of(standing), *left)
    return ctx.may_read(rtype, chain) or ctx.may_write(rtype, chain) or ctx.held_before(chain) is not None


def belongs(ctx: Context, scope: str) -> bool:
    """Whether the author works, or worked, where this scope is."""
    chain = ctx.chain(scope)
    return ctx.actor is None or bool(roles_in(ctx.actor, chain)) or ctx.held_before(chain) is not None


def held_there(ctx: Context, record: str) -> bool:
    """Whether the record left a scope that the actor holds, or held."""
    left = ctx.left(record)
    grants = {g.scope for g in ctx.actor.grants} if ctx.actor else set()
    return any(grants & set(ctx.chain(s)) or ctx.held_before(ctx.chain(s)) for s in left)


def _moved_lately(ctx: Context, change: Change, scope: str) -> bool:
    """Whether a record named by the change left the scope that the author put it in, within the time of grace."""
    named = [p.to for p in change.set.values() if isinstance(p.to, str)]
    return any(scope in ctx.left(record) and ctx.moved_at(record) >= ctx.grace_from for record in named)
