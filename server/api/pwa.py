"""The built app: pages that ask again each time, assets that never change, and nothing else.

An unknown asset is a 404, never index.html: a page in place of a script breaks a phone until it is cleared.
"""

import mimetypes
from pathlib import Path

from flask import Blueprint, Response, current_app, request
from werkzeug.routing import PathConverter
from werkzeug.security import safe_join

from server.api.auth import ANYONE, open_to
from server.api.files import file_answer
from server.core.problems import Problem


class PageConverter(PathConverter):
    """A path that is neither the API's nor a file's: an unknown one there is a 404 for every method."""

    regex = "(?!(?:api|assets|icons)(?:/|$))[^/].*?"


blp = Blueprint("pwa", __name__)
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".svg": "image/svg+xml"}


@blp.get("/")
@open_to(ANYONE)
def field() -> Response:
    """The field app; its own router knows the rest of the address."""
    return page("index.html")


@blp.get("/<page:address>")
@open_to(ANYONE)
def field_route(address: str) -> Response:
    """A page inside the field app. Addresses of the API and names of files are never one."""
    if "." in address.rpartition("/")[2]:
        raise Problem("not_found")
    return page("index.html")


@blp.get("/office", defaults={"address": ""}, strict_slashes=False)
@blp.get("/office/<path:address>")
@open_to(ANYONE)
def office(address: str) -> Response:
    """The office; likewise."""
    if "." in address.rpartition("/")[2]:
        raise Problem("not_found")
    return page("office/index.html")


@blp.get("/sw.js")
@open_to(ANYONE)
def service_worker() -> Response:
    response = page("sw.js")
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blp.get("/assets/<path:name>")
@open_to(ANYONE)
def asset(name: str) -> Response:
    """Files whose names hold a hash of their bytes."""
    return sent(name, FOREVER, "assets")


@blp.get("/icons/<path:name>")
@open_to(ANYONE)
def icon(name: str) -> Response:
    return sent(name, ASK_AGAIN, "icons")


@blp.get("/manifest.webmanifest")
@open_to(ANYONE)
def manifest() -> Response:
    return page("manifest.webmanifest")


def page(name: str) -> Response:
    return sent(name, ASK_AGAIN)


def sent(name: str, cache: str, folder: str = "") -> Response:
    """One file of the built app, compressed where the browser takes that. Problem not_found, not_built."""
    dist: Path = current_app.extensions["settings"].dist
    if not (dist / "index.html").is_file():
        raise Problem("not_built", "./scripts/run builds it; the API works without")
    found = safe_join(str(dist / folder), name)
    path = Path(found) if found and not name.endswith(".gz") else None
    if path is None or not path.is_file():
        raise Problem("not_found")
    packed = path.with_name(path.name + ".gz")
    squeezed = bool(request.accept_encodings["gzip"]) and packed.is_file()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = file_answer(packed if squeezed else path, kind, cache, encoding="gzip" if squeezed else None)
    if packed.is_file():
        response.vary.add("Accept-Encoding")
    return response
