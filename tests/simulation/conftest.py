"""One real server on SQLite and one child of simulated phones, used by a module's runs one after the other."""

import pytest

from tests.simulation.running import stage


@pytest.fixture(scope="module")
def place(databases):
    with databases.migrated("sqlite") as url, stage("sqlite", url) as place:
        yield place


@pytest.fixture(scope="module")
def on_postgresql(databases):
    with databases.migrated("postgresql") as url, stage("postgresql", url) as place:
        yield place
