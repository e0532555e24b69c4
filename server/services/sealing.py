"""What a locked phone hands in without being able to read it: encrypted to this server's public key.

A change is `{id, n, key, box}`: `key` names the server's key, `box` is base64url of an ephemeral P-256 point (65 bytes,
uncompressed), a nonce (12) and AES-256-GCM of the change as JSON; the AES key is HKDF-SHA-256 of the ECDH secret with
the ephemeral point as salt and `grid change 1` as info; the change's id is the associated data.

A photo is a line of JSON `{key, box}`, a line feed, a nonce (12) and AES-256-GCM of the picture with `photo:<id>` as
associated data. Its `box` is like a change's, with `photo:<id>` for the id, and holds `{sha256, mime, place, secret}`:
hash and kind of the picture, where it was taken if somebody attached that, and the AES key as base64 (32 bytes).
"""

import hashlib
import hmac
from base64 import b64decode, urlsafe_b64decode
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.photos.announcement import read_place
from server.core.problems import Problem
from server.core.sync.decode import decode_json

POINT, NONCE = 65, 12
INFO = b"grid change 1"
HEAD_BYTES = 4_096


def is_sealed(raw: Any) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("box"), str) and "op" not in raw


def public_point(scalar: bytes) -> bytes:
    """The uncompressed point that changes are sealed to."""
    public = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1()).public_key()
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_id(point: bytes) -> str:
    return hashlib.sha256(point).hexdigest()[:16]


def open_change(scalar: bytes, raw: dict[str, Any]) -> dict[str, Any] | None:
    """The change inside, with the id and n of the envelope; None when it cannot be opened with our key."""
    try:
        change = _inside(scalar, raw["box"], str(raw.get("id")))
    except (ValueError, InvalidTag, Problem):
        return None
    return change | {"id": raw.get("id"), "n": raw.get("n")}


def is_sealed_photo(file: bytes) -> bool:
    """No kind of picture begins so."""
    return file[:1] == b"{"


class Opened(NamedTuple):
    """A picture that came sealed. `place` is a canonical point or None."""

    data: bytes
    place: dict[str, str] | None


def open_photo(scalar: bytes, photo: str, file: bytes) -> Opened | None:
    """None when it cannot be opened with our key, or holds another picture than it says."""
    head, found, _ = file[:HEAD_BYTES].partition(b"\n")
    about = f"photo:{photo}"
    try:
        said = _inside(scalar, decode_json(head)["box"], about)
        start = len(head) + len(found)
        secret = b64decode(said["secret"], validate=True)
        data = AESGCM(secret).decrypt(file[start : start + NONCE], file[start + NONCE :], about.encode())
        place = read_place(said.get("place"))
    except (KeyError, TypeError, ValueError, AttributeError, InvalidTag, Problem):
        return None
    return (
        Opened(data, place) if hmac.compare_digest(hashlib.sha256(data).hexdigest(), str(said.get("sha256"))) else None
    )


def _inside(scalar: bytes, text: str, about: str) -> dict[str, Any]:
    """Raises ValueError, InvalidTag, Problem."""
    box = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    point, nonce, sealed = box[:POINT], box[POINT : POINT + NONCE], box[POINT + NONCE :]
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    secret = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1()).exchange(ec.ECDH(), theirs)
    key = HKDF(hashes.SHA256(), 32, point, INFO).derive(secret)
    return decode_json(AESGCM(key).decrypt(nonce, sealed, about.encode()))
