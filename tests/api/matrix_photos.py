"""Photos in the access matrix: one of an issue and one of a visit in every grid, whose bytes are the secret."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from server.adapters.storage import photos
from server.services import imports
from server.services.photos import objects
from server.services.transactions import write
from tests.api.matrix_world import GRIDS, canary, ident, scope
from tests.api.uploads import Sender, announcement
from tests.pictures import of_bytes, sha256

RECORDS = {"issue": "photos_before", "visit": "photos"}
NOWHERE = "nowhere"


def secret(kind: str, place: str) -> bytes:
    """What only those may see who read the record: visits are for those who read households."""
    return f"{kind}: {canary('household' if kind == 'visit' else kind, place)}".encode()


def make(app: Any) -> None:
    """Visits, and the photos of issues and visits, stored."""
    world = app.extensions["world"]
    for place in GRIDS:
        values = {"household": ident("household", place), "result": "met", "photos": [ident("photo", "visit", place)]}
        imports.take_in(world, [imports.creation("visit", ident("visit", place), scope(place), values)])
        naming = imports.update(ident("named", place), "issue", ident("issue", place), scope(place), {})
        imports.take_in(world, [naming | {"add": {"photos_before": [ident("photo", "issue", place)]}}])
        with write(world, "test") as conn:
            for kind, field in RECORDS.items():
                data = secret(kind, place)
                name = sha256(data)
                world.photos.store.put(objects.key_of(name), data)
                photos.add(conn, photos.Photo(
                    ident("photo", kind, place), str(uuid4()), str(uuid4()), ident(kind, place), field, name, len(data),
                    "image/jpeg", None, None, "stored", None, "2026", "2026", name, len(data), name, name, 1, 1,
                ))  # fmt: skip


def may(who: Any, kind: str, place: str) -> bool:
    return place != NOWHERE and who.may_read("household" if kind == "visit" else kind, place)


def each(who: Any) -> Iterator[tuple[str, str, str, bool]]:
    for kind in RECORDS:
        for place in [*GRIDS, NOWHERE]:
            yield kind, place, ident("photo", kind, place), may(who, kind, place)


def look(matrix: Any, who: Any) -> Iterator[Any]:
    for kind, place, photo, expected in each(who):
        answer = who.client.get(f"/api/v1/photos/{photo}?size=full")
        yield f"{kind} {place}", answer, answer.status_code == 200, expected, 404


def know(matrix: Any, who: Any) -> Iterator[Any]:
    for kind, place, photo, expected in each(who):
        answer = who.client.get(f"/api/v1/photos?ids={photo}")
        yield f"{kind} {place}", answer, answer.status_code == 200 and bool(answer.json["items"]), expected, 200


def announce(matrix: Any, who: Any) -> Iterator[Any]:
    """Bytes that are known to him are not asked for; a hash alone opens nothing, and neither does an id."""
    sender = Sender(who.client, {})
    for kind, place, photo, expected in each(who):
        data = secret(kind, place)
        answer = sender.announce(announcement(data))
        yield f"{kind} {place}", answer, answer.status_code == 200 and answer.json["state"] == "stored", expected, 200
        if place == "G12":
            taken = sender.announce(announcement(data, id=photo))
            yield f"id of {kind} {place}", taken, taken.status_code == 200, expected, 422


def begin(matrix: Any, who: Any) -> Iterator[Any]:
    answer = _begun(who)
    yield "own", answer, answer.status_code == 201, who.state != "disabled", 401


def append(matrix: Any, who: Any) -> Iterator[Any]:
    """One's own upload is taken on; another's is not there."""
    for name, url in _uploads(matrix, who):
        answer = Sender(who.client, {}).patch(url, 0, of_bytes(2_000)[:1_500])
        yield name, answer, answer.status_code == 204, name == "own", 404


def end(matrix: Any, who: Any) -> Iterator[Any]:
    for name, url in _uploads(matrix, who):
        answer = who.client.delete(url, headers={"Tus-Resumable": "1.0.0"})
        yield name, answer, answer.status_code == 204, name == "own", 404


def _uploads(matrix: Any, who: Any) -> list[tuple[str, str]]:
    begun = _begun(who)
    own = [("own", begun.headers["Location"])] if begun.status_code == 201 else []
    return [*own, ("another's", matrix.upload)]


def _begun(who: Any) -> Any:
    sender, said = Sender(who.client, {}), announcement(of_bytes(2_000))
    sender.announce(said)
    return sender.begin(said["id"], said["bytes"])


def somebodys_upload(app: Any) -> str:
    """The address of an upload under way, of a person who has left."""
    from tests.api.matrix_world import PASSWORD

    client = app.test_client()
    body = {"username": "worker.active", "password": PASSWORD, "device": {"name": "x", "app": "1", "schema": 1}}
    assert client.post("/api/v1/session", json=body).status_code == 200
    sender = Sender(client, {})
    said = announcement(of_bytes(2_000))
    assert sender.announce(said).json["state"] == "wanted"
    return sender.begin(said["id"], said["bytes"]).headers["Location"]
