"""The PIN in a real browser: set, asked for, forgotten, guessed; and what lies on the disk of a locked phone."""

import re
from base64 import b64decode
from hashlib import pbkdf2_hmac
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import Page, expect

from tests.e2e import phone, profiles, screens, world
from tests.e2e.desk import desk
from tests.e2e.test_every_page import CUT, TOO_SMALL, serious

PIN, WRONG = "314159", "271828"
CANARIES = {"note": "canary-note-7Q", "name": "金丝雀乙", "phone": "13977770123"}


def type_pin(page: Page, pin: str) -> None:
    """On the pad, digit by digit."""
    for digit in pin:
        page.get_by_role("button", name=digit, exact=True).click()


def set_pin(page: Page) -> None:
    phone.tab_from_sync(page, "我的")
    page.get_by_role("button", name="设置 PIN 码").click()
    type_pin(page, PIN)
    expect(page.get_by_text("再输一次", exact=True)).to_be_visible()
    type_pin(page, PIN)
    expect(phone.told(page)).to_contain_text("PIN 码已设好", timeout=20_000)


def locked(page: Page) -> None:
    locked_for(page, "李敏")


def test_a_pin_locks_the_phone_opens_it_offline_and_ten_wrong_ones_lose_nothing(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    set_pin(page)
    page.reload()
    locked(page)
    phone.go_offline(page)
    page.reload()
    locked(page)
    type_pin(page, WRONG)
    expect(page.get_by_role("alert")).to_have_text("PIN 码不对，还可以试 9 次", timeout=20_000)
    page.reload()
    locked(page)
    expect(page.get_by_text("还可以试 9 次")).to_be_visible()
    type_pin(page, PIN)
    phone.at_home(page, "worker1")

    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "没有信号时写的")
    phone.tab_from_sync(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    locked(page)
    for left in range(9, 1, -1):
        type_pin(page, WRONG)
        expect(page.get_by_role("alert")).to_have_text(f"PIN 码不对，还可以试 {left} 次", timeout=20_000)
    type_pin(page, WRONG)
    expect(page.get_by_role("alert")).to_contain_text("再错一次，这里的内容会清除", timeout=20_000)
    look(page, "pin_last_try")
    type_pin(page, WRONG)
    expect(page.get_by_role("alert")).to_contain_text("PIN 码输错太多次，这里的内容已清除", timeout=20_000)
    expect(page.get_by_text("PIN 码输错太多次")).to_have_count(1)
    assert own_server.taken(household) == 0

    page.context.set_offline(False)
    page.get_by_label("密码").fill(phone.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("输入新的 PIN 码")).to_be_visible(timeout=20_000)
    type_pin(page, PIN)
    type_pin(page, PIN)
    phone.at_home(page, "worker1")
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert own_server.has_once(household)
    phone.open_household(page, "1-1-101")
    expect(page.get_by_text("没有信号时写的").first).to_be_visible()

    the_pin_is_taken_off(page)


def the_pin_is_taken_off(page: Page) -> None:
    phone.tab_from_sync(page, "我的")
    page.get_by_role("button", name="取消 PIN 码").click()
    look(page, "pin_off")
    type_pin(page, PIN)
    expect(phone.told(page)).to_contain_text("PIN 码已取消", timeout=20_000)
    page.goto("/")
    page.reload()
    phone.at_home(page, "worker1")  # nothing is asked for


def test_the_disk_of_a_locked_phone_names_nobody_and_no_pin_opens_it_without_the_share(
    own_server, playwright, browser_type_launch_args, browser_context_args, tmp_path
):
    folder = tmp_path / "profile"

    def start(url: str):
        context = playwright.chromium.launch_persistent_context(
            folder, **browser_type_launch_args, **browser_context_args, base_url=own_server.url
        )
        page = context.pages[0] if context.pages else context.new_page()
        page.goto(url)
        return context, page

    context, page = start("/")
    phone.log_in(page, "worker1")
    phone.at_home(page, "worker1")
    set_pin(page)
    people = a_day_of_work(page)
    lock_row = page.evaluate(LOCK_ROW)
    share = page.evaluate(SHARE, lock_row["device"])
    page.evaluate("localStorage.setItem('control', 'control-canary-8Z')")
    phone.tab_from_sync(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    locked(page)
    assert page.evaluate(OPENED_BY_THE_PHONES_OWN_KEY) == 0
    context.close()
    context, page = start("/")  # what was in the logs is in tables now
    locked(page)
    context.close()

    found = profiles.words_on_disk(folder, ["control-canary-8Z", "李敏", *CANARIES.values(), *people])
    assert found == {"control-canary-8Z", "李敏"}  # the scan sees what is there; the worker's own name is
    assert guesses(lock_row, "") == []
    assert guesses(lock_row, "x" * len(share)) == []
    assert guesses(lock_row, share) == [PIN]  # why the share must not stay on the phone


def test_two_on_one_phone_a_rescue_file_from_the_locked_screen_and_the_end_of_a_lost_phone(
    own_server, phones, playwright, tmp_path
):
    own_server.stop()
    own_server.environment["PIN_REQUIRED"] = "1"
    own_server.start()
    page = phones(own_server.url)
    two_workers_begin(own_server, page)
    phone.go_offline(page)
    household = own_server.demo["records"]["grid2"]["household"][0]
    page.goto(f"/#/households/{household}")
    phone.edit_field(page, "联系人", "写在快坏的手机上")
    phone.tab_from_sync(page, "我的")
    page.get_by_role("button", name="立即锁定").click()
    locked_for(page, "王强")
    look(page, "unlock")
    with page.expect_download() as saving:
        page.get_by_role("button", name="存成救援文件").click()
    saving.value.save_as(tmp_path / "rescue.json")
    assert "写在快坏的手机上" not in (tmp_path / "rescue.json").read_text()
    the_office_takes_it_in_twice(phones(own_server.url, **screens.DESK), tmp_path / "rescue.json")
    assert own_server.has_once(household)

    page.context.set_offline(False)
    page.reload()
    locked_for(page, "王强")
    world.until(lambda: own_server.rows(HANDED, own_server.user("worker2")) == [(1, 1)], "the phone was heard")
    assert own_server.has_once(household)
    (device,) = own_server.rows("SELECT id FROM device WHERE account = ?", own_server.user("worker2"))[0]
    own_server.flask("device", "revoke", device)
    page.evaluate("localStorage.setItem('grid.recent_buildings', '[\"one\"]')")
    page.reload()
    locked_for(page, "王强")
    emptied = "SELECT wiped_at FROM device WHERE id = ?"
    world.until(lambda: own_server.rows(emptied, device)[0][0], "the receipt came")
    assert "emptied 20" in own_server.flask("device", "list", "--user", "worker2")
    assert held_rows(page, own_server.user("worker2")) == 0
    assert page.evaluate("localStorage.getItem('grid.recent_buildings')") is None  # nor tiles: tests/tiles.test.ts
    assert held_rows(page, own_server.user("worker1")) > 100
    with desk(playwright, own_server, "clerk1") as clerk:
        assert [one["incident"] for one in clerk.waiting("incident")] == ["device_wiped"]


def two_workers_begin(server, page: Page) -> None:
    """On a server that asks for PINs: each gets a store and a PIN of the own, the second one goes on."""
    for username in ("worker1", "worker2"):
        phone.log_in(page, username)
        expect(page.get_by_text("输入新的 PIN 码")).to_be_visible(timeout=20_000)
        assert held_rows(page, server.user(username)) == 0  # nothing comes before there is a PIN
        look(page, "pin")
        type_pin(page, PIN)
        type_pin(page, PIN)
        phone.at_home(page, username)
        if username == "worker1":
            phone.tab(page, "我的")
            page.get_by_role("button", name="换人使用").click()
            expect(page.get_by_text("用 PIN 码打开")).to_be_visible()


def the_office_takes_it_in_twice(office: Page, file: Path) -> None:
    office.goto("/office/rescue")
    office.get_by_label("用户名").fill("clerk1")
    office.get_by_label("密码").fill(phone.PASSWORD)
    office.get_by_role("button", name="登录").click()
    for known in (0, 1):
        office.locator("input[type=file]").set_input_files(file)
        expect(office.get_by_text(f"文件里有 1 条，其中 {known} 条服务器原来就有。")).to_be_visible(timeout=20_000)
        expect(office.get_by_text("1 条已写入")).to_have_count(1)  # the second time nothing is
    office.screenshot(path=screens.ARTIFACTS / "1280" / "rescue.png")


HANDED = "SELECT have_n, next_n - 1 FROM device WHERE account = ?"


def locked_for(page: Page, name: str) -> None:
    expect(page.get_by_text(f"{name} 的工作内容已锁定")).to_be_visible(timeout=20_000)


def look(page: Page, name: str) -> None:
    """Nothing serious, nothing cut on a small screen with large letters; pictures for people to look at."""
    assert serious(page, name) == []
    page.screenshot(path=screens.ARTIFACTS / "360-light" / f"{name}.png")
    page.emulate_media(color_scheme="dark")
    assert serious(page, name) == []
    page.screenshot(path=screens.ARTIFACTS / "360-dark" / f"{name}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(screens.SMALL["viewport"])
    page.evaluate("document.documentElement.dataset.size = 'large'")
    assert page.evaluate(CUT) == []
    page.screenshot(path=screens.ARTIFACTS / "320-large" / f"{name}.png", full_page=True)
    page.evaluate("document.documentElement.dataset.size = 'normal'")
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate(TOO_SMALL) == []


def held_rows(page: Page, user: str) -> int:
    """Rows of records in somebody's store on this phone."""
    return page.evaluate(ROWS, user)


ROWS = """
async (user) => {
  const answer = (asked) => new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const store = await answer(indexedDB.open(`grid-${user}`))
  const count = await answer(store.transaction('base_pages').objectStore('base_pages').index('key').count())
  store.close()
  return count
}
"""


def a_day_of_work(page: Page) -> list[str]:
    """Edits, a visit, a report and searches; names, phones and addresses of residents that were on the screen."""
    phone.open_household(page, "1-1-101")
    phone.edit_field(page, "备注", CANARIES["note"])
    phone.edit_field(page, "联系人", CANARIES["name"])
    phone.edit_field(page, "联系电话", CANARIES["phone"])
    phone.visit_at_once(page, "无人")
    page.get_by_role("link").filter(has_text=re.compile("岁")).first.click()
    page.wait_for_url(re.compile("/records/"))
    expect(page.get_by_role("button", name="修改")).to_be_visible()
    resident = page.get_by_role("heading", level=1).inner_text()
    phone.find(page, CANARIES["name"])
    phone.find(page, resident)
    phone.send_now(page)
    return [resident]


def guesses(row: dict, share: str) -> list[str]:
    """Which of a few PINs open the wrapped key with this share, as somebody with a copy of the disk would try."""
    salt, wrapped = b64decode(row["salt"]), b64decode(row["wrapped"])
    opened = []
    for pin in (PIN, WRONG, "123456", "000000"):
        slow = pbkdf2_hmac("sha256", pin.encode(), salt, row["rounds"])
        key = HKDF(hashes.SHA256(), 32, b"", b"grid pin 1").derive(slow + share.encode())
        try:
            AESGCM(key).decrypt(wrapped[:12], wrapped[12:], None)
        except InvalidTag:
            continue
        opened.append(pin)
    return opened


LOCK_ROW = """
async () => {
  const answer = (asked) => new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const db = await answer(indexedDB.open('grid-phone'))
  const [row] = await answer(db.transaction('locks').objectStore('locks').getAll())
  db.close()
  const text = (bytes) => btoa(String.fromCharCode(...bytes))
  const who = await (await fetch('/api/v1/session')).json()
  return { salt: text(row.salt), wrapped: text(row.wrapped), rounds: row.rounds, device: who.device.id }
}
"""
SHARE = """
async (device) => {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch('/api/v1/devices/share', { method: 'POST', headers, body: JSON.stringify({ device }) })
  return (await answer.json()).share
}
"""
OPENED_BY_THE_PHONES_OWN_KEY = """
async () => {
  const answer = (asked) => new Promise((done) => (asked.onsuccess = () => done(asked.result)))
  const phone = await answer(indexedDB.open('grid-phone'))
  const [{ id, key }] = await answer(phone.transaction('keys').objectStore('keys').getAll())
  const store = await answer(indexedDB.open(`grid-${id}`))
  let opened = 0
  for (const table of ['base', 'outbox', 'journal']) {
    const name = table === 'base' ? 'base_pages' : table
    const kept = await answer(store.transaction(name).objectStore(name).getAll())
    for (const row of table === 'base' ? kept.flatMap((page) => page.rows) : kept) {
      const box = new Uint8Array(row.box)
      const about = new TextEncoder().encode(`${table}:${row.id}`)
      const how = { name: 'AES-GCM', iv: box.slice(0, 12), additionalData: about }
      opened += await crypto.subtle.decrypt(how, key, box.slice(12)).then(() => 1, () => 0)
    }
  }
  phone.close()
  store.close()
  return opened
}
"""
