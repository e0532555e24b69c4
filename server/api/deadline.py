"""A request's body must have arrived within a time: a slow sender would hold a thread as long as it likes."""

import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class BodyDeadline:
    """WSGI wrapper. Reading ends `seconds` after the request began; gunicorn hands over its socket."""

    def __init__(self, app: Application, seconds: float) -> None:
        self.app, self.seconds = app, seconds

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        sock = environ.get("gunicorn.socket")
        if sock is None or not _has_body(environ):
            return self.app(environ, start_response)
        timer = threading.Timer(self.seconds, _stop_reading, [sock])
        timer.daemon = True
        environ["wsgi.input"] = _Watched(environ["wsgi.input"], timer)
        timer.start()
        try:
            return self.app(environ, start_response)
        finally:
            timer.cancel()


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def _stop_reading(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)


class _Watched:
    """The body's stream; once all of it is read the deadline is off."""

    def __init__(self, stream: Any, timer: threading.Timer) -> None:
        self.stream, self.timer = stream, timer

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.stream.read(size)
        if not data and size != 0:
            self.timer.cancel()
        return data

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self.stream.readline(size)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
