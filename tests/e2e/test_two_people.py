"""More than one person, more than one window."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import held, phone
from tests.e2e.desk import desk
from tests.e2e.screens import ARTIFACTS, DESK


@pytest.mark.parametrize(
    "address,button,stays", [("1-1-101", "采用新值", "第二个人"), ("1-1-102", "保留现值", "第一个人")]
)
def test_two_workers_write_one_field_offline_the_office_settles_and_both_phones_agree(
    server, phones, playwright, address, button, stays
):
    first, second = phones(server.url), phones(server.url)
    for page, worker, words in ((first, "worker1", "第一个人"), (second, "worker2", "第二个人")):
        phone.begin(page, worker)
        phone.go_offline(page)
        open_in_grid1(page, address)
        phone.edit_field(page, "联系人", words)
    household = phone.record_in_address(first)
    assert phone.record_in_address(second) == household
    for page in (first, second):
        page.context.set_offline(False)
        phone.send_now(page)
        phone.counted(page, 1, 1)
    expect(phone.section(first, "已送达").get_by_text("户 · 修改：联系人")).to_be_visible()
    waits = phone.section(second, "需要你看")
    expect(waits.get_by_text("有不同意见，待社区确认").first).to_be_visible()
    expect(waits.get_by_text("第一个人")).to_be_visible()
    expect(waits.get_by_text("第二个人")).to_be_visible()
    expect(phone.status(second)).to_contain_text("1 条需要你看")

    office = phones(server.url, **DESK)
    office.goto("/office/review")
    phone.log_in(office, "clerk1")
    office.get_by_role("link").filter(has_text="联系人").filter(has_text="王强").click()
    panel = office.get_by_role("article")
    for words in ("第一个人", "李敏", "第二个人", "王强"):
        expect(panel).to_contain_text(words)
    office.screenshot(path=ARTIFACTS / "1280" / "office-conflict.png")
    panel.get_by_role("button", name=button).click()
    office.get_by_role("button", name="现在送").click()
    expect(office.get_by_role("button", name="撤回")).to_have_count(0)
    with desk(playwright, server, "clerk1") as clerk:
        assert [one for one in clerk.waiting() if one["record"] == household] == []
    for page in (first, second):
        phone.send_now(page)
        expect(phone.status(page)).to_contain_text("已全部送达")
        expect(phone.section(page, "需要你看")).to_have_count(0)
        page.goto(f"/#/households/{household}")
        expect(page.get_by_text(stays).first).to_be_visible()
    phone.open_sync(second)
    expect(phone.section(second, "已送达").get_by_text("户 · 修改：联系人")).to_be_visible()


def test_two_workers_write_different_fields_of_one_household_and_both_stand(server, phones):
    first, second = phones(server.url), phones(server.url)
    for page, worker, field, words in ((first, "worker1", "联系人", "新联系人"), (second, "worker2", "备注", "新备注")):
        phone.begin(page, worker)
        phone.go_offline(page)
        open_in_grid1(page, "1-1-301")
        phone.edit_field(page, field, words)
    household = phone.record_in_address(first)
    for page in (first, second, first):
        page.context.set_offline(False)
        phone.send_now(page)
        expect(phone.status(page)).to_contain_text("已全部送达")
    for page in (first, second):
        page.goto(f"/#/households/{household}")
        expect(page.get_by_text("新联系人").first).to_be_visible()
        expect(page.get_by_text("新备注").first).to_be_visible()


def test_two_tabs_that_write_and_send_at_once_share_one_numbering_and_send_each_change_once(server, phones):
    one = phones(server.url)
    phone.begin(one, "worker1")
    other = one.context.new_page()
    other.goto("/")
    phone.at_home(other, "worker1")
    phone.go_offline(one)
    records = []
    for page, address in ((one, "1-1-401"), (other, "1-1-402"), (one, "1-1-501"), (other, "1-1-502")):
        phone.open_household(page, address)
        phone.edit_field(page, "备注", f"写在 {address}")
        records.append(phone.record_in_address(page))
    for page in (one, other):
        expect(phone.status(page)).to_contain_text("本机 4 条待送")
        phone.open_sync(page)
    one.context.set_offline(False)
    for page in (one, other):
        page.get_by_role("button", name="立即同步").dispatch_event("click")
    for page in (one, other):
        phone.counted(page, 4, 4)
        expect(phone.status(page)).to_contain_text("已全部送达")
    marks = ",".join("?" * 4)
    question = f"SELECT record, n FROM change WHERE device IS NOT NULL AND record IN ({marks}) ORDER BY n"
    assert server.rows(question, *records) == [(record, n) for n, record in enumerate(records, 1)]


def test_two_workers_on_one_phone_have_a_store_each_and_see_nothing_of_each_other(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.open_household(page, "1-2-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "备注", "只有我知道")
    page.goto("/#/me")
    expect(page.get_by_text("1 条待送会自动送出")).to_be_visible()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="这部手机上的人")).to_be_visible()
    expect(page.get_by_text("这部手机上有 李敏 的 1 条待送，不会丢")).to_be_visible()
    assert len(held.read(page)[server.user("worker1")]["outbox"]) == 1
    page.get_by_role("button", name="李敏").click()
    expect(page.get_by_label("用户名")).to_have_value("worker1")  # logged out: a name alone opens nothing
    assert server.taken(household) == 0

    page.context.set_offline(False)
    phone.begin(page, "worker3")
    phone.tab(page, "住户")
    expect(page.get_by_text("只有我知道")).to_have_count(0)
    page.goto(f"/#/households/{household}")
    expect(page.get_by_role("heading", name="这条记录不在本机")).to_be_visible()
    mine = held.read(page)[server.user("worker3")]
    assert household not in json.dumps(mine)
    assert held.scopes_of(mine["base"]) & {server.demo["areas"]["grid1"]["scope"]} == set()

    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()
    phone.log_in(page, "worker1")
    phone.at_home(page, "worker1")
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert server.taken(household) == 1
    assert server.rows("SELECT account FROM change WHERE record = ? AND device IS NOT NULL", household) == [
        (server.user("worker1"),)
    ]


def open_in_grid1(page: Page, address: str) -> None:
    """The household in grid 1, also on the phone of somebody who holds grid 2 as well."""
    phone.find(page, f"1区 {address}").first.click()
    expect(page.get_by_role("button", name="核实无变化")).to_be_visible()
