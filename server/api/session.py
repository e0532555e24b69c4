"""Logging in and out."""

from flask import Response
from marshmallow import ValidationError

from server.api.answers import answer
from server.api.auth import ANYONE, PERSON, actor, give_session, open_to, session_token, take_session, world
from server.api.body import json_body
from server.api.describe import blueprint, takes
from server.api.schemas import LoginBody, SessionAnswer
from server.core.problems import Problem
from server.core.sync.decode import unreadable
from server.services import sessions
from server.services.sessions import DeviceCard

BODY_BYTES = 16_384
blp = blueprint("session", "/session", "Logging in and out")


@blp.route("", methods=["POST"])
@blp.doc(**takes(LoginBody))
@blp.alt_response(200, schema=SessionAnswer)
@open_to(ANYONE)
def login() -> Response:
    """Log in. A phone sends `device`, a desk does not; the session comes as a cookie."""
    body = json_body(BODY_BYTES)
    if unreadable(body):
        raise Problem("bad_request", "a text that cannot be stored")
    try:
        given = LoginBody().load(body)
    except ValidationError as error:
        raise Problem("bad_request", f"see {', '.join(sorted(map(str, error.messages_dict)))}"[:200]) from None
    card = DeviceCard(**given["device"]) if given["device"] else None
    session = sessions.login(world(), given["username"], given["password"], card, session_token())
    response = answer(session.answer)
    give_session(response, session.token)
    return response


@blp.route("", methods=["GET"])
@blp.alt_response(200, schema=SessionAnswer)
@open_to(PERSON)
def who_am_i() -> Response:
    """Who is logged in, with roles and where they hold."""
    return answer(sessions.who_am_i(world(), actor()))


@blp.route("", methods=["DELETE"])
@blp.alt_response(204, description="Ended, or there was none.")
@open_to(ANYONE)
def logout() -> Response:
    """End the session. What the phone still holds stays there; the drain token goes on handing it in."""
    token = session_token()
    if token:
        sessions.logout(world(), token)
    response = Response(status=204)
    take_session(response)
    return response
