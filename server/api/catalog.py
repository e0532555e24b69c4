"""The catalogue."""

from flask import Response, request

from server.api.answers import answer
from server.api.auth import ANYONE, open_to, world
from server.api.describe import blueprint
from server.api.schemas import CatalogAnswer
from server.services import catalog

blp = blueprint("catalog", "/catalog", "What records look like")


@blp.route("", methods=["GET"])
@blp.alt_response(200, schema=CatalogAnswer)
@open_to(ANYONE)
def read_catalog() -> Response:
    """Record types, fields, codes, workflow and roles; it holds nothing about people."""
    data, tag = catalog.wire(world())
    response = answer(data)
    # Weak: the same catalogue, compressed or not.
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    return response.make_conditional(request)
