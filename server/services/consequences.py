"""What one write brings with it on other records: derived figures, numbers, hints at duplicates."""

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

from server.core.catalog.records import RecordType
from server.core.catalog.times import happened_at
from server.core.sync.change import Change
from server.services.conflicts import open_conflict
from server.services.context import Context
from server.services.draft import Draft, Standing
from server.services.payloads import to_json
from server.services.writing import derive

_AUTHOR_FIELDS = {"visit": "visited_by", "patrol": "walked_by", "comment": "written_by", "track": "author"}


def author_fields(ctx: Context, rtype: RecordType) -> dict[str, Any]:
    """The derived field of a new record that says who made it."""
    name = _AUTHOR_FIELDS.get(rtype.name)
    return {name: ctx.user} if name is not None and ctx.user is not None else {}


def of_write(
    ctx: Context, draft: Draft, rtype: RecordType, old: Standing | None, new: Standing, change: Change
) -> None:
    """Derived fields of the record itself and of those it speaks of."""
    if old is None and rtype.name == "household":
        draft.effects.numbered.append((new.id, "household_no", f"household:{new.scope}"))
    if rtype.name == "issue" and new.data.get("received_at") and not new.data.get("number"):
        draft.effects.numbered.append((new.id, "number", f"issue:{day_of(ctx)}"))
    if rtype.name == "visit" and old is None:
        _visited(ctx, draft, new, change)
    if rtype.name == "residence":
        _count_members(ctx, draft, old, new, change)


def day_of(ctx: Context) -> str:
    """Today where the deployment is, `yyyymmdd`: issues are numbered anew each day."""
    return ctx.now.astimezone(ZoneInfo(ctx.world.rules.zone)).strftime("%Y%m%d")


def checked_before(ctx: Context, draft: Draft, new: Standing) -> bool:
    """Whether the same patrol has a check-in at this point already. Both are kept; the point counts once."""
    return new.type == "check" and any(
        one.type == "check"
        and one.live
        and one.id != new.id
        and all(one.data.get(name) == new.data[name] for name in ("patrol", "point"))
        for one in draft.all_records().values()
    )


def duplicates(
    ctx: Context, draft: Draft, rtype: RecordType, new: Standing, change: Change, touched: set[str] | None = None
) -> list[str]:
    """Another live record with the same natural key: both stay, the office merges them. Ids of new conflicts.

    One that the author may not read is told to the office only: typing an ID number must not show him whether
    somebody elsewhere has it.
    """
    key = natural_key(rtype, new.data)
    if key is None or (touched is not None and not touched & set(rtype.natural_key)):
        return []
    twins = _twins(ctx, draft, rtype, new, key)
    draft.effects.keys.append((key, new.id))
    if not twins:
        return []
    seen = [record for record, scope in twins if ctx.may_read(rtype, ctx.chain(scope))]
    twin = (seen or [record for record, _ in twins])[0]
    disputed = draft.get(new.id) or new
    opened = open_conflict(
        ctx, draft, disputed, change, kind="duplicate", current=twin, incoming=new.id, told=bool(seen)
    )
    return [opened] if seen else []


def _twins(ctx: Context, draft: Draft, rtype: RecordType, new: Standing, key: str) -> list[tuple[str, str]]:
    """(id, scope) of the other live records with this natural key, stored ones first."""
    found = dict(ctx.twins.get(key, ()))
    found |= {r: standing.scope for r in draft.with_key(key) if (standing := draft.get(r)) is not None}
    return [(r, scope) for r, scope in found.items() if r != new.id and _stands(draft, rtype, r, key)]


def natural_key(rtype: RecordType, data: dict[str, Any]) -> str | None:
    """A hash of the fields two records should not share; None when the first of them is empty."""
    if not rtype.natural_key or data.get(rtype.natural_key[0]) is None:
        return None
    values = [data[n]["v"] if isinstance(data.get(n), dict) else data.get(n) for n in rtype.natural_key]
    return hashlib.blake2b(to_json([rtype.name, *values]), digest_size=16).hexdigest()


def _stands(draft: Draft, rtype: RecordType, record: str, key: str) -> bool:
    standing = draft.get(record)
    return standing is None or (standing.live and natural_key(rtype, standing.data) == key)


def _visited(ctx: Context, draft: Draft, visit: Standing, change: Change) -> None:
    """Dates a household shows: when somebody was there, not when it was told. A visit told late sets nothing back."""
    standing = draft.get(visit.data["household"])
    if standing is None:
        return
    was = happened_at(change.at or visit.data.get("started_at"), change.offset_ms if change.at else 0, ctx.at)
    sets: dict[str, Any] = {}
    if was >= (standing.data.get("last_visit_at") or ""):
        due = visit.data.get("next_due_on") or standing.data.get("next_visit_due")
        sets = {"last_visit_at": was, "next_visit_due": due}
    if visit.data.get("unchanged") is True and was >= (standing.data.get("verified_at") or ""):
        sets |= {"verified_at": was, "verified_by": ctx.user}
    derive(ctx, draft, standing.id, sets, change)


def _count_members(ctx: Context, draft: Draft, old: Standing | None, new: Standing, change: Change) -> None:
    before, after = _lives_in(old), _lives_in(new)
    if before == after:
        return
    for household, by in ((before, -1), (after, 1)):
        standing = draft.get(household) if household else None
        if standing is not None:
            count = max(0, (standing.data.get("member_count") or 0) + by)
            derive(ctx, draft, standing.id, {"member_count": count}, change)


def _lives_in(residence: Standing | None) -> str | None:
    if residence is None or not residence.live or residence.data.get("to_on"):
        return None
    return residence.data.get("household")
