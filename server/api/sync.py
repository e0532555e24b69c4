"""What devices call: hello, push, pull, snapshot, quarantine."""

from collections.abc import Iterator
from itertools import chain

from flask import Response, request

from server.api.answers import answer, stream
from server.api.auth import DRAIN, PERSON, actor, open_to, world
from server.api.body import json_body
from server.api.describe import blueprint, query, takes
from server.api.schemas import (
    HelloAnswer,
    HelloBody,
    PullAnswer,
    PullBody,
    PushAnswer,
    PushBody,
    QuarantineBody,
    VerdictAnswer,
)
from server.services import hello, pull, push, quarantine, snapshot

ENVELOPE = 16_384  # what a body may hold around its changes
PUSH_BYTES = 524_288 + ENVELOPE
HELLO_BYTES = 1_048_576  # 5,000 ids of the journal, and cursors of 100 scopes
PULL_BYTES = 262_144
QUARANTINE_BYTES = 4 * 1024 * 1024  # 512 KiB of text, every character of which may be escaped
blp = blueprint("sync", "/sync", "What devices call")


@blp.route("/hello", methods=["POST"])
@blp.doc(**takes(HelloBody))
@blp.alt_response(200, schema=HelloAnswer)
@open_to(DRAIN)
def say_hello() -> Response:
    """Compare notes: what the server has, what the device may hold, what to do next."""
    return answer(hello.hello(world(), actor(), json_body(HELLO_BYTES)))


@blp.route("/push", methods=["POST"])
@blp.doc(**takes(PushBody))
@blp.alt_response(200, schema=PushAnswer)
@open_to(DRAIN)
def push_changes() -> Response:
    """Hand in changes; one verdict each, in the same order."""
    return answer(push.push(world(), actor(), json_body(PUSH_BYTES)))


@blp.route("/pull", methods=["POST"])
@blp.doc(**takes(PullBody))
@blp.alt_response(200, schema=PullAnswer)
@open_to(PERSON)
def pull_rows() -> Response:
    """What changed in the scopes asked for, since each one's cursor."""
    return answer(pull.pull(world(), actor(), json_body(PULL_BYTES)))


@blp.route("/snapshot/<scope>", methods=["GET"])
@blp.doc(**query(cursor="The first line's, when resuming.", after="`<type>/<id>` of the last row received."))
@blp.alt_response(
    200,
    description="Lines: head, rows in the order of type and id, end.",
    content_type="application/x-ndjson",
    schema={"type": "string"},
)
@open_to(PERSON)
def read_snapshot(scope: str) -> Response:
    """All live rows of one scope, as lines; a body that stopped early is taken up where it stopped."""
    lines: Iterator[bytes] = iter(
        snapshot.snapshot(world(), actor(), scope, request.args.get("cursor"), request.args.get("after"))
    )
    # The first line is made before the headers go out: a refusal is still an answer of its own.
    return stream(chain([next(lines)], lines))


@blp.route("/quarantine", methods=["POST"])
@blp.doc(**takes(QuarantineBody))
@blp.alt_response(200, schema=VerdictAnswer)
@open_to(DRAIN)
def put_in_quarantine() -> Response:
    """Keep something that could not be pushed three times, as it is."""
    return answer(quarantine.quarantine(world(), actor(), json_body(QUARANTINE_BYTES)))
