"""Another tab, or the server, runs another version of the app than the one that wrote this phone's store."""

from playwright.sync_api import Page, expect

from tests.e2e import held, phone, screens

NEWER = """
async (user) => {
  const asked = indexedDB.open(`grid-${user}`, 99)
  await new Promise((done, failed) => ((asked.onsuccess = done), (asked.onerror = failed)))
  asked.result.close()
}
"""


FULL = "void (IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') })"


def newer_app_opens_the_store(page: Page, user: str) -> None:
    """In a tab of its own, of the same phone."""
    other = page.context.new_page()
    other.goto("/icons/icon.svg")
    other.evaluate(NEWER, user)
    other.close()


def test_a_tab_of_the_older_app_keeps_what_is_typed_in_it_and_starts_anew(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    page.get_by_text("修改", exact=True).click()
    page.get_by_label("备注").fill("门口有狗，敲三下")
    with page.expect_navigation():
        newer_app_opens_the_store(page, own_server.user("worker1"))
    expect(page.get_by_role("heading", name="这部手机上的内容没有打开")).to_be_visible()
    rows = held.read(page)[own_server.user("worker1")]["meta"]
    (form,) = [row["said"] for row in rows if row["key"] == f"form:edit/{household}"]
    assert form["typed"]["values"] == {"note": "门口有狗，敲三下"}


def test_what_such_a_tab_cannot_keep_stays_on_its_screen(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-101")
    page.get_by_text("修改", exact=True).click()
    page.evaluate(FULL)
    page.get_by_label("备注").fill("门口有狗，敲三下")
    newer_app_opens_the_store(page, own_server.user("worker1"))
    expect(page.get_by_label("备注")).to_have_value("门口有狗，敲三下")
    page.get_by_label("备注").press_sequentially("。")
    expect(page.get_by_label("备注")).to_have_value("门口有狗，敲三下。")


def test_an_app_older_than_the_store_says_so_and_what_to_do(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    newer_app_opens_the_store(page, own_server.user("worker1"))
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("更新版本的应用写下的，都还在")
    page.screenshot(path=screens.ARTIFACTS / "360" / "not-started.png")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_role("alert")).to_be_visible()


def test_a_phone_too_full_to_open_its_store_says_what_to_delete(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('', 'QuotaExceededError') }")
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("请先删掉一些照片或视频")


SLOW = """
  const open = IDBFactory.prototype.open
  IDBFactory.prototype.open = function (...asked) {
    const opening = open.apply(this, asked)
    const listen = opening.addEventListener.bind(opening)
    const late = (told) => (event) => setTimeout(() => told(event), 3000)
    opening.addEventListener = (name, told, how) => listen(name, name === 'success' ? late(told) : told, how)
    return opening
  }
"""


def test_a_store_that_takes_long_to_open_is_waited_for_with_words_and_then_the_app_is_there(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    page.add_init_script(SLOW)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("正在整理这部手机上的内容，请稍等，不要关闭。")
    phone.at_home(page, "worker1")
    expect(page.get_by_text("正在整理这部手机上的内容")).to_have_count(0)
