"""Real browsers against real servers: Debian's Chromium, gunicorn, one demo world copied for each server."""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.databases import ROOT
from tests.e2e import world
from tests.e2e.link import Link
from tests.e2e.pocket import Pocket
from tests.e2e.world import DemoServer

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
--disable-component-update --disable-sync"""
SIZE = ("--households", "60")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    return {"executable_path": shutil.which("chromium"), "headless": True, "args": FLAGS.split()}


@pytest.fixture(scope="session")
def browser_context_args() -> dict:
    """A worker's phone: small, touched, in China."""
    return {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
        "locale": "zh-CN",
        "timezone_id": "Asia/Shanghai",
    }


@pytest.fixture(scope="session")
def dist(tmp_path_factory) -> Path:
    """The built app as it was when the tests began."""
    built = ROOT / "pwa" / "dist"
    assert (built / "sw.js").is_file(), "pwa/dist is not built: ./scripts/test --browser builds it"
    return Path(shutil.copytree(built, tmp_path_factory.mktemp("app") / "dist"))


@pytest.fixture(scope="session")
def template(tmp_path_factory, dist) -> DemoServer:
    """The demo world on disk, never served itself."""
    return world.make(tmp_path_factory.mktemp("template") / "data", dist, *SIZE)


@pytest.fixture(scope="module")
def server(tmp_path_factory, template, dist) -> Iterator[DemoServer]:
    """One server for the tests of a file: each works on other records than its neighbours."""
    with world.running(world.copy(template, tmp_path_factory.mktemp("server") / "data", dist)) as running:
        yield running


@pytest.fixture
def own_server(tmp_path, template, dist) -> Iterator[DemoServer]:
    """A server of the test's own, to be killed or changed for everybody."""
    with world.running(world.copy(template, tmp_path / "data", dist)) as running:
        yield running


@pytest.fixture
def links() -> Iterator[Callable[[DemoServer], Link]]:
    """Makes wires to a server that can be cut."""
    with contextlib.ExitStack() as ended:

        def make(to: DemoServer) -> Link:
            link = Link(to.port)
            ended.callback(link.close)
            return link

        yield make


@pytest.fixture
def pocket(browser_type, browser_type_launch_args, browser_context_args, server, tmp_path) -> Iterator[Pocket]:
    settings = {**browser_type_launch_args, **browser_context_args, "base_url": server.url}
    made = Pocket(lambda profile: browser_type.launch_persistent_context(profile, **settings), tmp_path / "profile")
    yield made
    made.close()


@pytest.fixture
def phones(browser, browser_context_args) -> Iterator[Callable[..., Page]]:
    """Makes phones: `phones(server.url)` is an empty one at the app's first page. No page may throw."""
    thrown: list[str] = []
    with contextlib.ExitStack() as ended:

        def make(url: str, **settings) -> Page:
            context = browser.new_context(**(browser_context_args | settings), base_url=url)
            ended.callback(context.close)
            context.on("weberror", lambda error: thrown.append(str(error.error)))
            page = context.new_page()
            page.goto("/")
            return page

        yield make
    assert thrown == [], "a page threw"
