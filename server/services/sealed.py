"""Sealed values (ID numbers): the clear text goes into a table of its own, encrypted; rows carry a hint and a tag."""

import hmac
import re
from collections.abc import Callable, Iterable
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server.core.catalog.records import Catalog
from server.core.sync.change import InvalidChange
from server.core.sync.values import InvalidValue, text_of
from server.services.world import Keys

SUITE_AES, KEY_ID = 1, 1
MAX_BYTES = 64
HINT = 5
UNREADABLE = {"hint": "", "v": ""}  # stands for what somebody saw and we do not keep; equal to no value
_TAG = re.compile(r"[0-9a-f]{16}\Z")


def sealed_names(catalog: Catalog, names: Iterable[str]) -> list[str]:
    """Those of the names that are sealed in any type: such a value is sealed wherever it turns up."""
    return [name for name in names if name in catalog.sealed]


def seal_raw(
    keys: Keys, nonce: Callable[[], bytes], catalog: Catalog, raw: dict[str, Any]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A change as it came, with the clear text of sealed fields replaced by `{hint, v}`, and the values to keep.

    Raises InvalidChange. Runs before anything of the change is stored, whatever its verdict will be.
    """
    for part in ("add", "remove"):
        if isinstance(raw.get(part), dict) and (names := sealed_names(catalog, raw[part])):
            raise InvalidChange("not_set", names[0])
    patches = raw["set"] if isinstance(raw.get("set"), dict) else {}
    kept = []
    for name in sealed_names(catalog, patches):
        patch = patches[name]
        if not isinstance(patch, dict):
            raise InvalidChange("bad_patch", name)
        if patch.get("to") is not None:
            to, value = seal(keys, nonce(), str(raw.get("record")), name, patch["to"])
            patch = patch | ({"to": to} if to is not None else {})
            kept += [value] if value else []
        if not _is_tag(patch.get("from")):
            patch = patch | {"from": UNREADABLE}
        raw = raw | {"set": raw["set"] | {name: patch}}
    return raw, kept


def _is_tag(seen: Any) -> bool:
    """Whether what the person saw is nothing, or a tag. Anything else, clear text above all, is not kept."""
    if is_kept(seen):  # the row's whole value, as a client might send it back
        seen = seen["v"] if len(str(seen["hint"])) <= HINT else UNREADABLE
    return seen is None or seen == "" or (isinstance(seen, str) and _TAG.match(seen) is not None)


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
