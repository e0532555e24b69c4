"""Every error is `application/problem+json`; nothing of the inside leaks."""

import logging
from typing import Any

import orjson
from flask import Flask, Response, request
from sqlalchemy.exc import DBAPIError, TimeoutError
from werkzeug.exceptions import HTTPException

from server.core.problems import Problem
from server.services.transactions import unavailable

log = logging.getLogger("server.api")

# HTTP errors raised by Flask itself, as codes of ours; any other one below 500 is a bad request.
CODES = {
    400: "bad_request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "bad_content_type",
    416: "bad_range",
    429: "throttled",
    503: "busy",
}
RETRY_SECONDS = 2


def register(app: Flask) -> None:
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(TimeoutError, _busy)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(Exception, _unforeseen)


def answer(problem: Problem) -> Response:
    """The problem document."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.extra,
    }
    # Replacing: a detail may quote what came, lone surrogates and all.
    text = orjson.dumps(_clean(body))
    response = Response(text, problem.status, content_type="application/problem+json")
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.code == "unauthenticated":
        response.headers["WWW-Authenticate"] = 'Bearer realm="grid"'
    return response


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(part) for key, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, list) else value


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = CODES.get(status, "internal" if status >= 500 else "bad_request")
    response = answer(Problem(code))
    if status == 405:
        allowed = getattr(error, "valid_methods", None) or []
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _busy(_error: Exception) -> Response:
    return answer(Problem("busy", retry_after=RETRY_SECONDS))


def _database(error: DBAPIError) -> Response:
    """The database refuses for now; anything else is a fault of ours."""
    if not unavailable(error):
        return _unforeseen(error)
    log.warning("database", extra={"fields": {"error": type(error.orig).__name__, "path": rule()}})
    return _busy(error)


def _unforeseen(error: Exception) -> Response:
    """A fault of ours. Where it happened is logged, never what it was about: messages quote values."""
    frames, tb = [], error.__traceback__
    while tb is not None:
        frames.append(f"{tb.tb_frame.f_code.co_filename.rpartition('/')[2]}:{tb.tb_lineno}")
        tb = tb.tb_next
    log.error("fault", extra={"fields": {"error": type(error).__name__, "at": " ".join(frames[-6:]), "path": rule()}})
    return answer(Problem("internal"))


def rule() -> str:
    """The route as declared: paths hold ids, rules do not."""
    return str(request.url_rule) if request.url_rule else "-"
