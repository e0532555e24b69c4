"""Databases for tests: migrated once a session as a template, copied for each test (25 ms or less)."""

import contextlib
import shutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from alembic import command
from alembic.config import Config
from sqlalchemy import make_url

from tests import postgres

ROOT = Path(__file__).parent.parent


def alembic_config(url: str) -> Config:
    """Alembic as pyproject.toml sets it up, pointed at the database at `url`."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    return config


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database up to `revision`; alembic's own words for it hold ("head", "0001", "+1")."""
    command.upgrade(alembic_config(url), revision)


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


@contextlib.contextmanager
def postgres_database(server: str, template: str = "template0") -> Iterator[str]:
    """URL of a new database on the server, copied from a template; dropped at the end, whoever is connected."""
    name = f"t_{uuid4().hex}"
    postgres.execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        postgres.execute(server, f"DROP DATABASE {name} WITH (FORCE)")


class Databases:
    """Makes databases of either kind. Templates and the PostgreSQL server come into being when first asked for."""

    def __init__(self, folder: Path, ended: contextlib.ExitStack) -> None:
        """`ended` closes what was opened when the session is over."""
        self.folder = folder
        self.ended = ended
        self.templates: dict[str, str] = {}

    @cached_property
    def server(self) -> str:
        """URL of the PostgreSQL server's own database, for making others beside it."""
        return self.ended.enter_context(postgres.server())

    @contextlib.contextmanager
    def empty(self, kind: str) -> Iterator[str]:
        """URL of a database without tables; `kind` is "sqlite" or "postgresql"."""
        if kind == "postgresql":
            with postgres_database(self.server) as url:
                yield url
        else:
            folder = self.folder / uuid4().hex
            folder.mkdir()
            yield sqlite_url(folder / "grid.db")
            shutil.rmtree(folder)

    @contextlib.contextmanager
    def migrated(self, kind: str) -> Iterator[str]:
        """URL of a database with every table and no rows of ours."""
        template = self.template(kind)
        if kind == "postgresql":
            with postgres_database(self.server, make_url(template).database) as url:
                yield url
        else:
            with self.empty(kind) as url:
                shutil.copy(make_url(template).database, make_url(url).database)
                yield url

    def template(self, kind: str) -> str:
        if kind not in self.templates:
            url = self.ended.enter_context(self.empty(kind))
            migrate(url)
            self.templates[kind] = url
        return self.templates[kind]
