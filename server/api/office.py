"""The office's desk."""

from flask import Response, request

from server.api.answers import answer
from server.api.auth import actor, open_to, world
from server.api.body import MAX_BODY, json_body
from server.api.describe import blueprint, query, takes
from server.api.paging import limit_of
from server.api.schemas import PageAnswer, RescueAnswer, RescueBody
from server.services import rescue, review

PARAMETERS = ("kind", "state", "scope", "after", "id")
blp = blueprint("office", "/office", "The office's desk")


@blp.route("/review", methods=["GET"])
@blp.doc(
    **query(
        kind="conflict, parked, quarantined or incident.",
        state="open or settled.",
        scope="Only this area.",
        after="`next` of the page before.",
        id="That item alone, open or settled.",
        limit="1 to 200.",
    )
)
@blp.alt_response(200, schema=PageAnswer)
@open_to("review")
def read_review() -> Response:
    """What waits for a decision in the caller's area: conflicts, parked and quarantined changes, incidents."""
    params: dict[str, str | int] = {name: request.args[name] for name in PARAMETERS if request.args.get(name)}
    return answer(review.items(world(), actor(), params | {"limit": limit_of(request.args)}))


@blp.route("/rescue", methods=["POST"])
@blp.doc(**takes(RescueBody))
@blp.alt_response(200, schema=RescueAnswer)
@open_to("review")
def take_in_rescue() -> Response:
    """Take in a phone's rescue file; the same file may come twice. What it says stays between phone and server."""
    return answer(rescue.take_in(world(), json_body(MAX_BODY)))
