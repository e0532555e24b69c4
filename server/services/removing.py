"""Deleting and bringing back. Absence never deletes; only a tombstone does, and nothing cascades."""

from datetime import datetime, timedelta

from server.core.catalog.records import RecordType
from server.core.catalog.roles import OWN_DELETE_HOURS, PRIVATE_TYPES
from server.core.sync.change import Change
from server.services import consequences
from server.services.conflicts import open_conflict
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.verdicts import Verdict, parked
from server.services.writing import others_wrote, write


def delete(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Verdict:
    """A tombstone; a conflict when somebody wrote meanwhile or live records hang on it. Raises Refused."""
    if not standing.live:
        return Verdict("merged", "same")
    if not _may_delete(ctx, standing):
        raise parked("needs_office", {"code": "not_yours_to_delete"})
    kind = None
    if others_wrote(ctx, draft, standing, change):
        kind = "delete_vs_edit"
    elif has_live_children(ctx, draft, standing.id):
        kind = "delete_has_children"
    if kind is not None:
        opened = open_conflict(ctx, draft, standing, change, kind=kind)
        return Verdict("conflict", kind, None, [opened])
    bury(ctx, draft, rtype, standing, change)
    return Verdict("applied")


def bury(
    ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change, *, into: str | None = None
) -> None:
    """Make the tombstone. The data stays for the history and for bringing back."""
    gone = write(
        ctx,
        draft,
        rtype,
        standing,
        change,
        record=standing.id,
        scope=standing.scope,
        data=standing.data,
        op="delete",
        patch={},
        live=False,
        alias_of=into,
    )
    consequences.of_write(ctx, draft, rtype, standing, gone, change)


def undelete(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Standing:
    """The deleted record live again. The change's patches are merged afterwards."""
    back = write(
        ctx,
        draft,
        rtype,
        standing,
        change,
        record=standing.id,
        scope=standing.scope,
        data=standing.data,
        op="undelete",
        patch={},
    )
    consequences.of_write(ctx, draft, rtype, standing, back, change)
    return back


def has_live_children(ctx: Context, draft: Draft, record: str) -> bool:
    """Whether a live record names this one as a parent, in the database or in this batch."""
    stored = {link.record for link in ctx.links.get(record, ()) if _is_parent(ctx, link.type, link.field)}
    still = [r for r in stored if _points(ctx, draft.get(r), record, stored=True)]
    fresh = [s for s in draft.all_records().values() if s.id not in stored and _points(ctx, s, record, stored=False)]
    return bool(still or fresh)


def _is_parent(ctx: Context, type_name: str, field: str) -> bool:
    return field in ctx.catalog.types[type_name].parents and not ctx.catalog.types[type_name].server_made


def _points(ctx: Context, standing: Standing | None, record: str, *, stored: bool) -> bool:
    if standing is None:
        return stored
    rtype = ctx.catalog.types[standing.type]
    return standing.live and not rtype.server_made and any(standing.data.get(n) == record for n in rtype.parents)


def _may_delete(ctx: Context, standing: Standing) -> bool:
    """Offices may; others only what they made themselves a short while ago, and their own tracks at any time."""
    own_track = standing.type in PRIVATE_TYPES and standing.created_by == ctx.user
    if own_track or ctx.may("delete", ctx.chain_of(standing)):
        return True
    made = datetime.fromisoformat(standing.created_at)
    return standing.created_by == ctx.user and ctx.now - made <= timedelta(hours=OWN_DELETE_HOURS)
