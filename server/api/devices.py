"""What a phone asks about itself, and what an administrator sees of phones."""

from flask import Response, request

from server.api.answers import answer
from server.api.auth import PERSON, actor, open_to, world
from server.api.body import json_body
from server.api.describe import blueprint, query, takes
from server.api.paging import limit_of
from server.api.schemas import PageAnswer, ShareAnswer, ShareBody
from server.services import devices

BODY_BYTES = 1_024
blp = blueprint("devices", "/devices", "Phones")


@blp.route("/share", methods=["POST"])
@blp.doc(**takes(ShareBody))
@blp.alt_response(200, schema=ShareAnswer)
@open_to(PERSON)
def give_share() -> Response:
    """The server's part of the key of this device's rows. Never given to a drain token or a revoked device."""
    return answer(devices.share(world(), actor(), json_body(BODY_BYTES).get("device")))


@blp.route("", methods=["GET"])
@blp.doc(**query(user="Only this user name's.", after="`next` of the page before.", limit="1 to 200."))
@blp.alt_response(200, schema=PageAnswer)
@open_to("accounts")
def list_devices() -> Response:
    """Phones of the caller's area: whose, which app, last heard of, PIN, what is still to come, gaps, incidents."""
    username, after = request.args.get("user"), request.args.get("after")
    return answer(devices.listed(world(), actor(), username, after, limit_of(request.args)))
