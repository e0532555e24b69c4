"""Kinds of field, how each merges, and how private it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What a value looks like on the wire (PROTOCOL.md, "Canonical values")."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    ENUM = "enum"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"
    POINT = "point"
    SET = "set"
    REFERENCE = "reference"
    PHOTOS = "photos"
    SEALED = "sealed"
    STATE = "state"
    DERIVED = "derived"


class Merge(StrEnum):
    """What happens when two people changed the same value from the same start."""

    REVIEW = "review"  # current stays, a person at the office decides
    INCOMING = "incoming"  # the later arrival wins, the old value stands in the history
    CURRENT = "current"  # the earlier arrival stays, the later one stands in the history
    SET = "set"
    STATE = "state"
    DERIVED = "derived"


class Privacy(IntEnum):
    """0 public, 1 internal, 2 personal (masked in lists), 3 sensitive."""

    PUBLIC = 0
    INTERNAL = 1
    PERSONAL = 2
    SENSITIVE = 3


@dataclass(frozen=True, slots=True)
class Code:
    """One value of an enum or set: `number` is the code used in exports by the national standards."""

    zh: str
    en: str
    number: str = ""


Codes = Mapping[str, Code]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record type. `max`: UTF-8 bytes for texts, how many for photos, the greatest number otherwise."""

    kind: Kind
    merge: Merge
    privacy: Privacy
    zh: str
    en: str
    required: bool = False
    codes: Codes = field(default_factory=dict)
    max: int | None = None
    target: str | None = None  # a reference's record type; None where several fit
    tolerance_m: float | None = None  # a point closer than this is the same place
    check: str | None = None  # a named check of values.py: phone, id_number
    indexed: bool = False  # a reference the server keeps a look-up of
