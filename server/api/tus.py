"""Uploads by tus 1.0.0: core, creation, checksum, termination, expiration (https://tus.io/protocols/resumable-upload)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request
from werkzeug.http import http_date

from server.api import errors
from server.api.auth import ANYONE, DRAIN, actor, open_to, takes_types, world
from server.api.body import raw_body
from server.api.describe import blueprint
from server.api.photos import UPLOADS
from server.core.photos import tus
from server.core.photos.announcement import PHOTO_BYTES
from server.core.problems import Problem
from server.core.sync import values
from server.services.photos import uploading
from server.services.photos.uploading import Upload

CHUNK_TYPE = "application/offset+octet-stream"
blp = blueprint("tus", "/photos/uploads", "Uploads of photos, by tus 1.0.0")
HEADERS = {
    "Tus-Resumable": "1.0.0, in every request but OPTIONS.",
    "Upload-Length": "Bytes, as announced.",
    "Upload-Metadata": "`id` and the photo's id in base64.",
    "Upload-Offset": "Where the chunk begins.",
    "Upload-Checksum": "`sha1` or `sha256`, and the chunk's sum in base64.",
}


def headers(*names: str) -> dict[str, Any]:
    """For `blp.doc`: headers of the request, all texts."""
    parameters = [
        {"in": "header", "name": name, "schema": {"type": "string"}, "description": HEADERS[name]} for name in names
    ]
    return {"parameters": parameters}


def overridden(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """WSGI: where a link lets only GET and POST through, a header names the method that is meant."""

    def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        meant = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE", "").upper()
        if environ["REQUEST_METHOD"] == "POST" and meant in ("PATCH", "DELETE", "HEAD"):
            if environ.get("PATH_INFO", "").startswith(f"{UPLOADS}/"):
                environ["REQUEST_METHOD"] = meant
        return app(environ, start_response)

    return call


@blp.after_request
def say_version(response: Response) -> Response:
    response.headers["Tus-Resumable"] = tus.VERSION
    if response.status_code == 412:
        response.headers["Tus-Version"] = tus.VERSION
    return response


@blp.route("", methods=["OPTIONS"], provide_automatic_options=False)
@blp.alt_response(204, description="What this server speaks.")
@open_to(ANYONE)
def say_what_is_spoken() -> Response:
    """Which parts of tus are spoken here."""
    response = Response(status=204)
    response.headers["Tus-Version"] = tus.VERSION
    response.headers["Tus-Extension"] = tus.EXTENSIONS
    response.headers["Tus-Max-Size"] = str(PHOTO_BYTES)
    response.headers["Tus-Checksum-Algorithm"] = ",".join(tus.ALGORITHMS)
    return response


@blp.route("", methods=["POST"], provide_automatic_options=False)
@blp.doc(**headers("Tus-Resumable", "Upload-Length", "Upload-Metadata"))
@blp.alt_response(201, description="`Location` is the upload.")
@open_to(DRAIN)
@takes_types("")
def begin_upload() -> Response:
    """Begin, or find again, the upload of a photo that was announced."""
    tus.check_version(request.headers)
    photo = tus.metadata(request.headers.get("Upload-Metadata", "")).get("id", "")
    if not values.UUID.match(photo):
        raise Problem("bad_request", "Upload-Metadata: id and the photo's id in base64")
    size = tus.whole_number(request.headers, "Upload-Length")
    upload = uploading.start(world(), actor(), photo, size)
    response = _standing(upload, 201)
    response.headers["Location"] = f"{UPLOADS}/{upload.id}"
    return response


@blp.route("/<uuid:upload_id>", methods=["HEAD"])
@blp.doc(**headers("Tus-Resumable"))
@blp.alt_response(200, description="`Upload-Offset` says how far it has come.")
@open_to(DRAIN)
def read_upload(upload_id: UUID) -> Response:
    """How far an upload has come."""
    tus.check_version(request.headers)
    return _standing(uploading.find(world(), actor(), str(upload_id)), 200)


@blp.route("/<uuid:upload_id>", methods=["PATCH"])
@blp.doc(
    **headers("Tus-Resumable", "Upload-Offset", "Upload-Checksum"),
    requestBody={"content": {CHUNK_TYPE: {"schema": {"type": "string", "format": "binary"}}}},
)
@blp.alt_response(204, description="The chunk is taken in; after the last one the photo is stored.")
@open_to(DRAIN)
@takes_types(CHUNK_TYPE)
def append_chunk(upload_id: UUID) -> Response:
    """A chunk of at most 1 MiB. It is taken in whole or not at all."""
    tus.check_version(request.headers)
    start = tus.whole_number(request.headers, "Upload-Offset")
    data = raw_body(tus.CHUNK_MAX)
    tus.check_checksum(request.headers.get("Upload-Checksum"), data)
    try:
        return _standing(uploading.append(world(), actor(), str(upload_id), start, data), 204)
    except Problem as problem:
        response = errors.answer(problem)
        if problem.code == "wrong_offset":
            response.headers["Upload-Offset"] = str(problem.extra["offset"])
        return response


@blp.route("/<uuid:upload_id>", methods=["DELETE"])
@blp.doc(**headers("Tus-Resumable"))
@blp.alt_response(204, description="The upload is given up.")
@open_to(DRAIN)
@takes_types("")
def end_upload(upload_id: UUID) -> Response:
    """Give an upload up; the photo may be sent in another one."""
    tus.check_version(request.headers)
    uploading.end(world(), actor(), str(upload_id))
    return Response(status=204)


def _standing(upload: Upload, status: int) -> Response:
    response = Response(status=status)
    response.headers["Upload-Offset"] = str(upload.at)
    response.headers["Upload-Length"] = str(upload.bytes)
    response.headers["Upload-Expires"] = http_date(datetime.fromisoformat(upload.expires_at))
    return response
