"""Reading one record's history."""

from uuid import UUID

from flask import Response, request

from server.api.answers import answer
from server.api.auth import PERSON, actor, open_to, world
from server.api.describe import blueprint, query
from server.api.paging import limit_of
from server.api.schemas import PageAnswer
from server.services import history

blp = blueprint("records", "/records", "Records")


@blp.route("/<uuid:record_id>/history", methods=["GET"])
@blp.doc(**query(after="`next` of the page before.", limit="1 to 200."))
@blp.alt_response(200, schema=PageAnswer)
@open_to(PERSON)
def read_history(record_id: UUID) -> Response:
    """Who changed what when, newest first, for whoever may read the record now."""
    after = request.args.get("after") or None
    return answer(history.of_record(world(), actor(), str(record_id), after, limit_of(request.args)))
