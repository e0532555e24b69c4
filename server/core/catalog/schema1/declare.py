"""Short words for declaring fields; one function a kind. `p` is the privacy level 0..3."""

from collections.abc import Mapping

from server.core.catalog.fields import Code, Codes, Field, Kind, Merge, Privacy

L, R = Merge.INCOMING, Merge.REVIEW
TEXT_BYTES = 4096


def codes(table: Mapping[str, tuple[str, str, str]]) -> Codes:
    """`{code: (zh, en, export number)}` as the catalogue keeps it."""
    return {name: Code(zh, en, number) for name, (zh, en, number) in table.items()}


def text(zh: str, en: str, merge: Merge = L, p: int = 1, *, max: int = 200, required: bool = False,
         check: str | None = None) -> Field:
    return Field(Kind.TEXT, merge, Privacy(p), zh, en, required, max=max, check=check)


def long_text(zh: str, en: str, merge: Merge = L, p: int = 1, *, required: bool = False,
              max: int = TEXT_BYTES) -> Field:
    return Field(Kind.LONG_TEXT, merge, Privacy(p), zh, en, required, max=max)


def enum(zh: str, en: str, table: Mapping[str, tuple[str, str, str]], merge: Merge = L, p: int = 1, *,
         required: bool = False) -> Field:
    return Field(Kind.ENUM, merge, Privacy(p), zh, en, required, codes=codes(table))


def many(zh: str, en: str, table: Mapping[str, tuple[str, str, str]], p: int = 2) -> Field:
    """A set; with an empty table any short text is an element (ids, local codes)."""
    return Field(Kind.SET, Merge.SET, Privacy(p), zh, en, codes=codes(table), max=200)


def integer(zh: str, en: str, merge: Merge = L, p: int = 1, *, max: int = 1_000_000) -> Field:
    return Field(Kind.INTEGER, merge, Privacy(p), zh, en, max=max)


def decimal(zh: str, en: str, merge: Merge = L, p: int = 1) -> Field:
    return Field(Kind.DECIMAL, merge, Privacy(p), zh, en)


def boolean(zh: str, en: str, merge: Merge = L, p: int = 1) -> Field:
    return Field(Kind.BOOLEAN, merge, Privacy(p), zh, en)


def date(zh: str, en: str, merge: Merge = L, p: int = 1, *, required: bool = False) -> Field:
    return Field(Kind.DATE, merge, Privacy(p), zh, en, required)


def time(zh: str, en: str, merge: Merge = L, p: int = 1, *, required: bool = False) -> Field:
    return Field(Kind.TIME, merge, Privacy(p), zh, en, required)


def point(zh: str, en: str, merge: Merge = L, p: int = 1, *, tolerance_m: float = 20.0) -> Field:
    return Field(Kind.POINT, merge, Privacy(p), zh, en, tolerance_m=tolerance_m)


def reference(zh: str, en: str, target: str | None, merge: Merge = L, p: int = 1, *, required: bool = False,
              indexed: bool = False) -> Field:
    return Field(Kind.REFERENCE, merge, Privacy(p), zh, en, required, target=target, indexed=indexed)


def photos(zh: str, en: str, p: int = 1) -> Field:
    return Field(Kind.PHOTOS, Merge.SET, Privacy(p), zh, en, max=9)


def sealed(zh: str, en: str, check: str) -> Field:
    return Field(Kind.SEALED, R, Privacy.SENSITIVE, zh, en, check=check, max=64)


def state(zh: str, en: str, table: Mapping[str, tuple[str, str, str]]) -> Field:
    return Field(Kind.STATE, Merge.STATE, Privacy.INTERNAL, zh, en, codes=codes(table))


def derived(zh: str, en: str, p: int = 1, table: Mapping[str, tuple[str, str, str]] | None = None) -> Field:
    """Computed by the server; stripped from changes."""
    return Field(Kind.DERIVED, Merge.DERIVED, Privacy(p), zh, en, codes=codes(table or {}))
