"""A request's body must have arrived within a time: a slow sender would hold a thread as long as it likes."""

import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class BodyDeadline:
    """WSGI wrapper. Reading ends about `seconds` after the request began; gunicorn hands over its socket.

    One thread a process looks round now and then: a timer for each request would cost more than most requests.
    """

    def __init__(self, app: Application, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.seconds, self.clock = app, seconds, clock
        self._reading: dict[object, tuple[float, socket.socket]] = {}
        self._starting = threading.Lock()
        self._watcher: threading.Thread | None = None

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        sock = environ.get("gunicorn.socket")
        if sock is None or not _has_body(environ):
            return self.app(environ, start_response)
        self._start()
        mark = object()
        self._reading[mark] = (self.clock() + self.seconds, sock)
        environ["wsgi.input"] = _Watched(environ["wsgi.input"], lambda: self._reading.pop(mark, None))
        try:
            return self.app(environ, start_response)
        finally:
            self._reading.pop(mark, None)

    def _start(self) -> None:
        """In the worker that serves: a thread made before the fork would not be there."""
        if self._watcher is None:
            with self._starting:
                if self._watcher is None:
                    self._watcher = threading.Thread(target=self._watch, name="body-deadline", daemon=True)
                    self._watcher.start()

    def _watch(self) -> None:
        while True:
            time.sleep(min(1.0, self.seconds / 4))
            now = self.clock()
            for mark, (deadline, sock) in list(self._reading.items()):
                if deadline <= now and self._reading.pop(mark, None):
                    _stop_reading(sock)


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def _stop_reading(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RD)


class _Watched:
    """The body's stream; once all of it is read the deadline is off."""

    def __init__(self, stream: Any, arrived: Callable[[], object]) -> None:
        self.stream, self.arrived = stream, arrived

    def read(self, size: int = -1) -> bytes:
        data: bytes = self.stream.read(size)
        if not data and size != 0:
            self.arrived()
        return data

    def readline(self, size: int = -1) -> bytes:
        line: bytes = self.stream.readline(size)
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
