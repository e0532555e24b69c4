"""Moving records to another scope: with everything that hangs on them, in one transaction."""

from server.core.catalog.records import RecordType
from server.core.sync.change import SCOPE, Change, InvalidChange
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.verdicts import Verdict, parked
from server.services.writing import write

# Types below a parent that may leave its scope: a household takes its dwelling along.
MOVED_ALONE = frozenset({"dwelling", "household"})


def move(ctx: Context, draft: Draft, rtype: RecordType, standing: Standing, change: Change) -> Verdict:
    """Move a record and what moves with it. An office of both scopes may; others ask (`needs_office`).

    Raises Refused or InvalidChange.
    """
    to = str((change.move or {})["to"])
    if not SCOPE.match(to) or not to.startswith("grid:") or len(ctx.chain(to)) < 2:
        raise InvalidChange("bad_scope", "move")
    if rtype.moves_with and standing.type not in MOVED_ALONE:
        raise InvalidChange("moves_with_parent", "move")
    if not standing.live:
        raise parked("deleted_record", awaits=standing.id)
    if not (ctx.may("move", ctx.chain_of(standing)) and ctx.may("move", ctx.chain(to))):
        raise parked("needs_office", {"code": "office_moves"})
    if standing.scope == to:
        return Verdict("merged", "same")
    if standing.scope != (change.move or {}).get("from", standing.scope):
        raise parked("moved_meanwhile")
    for record in sorted(together(ctx, draft, standing), key=lambda s: s.id):
        if record.scope == standing.scope:
            _carry(ctx, draft, record, to, change)
    return Verdict("applied")


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
    """What moves with one record; children of this same batch are not in the look-up yet."""
    stored = [(x.field, draft.get(x.record)) for x in ctx.links.get(record.id, ())]
    fresh = [
        (name, standing)
        for standing in draft.all_records().values()
        if standing.id not in ctx.before
        for name in ctx.catalog.types[standing.type].links()
        if standing.data.get(name) == record.id
    ]
    carried = []
    for field, child in (*stored, *fresh):
        if child is None or not child.live:
            continue
        if field in ctx.catalog.types[child.type].moves_with or child.type in ("conflict", "parked"):
            carried.append(child)
        elif child.type == "residence" and field == "dwelling" and not child.data.get("to_on"):
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
