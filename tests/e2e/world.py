"""The demo world these tests run in: made once, copied for each server; and looking into a server's database."""

import contextlib
import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.databases import sqlite_url
from tests.serving import Server

DATABASE = "grid.db"


class DemoServer(Server):
    """gunicorn over a copy of the demo world. `demo` is what `flask demo --json` printed."""

    how = ("--config", "server/gunicorn_conf.py", "tests.e2e.halting:create_app()")
    demo: dict[str, Any]

    def __init__(self, data: Path, dist: Path) -> None:
        settings = {"DATABASE_URL": sqlite_url(data / DATABASE), "DEMO": "1", "DIST": str(dist)}
        super().__init__(data, settings)
        self.data = data

    def rows(self, question: str, *values: Any) -> list[tuple]:
        """Answers of the database itself, read beside the running server."""
        with contextlib.closing(sqlite3.connect(f"file:{self.data / DATABASE}?mode=ro", uri=True)) as database:
            return database.execute(question, values).fetchall()

    def user(self, username: str) -> str:
        return self.demo["users"][username]["id"]

    def taken(self, record: str) -> int:
        """How many changes of the record the ledger has from phones."""
        return self.rows("SELECT count(*) FROM change WHERE record = ? AND device IS NOT NULL", record)[0][0]

    def has_once(self, record: str) -> bool:
        """One change of the record came from phones, and it was written once."""
        written = "SELECT count(*) FROM record_history WHERE record = ? AND source = 'device'"
        return (self.taken(record), self.rows(written, record)) == (1, [(1,)])

    def halt_at(self, failpoint: str) -> None:
        """The next request that comes to this failpoint stands still there."""
        (self.data / "halted").unlink(missing_ok=True)
        (self.data / "halt").write_text(failpoint)

    def wait_until_halted(self) -> None:
        until((self.data / "halted").exists, "a request came to the failpoint")

    def power_cut(self) -> None:
        """kill -9, and nothing stands still after the next start."""
        self.kill()
        (self.data / "halt").unlink(missing_ok=True)


def make(folder: Path, dist: Path, *size: str) -> DemoServer:
    """A stopped server with a migrated database and the demo world in it; `size` are options of `flask demo`."""
    folder.mkdir(parents=True, exist_ok=True)
    server = DemoServer(folder, dist)
    server.flask("prepare")
    server.demo = json.loads(server.flask("demo", "--json", *size))
    return server


def copy(original: DemoServer, folder: Path, dist: Path) -> DemoServer:
    """Another stopped server with the same world."""
    shutil.copytree(original.data, folder)
    server = DemoServer(folder, dist)
    server.demo = original.demo
    return server


@contextlib.contextmanager
def running(server: DemoServer) -> Iterator[DemoServer]:
    try:
        server.start()
        yield server
    finally:
        server.stop()


def until(done: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """Poll until `done()` is true; what it gave. `what` is the sentence that did not come true."""
    deadline = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < deadline, f"in {seconds} s it was never so: {what}"
        time.sleep(0.05)
    return found
