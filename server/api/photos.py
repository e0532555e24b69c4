"""Announcing photos, looking at them."""

from uuid import UUID

from flask import Response, request

from server.api.answers import answer
from server.api.auth import DRAIN, PERSON, actor, open_to, world
from server.api.body import json_body
from server.api.describe import PREFIX, blueprint, query, takes
from server.api.schemas import AnnouncedAnswer, AnnouncementBody, PhotosAnswer
from server.core.photos.announcement import read_announcement
from server.core.problems import Problem
from server.core.sync import values
from server.services.photos import announcing, looking

UPLOADS = f"{PREFIX}/photos/uploads"
ANNOUNCEMENT_BYTES = 4_096
IDS = 100
blp = blueprint("photos", "/photos", "Photos")


@blp.route("", methods=["POST"])
@blp.doc(**takes(AnnouncementBody))
@blp.alt_response(200, schema=AnnouncedAnswer)
@open_to(DRAIN)
def announce_photo() -> Response:
    """A device has a photo: does the server want its bytes, or has it got them?"""
    said = read_announcement(json_body(ANNOUNCEMENT_BYTES))
    return answer(announcing.announce(world(), actor(), said, UPLOADS))


@blp.route("", methods=["GET"])
@blp.doc(**query(ids=f"Ids of photos, divided by commas, at most {IDS}."))
@blp.alt_response(200, schema=PhotosAnswer)
@open_to(PERSON)
def read_photos() -> Response:
    """What is known of photos, of those that the caller may see."""
    ids = request.args.get("ids", "").split(",")
    if len(ids) > IDS or not all(values.UUID.match(one) for one in ids):
        raise Problem("bad_request", f"ids: 1 to {IDS} ids, divided by commas")
    return answer(looking.described(world(), actor(), ids))


@blp.route("/<uuid:photo_id>", methods=["GET"])
@blp.doc(**query(size="thumb (320 pixels), screen (1280, the default) or full."))
@blp.alt_response(200, description="The picture.", content_type="image/webp", schema={"type": "string"})
@open_to(PERSON)
def read_photo(photo_id: UUID) -> Response:
    """A photo's bytes, for whoever may read the record that names it now."""
    view = looking.look(world(), actor(), str(photo_id), request.args.get("size", "screen"))
    tag = view.sha256[:32]
    if request.if_none_match.contains(tag):
        response = Response(status=304)
    else:
        response = Response(looking.bytes_of(world(), view), mimetype=view.mime)
    response.set_etag(tag)
    # Asked for again each time, since rights end; what shows people is left on no disk in clear.
    response.headers["Cache-Control"] = "private, no-store" if view.personal else "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    return response
