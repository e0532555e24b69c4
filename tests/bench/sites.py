"""What is measured: the product's server and the ref's, each over a database of its own with the same records."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, text

from server import gunicorn_conf
from server.adapters.storage import areas
from server.app import create_app
from server.config import Config
from server.services import accounts, grants, timelines
from server.services.transactions import read, write
from server.services.verify import verify
from server.services.world import World
from tests.bench import loading, ref
from tests.bench.devices import PASSWORD, Phone, ProductPhone, RefPhone
from tests.bench.households import grid_id, records, scope_of
from tests.databases import Databases
from tests.serving import Server

COMMUNITY = "ffffffff-0000-4000-8000-000000000000"


@dataclass
class Size:
    """How many: records a grid, grids, edits of W2, devices and edits each of W4, rows changed in W3, photos of W6."""

    records: int = 1_000
    grids: int = 10
    edits: int = 1_000
    devices: int = 50
    each: int = 20
    changed: int = 50
    growth: tuple[int, ...] = (100,)  # grids of the larger worlds
    photos: int = 20
    pixels: tuple[int, int] = (1600, 1200)


@dataclass
class Site:
    """A running server. `roots`: the processes whose trees do its work."""

    name: str
    server: Server
    engine: Engine
    grids: int
    size: Size
    ended: ExitStack
    roots: list[int] = field(default_factory=list)

    def phone(self, username: str, scopes: list[str]) -> Phone:
        url = self.server.url
        phone = ProductPhone(url, scopes, username) if self.name == "product" else RefPhone(url, scopes)
        self.ended.callback(phone.line.http.close)
        return phone

    def stored(self) -> tuple[int, int]:
        """(changes in the ledger, sum of the heads of the grids' feeds)."""
        with self.engine.connect() as conn:
            changes = conn.execute(text("SELECT count(*) FROM change")).scalar_one()
            heads = conn.execute(text("SELECT sum(head) FROM scope WHERE id LIKE 'grid:%'")).scalar_one()
            return int(changes), int(heads)

    def record_ids(self, grids: int) -> list[str]:
        """Ids of the households of its first grids, as they were loaded."""
        found = (made.standing for n in range(grids) for made in records(n, self.size.records, COMMUNITY))
        return [standing.id for standing in found if standing.type == "household"]


class RefServer(Server):
    how = (
        *("--worker-class", gunicorn_conf.worker_class, "--workers", str(gunicorn_conf.workers)),
        *("--threads", str(gunicorn_conf.threads), "--keep-alive", str(gunicorn_conf.keepalive)),
        *("--no-control-socket", "tests.bench.ref:create_app()"),
    )


class Sites:
    """Makes sites; all end with the context `ended`."""

    def __init__(self, databases: Databases, kind: str, folder: Path, ended: ExitStack, size: Size) -> None:
        self.databases, self.kind, self.folder, self.ended, self.size = databases, kind, folder, ended, size

    def product(self, grids: int, usernames: dict[str, list[int]], **settings: str) -> Site:
        """A server with so many grids and workers: {user name: numbers of his grids}."""
        url = self.ended.enter_context(self.databases.migrated(self.kind))
        server = Server(self._folder(), {"DATABASE_URL": url, **settings})
        server.flask("prepare")
        app = create_app(Config.from_env(server.environment))
        world: World = app.extensions["world"]
        populate(world, grids, self.size.records, usernames)
        if grids <= self.size.grids:
            found = verify(world)
            assert found == [], found[:3]
        return self._started("product", server, world.engine, grids)

    def ref(self, grids: int) -> Site:
        url = self.ended.enter_context(self.databases.empty(self.kind))
        engine = create_engine(url)
        with engine.begin() as conn:
            for table in ref.TABLES:
                conn.execute(text(table))
        for grid in range(grids):
            made = [loading.text_of(m) for m in records(grid, self.size.records, COMMUNITY)]
            ids = [m.standing.id for m in records(grid, self.size.records, COMMUNITY)]
            rows = [(i, scope_of(grid), seq, row) for seq, (i, row) in enumerate(zip(ids, made, strict=True), 1)]
            loading.put(engine, {"record": rows, "scope": [(scope_of(grid), len(rows))]}, ref.COLUMNS)
        loading.settle(engine)
        return self._started("ref", RefServer(self._folder(), {"DATABASE_URL": url}), engine, grids)

    def _folder(self) -> Path:
        folder = self.folder / f"site{len(list(self.folder.iterdir()))}"
        folder.mkdir()
        return folder

    def _started(self, name: str, server: Server, engine: Engine, grids: int) -> Site:
        engine.dispose()
        server.start()
        self.ended.callback(engine.dispose)
        self.ended.callback(server.stop)
        site = Site(name, server, engine, grids, self.size, self.ended, [server.process.pid])
        if self.kind == "postgresql":
            site.roots.append(postmaster(engine))
        return site


def postmaster(engine: Engine) -> int:
    """The database server's first process: the parent of the one we talk to."""
    with engine.connect() as conn:
        backend = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


def populate(world: World, grids: int, count: int, usernames: dict[str, list[int]]) -> None:
    """Areas, records, and workers with grants."""
    rows: list[dict[str, Any]] = [
        {"id": COMMUNITY, "parent": None, "level": "community", "name": "泉城社区", "code": "370102001001"}
        | {"scope": f"org:{COMMUNITY}", "path": f"/{COMMUNITY}/"}
    ]
    for n in range(grids):
        own = {"id": grid_id(n), "parent": COMMUNITY, "level": "grid", "name": f"第{n + 1}网格", "code": "370102001001"}
        rows.append(own | {"scope": scope_of(n), "path": f"/{COMMUNITY}/{grid_id(n)}/"})
    with write(world, "bench") as conn:
        areas.put(conn, rows)
        areas.ensure_scopes(conn, [f"org:{COMMUNITY}"])
    with read(world) as conn:
        timeline = timelines.current(conn)
    loading.load(world, range(grids), count, COMMUNITY, timeline)
    for username, held in usernames.items():
        accounts.create(world, username, f"网格员{username[-2:]}", "worker", PASSWORD)
        for n in held:
            grants.add(world, username, scope_of(n))


@contextmanager
def sites(kind: str, server: str, folder: Path, size: Size) -> Iterator[Sites]:
    """Sites whose databases are on the PostgreSQL `server`, or SQLite files."""
    with ExitStack() as ended:
        databases = Databases(folder, ended)
        databases.server = server
        yield Sites(databases, kind, folder / "sites", ended, size)
