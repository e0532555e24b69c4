"""What a device says of a photo before it sends it (PROTOCOL.md, "Photos")."""

import re
from dataclasses import dataclass
from typing import Any, Final

from server.core.catalog.fields import Field, Kind, Merge, Privacy
from server.core.photos.segments import MIMES
from server.core.problems import Problem
from server.core.sync.change import NAME
from server.core.sync.values import UUID, InvalidValue, canonical, time_text

PHOTO_BYTES: Final = 10_485_760
SEALED: Final = "application/x-grid-sealed"  # encrypted to the server's key; what it holds shows when it has come
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_MIME = re.compile(r"[a-z0-9.+/-]{1,64}\Z")
_PLACE = Field(Kind.POINT, Merge.INCOMING, Privacy.SENSITIVE, "", "")


@dataclass(frozen=True, slots=True)
class Announcement:
    """`taken_at` is the device's clock, as evidence; `place` a point that somebody attached, or None."""

    id: str
    sha256: str
    bytes: int
    mime: str
    record: str
    field: str
    taken_at: str | None
    place: dict[str, str] | None

    def refusal(self) -> str | None:
        """Why such a photo need not be sent at all (REASONS), or None."""
        if self.mime not in (*MIMES, SEALED):
            return "format"
        if self.bytes == 0:
            return "empty"
        return "too_large" if self.bytes > PHOTO_BYTES else None


def read_announcement(body: dict[str, Any]) -> Announcement:
    """Raises Problem bad_request, naming what is wrong."""
    size = body.get("bytes")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Problem("bad_request", "bytes: a whole number")
    return Announcement(
        id=_matching(body, "id", UUID),
        sha256=_matching(body, "sha256", _HASH),
        bytes=size,
        mime=_matching(body, "mime", _MIME),
        record=_matching(body, "record", UUID),
        field=_matching(body, "field", NAME),
        taken_at=_taken_at(body.get("taken_at")),
        place=read_place(body.get("place")),
    )


def _matching(body: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not pattern.match(value):
        raise Problem("bad_request", f"{name} is missing or not of its form")
    return value


def _taken_at(value: Any) -> str | None:
    try:
        return None if value is None else time_text(value)
    except InvalidValue:
        raise Problem("bad_request", "taken_at: a time, RFC 3339") from None


def read_place(value: Any) -> dict[str, str] | None:
    """A canonical point, None for none. Raises Problem bad_request."""
    try:
        point: dict[str, str] | None = canonical(_PLACE, value)
    except InvalidValue:
        raise Problem("bad_request", "place: {lon, lat, accuracy_m?}") from None
    return point
