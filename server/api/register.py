"""Every route of the server, and what happens around each request."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server.api import (
    about,
    answers,
    auth,
    catalog,
    changes,
    devices,
    errors,
    health,
    log,
    map,
    office,
    photos,
    pwa,
    records,
    reference,
    session,
    sync,
    tus,
)
from server.api.body import MAX_BODY
from server.api.deadline import BodyDeadline
from server.api.describe import describe
from server.config import Config
from server.settings import origin_of


def register(app: Flask, config: Config) -> None:
    """RuntimeError when a route does not say who may call it."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.url_map.converters["page"] = pwa.PageConverter
    log.register(app, config.log_level)
    errors.register(app)
    auth.register(app)
    answers.register(app, origin_of(str(config.tiles)))
    parts = (session, about, devices, catalog, sync, changes, records, office, photos, tus, map)
    describe(app, [part.blp for part in parts])
    for blueprint in (reference.blp, health.blp, pwa.blp):
        app.register_blueprint(blueprint)
    if unsaid := auth.undeclared(app):
        raise RuntimeError(f"routes that do not say who may call them: {', '.join(unsaid)}")
    app.wsgi_app = tus.overridden(app.wsgi_app)  # type: ignore[method-assign]
    if config.proxies:
        n = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    app.wsgi_app = BodyDeadline(app.wsgi_app, config.body_seconds)  # type: ignore[method-assign]
