"""The store's pages in a real browser: as a store in memory answers, in two tabs, and through a battery that dies."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.databases import ROOT
from tests.e2e.pocket import Pocket

ROWS = 30_000


@pytest.fixture(scope="module")
def script(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("store") / "store.js"
    build = ["node_modules/.bin/rolldown", "tests/store_page.ts", "--platform", "browser", "--format", "iife"]
    subprocess.run([*build, "--file", made], cwd=ROOT / "pwa", check=True, stdout=subprocess.DEVNULL)
    return made


@pytest.fixture
def opened(script) -> Callable[[BrowserContext], Page]:
    """An empty page of one origin with the store in it."""

    def make(context: BrowserContext) -> Page:
        page = context.new_page()
        page.route("**/*", lambda route: route.fulfill(body="<title>store</title>", content_type="text/html"))
        page.goto("http://127.0.0.1:9/")
        page.add_script_tag(path=script)
        return page

    return make


@pytest.mark.parametrize("seed", range(1, 7))
def test_pages_answer_as_a_store_in_memory_does(context, opened, seed):
    assert opened(context).evaluate("(seed) => stores.difference(seed, 40)", seed) is None


def test_two_tabs_that_change_rows_of_the_same_pages_lose_none(context, opened):
    one, other = opened(context), opened(context)
    one.evaluate("stores.fill('two', 200)")
    for page, first in ((one, 0), (other, 1)):
        page.evaluate("(first) => { window.busy = stores.count('two', 200, first, 1) }", first)
    for page in (one, other):
        page.evaluate("busy")
    assert one.evaluate("stores.versions('two')") == [1] + [2] * 199


def test_a_battery_that_dies_while_rows_move_into_pages_loses_none(
    browser_type, browser_type_launch_args, tmp_path, opened
):
    def launch(profile: Path) -> BrowserContext:
        return browser_type.launch_persistent_context(profile, **browser_type_launch_args)

    phone = Pocket(launch, tmp_path / "profile")
    context = launch(phone.profile)
    opened(context).evaluate("(rows) => stores.former('moved', rows)", ROWS)
    context.close()
    for nth in range(3):
        page = opened(phone.launch(phone.profile))
        page.evaluate("void stores.opened('moved')")
        time.sleep(0.1 + 0.15 * nth)  # of the seconds that it takes
        phone.battery_dies()
    context = launch(phone.profile)
    assert opened(context).evaluate("stores.version('moved')") == 20, "the battery was to die before they had moved"
    rows, members, households, took = opened(context).evaluate("stores.opened('moved')")
    context.close()
    print(f"moved {ROWS:,} rows in {took:,.0f} ms")
    assert [rows, members, households] == [ROWS, ROWS, ROWS / 2]
