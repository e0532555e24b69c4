"""Whether the server lives, and whether it may be sent work."""

from flask import Blueprint, Response

from server.api.answers import answer
from server.api.auth import ANYONE, open_to, world
from server.services import readiness

blp = Blueprint("health", __name__)


@blp.get("/healthz")
@open_to(ANYONE)
def healthz() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@blp.get("/readyz")
@open_to(ANYONE)
def readyz() -> Response:
    """The database answers, its tables are those of this code, and a timeline runs."""
    missing = readiness.missing(world())
    return answer({"status": "not_ready" if missing else "ok", "missing": missing}, 503 if missing else 200)
