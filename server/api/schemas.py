"""Messages as marshmallow schemas: they describe the API, and read the bodies that are not the sync core's own.

What a change holds is judged by the push service, value by value: a schema here would refuse whole bodies.
"""

from marshmallow import EXCLUDE, Schema, fields, validate

UUID_RE = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def uuid_text(**options: object) -> fields.String:
    return fields.String(validate=validate.Regexp(rf"\A{UUID_RE}\Z"), **options)  # type: ignore[arg-type]


class ProblemAnswer(Schema):
    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "What clients translate."})
    detail = fields.String()


class Body(Schema):
    """A body that the API reads itself. What a newer app adds is ignored."""

    class Meta:
        unknown = EXCLUDE


class DeviceBody(Body):
    id = uuid_text(allow_none=True, load_default=None)
    name = fields.String(required=True, validate=validate.Length(max=200))
    app = fields.String(required=True, validate=validate.Length(max=40))
    schema = fields.Integer(required=True, strict=True, validate=validate.Range(1, 9999))
    new_drain_token = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    drain_token = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))


class LoginBody(Body):
    username = fields.String(required=True, validate=validate.Length(1, 200))
    password = fields.String(required=True, validate=validate.Length(1, 200))
    device = fields.Nested(DeviceBody, allow_none=True, load_default=None)


class PlaceAnswer(Schema):
    scope = fields.String()
    role = fields.String()
    path = fields.List(fields.String(), metadata={"description": "Names of areas, top first."})


class UserAnswer(Schema):
    id = uuid_text()
    name = fields.String()
    username = fields.String()
    roles = fields.List(fields.String())
    places = fields.List(fields.Nested(PlaceAnswer))


class OwnDeviceAnswer(Schema):
    id = uuid_text()
    drain_token = fields.String(metadata={"description": "Given once."})


class LockAnswer(Schema):
    pin_required = fields.Boolean(metadata={"description": "A PIN is set before the first rows come."})
    lease_hours = fields.Integer(metadata={"description": "After so long without a contact the server is needed."})


class ShareBody(Body):
    device = uuid_text(required=True)


class ShareAnswer(Schema):
    share = fields.String(metadata={"description": "The server's part of the key; the PIN is the other one."})
    lease_hours = fields.Integer()


class SessionAnswer(Schema):
    user = fields.Nested(UserAnswer)
    device = fields.Nested(OwnDeviceAnswer, allow_none=True)
    timeline = uuid_text()
    server_time = fields.String()
    lock = fields.Nested(LockAnswer)
    lost = fields.Integer(metadata={"description": "Changes that this browser's former store took with it."})


class TilesAnswer(Schema):
    kind = fields.String(metadata={"enum": ["file", "url"]})
    url = fields.String(metadata={"description": "A PMTiles file to read in ranges, or a template with {z} {x} {y}."})
    tag = fields.String(metadata={"description": "Changes with the file; empty for a template."})
    crs = fields.String(metadata={"enum": ["wgs84", "gcj02"]})
    credit = fields.String()


class MapAnswer(Schema):
    tiles = fields.Nested(TilesAnswer, allow_none=True)


class PatchBody(Schema):
    # "from" is a Python word, so it is added by name below.
    to = fields.Raw(allow_none=True)


PatchBody._declared_fields["from"] = fields.Raw(allow_none=True, metadata={"description": "What the person saw."})


class ChangeBody(Schema):
    id = uuid_text(required=True)
    n = fields.Integer(allow_none=True, metadata={"description": "1, 2, 3 ... per device; null at a desk."})
    group = fields.String(allow_none=True)
    op = fields.String(
        required=True, metadata={"enum": ["create", "update", "delete", "undelete", "transition", "move", "resolve"]}
    )
    type = fields.String(required=True)
    record = uuid_text(required=True)
    scope = fields.String(required=True)
    schema = fields.Integer(required=True)
    base = fields.Dict(allow_none=True, metadata={"description": "{rev, timeline}"})
    at = fields.Dict(metadata={"description": "{wall, offset_ms}"})
    set = fields.Dict(keys=fields.String(), values=fields.Nested(PatchBody))
    add = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    remove = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    transition = fields.Dict(metadata={"description": "{action, from, args}"})
    move = fields.Dict(metadata={"description": "{from, to}"})
    resolve = fields.Dict(metadata={"description": "{choose, value?, into?}"})


class RowAnswer(Schema):
    id = uuid_text()
    type = fields.String()
    scope = fields.String()
    live = fields.Boolean()
    rev = fields.String()
    ver = fields.Integer()
    schema = fields.Integer()
    data = fields.Dict()
    by = fields.String(allow_none=True)
    at = fields.String()
    at_device = fields.String()
    source = fields.String()
    why = fields.String(metadata={"enum": ["deleted", "moved", "undelivered", "purged"]})


