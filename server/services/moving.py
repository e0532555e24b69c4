"""Moving records to another scope: with everything that hangs on them, in one transaction."""

from server.core.catalog.records import RecordType
from server.core.sync.change import SCOPE, Change, InvalidChange
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.verdicts import Verdict, parked
from server.services.writing import write


def move(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Verdict:
    """Move a record and what moves with it. An office of both scopes may; others ask (`needs_office`).

    Raises Refused or InvalidChange.
    """
    to = str((change.move or {})["to"])
    if not SCOPE.match(to) or not to.startswith("grid:"):
        raise InvalidChange("bad_scope", "move")
    if not standing.live:
        raise parked("deleted_record", awaits=standing.id)
    _check(ctx, rtype, standing, to)
    if standing.scope == to:
        return Verdict("merged", "same")
    if standing.scope != (change.move or {}).get("from", standing.scope):
        raise parked("moved_meanwhile")
    for record in sorted(together(ctx, draft, standing), key=lambda s: s.id):
        if record.scope == standing.scope:
            _carry(ctx, draft, record, to, change)
    return Verdict("applied")


def _check(ctx: Context, rtype: RecordType, standing: Standing, to: str) -> None:
    here, there = ctx.chain_of(standing), ctx.chain(to)
    if ctx.may("move", here) and ctx.may("move", there):
        return
    if ctx.may_write(rtype, here):
        raise parked("needs_office", {"code": "office_moves"})
    raise parked("missing_record")


def together(ctx: Context, draft: Draft, standing: Standing) -> list[Standing]:
    """The record, what it stands in (a household's dwelling), what hangs on it, and who lives there."""
    found: dict[str, Standing] = {}
    queue = [_root(ctx, draft, standing)]
    while queue:
        record = queue.pop()
        if record.id in found:
            continue
        found[record.id] = record
        queue += [child for child in _carried(ctx, draft, record) if child.id not in found]
    return list(found.values())


def _root(ctx: Context, draft: Draft, standing: Standing) -> Standing:
    """A household moves with its dwelling: nobody moves a family out of its home on paper only."""
    if standing.type != "household":
        return standing
    return draft.get(standing.data["dwelling"]) or standing


def _carried(ctx: Context, draft: Draft, record: Standing) -> list[Standing]:
    carried = []
    for link in ctx.links.get(record.id, ()):
        child = draft.get(link.record)
        if child is None or not child.live:
            continue
        if link.field in ctx.catalog.types[child.type].moves_with or child.type in ("conflict", "parked"):
            carried.append(child)
        elif child.type == "residence" and link.field == "dwelling" and not child.data.get("to_on"):
            resident = draft.get(child.data["resident"])
            carried += [resident] if resident is not None and resident.live else []
    return carried


def _carry(ctx: Context, draft: Draft, record: Standing, to: str, change: Change) -> None:
    write(
        ctx,
        draft,
        ctx.catalog.types[record.type],
        record,
        change,
        record=record.id,
        scope=to,
        data=record.data,
        op="move",
        patch={},
    )
