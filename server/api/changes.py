"""Changes made at a desk, and what became of a change."""

from uuid import UUID

from flask import Response

from server.api.answers import answer
from server.api.auth import PERSON, actor, open_to, world
from server.api.body import json_body
from server.api.describe import blueprint, takes
from server.api.schemas import ChangeAnswer, DeskAnswer, DeskBody
from server.api.sync import PUSH_BYTES
from server.core.problems import Problem
from server.services import changes, push

DESK_CHANGES = 50
blp = blueprint("changes", "/changes", "Changes made at a desk")


@blp.route("", methods=["POST"])
@blp.doc(**takes(DeskBody))
@blp.alt_response(200, schema=DeskAnswer)
@open_to(PERSON)
def make_changes() -> Response:
    """1 to 50 changes of a desk: the same rules and verdicts as a device's."""
    given = json_body(PUSH_BYTES).get("changes")
    if not isinstance(given, list) or not 0 < len(given) <= DESK_CHANGES:
        raise Problem("bad_request", f"changes: a list of 1 to {DESK_CHANGES}")
    return answer(push.desk(world(), actor(), given))


@blp.route("/<uuid:change_id>", methods=["GET"])
@blp.alt_response(200, schema=ChangeAnswer)
@open_to(PERSON)
def read_change(change_id: UUID) -> Response:
    """A change as it came and its verdict, for its author and the office of its area."""
    return answer(changes.read(world(), actor(), str(change_id)))