class VerdictAnswer(Schema):
    id = uuid_text(allow_none=True)
    n = fields.Integer(allow_none=True)
    status = fields.String(metadata={"enum": ["applied", "merged", "conflict", "parked", "quarantined"]})
    replayed = fields.Boolean()
    reason = fields.String()
    message = fields.Dict()
    row = fields.Nested(RowAnswer)
    conflicts = fields.List(fields.String())


class PushBody(Schema):
    device = uuid_text(required=True)
    timeline = uuid_text(required=True)
    changes = fields.List(fields.Nested(ChangeBody), required=True)


class PushAnswer(Schema):
    timeline = uuid_text()
    have_n = fields.Integer()
    ack = fields.String()
    verdicts = fields.List(fields.Nested(VerdictAnswer))


class DeskBody(Schema):
    changes = fields.List(fields.Nested(ChangeBody), required=True)


class DeskAnswer(Schema):
    timeline = uuid_text()
    verdicts = fields.List(fields.Nested(VerdictAnswer))


class HelloBody(Schema):
    device = uuid_text(required=True)
    app = fields.String()
    schema = fields.Integer()
    timeline = fields.String(allow_none=True)
    ack = fields.String(allow_none=True)
    next_n = fields.Integer()
    pending = fields.Dict()
    client_time = fields.String()
    scopes = fields.Dict()
    grants_ack = fields.Dict()
    storage = fields.Dict()
    journal = fields.List(uuid_text())


class HelloAnswer(Schema):
    timeline = uuid_text()
    server_time = fields.String()
    have_n = fields.Integer()
    missing = fields.List(fields.List(fields.Integer()))
    durable_n = fields.Integer(allow_none=True)
    grants = fields.List(fields.Dict())
    unknown = fields.List(uuid_text())
    fresh = fields.Dict()
    limits = fields.Dict()
    min_schema = fields.Integer()
    delay_s = fields.Integer()
    lock = fields.Nested(LockAnswer)
    actions = fields.List(fields.String())


class PullBody(Schema):
    device = uuid_text(allow_none=True)
    timeline = fields.String(allow_none=True)
    scopes = fields.Dict(required=True, metadata={"description": "{scope: cursor or null}"})
    limit = fields.Integer()


class PullAnswer(Schema):
    timeline = uuid_text()
    pages = fields.List(fields.Dict())


class QuarantineBody(Schema):
    device = uuid_text(required=True)
    timeline = fields.String(allow_none=True)
    id = uuid_text(allow_none=True)
    n = fields.Integer(allow_none=True)
    raw = fields.Raw(required=True)
    why = fields.String()


class ChangeAnswer(Schema):
    change = fields.Dict()
    verdict = fields.Nested(VerdictAnswer)
    received_at = fields.String()
    device = fields.String(allow_none=True)


class PageAnswer(Schema):
    items = fields.List(fields.Dict())
    next = fields.String(allow_none=True)


class RescueBody(Body):
    format = fields.String(required=True, metadata={"description": "grid-rescue"})
    version = fields.Integer(required=True)
    device = uuid_text(required=True)
    made_at = fields.String(required=True)
    changes = fields.List(fields.Dict(), required=True, metadata={"description": "{id, n, group?, key, box}"})
    photos = fields.List(
        fields.Dict(), metadata={"description": "{id, record, field, taken_at, sha256, bytes, data}, data as base64"}
    )
    mac = fields.String(required=True)


class RescueAnswer(Schema):
    changes = fields.Integer()
    known = fields.Integer(metadata={"description": "Of these, how many were here already."})
    verdicts = fields.Dict(metadata={"description": "How many of the others ended as applied, merged, ..."})
    photos = fields.Dict(metadata={"description": "How many were stored, known before, refused."})


class AboutAnswer(Schema):
    filing_number = fields.String()
    track_days = fields.Integer()


class CatalogAnswer(Schema):
    schema = fields.Integer()
    min_schema = fields.Integer()
    types = fields.Dict()
    workflow = fields.Dict()
    roles = fields.Dict()
    sealing = fields.Dict()


class AnnouncementBody(Schema):
    id = uuid_text(required=True)
    sha256 = fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z"))
    bytes = fields.Integer(required=True, validate=validate.Range(0))
    mime = fields.String(required=True)
    record = uuid_text(required=True)
    field = fields.String(required=True, validate=validate.Regexp(r"\A[a-z][a-z0-9_]{0,39}\Z"))
    taken_at = fields.String(allow_none=True, metadata={"description": "RFC 3339, the device's clock."})
    place = fields.Dict(allow_none=True, metadata={"description": "{lon, lat, accuracy_m?}"})


class AnnouncedAnswer(Schema):
    id = uuid_text()
    state = fields.String(validate=validate.OneOf(["stored", "wanted", "refused"]))
    reason = fields.String()
    uploads = fields.Dict(metadata={"description": "{tus: where to upload}"})


class PhotosAnswer(Schema):
    items = fields.List(fields.Dict())
