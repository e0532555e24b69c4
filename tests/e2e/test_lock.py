"""The PIN in a real browser: set, asked for, forgotten, guessed; and what lies on the disk of a locked phone."""

import re
from base64 import b64decode
from hashlib import pbkdf2_hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import Page, expect

from tests.e2e import phone, profiles

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
    expect(page.get_by_text("李敏 的工作内容已锁定")).to_be_visible(timeout=20_000)


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
    for left in range(9, 0, -1):
        type_pin(page, WRONG)
        expect(page.get_by_role("alert")).to_have_text(f"PIN 码不对，还可以试 {left} 次", timeout=20_000)
    type_pin(page, WRONG)
    expect(page.get_by_text("PIN 码输错太多次，这里的内容已清除")).to_be_visible(timeout=20_000)
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


def a_day_of_work(page: Page) -> list[str]:
    """Edits, a visit, a report and searches; names, phones and addresses of residents that were on the screen."""
    phone.open_household(page, "1-1-101")
    phone.edit_field(page, "备注", CANARIES["note"])
    phone.edit_field(page, "联系人", CANARIES["name"])
    phone.edit_field(page, "联系电话", CANARIES["phone"])
    phone.visit_at_once(page, "无人")
    page.get_by_role("link").filter(has_text=re.compile("岁")).first.click()
    phone.record_in_address(page)
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
    for (const row of await answer(store.transaction(table).objectStore(table).getAll())) {
      const box = new Uint8Array(row.box)
      const how = { name: 'AES-GCM', iv: box.slice(0, 12), additionalData: new TextEncoder().encode(`${table}:${row.id}`) }
      opened += await crypto.subtle.decrypt(how, key, box.slice(12)).then(() => 1, () => 0)
    }
  }
  phone.close()
  store.close()
  return opened
}
"""
