"""The PIN in a real browser: set, asked for, forgotten, guessed; and what lies on the disk of a locked phone."""

import json
import re
import sqlite3
from base64 import b64decode
from hashlib import pbkdf2_hmac

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from playwright.sync_api import Page, expect

from tests.e2e import held, phone

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
