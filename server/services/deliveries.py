"""Where a record is delivered: its home scope, and further ones that its type declares."""

from server.core.catalog.records import RecordType
from server.core.catalog.workflow import WITH_HANDLERS
from server.services.context import Context
from server.services.draft import Draft, Standing

AUTHOR_ONLY = frozenset({"conflict", "parked", "followup", "track"})


def scopes_of(ctx: Context, draft: Draft, standing: Standing, old_scope: str | None = None) -> set[str]:
    """Every scope that should hold the record now; none when it is deleted. `old_scope`: where it lived before."""
    if not standing.live:
        return set()
    rtype = ctx.catalog.types[standing.type]
    if "author" in rtype.deliveries:
        author = standing.data.get("author")
        return {f"user:{author}"} if author and not standing.data.get("withdrawn") else set()
    further = _with_handlers(standing) if "units" in rtype.deliveries else set()
    if "parent" in rtype.deliveries:
        further = _with_parent(draft, rtype, standing)
    return {standing.scope} | further | _with_children(ctx, draft, standing, old_scope)


def _with_handlers(issue: Standing) -> set[str]:
    """The units and the person an issue was given to, while it is with them."""
    if issue.data.get("state") not in WITH_HANDLERS:
        return set()
    units = [issue.data.get("main_unit"), *(issue.data.get("co_units") or [])]
    scopes = {f"unit:{u}" for u in units if u}
    return scopes | ({f"user:{issue.data['handler']}"} if issue.data.get("handler") else set())


def _with_parent(draft: Draft, rtype: RecordType, standing: Standing) -> set[str]:
    parent = draft.get(standing.data[rtype.parents[0]])
    return _with_handlers(parent) if parent is not None and parent.type == "issue" else set()


def _with_children(ctx: Context, draft: Draft, standing: Standing, old_scope: str | None) -> set[str]:
    """Grids where a child of this record lives: a building that stands in two grids is delivered to both,
    so that no phone holds a dwelling without its building."""
    if standing.type not in PLACES_OF_CHILDREN:
        return set()
    held = {e.scope for e in ctx.entries.get(standing.id, ()) if e.live and e.scope.startswith("grid:")}
    if old_scope in (None, standing.scope) or _stays_behind(ctx, draft, standing, str(old_scope)):
        return held
    return held - {str(old_scope)}


def _stays_behind(ctx: Context, draft: Draft, moved: Standing, scope: str) -> bool:
    children = (
        draft.get(link.record)
        for link in ctx.links.get(moved.id, ())
        if link.field in ctx.catalog.types[link.type].parents
    )
    return any(child is not None and child.live and child.scope == scope for child in children)


# Types whose children may come to live in another scope than theirs.
PLACES_OF_CHILDREN = frozenset({"building", "dwelling"})


def along(ctx: Context, draft: Draft, child: Standing) -> list[tuple[Standing, str]]:
    """Parents that must be delivered to the child's home too: (parent, scope)."""
    wanted = []
    for name in ctx.catalog.types[child.type].parents:
        parent = draft.get(child.data.get(name) or "")
        if parent is not None and parent.type in PLACES_OF_CHILDREN and parent.scope != child.scope:
            wanted.append((parent, child.scope))
            wanted += [(p, child.scope) for p, _ in along(ctx, draft, parent)]
            above = [draft.get(parent.data.get(n) or "") for n in ctx.catalog.types[parent.type].parents]
            wanted += [(a, child.scope) for a in above if a is not None and a.scope != child.scope]
    return wanted
