"""A change as it came, read into a typed value: the envelope of PROTOCOL.md, "A change"."""

import re
from dataclasses import dataclass, field
from typing import Any

from server.core.sync.decode import MAX_INTEGER, unreadable
from server.core.sync.values import UUID, InvalidValue, time_text

OPS = frozenset({"create", "update", "delete", "undelete", "transition", "move", "resolve"})
SCOPE = re.compile(r"((grid|org|unit|user):[0-9a-f-]{36}|config)\Z")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")


class InvalidChange(ValueError):
    """Why a change cannot be understood: `code` is what clients translate, `field` where it is."""

    def __init__(self, code: str, field_name: str | None = None) -> None:
        super().__init__(code)
        self.code, self.field = code, field_name

    def message(self) -> dict[str, Any]:
        return {"code": self.code} | ({"field": self.field} if self.field else {})


@dataclass(frozen=True, slots=True)
class Patch:
    """What a person did to one scalar field: what he saw and what he wrote."""

    frm: Any
    to: Any


@dataclass(frozen=True, slots=True)
class Change:
    id: str
    op: str
    type: str
    record: str
    scope: str
    schema: int
    n: int | None = None
    group: str | None = None
    base_rev: str | None = None
    base_timeline: str | None = None
    at: str | None = None  # the device's clock, as evidence
    offset_ms: int | None = None  # that clock minus the server's, where the device knew
    set: dict[str, Patch] = field(default_factory=dict)
    add: dict[str, list[Any]] = field(default_factory=dict)
    remove: dict[str, list[Any]] = field(default_factory=dict)
    transition: dict[str, Any] | None = None
    move: dict[str, Any] | None = None
    resolve: dict[str, Any] | None = None


def usable_id(raw: Any) -> str | None:
    """The id of a raw change, or None when the server cannot answer under it."""
    value = raw.get("id") if isinstance(raw, dict) else None
    return value if isinstance(value, str) and UUID.match(value) else None


def usable_n(raw: Any) -> int | None:
    value = raw.get("n") if isinstance(raw, dict) else None
    ok = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_INTEGER
    return value if ok else None


def group_of(raw: Any) -> str | None:
    value = raw.get("group") if isinstance(raw, dict) else None
    return value if isinstance(value, str) and 0 < len(value) <= 64 else None


def read_change(raw: Any) -> Change:
    """The typed change. Raises InvalidChange; values are still as they came."""
    if not isinstance(raw, dict):
        raise InvalidChange("not_object")
    if unreadable(raw):
        raise InvalidChange("unreadable")
    op = raw.get("op")
    if not isinstance(op, str) or op not in OPS:
        raise InvalidChange("unknown_op", "op")
    return Change(
        id=_uuid(raw, "id"),
        op=op,
        type=_matching(raw, "type", NAME),
        record=_uuid(raw, "record"),
        scope=_matching(raw, "scope", SCOPE),
        schema=_schema(raw),
        n=usable_n(raw),
        group=group_of(raw),
        base_rev=_base(raw, "rev"),
        base_timeline=_base(raw, "timeline"),
        at=_at(raw),
        offset_ms=_offset(raw),
        set=_patches(raw),
        add=_elements(raw, "add"),
        remove=_elements(raw, "remove"),
        transition=_part(raw, "transition", op in ("transition",), "action"),
        move=_part(raw, "move", op == "move", "to"),
        resolve=_part(raw, "resolve", op == "resolve", "choose"),
    )


def _uuid(raw: dict[str, Any], key: str) -> str:
    return _matching(raw, key, UUID)


def _matching(raw: dict[str, Any], key: str, pattern: re.Pattern[str]) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not pattern.match(value):
        raise InvalidChange("bad_" + key, key)
    return value


def _schema(raw: dict[str, Any]) -> int:
    """The schema the author knew, also where an upcaster has rewritten the change since."""
    value = raw.get("schema")
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10_000:
        raise InvalidChange("bad_schema", "schema")
    sent = raw.get("sent_schema")
    return sent if isinstance(sent, int) and not isinstance(sent, bool) and 0 < sent < value else value


def _base(raw: dict[str, Any], key: str) -> str | None:
    base = raw.get("base")
    if base is None:
        return None
    value = base.get(key) if isinstance(base, dict) else None
    if not isinstance(value, str) or len(value) > 64:
        raise InvalidChange("bad_base", "base")
    return value


def _at(raw: dict[str, Any]) -> str | None:
    """The device's clock is evidence: one that cannot be read is left out, never a reason to refuse."""
    at = raw.get("at")
    try:
        return time_text(at.get("wall")) if isinstance(at, dict) else None
    except InvalidValue:
        return None


def _offset(raw: dict[str, Any]) -> int | None:
    at = raw.get("at")
    value = at.get("offset_ms") if isinstance(at, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER else None


def _patches(raw: dict[str, Any]) -> dict[str, Patch]:
    values = _named(raw, "set")
    for name, patch in values.items():
        if not isinstance(patch, dict) or "to" not in patch:
            raise InvalidChange("bad_patch", name)
    return {name: Patch(patch.get("from"), patch["to"]) for name, patch in values.items()}


def _elements(raw: dict[str, Any], key: str) -> dict[str, list[Any]]:
    values = _named(raw, key)
    for name, elements in values.items():
        if not isinstance(elements, list):
            raise InvalidChange("bad_patch", name)
    return values


def _named(raw: dict[str, Any], key: str) -> dict[str, Any]:
    values = raw.get(key)
    if values is None:
        return {}
    if not isinstance(values, dict) or not all(NAME.match(name) for name in values):
        raise InvalidChange("bad_" + key, key)
    return values


def _part(raw: dict[str, Any], key: str, required: bool, needs: str) -> dict[str, Any] | None:
    value = raw.get(key)
    if value is None and not required:
        return None
    if not isinstance(value, dict) or not isinstance(value.get(needs), str):
        raise InvalidChange("bad_" + key, key)
    return value
