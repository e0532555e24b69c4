"""The OpenAPI 3.1 description, made by flask-smorest from the schemas and docstrings of the routes."""

from typing import Any

from flask import Flask
from flask_smorest import Api, Blueprint
from marshmallow import Schema

from server.api.schemas import ProblemAnswer
from server.core.problems import CODES

PREFIX = "/api/v1"


class Description(Api):
    """Describes; answering errors is `errors.py`'s own work."""

    ERROR_SCHEMA = ProblemAnswer

    def _register_error_handlers(self) -> None:
        """Left out: every error has one handler already."""


def describe(app: Flask, blueprints: list[Blueprint]) -> None:
    """Register the API's blueprints, and keep their description for `/api/v1/openapi.json`."""
    app.config.update(API_TITLE="Grid sync", API_VERSION="1", OPENAPI_VERSION="3.1.0")
    schemes = {
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-grid"},
        "drain": {"type": "http", "scheme": "bearer"},
    }
    codes = "\n".join(f"- `{code}` ({status}): {title}" for code, (status, title) in CODES.items())
    info = {"description": "Errors are `application/problem+json`; `code` is one of:\n" + codes}
    description = Description(app, spec_kwargs={"info": info, "components": {"securitySchemes": schemes}})
    for blueprint in blueprints:
        description.register_blueprint(blueprint)
    app.extensions["description"] = description.spec.to_dict()


def takes(schema: type[Schema]) -> dict[str, Any]:
    """For `blp.doc`: the body, plain or gzip."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def query(**words: str) -> dict[str, Any]:
    """For `blp.doc`: parameters of the query, all texts and none required."""
    return {
        "parameters": [
            {"in": "query", "name": name, "schema": {"type": "string"}, "description": text}
            for name, text in words.items()
        ]
    }


def blueprint(name: str, path: str, words: str) -> Blueprint:
    return Blueprint(name, __name__, url_prefix=PREFIX + path, description=words)
