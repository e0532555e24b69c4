"""A morning without signal."""

import re

from playwright.sync_api import expect

from tests.e2e import phone


def test_an_edit_made_offline_outlives_reload_and_a_closed_browser_and_arrives_exactly_once(server, pocket):
    page = pocket()
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "离线写的人")
    page.reload()
    expect(page.get_by_text("离线写的人").first).to_be_visible()
    expect(phone.status(page)).to_contain_text("离线 · 本机 1 条待送")
    page.context.close()
    assert server.taken(household) == 0

    page = pocket()
    phone.send_now(page)
    phone.counted(page, 1, 1)
    expect(phone.section(page, "已送达").get_by_text("户 · 修改：联系人")).to_be_visible()
    expect(page.get_by_text("没有待送的内容")).to_be_visible()
    phone.send_now(page)
    assert server.has_once(household)
    assert "离线写的人" in server.rows("SELECT row FROM record WHERE id = ?", household)[0][0]


def test_what_was_saved_outlives_a_browser_that_is_killed(server, pocket):
    page = pocket()
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.open_household(page, "1-1-202")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "手机没电之前")
    pocket.battery_dies()

    page = pocket()
    phone.come_back(page, "worker1")
    phone.open_sync(page)
    page.get_by_role("button", name="立即同步").click()  # the cookie may be lost: then the drain token hands it in
    phone.counted(page, 1, 1)
    assert server.has_once(household)
    assert "手机没电之前" in server.rows("SELECT row FROM record WHERE id = ?", household)[0][0]


def test_saved_means_that_the_disk_has_it(server, phones):
    page = phones(server.url)
    page.add_init_script(
        """const begin = IDBDatabase.prototype.transaction
        window.writes = []
        IDBDatabase.prototype.transaction = function (tables, mode, options) {
          if (mode === 'readwrite' && [...tables].includes('outbox')) window.writes.push(options?.durability)
          return begin.call(this, tables, mode, options)
        }"""
    )
    page.reload()
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-302")
    before = page.evaluate("writes.length")
    page.get_by_role("button", name="核实无变化").click()
    expect(phone.told(page)).to_contain_text("已存本机：核实无变化")
    written = page.evaluate("writes")[before:]
    assert written and set(written) == {"strict"}


def test_without_a_network_everything_on_the_phone_can_be_read_and_nothing_is_called_delivered(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    page.reload()
    phone.at_home(page, "worker1")
    phone.open_household(page, "1-1-102")
    phone.edit_field(page, "备注", "没有信号")
    for name in ("今日", "住户", "上报", "巡查", "我的"):
        page.goto("/#/")
        phone.tab(page, name)
        expect(phone.status(page)).not_to_contain_text("已全部送达")
    phone.open_sync(page)
    phone.counted(page, 0, 1)
    expect(phone.section(page, "待送 1 条").get_by_text("户 · 修改：备注")).to_be_visible()
    page.get_by_role("button", name="立即同步").click()
    expect(phone.told(page)).to_contain_text("连不上服务器，已写的都在本机")


def test_a_record_that_is_on_the_phone_is_never_called_missing_while_it_is_being_read(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.find(page, "1-1-101")
    page.evaluate(
        """() => { window.flashed = 0; new MutationObserver(() => {
          if (document.body.innerText.includes('这条记录不在本机')) window.flashed++
        }).observe(document.body, { childList: true, subtree: true, characterData: true }) }"""
    )
    page.get_by_role("listitem").get_by_role("link").first.click()
    expect(page.get_by_role("button", name="核实无变化")).to_be_visible()
    page.get_by_role("link").filter(has_text=re.compile("岁")).first.click()
    expect(page.get_by_role("button", name="修改")).to_be_visible()
    assert page.evaluate("window.flashed") == 0


def test_what_was_just_written_can_be_taken_back_before_it_is_sent(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-201")
    household = phone.record_in_address(page)
    phone.edit_field(page, "备注", "写错了的话")
    phone.told(page).get_by_role("button", name="撤回").click()
    expect(phone.told(page)).to_contain_text("已撤回")
    expect(page.get_by_text("写错了的话")).to_have_count(0)
    phone.send_now(page)
    phone.counted(page, 0, 0)
    assert server.taken(household) == 0
