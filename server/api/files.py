"""Files of ours as answers: read whole, they are small."""

from pathlib import Path

from flask import Response, request


def file_answer(path: Path, kind: str, cache: str, *, encoding: str | None = None) -> Response:
    """The file's bytes, or 304 where the browser has them; `encoding` is what they are packed with."""
    response = Response(path.read_bytes(), mimetype=kind)
    stat = path.stat()
    response.set_etag(f"{stat.st_mtime_ns:x}-{stat.st_size:x}")
    response.headers["Cache-Control"] = cache
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response.make_conditional(request)
