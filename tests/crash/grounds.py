"""Databases that can be broken: SQLite on a small disk, PostgreSQL that is stopped, killed and started again."""

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests import postgres
from tests.databases import sqlite_url

SMALL_DISK = {"sqlite": "48m", "postgresql": "400m"}


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[bool]:
    """A disk of its own at the folder, gone at the end; False where this machine does not let us mount one."""
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


class Disk:
    """The disk a database lies on."""

    def __init__(self, folder: Path, small: bool) -> None:
        self.small = small
        self.ballast = folder / "ballast"

    def fill(self) -> None:
        """Write until nothing more goes on it."""
        with self.ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            for size in (1 << 20, 1 << 12):
                with contextlib.suppress(OSError):
                    while file.write(b"\0" * size) == size:
                        pass

    def empty(self) -> None:
        self.ballast.unlink(missing_ok=True)


class Sqlite:
    kind = "sqlite"

    def __init__(self, data: Path, disk: Disk) -> None:
        self.disk = disk
        self.url = sqlite_url(data / "grid.db")

    def revive(self) -> None:
        """Nothing runs here that could have ended."""


class Postgres:
    """A server of its own. `crash` is its immediate stop: no checkpoint, recovery at the next start."""

    kind = "postgresql"

    def __init__(self, folder: Path, data: Path, disk: Disk) -> None:
        self.folder, self.data, self.disk = folder, data, disk
        self.programs, self.identity = postgres.installed(folder)
        new = ["-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync"]
        initdb = [self.programs / "initdb", "-D", data, *new]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **self.identity)
        self.process: subprocess.Popen | None = None
        self.url = f"postgresql://postgres@/postgres?host={folder}"
        self.start()

    def start(self) -> None:
        # A crash of the process leaves what the system holds of its files: fsync would only cost time.
        given = postgres.OPTIONS | {"max_wal_size": "64MB", "min_wal_size": "32MB"}
        options = [part for item in given.items() for part in ("-c", "=".join(item))]
        command = [self.programs / "postgres", "-D", self.data, "-k", self.folder, *options]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **self.identity)
        postgres.wait_until_ready(self.process, self.folder)

    def crash(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)

    def revive(self) -> None:
        """Start it where it has ended, and wait until it takes connections (it may be recovering by itself)."""
        if self.process.poll() is None:
            postgres.wait_until_ready(self.process, self.folder)
        else:
            self.start()

    def backends(self) -> list[int]:
        """Processes that serve gunicorn's connections, those inside a transaction first."""
        statement = (
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() "
            "ORDER BY state = 'idle in transaction' DESC, pid"
        )
        with psycopg.connect(self.url) as connection:
            return [pid for (pid,) in connection.execute(statement)]

    def terminate(self) -> None:
        """One connection is ended; the others go on."""
        with psycopg.connect(self.url) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [self.backends()[0]])

    def kill_backend(self) -> None:
        """One of its processes is killed: it throws out everybody and recovers."""
        os.kill(self.backends()[0], signal.SIGKILL)

    def end(self) -> None:
        if self.process.poll() is None:
            self.crash()


@contextlib.contextmanager
def ground(kind: str) -> Iterator[tuple[Sqlite | Postgres, Path]]:
    """(database, DATA_DIR for a server over it); both gone at the end."""
    # Not pytest's tmp_path: a socket's path may have 107 bytes, and `nobody` must get through.
    with tempfile.TemporaryDirectory(prefix="crash-") as name, contextlib.ExitStack() as ended:
        folder = Path(name)
        folder.chmod(0o755)
        small = ended.enter_context(small_disk(folder / "disk", SMALL_DISK[kind]))
        disk = Disk(folder / "disk", small)
        data = folder / "disk" / "data" if kind == "sqlite" else folder / "data"
        data.mkdir()
        if kind == "sqlite":
            yield Sqlite(data, disk), data
        else:
            home = folder / "pg"
            home.mkdir()
            database = Postgres(home, folder / "disk" / "pg", disk)
            ended.callback(database.end)
            yield database, data
