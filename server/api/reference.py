"""The API's description as JSON, and a page of our own to read it."""

from pathlib import Path

from flask import Blueprint, Response, current_app, send_file

from server.api.answers import answer
from server.api.auth import ANYONE, open_to
from server.api.describe import PREFIX

blp = Blueprint("reference", __name__, url_prefix=PREFIX)
PAGES = Path(__file__).parent / "pages"


@blp.get("/openapi.json")
@open_to(ANYONE)
def openapi() -> Response:
    return answer(current_app.extensions["description"])


@blp.get("/docs")
@open_to(ANYONE)
def docs() -> Response:
    return _page("reference.html", "text/html")


@blp.get("/docs/reference.js")
@open_to(ANYONE)
def script() -> Response:
    return _page("reference.js", "text/javascript")


def _page(name: str, kind: str) -> Response:
    response = send_file(PAGES / name, mimetype=kind, conditional=True)
    response.headers["Cache-Control"] = "no-cache"
    return response
