"""Who calls, and whether he may: every route says so with `open_to`, and what does not say so is shut.

A session is a cookie that scripts cannot read. The drain token (Bearer) opens only the routes that take work in.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from server.core.access.permissions import Actor
from server.core.catalog.roles import PERMISSIONS, ROLES
from server.core.problems import Problem
from server.services import sessions
from server.services.world import World

ANYONE = "anyone"  # no login
PERSON = "person"  # logged in, with a device or without
DRAIN = "drain"  # also a device's drain token, and people who are barred: their work is kept
JSON = frozenset({"application/json"})
SAFE = {"GET", "HEAD", "OPTIONS"}
COOKIE, SECURE_COOKIE = "grid", "__Host-grid"
DESK = "X-Grid-Desk"
COOKIE_SECONDS = 60 * 24 * 3600

View = TypeVar("View", bound=Callable[..., Any])


def open_to(*who: str) -> Callable[[View], View]:
    """Declares who may call a route: ANYONE, PERSON, DRAIN, or a permission that one of his roles must list."""
    unknown = set(who) - {ANYONE, PERSON, DRAIN} - PERMISSIONS.keys()
    if unknown or not who:
        raise ValueError(f"nobody is called {unknown or who}")

    def declare(view: View) -> View:
        view.open_to = frozenset(who)  # type: ignore[attr-defined]
        return view

    return declare


def takes_types(*types: str) -> Callable[[View], View]:
    """Declares what the body of an unsafe request may be, where that is not JSON; "" for none at all."""

    def declare(view: View) -> View:
        view.takes_types = frozenset(types)  # type: ignore[attr-defined]
        return view

    return declare


def register(app: Flask) -> None:
    app.before_request(check_request)
    app.after_request(renew_cookie)


def undeclared(app: Flask) -> list[str]:
    """Endpoints that do not say who may call them."""
    return sorted(
        {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if not getattr(app.view_functions.get(rule.endpoint), "open_to", None)
        }
    )


def check_request() -> None:
    """Refuse what the route is not open to; keep the actor for the view."""
    g.actor = None
    if request.endpoint is None:
        return  # no such route: answered as not_found or method_not_allowed
    who: frozenset[str] = getattr(current_app.view_functions[request.endpoint], "open_to", frozenset())
    if not who:
        raise Problem("forbidden")
    if request.method not in SAFE:
        _check_origin()
        _check_content_type(getattr(current_app.view_functions[request.endpoint], "takes_types", JSON))
    if ANYONE in who:
        return
    actor = _actor()
    if actor is None:
        raise Problem("unauthenticated")
    _check_actor(actor, who)
    g.actor = actor


def _check_actor(actor: Actor, who: frozenset[str]) -> None:
    if DRAIN in who:
        return
    if actor.draining:
        raise Problem("forbidden", "a drain token only hands work in")
    if actor.barred == "account_disabled":
        raise Problem("unauthenticated")
    if actor.barred:
        raise Problem("forbidden", actor.barred)
    held = {permission for grant in actor.grants if grant.role in ROLES for permission in ROLES[grant.role].may}
    if PERSON not in who and not held & who:
        raise Problem("forbidden")


def _actor() -> Actor | None:
    kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer" and bearer:
        return sessions.actor_of_drain_token(world(), bearer.strip())
    token = session_token()
    found = sessions.find(world(), token) if token else None
    if found is None:
        return None
    g.renewed = token if found.renewed else None
    return found.actor


def _check_origin() -> None:
    origin = request.headers.get("Origin")
    if origin is None:
        return
    own = current_app.extensions["settings"].origin or request.host_url
    if _place(origin) != _place(own):
        raise Problem("bad_origin")


def _place(url: str) -> tuple[str, str] | None:
    """(scheme, host and port) with the default port left out; None where it is no address."""
    try:
        parts = urlsplit(url)
        port = {("http", 80): None, ("https", 443): None}.get((parts.scheme, parts.port or 0), parts.port)
    except ValueError:
        return None
    return (parts.scheme, f"{parts.hostname}:{port}") if parts.hostname else None


def _check_content_type(types: frozenset[str]) -> None:
    empty = not request.content_length and "Transfer-Encoding" not in request.headers
    if empty and (request.method == "DELETE" or "" in types):
        return
    if request.mimetype not in types - {""}:
        raise Problem("bad_content_type", f"Send {' or '.join(types - {''}) or 'no body'}")


def world() -> World:
    return current_app.extensions["world"]  # type: ignore[no-any-return]


def actor() -> Actor:
    """Who calls; only in routes that are not open to ANYONE."""
    found: Actor | None = g.actor
    if found is None:
        raise Problem("unauthenticated")
    return found


def session_token() -> str | None:
    """The opaque token of the cookie. Over HTTPS only the cookie that must have come over HTTPS counts."""
    return request.cookies.get(_cookie_name())


def _cookie_name() -> str:
    """A desk's pages say so in a header: then a phone's session in the same browser stays what it is."""
    name = SECURE_COOKIE if request.is_secure else COOKIE
    return f"{name}-desk" if request.headers.get(DESK) == "1" else name


def give_session(response: Response, token: str) -> None:
    response.set_cookie(
        _cookie_name(),
        token,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        secure=request.is_secure,
        samesite="Strict",
    )


def renew_cookie(response: Response) -> Response:
    """The cookie lives as long as the session: sixty days from its last use."""
    if g.get("renewed"):
        give_session(response, g.renewed)
    return response


def take_session(response: Response) -> None:
    response.delete_cookie(_cookie_name(), path="/", httponly=True, secure=request.is_secure, samesite="Strict")
