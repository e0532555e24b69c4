"""The API's description as JSON, and a page of our own to read it."""

from pathlib import Path

from flask import Blueprint, Response, current_app

from server.api.answers import answer
from server.api.auth import ANYONE, open_to
from server.api.describe import PREFIX
from server.api.files import file_answer

blp = Blueprint("reference", __name__, url_prefix=PREFIX)
PAGES = Path(__file__).parent / "pages"


@blp.get("/openapi.json")
@open_to(ANYONE)
def openapi() -> Response:
    return answer(current_app.extensions["description"])


@blp.get("/docs")
@open_to(ANYONE)
def docs() -> Response:
    return file_answer(PAGES / "reference.html", "text/html", "no-cache")


@blp.get("/docs/reference.js")
@open_to(ANYONE)
def script() -> Response:
    return file_answer(PAGES / "reference.js", "text/javascript", "no-cache")


@blp.get("/docs/reference.css")
@open_to(ANYONE)
def style() -> Response:
    return file_answer(PAGES / "reference.css", "text/css", "no-cache")
