"""What the app draws its map on: where tiles are, and the one file of them that phones may keep."""

from pathlib import Path
from typing import Any

from flask import Response, current_app, url_for

from server.api.answers import answer
from server.api.auth import PERSON, open_to
from server.api.describe import blueprint
from server.api.files import part_answer, tag_of
from server.api.schemas import MapAnswer
from server.config import Config
from server.core.problems import Problem

KIND = "application/vnd.pmtiles"
# The tag says when it changed; parts that were read today are not fetched again.
CACHE = "private, max-age=86400"

blp = blueprint("map", "/map", "What the app draws its map on")


@blp.route("", methods=["GET"])
@blp.alt_response(200, schema=MapAnswer)
@open_to(PERSON)
def read_map() -> Response:
    """Where map tiles come from, as the server is set up; null: there are none, and a map needs none."""
    return answer({"tiles": _tiles()})


@blp.route("/tiles", methods=["GET"])
@blp.alt_response(200, description="The PMTiles file, whole or the one range that is asked for.")
@open_to(PERSON)
def read_tiles() -> Response:
    """Only for who is logged in: a licence for a map is often one for an organisation. Problem not_found."""
    path = _settings().tiles
    if isinstance(path, str) or not _is_pmtiles(path):
        raise Problem("not_found")
    return part_answer(path, KIND, CACHE)


def _settings() -> Config:
    return current_app.extensions["settings"]  # type: ignore[no-any-return]


def _tiles() -> dict[str, Any] | None:
    config = _settings()
    same = {"crs": config.tiles_crs, "credit": config.tiles_credit}
    if isinstance(config.tiles, str):
        return {"kind": "url", "url": config.tiles, "tag": ""} | same
    if not _is_pmtiles(config.tiles):
        return None
    return {"kind": "file", "url": url_for("map.read_tiles"), "tag": tag_of(config.tiles)} | same


def _is_pmtiles(path: Path) -> bool:
    """Whether it is a file of that kind; a copy that is half done is one too, and its reader finds out."""
    try:
        with path.open("rb") as file:
            return file.read(8) == b"PMTiles\x03"
    except OSError:
        return False
