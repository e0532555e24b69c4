"""The real client core against the real server: phones in a Node process, gunicorn over SQLite, a small demo world."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.databases import ROOT
from tests.driver import Driver
from tests.e2e import world
from tests.e2e.world import DemoServer
from tests.regressions.people import Phone

DIST = ROOT / "pwa" / "dist"  # named, not used: no page is asked for here


@pytest.fixture(scope="session")
def driver() -> Iterator[Driver]:
    started = Driver()
    yield started
    started.end()


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> DemoServer:
    """The demo world on disk, never served itself: twelve households a grid."""
    return world.make(tmp_path_factory.mktemp("made") / "data", DIST, "--households", "12")


@pytest.fixture(scope="session")
def server(made, tmp_path_factory) -> Iterator[DemoServer]:
    """One server for all who change nothing for the others."""
    with world.running(world.copy(made, tmp_path_factory.mktemp("server") / "data", DIST)) as running:
        yield running


@pytest.fixture
def own_server(made, tmp_path) -> Iterator[DemoServer]:
    """A server of the test's own, to be changed for everybody."""
    with world.running(world.copy(made, tmp_path / "data", DIST)) as running:
        yield running


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    return count(1)


@pytest.fixture
def phones(driver, numbers) -> Callable[..., Phone]:
    """Makes phones that have loaded: `phones(server, "worker1")`."""

    def make(server: DemoServer, username: str) -> Phone:
        phone = Phone(driver, f"phone {next(numbers)}", username, server)
        phone.install()
        return phone

    return make
