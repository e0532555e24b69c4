"""Short words for tests that send photos straight to the services."""

from typing import Any
from uuid import uuid4

from server.adapters.storage import photos
from server.core.photos.announcement import read_announcement
from server.core.problems import Problem
from server.services.photos import announcing, uploading
from server.services.transactions import read
from tests.pictures import sha256
from tests.places import G1, Device, Place, change

UPLOADS = "/uploads"


def announcement(data: bytes, **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "sha256": sha256(data), "bytes": len(data), "mime": "image/jpeg", "record": str(uuid4()),
        "field": "photos_before", "taken_at": None, "place": None,
    } | said  # fmt: skip


def announce(device: Device, said: dict[str, Any], **actor: Any) -> dict[str, Any]:
    from dataclasses import replace

    who = replace(device.actor(), **actor)
    return announcing.announce(device.place.world, who, read_announcement(said), UPLOADS)


def begin(device: Device, said: dict[str, Any]) -> str:
    return uploading.start(device.place.world, device.actor(), said["id"], said["bytes"]).id


def append(device: Device, upload: str, offset: int, data: bytes) -> int:
    return uploading.append(device.place.world, device.actor(), upload, offset, data).at


def stands_at(device: Device, upload: str) -> int:
    return uploading.find(device.place.world, device.actor(), upload).at


def send(device: Device, data: bytes, chunk: int = 1_048_576, **said: Any) -> str:
    """The id of a photo that was announced and uploaded. Raises Problem."""
    wanted = announcement(data, **said)
    if announce(device, wanted)["state"] == "wanted":
        upload = begin(device, wanted)
        for start in range(0, len(data), chunk):
            append(device, upload, start, data[start : start + chunk])
    return wanted["id"]


def code(act: Any, *arguments: Any, **more: Any) -> str | None:
    """The code of the problem that it raises."""
    try:
        act(*arguments, **more)
    except Problem as problem:
        return problem.code
    return None


def row(place: Place, photo: str) -> photos.Photo | None:
    with read(place.world) as conn:
        return photos.read(conn, [photo]).get(photo)


def issue(device: Device, scope: str = G1, **photo_ids: list[str]) -> dict[str, Any]:
    """The row of a new issue that names photos."""
    sets = {"item_code": "0202", "title": "井盖"}
    step = {"action": "submit", "from": None, "args": {}}
    verdict = device.push(change("create", "issue", str(uuid4()), scope, sets=sets, add=photo_ids, transition=step))[0]
    assert verdict["status"] == "applied", verdict
    return verdict["row"]
