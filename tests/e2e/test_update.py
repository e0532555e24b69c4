"""The service worker: keeps the app, changes it when told to, and keeps out of everything else."""

import hashlib
import re
import shutil
from base64 import b64encode
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e import held, phone, world


@pytest.fixture
def changing(tmp_path, template, dist):
    """A server whose app can be replaced: `changing.dist` is its folder."""
    own = Path(shutil.copytree(dist, tmp_path / "dist"))
    server = world.copy(template, tmp_path / "data", own)
    server.dist = own
    with world.running(server) as running:
        yield running


def test_after_a_reload_without_a_server_the_whole_app_is_there(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    own_server.kill()
    page.reload()
    phone.at_home(page, "worker1")
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    for address in ("resident", "visit"):
        page.goto(f"/#/households/{household}/{address}")
        expect(page.get_by_role("button", name="返回")).to_be_visible()
    for address in ("report", "issues", "patrol", "sync", "me", f"records/{household}/edit"):
        page.goto(f"/#/{address}")
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_new_version_waits_until_it_is_asked_for_and_costs_no_unsent_work(changing, phones):
    page = phones(changing.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    page.route("**/api/v1/sync/**", lambda route: route.abort())
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "更新前写的")
    another_version(changing.dist)
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    page.goto("/#/")
    expect(page.get_by_text("有新版本，已写的内容不受影响")).to_be_visible()
    page.reload()
    expect(next_version(page)).to_have_count(0)  # a reload alone does not change the app under somebody's hands
    expect(page.get_by_text("有新版本，已写的内容不受影响")).to_be_visible()
    # Chromium may give the old worker five minutes when the tap meets the requests of a page that is still starting,
    # which nobody's thumb can: 27 of 180 taps at once, none of 120 after 0.3 s or more
    page.wait_for_load_state("networkidle")
    with page.expect_navigation():
        page.get_by_text("更新", exact=True).click()
    expect(next_version(page)).to_have_count(1)
    expect(phone.status(page)).to_contain_text("本机 1 条待送")
    assert [row["record"] for row in held.read(page)[changing.user("worker1")]["outbox"]] == [household]

    page.unroute("**/api/v1/sync/**")
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert changing.taken(household) == 1


def test_the_service_worker_answers_for_the_app_and_never_for_the_api_or_the_office(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    answered = {}
    page.on("response", lambda answer: answered.update({path_of(answer.url): answer.from_service_worker}))
    page.reload()
    phone.at_home(page, "worker1")
    phone.send_now(page)
    page.evaluate("fetch('/api/v1/catalog')")
    page.evaluate("fetch('/office/')")
    assert answered["/"]
    assert [path for path, by_worker in answered.items() if path.startswith("/assets/") and not by_worker] == []
    elsewhere = {path: by_worker for path, by_worker in answered.items() if path.startswith(("/api/", "/office"))}
    assert "/api/v1/sync/hello" in elsewhere and "/api/v1/catalog" in elsewhere and "/office/" in elsewhere
    assert [path for path, by_worker in elsewhere.items() if by_worker] == []
    kept = page.evaluate(
        """async () => (await Promise.all((await caches.keys()).map(async (name) =>
          (await (await caches.open(name)).keys()).map((one) => new URL(one.url).pathname)))).flat()"""
    )
    assert "/" in kept
    assert [path for path in kept if path.startswith(("/api", "/office"))] == []


def path_of(url: str) -> str:
    return re.sub(r"^https?://[^/]+", "", url).partition("?")[0].partition("#")[0]


def next_version(page: Page) -> Locator:
    return page.locator("meta[name=version][content=next]")


def another_version(dist: Path) -> None:
    """The next build: a page that says so, and a service worker that lists it."""
    page, worker = dist / "index.html", dist / "sw.js"
    old = listed(page)
    page.write_text(page.read_text().replace("<title>", '<meta name="version" content="next"><title>'))
    text = worker.read_text().replace(old, listed(page))
    name = re.search("[`'\"]([0-9a-f]{12})[`'\"]", text)[1]
    worker.write_text(text.replace(name, hashlib.sha256(text.encode()).hexdigest()[:12]))
    for file in (page, worker):
        file.with_name(file.name + ".gz").unlink(missing_ok=True)


def listed(file: Path) -> str:
    return "sha256-" + b64encode(hashlib.sha256(file.read_bytes()).digest()).decode()
