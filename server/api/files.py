"""Files of ours as answers: read whole, they are small; but for the one that phones read in parts."""

from pathlib import Path

from flask import Response, request, send_file


def file_answer(path: Path, kind: str, cache: str, *, encoding: str | None = None) -> Response:
    """The file's bytes, or 304 where the browser has them; `encoding` is what they are packed with."""
    response = Response(path.read_bytes(), mimetype=kind)
    response.set_etag(tag_of(path))
    response.headers["Cache-Control"] = cache
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response.make_conditional(request)


def tag_of(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_mtime_ns:x}-{stat.st_size:x}"


def part_answer(path: Path, kind: str, cache: str) -> Response:
    """The part that `Range` asks for (one range; 416 where there is no such part), the whole without, or 304."""
    response = send_file(path, mimetype=kind, conditional=True, etag=tag_of(path))
    response.headers["Cache-Control"] = cache
    return response
