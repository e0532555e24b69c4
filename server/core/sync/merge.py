"""The merge rule, field by field. Values in, values out; the server alone decides, in order of arrival.

`merge` knows nothing of records' lives, rights or workflow: only what becomes of patched values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.core.catalog.fields import Field, Kind, Merge, Privacy
from server.core.catalog.records import RecordType
from server.core.sync.change import Change, InvalidChange, Patch
from server.core.sync.values import InvalidValue, canonical, metres_between

# Fields of a newer app: kept as they came.
UNKNOWN = Field(Kind.DERIVED, Merge.INCOMING, Privacy.PERSONAL, "", "")
UNKNOWN_SET = Field(Kind.SET, Merge.SET, Privacy.PERSONAL, "", "")
SEALED_SHAPE = frozenset({"hint", "v"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open conflict of the change's author on one field: what he said last."""

    id: str
    incoming: Any


@dataclass(frozen=True, slots=True)
class Lost:
    """A field that lost the race: both values are kept. `updates` names his open conflict, if any."""

    field: str
    base: Any
    current: Any
    incoming: Any
    updates: str | None = None


@dataclass(slots=True)
class Merged:
    """`patch` what is written, `data` the result, `lost` what waits for the office, `kept` what policy
    `current` left out (it stands in the history), `same` fields that already agreed, `agreed` the author's open
    conflicts whose dispute this ends, `flags` for the verdict."""

    data: dict[str, Any]
    patch: dict[str, Patch] = field(default_factory=dict)
    lost: list[Lost] = field(default_factory=list)
    kept: dict[str, Any] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    agreed: list[str] = field(default_factory=list)
    raced: bool = False  # a value had moved since the person saw it
    flags: list[str] = field(default_factory=list)


def merge(
    rtype: RecordType,
    data: Mapping[str, Any],
    change: Change,
    waiting: Mapping[str, Sequence[Waiting]],
    newest_schema: int,
) -> Merged:
    """Lay the patches of a change over the data. Raises InvalidChange naming the field."""
    out = Merged(dict(data))
    known_codes = change.schema <= newest_schema
    for name, patch in change.set.items():
        rule = rtype.fields.get(name)
        if rule is None:
            out.flags.append(name)
            _scalar(out, UNKNOWN, name, _canonical_patch(UNKNOWN, name, patch, False), waiting.get(name, ()))
        elif rule.merge is Merge.SET:
            _set_patch(out, rule, name, patch, known_codes)
        elif rule.merge not in (Merge.DERIVED, Merge.STATE):
            _scalar(out, rule, name, _canonical_patch(rule, name, patch, known_codes), waiting.get(name, ()))
    for name in {**change.add, **change.remove}:
        rule = rtype.fields.get(name, UNKNOWN_SET)
        if rule.merge is not Merge.SET or not isinstance(out.data.get(name, []), list):
            raise InvalidChange("not_set", name)
        if rule is UNKNOWN_SET:
            out.flags.append(name)
        add = _canonical(rule, name, change.add.get(name, []), known_codes) or []
        remove = _canonical(rule, name, change.remove.get(name, []), False) or []
        _elements(out, name, set(add), set(remove) - set(add))
    return out


def same_value(a: Any, b: Any) -> bool:
    """Equality of canonical values; sealed ones are equal when their `v` is."""
    if _is_sealed(a) and _is_sealed(b):
        return bool(a["v"] == b["v"])
    return type(a) is type(b) and bool(a == b)


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and "v" in value and value.keys() <= SEALED_SHAPE


def _canonical(rule: Field, name: str, value: Any, known_codes: bool) -> Any:
    try:
        return canonical(rule, value, known_codes=known_codes)
    except InvalidValue as error:
        raise InvalidChange(error.code, name) from None


def _canonical_patch(rule: Field, name: str, patch: Patch, known_codes: bool) -> Patch:
    if rule.kind is Kind.SEALED:  # made canonical before, with the keys
        return patch
    to = _canonical(rule, name, patch.to, known_codes)
    return Patch(_seen(rule, patch.frm), to)


def _seen(rule: Field, value: Any) -> Any:
    """What the person saw is evidence: one that cannot be read only means that it cannot match."""
    try:
        return canonical(rule, value, known_codes=False)
    except InvalidValue:
        return value


def _scalar(out: Merged, rule: Field, name: str, patch: Patch, waiting: Sequence[Waiting]) -> None:
    current = out.data.get(name)
    own = next((w.id for w in waiting if same_value(w.incoming, patch.frm)), None)
    if same_value(current, patch.to):
        out.same.append(name)
        out.raced = out.raced or not same_value(current, patch.frm)
        out.agreed += [own] if own is not None else []
    elif same_value(current, patch.frm):
        _write(out, name, patch.to)
    else:
        _race(out, rule, name, patch, own)


def _race(out: Merged, rule: Field, name: str, patch: Patch, own: str | None) -> None:
    """Current is neither what the person saw nor what he wrote. `own`: his open conflict that he typed over."""
    current = out.data.get(name)
    out.raced = True
    policy = _policy(rule, current, patch.to)
    if policy is Merge.INCOMING:
        _write(out, name, patch.to)
        out.agreed += [own] if own is not None else []
    elif policy is Merge.CURRENT:
        out.kept[name] = patch.to
    else:
        out.lost.append(Lost(name, patch.frm, current, patch.to, own))


def _policy(rule: Field, current: Any, to: Any) -> Merge:
    """A point closer to the current one than the tolerance is the same place seen again: no review."""
    if rule.kind is not Kind.POINT or rule.tolerance_m is None:
        return rule.merge
    if current is None or to is None or metres_between(current, to) > rule.tolerance_m:
        return Merge.REVIEW
    return Merge.INCOMING


def _set_patch(out: Merged, rule: Field, name: str, patch: Patch, known_codes: bool) -> None:
    """A set sent whole: what was added and removed is the difference to what the person saw."""
    to = set(_canonical(rule, name, patch.to, known_codes) or [])
    seen = _seen(rule, patch.frm) or []
    frm = {e for e in seen if isinstance(e, str)} if isinstance(seen, list) else set()
    _elements(out, name, to - frm, frm - to)


def _elements(out: Merged, name: str, add: set[str], remove: set[str]) -> None:
    before = set(out.data.get(name) or [])
    after = (before - remove) | add
    if after == before:
        out.same.append(name)
    else:
        _write(out, name, sorted(after) or None)


def _write(out: Merged, name: str, to: Any) -> None:
    out.patch[name] = Patch(out.patch[name].frm if name in out.patch else out.data.get(name), to)
    if to is None:
        out.data.pop(name, None)
    else:
        out.data[name] = to
