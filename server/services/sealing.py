"""Changes that a locked phone hands in without being able to read them: encrypted to this server's public key.

`{id, n, key, box}`: `key` names the server's key, `box` is base64url of an ephemeral P-256 point (65 bytes,
uncompressed), a nonce (12) and AES-256-GCM of the change as JSON; the AES key is HKDF-SHA-256 of the ECDH secret with
the ephemeral point as salt and `grid change 1` as info; the change's id is the associated data.
"""

import hashlib
from base64 import urlsafe_b64decode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.core.problems import Problem
from server.core.sync.decode import decode_json

POINT, NONCE = 65, 12
INFO = b"grid change 1"


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
        box = urlsafe_b64decode(raw["box"] + "=" * (-len(raw["box"]) % 4))
        point, nonce, sealed = box[:POINT], box[POINT : POINT + NONCE], box[POINT + NONCE :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        secret = ec.derive_private_key(int.from_bytes(scalar), ec.SECP256R1()).exchange(ec.ECDH(), theirs)
        key = HKDF(hashes.SHA256(), 32, point, INFO).derive(secret)
        change = decode_json(AESGCM(key).decrypt(nonce, sealed, str(raw.get("id")).encode()))
    except (ValueError, InvalidTag, Problem):
        return None
    return change | {"id": raw.get("id"), "n": raw.get("n")}
