"""Short words for tests that push: what phones and desks send, and what they are told."""

from base64 import b64encode, urlsafe_b64encode
from os import urandom
from typing import Any
from uuid import uuid4

import orjson
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import MetaData, text

from server.services.sealing import INFO, key_id, public_point
from server.services.transactions import read
from tests.pictures import sha256
from tests.places import G1, Device, Place, change, home


def brief(verdicts: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    return [(v["status"], v.get("reason")) for v in verdicts]


def new(type_: str, scope: str = G1, record: str | None = None, **sets: Any) -> dict[str, Any]:
    return change("create", type_, record or str(uuid4()), scope, sets=sets)


def edit(row: dict[str, Any], **sets: Any) -> dict[str, Any]:
    """A change of some fields of a row as it was seen: `from` is what stands in it."""
    patches = {n: v if isinstance(v, tuple) else (row["data"].get(n), v) for n, v in sets.items()}
    return change("update", row["type"], row["id"], row["scope"], base=row["rev"], sets=patches)


def act(op: str, row: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return change(op, row["type"], row["id"], row["scope"], base=row["rev"], **parts)


def step(row: dict[str, Any], action: str, seen: str | None = None, **args: Any) -> dict[str, Any]:
    return act("transition", row, transition={"action": action, "from": seen, "args": args})


def settle(item: dict[str, Any], choose: str, *, shown: bool = False, **more: Any) -> dict[str, Any]:
    """A desk's choice about a conflict or parked change; `shown`: as it looked."""
    made = change("resolve", item["type"], item["id"], item["scope"], base=item["rev"] if shown else None)
    return made | {"resolve": {"choose": choose} | more}


def household(device: Device, scope: str = G1, room: str = "301") -> dict[str, Any]:
    """The row of a new household, as its maker's phone got it."""
    verdicts = device.push(*home(scope, room)[0])
    assert brief(verdicts) == [("applied", None)] * 3
    return verdicts[2]["row"]


def row(place: Place, record: str) -> dict[str, Any]:
    """The record's wire row as it is stored now."""
    with read(place.world) as conn:
        found = conn.execute(text("SELECT row, live FROM record WHERE id = :id"), {"id": record}).one()
    return orjson.loads(found.row) | {"live": bool(found.live)}


def told(device: Device, type_: str | None = None) -> list[dict[str, Any]]:
    """The live rows of the person's own scope: conflicts, parked changes, follow-ups."""
    scope = f"user:{device.place.accounts[device.name]}"
    page = device.pull({scope: None})[0]
    return [r for r in page["rows"] if r["live"] and type_ in (None, r["type"])]


def one(found: list[Any]) -> Any:
    assert len(found) == 1, found
    return found[0]


def dump(place: Place) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    tables = MetaData()
    with read(place.world) as conn:
        tables.reflect(conn)
        return {name: [dict(r._mapping) for r in conn.execute(table.select())] for name, table in tables.tables.items()}


def counted(place: Place, table: str) -> int:
    with read(place.world) as conn:
        return conn.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


def seal(place: Place, change: dict[str, Any]) -> dict[str, Any]:
    """As a phone does it, with nothing but the catalogue's public point."""
    return {"id": change["id"], "n": change["n"]} | envelope(place, change["id"], change)


def seal_photo(place: Place, photo: str, data: bytes, /, **said: Any) -> bytes:
    """A picture as a phone keeps and sends it; `said` goes into its head."""
    secret, nonce, about = AESGCM.generate_key(256), urandom(12), f"photo:{photo}"
    inside = {"sha256": sha256(data), "mime": "image/jpeg", "place": None, "secret": b64encode(secret).decode()}
    head = orjson.dumps(envelope(place, about, inside | said))
    return head + b"\n" + nonce + AESGCM(secret).encrypt(nonce, data, about.encode())


def envelope(place: Place, about: str, inside: dict[str, Any]) -> dict[str, str]:
    point = public_point(place.world.keys.sealing)
    own = ec.generate_private_key(ec.SECP256R1())
    ephemeral = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    secret = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))
    key = HKDF(hashes.SHA256(), 32, ephemeral, INFO).derive(secret)
    nonce = urandom(12)
    box = ephemeral + nonce + AESGCM(key).encrypt(nonce, orjson.dumps(inside), about.encode())
    return {"key": key_id(point), "box": urlsafe_b64encode(box).decode()}
