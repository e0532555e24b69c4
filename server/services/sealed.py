"""Sealed values (ID numbers): the clear text goes into a table of its own, encrypted; rows carry a hint and a tag."""

import hmac
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.core.catalog.records import RecordType
from server.core.sync.change import InvalidChange
from server.core.sync.values import InvalidValue, text_of
from server.services.world import Keys

SUITE_AES, KEY_ID = 1, 1
MAX_BYTES = 64


def seal_raw(
    keys: Keys, nonce: bytes, rtype: RecordType | None, raw: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A change as it came, with the clear text of sealed fields replaced by `{hint, v}`, and the values to keep.

    Raises InvalidChange. Runs before anything of the change is stored, whatever its verdict will be.
    """
    names = [n for n in (rtype.sealed() if rtype else ()) if isinstance(raw.get("set"), dict) and n in raw["set"]]
    kept = []
    for name in names:
        patch = raw["set"][name]
        if not isinstance(patch, dict) or patch.get("to") is None:
            continue
        to, value = seal(keys, nonce, str(raw.get("record")), name, patch["to"])
        raw = raw | {"set": raw["set"] | {name: patch | {"to": to}}}
        kept += [value] if value else []
    return raw, kept


def is_kept(value: Any) -> bool:
    """Whether a value is already `{hint, v}`: a parked change judged again, or a conflict's side."""
    return isinstance(value, dict) and set(value) == {"hint", "v"}


def seal(keys: Keys, nonce: bytes, record: str, field: str, clear: Any) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """(`{hint, v}` for the row, the row of `sealed_value`). Raises InvalidChange.

    `v` tells two values of a field apart and is the same for the same value: enough to compare and to find
    duplicates, worth nothing without the key.
    """
    try:
        plain = text_of(clear)
    except InvalidValue as error:
        raise InvalidChange(error.code, field) from None
    if plain is None:
        return None, {}
    plain = plain.upper()
    if len(plain.encode()) > MAX_BYTES:
        raise InvalidChange("too_long", field)
    place = f"sealed_value:{field}:{record}"
    v = hmac.digest(keys.blind, f"v|{field}|{plain}".encode(), "sha256").hex()[:16]
    box = AESGCM(keys.sealed).encrypt(nonce, plain.encode(), place.encode())
    kept = {
        "record": record,
        "field": field,
        "v": v,
        "blind": blind(keys, plain),
        "box": bytes([SUITE_AES, KEY_ID]) + nonce + box,
    }
    return {"hint": "…" + plain[-4:], "v": v}, kept


def blind(keys: Keys, plain: str) -> str:
    return hmac.digest(keys.blind, plain.encode(), "sha256").hex()
