"""A locked phone hands in work that it cannot read."""

from base64 import urlsafe_b64encode
from os import urandom

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.services.sealing import INFO, key_id, public_point
from tests.places import home


def seal(place, change: dict) -> dict:
    """As a phone does it, with nothing but the catalogue's public point."""
    point = public_point(place.world.keys.sealing)
    own = ec.generate_private_key(ec.SECP256R1())
    ephemeral = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    key = HKDF(hashes.SHA256(), 32, ephemeral, INFO).derive(secret)
    nonce = urandom(12)
    box = ephemeral + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(change), change["id"].encode())
    return {"id": change["id"], "n": change["n"], "key": key_id(point), "box": urlsafe_b64encode(box).decode()}


def test_a_sealed_change_is_judged_as_the_change_inside_and_replays_in_clear(place):
    device = place.device("worker1")
    changes = [device.number(c) for c in home()[0]]
    first = device.send([seal(place, c) for c in changes])["verdicts"]
    assert [v["status"] for v in first] == ["applied"] * 3
    again = device.send(changes)["verdicts"]
    assert [v["replayed"] for v in again] == [True] * 3


def test_a_box_that_cannot_be_opened_is_kept_in_quarantine(place):
    device = place.device("worker1")
    change = device.number(home()[0][0])
    broken = seal(place, change) | {"box": "AAAA"}
    verdict = device.send([broken])["verdicts"][0]
    assert (verdict["id"], verdict["status"], verdict["reason"]) == (change["id"], "quarantined", "invalid")
