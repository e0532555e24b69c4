"""Logs: one JSON object a line on stdout. What is logged is listed here; paths, names and tokens are not."""

import logging
import sys
from datetime import UTC, datetime
from time import perf_counter

import orjson
from flask import Flask, Response, g, request

from server.api.errors import rule

# Only these keys of `extra["fields"]` are written: a message that quotes somebody's words cannot slip in.
FIELDS = ("method", "path", "status", "ms", "bytes_in", "bytes_out", "actor", "device", "error", "at", "count")
log = logging.getLogger("server.request")


class Lines(logging.Formatter):
    """A record as one line of JSON: time, level, name, the first words and the listed fields."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": time, "level": record.levelname.lower(), "logger": record.name}
        if record.name.partition(".")[0] == "server":
            given = getattr(record, "fields", {})
            line |= {"message": str(record.msg)} | {key: given[key] for key in FIELDS if key in given}
        elif record.levelno >= logging.WARNING:
            line["error"] = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else "see source"
        return orjson.dumps(line, default=str).decode()


def register(app: Flask, level: str) -> None:
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, Lines) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(Lines())
        root.addHandler(handler)
    logging.getLogger("server").setLevel(level.upper())
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = perf_counter()


def _end(response: Response) -> Response:
    actor = g.get("actor")
    log.info(
        "request",
        extra={
            "fields": {
                "method": request.method
                if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
                else "other",
                "path": rule(),
                "status": response.status_code,
                "bytes_in": request.content_length or 0,
                "ms": round((perf_counter() - g.get("began", perf_counter())) * 1000, 1),
                "bytes_out": response.content_length,
                "actor": actor.id if actor else None,
                "device": actor.device if actor else None,
            }
        },
    )
    return response
