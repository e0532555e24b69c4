"""Every problem the API can answer with: code, HTTP status, title. One list, so that clients can rely on it."""

from dataclasses import dataclass, field
from typing import Any

CODES: dict[str, tuple[int, str]] = {
    "bad_json": (400, "The body is not JSON that can be read."),
    "bad_request": (400, "The request lacks something or holds something unexpected."),
    "bad_cursor": (400, "This cursor was not made here."),
    "unauthenticated": (401, "Log in first."),
    "bad_credentials": (401, "User name or password is wrong."),
    "bad_origin": (403, "The request comes from another site."),
    "forbidden": (403, "This account may not do that."),
    "device_mismatch": (403, "The session belongs to another device."),
    "not_found": (404, "There is nothing here."),
    "awaited": (404, "This photo has not come yet."),
    "photo_missing": (404, "This photo was stored, and its file cannot be found now."),
    "method_not_allowed": (405, "This address does not take that method."),
    "slow_body": (408, "The body did not arrive in time; send it again."),
    "timeline_changed": (409, "The server's history was replaced; say hello again."),
    "device_taken": (409, "This device belongs to another user."),
    "wrong_offset": (409, "The upload stands elsewhere; ask where and go on from there."),
    "upload_gone": (410, "This upload expired; begin a new one."),
    "tus_version": (412, "Uploads speak tus 1.0.0."),
    "too_large": (413, "The request is larger than the limits allow."),
    "bad_content_type": (415, "The body is not of the kind that is taken here."),
    "bad_range": (416, "The file has no such part."),
    "photo_differs": (422, "Another photo has this id; give yours a new one."),
    "photo_refused": (422, "This file cannot be taken as a photo."),
    "wrong_hash": (422, "The file is not the one that was announced; send it from the start."),
    "upgrade": (426, "This app is too old to read; update it. Your work can still be sent."),
    "throttled": (429, "Too many attempts; wait a while."),
    "checksum_mismatch": (460, "The chunk was damaged on its way; send it again."),
    "busy": (503, "The server is busy; try again shortly."),
    "not_built": (503, "The app is not built; run ./scripts/run once."),
    "internal": (500, "The server failed; nothing was stored."),
}


@dataclass(eq=False)
class Problem(Exception):
    """A refusal of a whole request. `extra` joins the problem document; `retry_after` is in seconds."""

    code: str
    detail: str = ""
    extra: dict[str, Any] = field(default_factory=dict)
    retry_after: int | None = None

    @property
    def status(self) -> int:
        return CODES[self.code][0]

    @property
    def title(self) -> str:
        return CODES[self.code][1]
