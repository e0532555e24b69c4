"""Canonical values: one form for each value, so that comparing is equality (PROTOCOL.md, "Canonical values").

`tests/vectors/values/*.json` holds the cases that the app's canonicaliser passes too.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

from server.core.catalog.fields import Field, Kind
from server.core.catalog.times import stamp
from server.core.sync.decode import MAX_INTEGER, Unreadable

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_DECIMAL = re.compile(r"-?\d{1,15}(\.\d{1,15})?\Z", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII)
MAX_ELEMENTS = 200
MAX_PHOTOS = 9


class InvalidValue(ValueError):
    """Why a value is not of its kind: `code` is what clients translate."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def canonical(field: Field, value: Any, *, known_codes: bool = True) -> Any:
    """The canonical form, None where nothing was said. Raises InvalidValue.

    `known_codes` False lets codes pass that a newer app may know.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Unreadable):
        raise InvalidValue("unreadable")
    result = _BY_KIND[field.kind](field, value)
    if known_codes and field.codes:
        _check_codes(field, result)
    return result


def text_of(value: Any) -> str | None:
    """NFC, trimmed, line ends as \\n; None when nothing is left."""
    if not isinstance(value, str):
        raise InvalidValue("not_text")
    plain = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return plain or None


def metres_between(a: dict[str, str], b: dict[str, str]) -> float:
    """Distance of two canonical points in metres on a sphere of 6,371 km."""
    lat1, lon1, lat2, lon2 = (radians(float(x)) for x in (a["lat"], a["lon"], b["lat"], b["lon"]))
    h = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * 6_371_000 * asin(sqrt(h))


def _text(field: Field, value: Any) -> str | None:
    plain = text_of(value)
    if plain is not None and field.max is not None and len(plain.encode("utf-8", "surrogatepass")) > field.max:
        raise InvalidValue("too_long")
    return plain


def _code(_field: Field, value: Any) -> str | None:
    return text_of(value)


def _integer(field: Field, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidValue("not_integer")
    if abs(value) > MAX_INTEGER or (field.max is not None and not 0 <= value <= field.max):
        raise InvalidValue("out_of_range")
    return value


def decimal_text(value: Any, places: int | None = None) -> str:
    """A decimal as text without trailing zeros; at most `places` after the point."""
    if not _DECIMAL.match(str(value)):
        raise InvalidValue("not_decimal")
    number = Decimal(str(value)) if places is None else round(Decimal(str(value)), places)
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain in ("-0", "") else plain


def _decimal(_field: Field, value: Any) -> str:
    return decimal_text(value)


def _date(_field: Field, value: Any) -> str:
    if not isinstance(value, str) or not _DATE.match(value):
        raise InvalidValue("not_date")
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise InvalidValue("not_date") from None


def time_text(value: Any) -> str:
    """RFC 3339 in any zone, as UTC with milliseconds and Z."""
    if not isinstance(value, str) or not _TIME.match(value):
        raise InvalidValue("not_time")
    try:
        moment = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidValue("not_time") from None
    return stamp(moment)


def _time(_field: Field, value: Any) -> str:
    return time_text(value)


def _boolean(_field: Field, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidValue("not_boolean")
    return value


def _point(_field: Field, value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not {"lon", "lat"} <= value.keys() <= {"lon", "lat", "accuracy_m"}:
        raise InvalidValue("not_point")
    point = {name: decimal_text(number, 6) for name, number in value.items() if number is not None}
    if not point.keys() >= {"lon", "lat"} or abs(float(point["lon"])) > 180 or abs(float(point["lat"])) > 90:
        raise InvalidValue("out_of_range")
    return point


def _set(field: Field, value: Any) -> list[str] | None:
    if not isinstance(value, list) or len(value) > MAX_ELEMENTS:
        raise InvalidValue("not_set")
    elements = {_text(field, item) for item in value}
    return sorted(e for e in elements if e is not None) or None


def _photos(_field: Field, value: Any) -> list[str] | None:
    if not isinstance(value, list):
        raise InvalidValue("not_set")
    ids = {_reference(_field, item) for item in value}
    if len(ids) > MAX_PHOTOS:
        raise InvalidValue("too_many")
    return sorted(ids) or None


def _reference(_field: Field, value: Any) -> str:
    if not isinstance(value, str) or not UUID.match(value):
        raise InvalidValue("not_reference")
    return value


def _check_codes(field: Field, value: Any) -> None:
    for code in value if isinstance(value, list) else [value]:
        if code is not None and code not in field.codes:
            raise InvalidValue("unknown_code")


_BY_KIND: dict[Kind, Callable[[Field, Any], Any]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.ENUM: _code,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DATE: _date,
    Kind.TIME: _time,
    Kind.BOOLEAN: _boolean,
    Kind.POINT: _point,
    Kind.SET: _set,
    Kind.REFERENCE: _reference,
    Kind.PHOTOS: _photos,
    Kind.SEALED: _text,
    Kind.STATE: _code,
    Kind.DERIVED: lambda _f, v: v,
}
