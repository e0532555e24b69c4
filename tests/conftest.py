"""Fixtures for every kind of test: real databases, migrated as a server's would be."""

import contextlib
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.databases import Databases
from tests.object_storage import ObjectStorage, object_storage

# No deadline for one example: machines are shared. `--hypothesis-profile=full` looks harder.
settings.register_profile("ci", deadline=None)
settings.register_profile("full", deadline=None, max_examples=2000)
settings.load_profile("ci")

KINDS = ["sqlite", "postgresql"]


@pytest.fixture(scope="session")
def databases(tmp_path_factory) -> Iterator[Databases]:
    """Makes databases on demand: `with databases.migrated("sqlite") as url`."""
    with contextlib.ExitStack() as ended:
        yield Databases(tmp_path_factory.mktemp("databases"), ended)


@pytest.fixture(scope="session")
def storage() -> Iterator[ObjectStorage]:
    """An S3 server that verifies signatures."""
    with object_storage() as running:
        yield running


@pytest.fixture(params=KINDS)
def database_url(request, databases) -> Iterator[str]:
    """A migrated database of the test's own, on SQLite and on PostgreSQL."""
    with databases.migrated(request.param) as url:
        yield url


@pytest.fixture
def sqlite_url(databases) -> Iterator[str]:
    """A migrated SQLite database, where the kind of database plays no part in what is tested."""
    with databases.migrated("sqlite") as url:
        yield url


@pytest.fixture
def postgres_url(databases) -> Iterator[str]:
    """A migrated PostgreSQL database, for what SQLite cannot do."""
    with databases.migrated("postgresql") as url:
        yield url


@pytest.fixture(params=KINDS)
def empty_database_url(request, databases) -> Iterator[str]:
    """A database without tables."""
    with databases.empty(request.param) as url:
        yield url
