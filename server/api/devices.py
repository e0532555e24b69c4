"""What a phone asks about itself."""

from flask import Response

from server.api.answers import answer
from server.api.auth import PERSON, actor, open_to, world
from server.api.body import json_body
from server.api.describe import blueprint, takes
from server.api.schemas import ShareAnswer, ShareBody
from server.services import devices

BODY_BYTES = 1_024
blp = blueprint("devices", "/devices", "What a phone asks about itself")


@blp.route("/share", methods=["POST"])
@blp.doc(**takes(ShareBody))
@blp.alt_response(200, schema=ShareAnswer)
@open_to(PERSON)
def give_share() -> Response:
    """The server's part of the key of this device's rows. Never given to a drain token or a revoked device."""
    return answer(devices.share(world(), actor(), json_body(BODY_BYTES).get("device")))
