"""Cursors and acknowledgements: opaque to clients, checked here. A good MAC shows that we made it."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

_MAC_BYTES = 16


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a scope's feed: `seq` read so far, and the greatest mark at or below it."""

    scope: str
    seq: int
    mark: int
    tag: str
    timeline: str


@dataclass(frozen=True, slots=True)
class Ack:
    """What a device was last told: the highest n with a verdict, on a timeline."""

    device: str
    have_n: int
    timeline: str


def pack(key: bytes, value: Cursor | Ack) -> str:
    body = json.dumps([type(value).__name__, *asdict(value).values()], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(key, body) + body).decode().rstrip("=")


def unpack(key: bytes, text: Any, kind: type[Cursor] | type[Ack]) -> Any:
    """The value, or None when we did not make it (bad MAC, other kind, anything else)."""
    if not isinstance(text, str) or len(text) > 1024 or not text.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(key, body)):
        return None
    name, *values = json.loads(body)
    return kind(*values) if name == kind.__name__ else None


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:_MAC_BYTES]


def xor_hex(digest: int) -> str:
    """The 64-bit digest, kept signed in the database, as 16 hex digits."""
    return f"{digest & 0xFFFF_FFFF_FFFF_FFFF:016x}"


def signed(rev: str) -> int:
    """A rev's 64 bits as the signed integer that databases keep."""
    value = int(rev, 16)
    return value - (1 << 64) if value >= 1 << 63 else value
