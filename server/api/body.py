"""Request bodies: at most so many bytes, gzip or plain, JSON that only one reader can read one way."""

import zlib
from typing import Any, Final

from flask import request
from werkzeug.exceptions import ClientDisconnected

from server.core.problems import Problem
from server.core.sync.decode import decode_json

MAX_BODY: Final = 4 * 1024 * 1024  # as sent and inflated; what single routes allow is less
GZIP = 16 + zlib.MAX_WBITS


def json_body(limit: int) -> dict[str, Any]:
    """The object in the body, which may have `limit` bytes after inflation. Problem bad_json, too_large ..."""
    return decode_json(raw_body(limit))


def raw_body(limit: int) -> bytes:
    if request.content_length is not None and request.content_length > min(limit, MAX_BODY):
        raise Problem("too_large", f"at most {limit} bytes")
    data = _read()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding == "gzip":
        data = _inflate(data, limit)
    elif encoding != "identity":
        raise Problem("bad_content_type", "Content-Encoding may be gzip")
    if len(data) > limit:
        raise Problem("too_large", f"at most {limit} bytes")
    return data


def _read() -> bytes:
    """All of the body. One that was cut off is asked for again: what did arrive says nothing about what was meant."""
    try:
        data = request.get_data(cache=False)
    except ClientDisconnected:
        raise Problem("slow_body") from None
    if request.content_length is not None and len(data) < request.content_length:
        raise Problem("slow_body")
    return data


def _inflate(data: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(GZIP)
    try:
        plain = unpacker.decompress(data, limit + 1)
    except zlib.error:
        raise Problem("bad_json", "the body is not gzip") from None
    if len(plain) > limit:
        raise Problem("too_large", f"at most {limit} bytes after inflation")
    if not unpacker.eof or unpacker.unused_data:
        raise Problem("bad_json", "the gzip body does not end where it should")
    return plain
