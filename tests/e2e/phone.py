"""What a person does on the phone, by the words on the screen."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

PASSWORD = "grid-demo"
NAMES = {"worker1": "李敏", "worker2": "王强", "worker3": "赵丽", "leader1": "孙建国"}
LOADED_MS = 60_000
RECORD = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Log in on the login page, without waiting for what comes."""
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def begin(page: Page, username: str) -> None:
    """Log in and wait until the first load is over."""
    log_in(page, username)
    at_home(page, username)
    expect(status(page)).to_contain_text("已全部送达")


def at_home(page: Page, username: str) -> None:
    expect(page.get_by_role("heading", name=f"{NAMES[username]}，你好")).to_be_visible(timeout=LOADED_MS)


def come_back(page: Page, username: str) -> None:
    """Open the app again; a browser that was killed may have forgotten who was the last, but not who is known."""
    known = page.get_by_role("button", name=NAMES[username])
    expect(status(page).filter(has_text=re.compile(".")).or_(known).first).to_be_visible()
    if known.is_visible():
        known.click()
    at_home(page, username)


def go_offline(page: Page) -> None:
    """Without a network, but not before the app itself is on the phone."""
    app_is_kept(page)
    page.context.set_offline(True)


def status(page: Page) -> Locator:
    """The one line at the top."""
    return page.get_by_role("status").first


def tab(page: Page, name: str) -> None:
    """Tap one of 今日 住户 上报 巡查 我的."""
    page.get_by_role("navigation").get_by_text(name, exact=True).click()


def find(page: Page, words: str) -> Locator:
    """Search among the households; the rows found."""
    if "/households" not in page.url or "/households/" in page.url:
        page.goto("/#/households")
    box = page.get_by_role("searchbox")
    box.fill(words)
    expect(page.get_by_text(re.compile(r"^找到 \d+ 户$"))).to_be_visible(timeout=LOADED_MS)
    return page.get_by_role("listitem").get_by_role("link")


def open_household(page: Page, address: str) -> None:
    find(page, address).first.click()
    expect(page.get_by_role("button", name="核实无变化")).to_be_visible()


def edit_field(page: Page, label: str, text: str) -> None:
    """On a record's page: change one field and save. It is on the phone when this returns."""
    page.get_by_text("修改", exact=True).click()
    page.get_by_label(re.compile(f"^{label}")).fill(text)
    save = page.get_by_role("button", name="保存")
    save.click()
    expect(told(page)).to_contain_text("已存本机")
    expect(save).to_have_count(0)  # the way back from the form is on its way: going elsewhere before it comes undoes it


def told(page: Page) -> Locator:
    """The line at the bottom after each write."""
    return page.get_by_role("status").last


def open_sync(page: Page) -> None:
    status(page).click()
    expect(page.get_by_role("heading", name="同步", exact=True)).to_be_visible()


def send_now(page: Page, outcome: str = "都已送达，也都收到了") -> None:
    """Go to the sync page and send; what the phone says about it."""
    open_sync(page)
    page.get_by_role("button", name="立即同步").click()
    expect(told(page)).to_contain_text(outcome, timeout=LOADED_MS)


def counted(page: Page, sent: int, of: int) -> None:
    """The sync page shows the server's own count."""
    expect(page.get_by_text(f"服务器已收到 {sent} / {of} 条" if of else "还没有写过要送的内容")).to_be_visible()


def app_is_kept(page: Page) -> None:
    """Wait until the service worker holds the app: from here on a reload needs no network."""
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    if not page.evaluate("!!navigator.serviceWorker.controller"):
        page.reload()
        page.wait_for_function("() => !!navigator.serviceWorker.controller")


def section(page: Page, heading: str) -> Locator:
    """The part of a page under this heading."""
    return page.locator("section", has=page.get_by_role("heading", name=heading, exact=True))


def record_in_address(page: Page) -> str:
    """Id of the record that the page shows; a page that was just asked for comes first."""
    page.wait_for_url(RECORD)
    return RECORD.search(page.url)[0]


def visit_at_once(page: Page, result: str) -> None:
    """On a household's page: two taps, for results that need no more words."""
    page.get_by_role("button", name="走访记录").click()
    page.get_by_role("radio", name=result).click()
    expect(told(page)).to_contain_text(f"已存本机：{result}")


def count_taps(page: Page) -> Callable[[], int]:
    """Counts taps from now on; calling it gives their number. Going to another page by address starts again."""
    page.evaluate("window.taps = 0; addEventListener('click', (tap) => { if (tap.isTrusted) taps++ }, true)")
    return lambda: page.evaluate("window.taps")


def tab_from_sync(page: Page, name: str) -> None:
    """From a page without tabs."""
    page.goto("/#/")
    tab(page, name)
