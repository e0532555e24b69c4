"""What the app says about the deployment it works for."""

from flask import Response, current_app

from server.api.answers import answer
from server.api.auth import ANYONE, open_to
from server.api.describe import blueprint
from server.api.schemas import AboutAnswer

blp = blueprint("about", "/about", "The deployment")


@blp.route("", methods=["GET"])
@blp.alt_response(200, schema=AboutAnswer)
@open_to(ANYONE)
def read_about() -> Response:
    """Filing number (empty: none), and days after which tracks are forgotten; nothing about people."""
    settings = current_app.extensions["settings"]
    response = answer({"filing_number": settings.filing_number, "track_days": settings.track_days})
    response.headers["Cache-Control"] = "no-cache"
    return response
