"""Whether a change may take effect where its record lives; if not, which verdict says so without telling too much."""

from server.core.access.permissions import roles_in
from server.core.catalog.records import RecordType
from server.core.sync.change import Change
from server.services.context import Context
from server.services.draft import Standing
from server.services.verdicts import parked, quarantined


def check_create(ctx: Context, rtype: RecordType, change: Change, scope: str, moved_from: str | None) -> None:
    """May this be created in `scope`? `moved_from`: where the author thought its parent still was.

    Raises Refused.
    """
    _check_type(ctx, rtype)
    chain = ctx.chain(scope)
    if ctx.may_write(rtype, chain):
        return
    past = ctx.held_before(chain)
    if past is None and moved_from is not None:
        old = ctx.chain(moved_from)
        if ctx.may_write(rtype, old) and _moved_lately(ctx, change, moved_from):
            if rtype.append_only:
                return
            raise parked("moved_meanwhile")
        past = ctx.held_before(old)
    if past is None:
        raise quarantined("forbidden", {"code": "not_your_area"})
    if rtype.append_only and ctx.in_grace(past):
        return
    raise parked("late_scope")


def check_touch(ctx: Context, rtype: RecordType, standing: Standing, change: Change) -> None:
    """May this existing record be changed, judged by where it lives? Raises Refused."""
    _check_type(ctx, rtype)
    chain = ctx.chain_of(standing)
    if ctx.may_write(rtype, chain):
        return
    if change.transition is not None and ctx.actor is not None and roles_in(ctx.actor, chain):
        return  # the workflow's own table decides
    if change.op == "create":
        raise quarantined("forbidden", {"code": "id_taken"})
    if ctx.held_before(chain) is not None:
        raise parked("late_scope")
    if _held_there(ctx, standing.id):
        raise parked("moved_meanwhile")
    if ctx.may_read(rtype, chain):
        raise quarantined("forbidden", {"code": "read_only"})
    raise parked("missing_record")


def _check_type(ctx: Context, rtype: RecordType) -> None:
    if rtype.server_made and ctx.actor is not None:
        raise quarantined("forbidden", {"code": "server_made"})


def _held_there(ctx: Context, record: str) -> bool:
    """Whether the record left a scope that the actor holds, or held within the time of grace."""
    left = [e.scope for e in ctx.entries.get(record, ()) if not e.live]
    grants = {g.scope for g in ctx.actor.grants} if ctx.actor else set()
    return any(grants & set(ctx.chain(s)) or ctx.held_before(ctx.chain(s)) for s in left)


def _moved_lately(ctx: Context, change: Change, scope: str) -> bool:
    """Whether a record named by the change was once delivered to the scope the author put it in."""
    named = [p.to for p in change.set.values() if isinstance(p.to, str)]
    return any(e.scope == scope for record in named for e in ctx.entries.get(record, ()))
