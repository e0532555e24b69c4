"""The real server in this process: its database can be taken back, its process can die at any failpoint."""

import contextlib
import logging
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from server.adapters.storage.tables import metadata
from server.app import create_app
from server.config import Config
from server.core.catalog.records import Catalog
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.services import failpoints, passwords, snapshot
from server.services.world import Ids, World
from tests.simulation import world as places

BEGIN = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
PASSWORD = "simulated"
PAGE = snapshot.PAGE
Hook = Callable[[str], None] | None


class Died(BaseException):
    """The server's process ended here. Not an Exception: nothing in the server may catch it."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class SimServer:
    """`stream` numbers the chance of each request: copies of one request draw the same ids, whoever comes first."""

    url: str
    world: World = field(init=False)
    seed: int = 0
    now: datetime = BEGIN
    earliest: datetime = BEGIN  # its clock may go back, too
    latest: datetime = BEGIN
    upgraded: bool = False
    local: threading.local = field(default_factory=threading.local)
    base: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = {"DATABASE_URL": self.url, "SECRET_KEY": "s" * 40, "DATA_DIR": "/dev/shm"}
        settings |= {"LOG_LEVEL": "error", "PIN_REQUIRED": "0"}  # nobody is there to type one
        logging.disable(logging.CRITICAL)
        self.app = create_app(Config.from_env(settings))
        real: World = self.app.extensions["world"]
        ids = Ids(
            self._uuid, lambda: f"{self._draw().getrandbits(64):016x}", lambda: f"{self._draw().getrandbits(256):x}"
        )
        self.world = replace(real, clock=lambda: self.now, ids=ids)
        self.app.extensions["world"] = self.world
        self.sqlite = real.engine.dialect.name == "sqlite"
        self.begin_stream("base")
        places.build(self.world, self._uuid)
        self.base = self.dump()

    def _draw(self) -> random.Random:
        return self.local.random

    def begin_stream(self, name: str) -> None:
        self.local.random = random.Random(f"{self.seed}/{name}")

    def _uuid(self) -> str:
        ms = int(self.now.timestamp() * 1000)
        value = (
            (ms << 80) | (0x7 << 76) | (self._draw().getrandbits(12) << 64) | (2 << 62) | self._draw().getrandbits(62)
        )
        return str(UUID(int=value))

    def reset(self, seed: int, *, small_pages: bool = False) -> None:
        """The world as built, for a new seed. `small_pages`: a snapshot is read in many transactions."""
        snapshot.PAGE = 4 if small_pages else PAGE
        self.seed, self.now, self.earliest, self.latest = seed, BEGIN, BEGIN, BEGIN
        self.put_back(self.base)
        self._speak(SCHEMA_1)
        self.upgraded = False

    def dump(self) -> dict[str, list[dict[str, Any]]]:
        """Every row of every table."""
        with self.world.engine.connect() as conn:
            return {t.name: [dict(r) for r in conn.execute(t.select()).mappings()] for t in metadata.sorted_tables}

    def put_back(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        """An older state of the database, whole; nobody is told."""
        with self.world.engine.begin() as conn:
            names = [t.name for t in metadata.sorted_tables]
            if self.sqlite:
                for name in reversed(names):
                    conn.execute(text(f'DELETE FROM "{name}"'))
            else:
                conn.execute(text("TRUNCATE " + ", ".join(f'"{n}"' for n in names)))
            for table in metadata.sorted_tables:
                if rows[table.name]:
                    conn.execute(insert(table), rows[table.name])
            if not self.sqlite:
                last = max((r["no"] for r in rows["timeline"]), default=0)
                conn.execute(text("SELECT setval(pg_get_serial_sequence('timeline', 'no'), :last)"), {"last": last})

    def request(
        self, stream: str, method: str, path: str, headers: list[Any], body: bytes, hook: Hook = None
    ) -> Answer:
        """One request, answered whole; may be called while another one runs. Raises Died where the process ended."""
        outer = getattr(self.local, "random", None), failpoints.installed()
        self.begin_stream(stream)
        builder = EnvironBuilder(path=path.split("?")[0], query_string=path.partition("?")[2], method=method, data=body)
        for name, value in headers:
            builder.headers[name] = value
        failpoints.install(hook)
        try:
            chunks, status, sent = run_wsgi_app(self.app.wsgi_app, builder.get_environ(), buffered=True)
            return Answer(int(status.split()[0]), list(sent), b"".join(chunks))
        finally:
            failpoints.install(outer[1])
            self.local.random = outer[0]

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.earliest, self.latest = min(self.now, self.earliest), max(self.now, self.latest)

    def upgrade(self) -> None:
        """A release of the server that is two schemas ahead of the first apps."""
        self.upgraded = True
        self._speak(places.SCHEMA_3)

    def _speak(self, catalog: Catalog) -> None:
        self.world = self.app.extensions["world"] = replace(self.world, catalog=catalog)


@contextlib.contextmanager
def known_password() -> Iterator[None]:
    """Everybody has one password, and nothing is hashed: logins are many here."""
    real = passwords.matches
    passwords.matches = lambda stored, given: stored is not None and given == PASSWORD
    try:
        yield
    finally:
        passwords.matches = real
