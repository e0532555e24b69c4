"""A phone that sends photos, over a Flask test client."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.pictures import sha256

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {"Content-Type": "application/offset+octet-stream"}
UPLOADS = "/api/v1/photos/uploads"


def announcement(data: bytes, **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "sha256": sha256(data), "bytes": len(data), "mime": "image/jpeg", "record": str(uuid4()),
        "field": "photos_before", "taken_at": "2026-11-20T09:00:00+08:00", "place": None,
    } | said  # fmt: skip


@dataclass
class Sender:
    """`more` are headers of every request, such as a drain token."""

    client: Any
    more: dict[str, str]

    def announce(self, said: dict[str, Any]):
        return self.client.post("/api/v1/photos", json=said, headers=self.more)

    def begin(self, photo: str, size: int, **headers: str):
        metadata = f"id {base64.b64encode(photo.encode()).decode()}"
        said = TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata}
        return self.client.post(UPLOADS, headers=said | self.more | headers)

    def head(self, url: str):
        return self.client.head(url, headers=TUS | self.more)

    def patch(self, url: str, start: int, data: bytes, **headers: str):
        said = TUS | CHUNK | {"Upload-Offset": str(start)}
        return self.client.patch(url, data=data, headers=said | self.more | headers)

    def send(self, data: bytes, chunk: int = 1_048_576, **said: Any):
        """Announce and upload; (the photo's id, the last answer)."""
        wanted = announcement(data, **said)
        answer = self.announce(wanted)
        assert answer.status_code == 200, answer.text
        if answer.json["state"] != "wanted":
            return wanted["id"], answer
        begun = self.begin(wanted["id"], len(data))
        assert begun.status_code == 201, begun.text
        url = begun.headers["Location"]
        for start in range(0, max(len(data), 1), chunk):
            answer = self.patch(url, start, data[start : start + chunk])
            if answer.status_code != 204:
                break
        return wanted["id"], answer


def checksum(algorithm: str, data: bytes) -> dict[str, str]:
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"}
