"""How changes and patches are kept: a codec byte, then the content, so that the way of keeping can change later."""

import hashlib
import json
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.core.catalog.roles import PRIVATE_TYPES

PLAIN, BOXED = b"\x01", b"\x02"
_NONCE = 12
FORGOTTEN = "forgotten"  # names of fields that were taken out of a payload on purpose


def to_json(value: Any) -> bytes:
    """Compact JSON; what UTF-8 cannot carry (a lone surrogate) is written as an escape."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return json.dumps(value, separators=(",", ":"), default=str).encode()


def keep(value: Any) -> bytes:
    return PLAIN + to_json(value)


def keep_boxed(value: Any, key: bytes, nonce: bytes) -> bytes:
    """For content that may hold what must not be in clear: a change that could not be read."""
    return BOXED + nonce + AESGCM(key).encrypt(nonce, to_json(value), b"change")


def open_kept(kept: bytes, key: bytes) -> Any:
    kept = bytes(kept)
    if kept[:1] == PLAIN:
        return json.loads(kept[1:])
    return json.loads(AESGCM(key).decrypt(kept[1 : 1 + _NONCE], kept[1 + _NONCE :], b"change"))


def shown_to_desks(raw: dict[str, Any]) -> dict[str, Any]:
    """A change as whoever settles it may see it: of what only its author may read, not the content."""
    return raw | {"set": {}} if raw.get("type") in tuple(PRIVATE_TYPES) else raw


def fingerprint(value: Any, key: bytes) -> str:
    """A keyed hash of a payload: tells whether two are the same and reveals neither."""
    return hashlib.blake2b(to_json(value), key=key, digest_size=32).hexdigest()
