"""Answers: JSON by orjson, compressed when asked, with the headers that browsers should obey."""

import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import orjson
from flask import Flask, Response, request

GZIP = 16 + zlib.MAX_WBITS
LEVEL = 1  # the rows of a pull shrink to a tenth already; higher levels cost more than they save
WORTH = 600  # bytes
TEXT = {
    "application/json",
    "application/problem+json",
    "application/x-ndjson",
    "text/html",
    "text/plain",
    "text/javascript",
    "text/css",
}

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000"


def register(app: Flask, tiles_origin: str) -> None:
    """`tiles_origin`: another server whose map tiles the app may fetch; empty where there is none."""
    app.after_request(compress)
    app.after_request(partial(harden, HEADERS | {"Content-Security-Policy": policy(tiles_origin)}))


def policy(tiles_origin: str) -> str:
    """The content policy with that one origin let in."""
    if not tiles_origin:
        return CSP
    opened = CSP.replace("connect-src 'self'", f"connect-src 'self' {tiles_origin}")
    return opened.replace("img-src 'self'", f"img-src 'self' {tiles_origin}")


def answer(body: dict[str, Any] | bytes | Iterable[bytes], status: int = 200) -> Response:
    """A JSON answer; bytes are JSON already."""
    data = b"".join(body) if not isinstance(body, bytes | dict) else body
    return Response(orjson.dumps(data) if isinstance(data, dict) else data, status, content_type="application/json")


def stream(lines: Iterator[bytes]) -> Response:
    """Lines of JSON, sent as they are made."""
    return Response(lines, content_type="application/x-ndjson")


def compress(response: Response) -> Response:
    """gzip for whoever asks, unless somebody did so already."""
    if response.mimetype not in TEXT:
        return response
    response.vary.add("Accept-Encoding")
    done = "Content-Encoding" in response.headers or response.direct_passthrough
    if done or response.status_code in (204, 304) or not request.accept_encodings["gzip"] or request.method == "HEAD":
        return response
    if response.is_streamed:
        response.response = _squeezed(response.response)  # type: ignore[arg-type]
        response.headers.pop("Content-Length", None)
    elif len(data := response.get_data()) < WORTH:
        return response
    else:
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
        response.set_data(packer.compress(data) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    return response


def _squeezed(parts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    try:
        for part in parts:
            if packed := packer.compress(part):
                yield packed
        yield packer.flush()
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()


def harden(headers: dict[str, str], response: Response) -> Response:
    for name, value in headers.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = HSTS
    if request.path.startswith("/api/"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response
