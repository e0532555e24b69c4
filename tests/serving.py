"""The server as it is run: gunicorn with its workers, on a free port, to be stopped, killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.databases import ROOT

PROGRAMS = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Server:
    """One gunicorn. It keeps its port and settings over `kill()` and `start()`, as a machine that restarts would."""

    how = ("--config", "server/gunicorn_conf.py", "server.app:create_app()")

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        """`data` is its DATA_DIR, where its log is written too; `settings` are more environment variables."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data / "server.log"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.environment = inherited | {"DATA_DIR": str(data)} | settings
        self.process: subprocess.Popen | None = None

    def flask(self, *arguments: str) -> str:
        """Run one of the server's commands with its settings; what it printed."""
        command = [PROGRAMS / "flask", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"flask {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Start, and return when it answers that it is ready."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "gunicorn", "--bind", f"127.0.0.1:{self.port}", *self.how],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self.is_ready():
            running = self.process.poll() is None and time.monotonic() < deadline
            assert running, f"the server did not start:\n{self.log.read_text()}"
            time.sleep(0.05)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def kill(self) -> None:
        """End it and its workers at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Let it finish what it is doing."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            self.process.wait(timeout=30)
            self.process = None


@contextlib.contextmanager
def serving(database_url: str, data: Path, **settings: str) -> Iterator[Server]:
    """A running server over a migrated database. `settings` are environment variables of `server/config.py`."""
    server = Server(data, {"DATABASE_URL": database_url, **settings})
    server.flask("prepare")
    try:
        server.start()
        yield server
    finally:
        server.stop()
