"""Grants that end, households that move, sessions that are over."""

import json
import re

from playwright.sync_api import expect

from tests.e2e import held, phone, screens

DATABASES = "indexedDB.databases().then((all) => all.map((one) => one.name))"


def test_a_revoked_grid_hands_in_its_unsent_work_and_then_leaves_the_phone(own_server, phones):
    grid1, grid2 = (own_server.demo["areas"][name]["scope"] for name in ("grid1", "grid2"))
    page = phones(own_server.url)
    phone.begin(page, "worker2")
    phone.go_offline(page)
    household = own_server.demo["records"]["grid2"]["household"][0]
    page.goto(f"/#/households/{household}")
    phone.edit_field(page, "联系人", "交出去之前写的")
    phone.visit_at_once(page, "无人")
    own_server.flask("grant", "end", "worker2", grid2)
    foreign = residents(own_server, grid2) - residents(own_server, grid1)
    assert foreign & names(held.read(page)[own_server.user("worker2")])

    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 2, 2)
    statuses = own_server.rows(
        "SELECT type, status, reason FROM change WHERE account = ? AND device IS NOT NULL ORDER BY n",
        own_server.user("worker2"),
    )
    assert statuses == [("household", "parked", "late_scope"), ("visit", "applied", None)]
    rows = held.read(page)[own_server.user("worker2")]
    assert grid2 not in held.scopes_of(rows["memberships"]) | held.scopes_of(rows["cursors"])
    assert grid2 not in held.scopes_of([row for row in rows["base"] if row["type"] not in ("parked", "followup")])
    assert foreign & names(rows) == set()
    assert grid1 in held.scopes_of(rows["base"])
    waits = phone.section(page, "需要你看")
    expect(waits.get_by_text("网格已移交，由新的负责人确认")).to_be_visible()
    page.goto(f"/#/households/{household}")
    expect(page.get_by_role("heading", name="这条记录不在本机")).to_be_visible()


def test_a_household_that_moved_leaves_one_phone_and_comes_to_the_other_with_the_work_on_it(own_server, phones):
    one, other = phones(own_server.url), phones(own_server.url)
    phone.begin(one, "worker1")
    phone.begin(other, "worker3")
    phone.go_offline(one)
    household = own_server.demo["records"]["grid1"]["household"][0]
    one.goto(f"/#/households/{household}")
    phone.edit_field(one, "联系人", "搬走之前写的")
    own_server.flask("area", "move-record", household, own_server.demo["areas"]["grid3"]["scope"])

    one.context.set_offline(False)
    phone.send_now(one)
    phone.counted(one, 1, 1)
    expect(phone.section(one, "需要你看").get_by_text(re.compile("由那边确认|由新的负责人确认"))).to_be_visible()
    one.goto(f"/#/households/{household}")
    expect(one.get_by_role("heading", name="这条记录不在本机")).to_be_visible()
    here = held.read(one)[own_server.user("worker1")]
    assert household not in {row["id"] for row in here["base"]}

    phone.send_now(other)
    other.goto(f"/#/households/{household}")
    expect(other.get_by_role("button", name="核实无变化")).to_be_visible()
    (payload,) = own_server.rows("SELECT payload FROM change WHERE record = ? AND device IS NOT NULL", household)[0]
    assert "搬走之前写的".encode() in payload


def test_an_ended_session_keeps_everything_hands_in_the_work_and_asks_the_same_person(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    rows = len(held.read(page)[own_server.user("worker1")]["base"])
    ended = page.context.request.delete("/api/v1/session", data={}, headers={"origin": own_server.url})
    assert ended.ok, ended.text()
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "过期之后写的")
    phone.send_now(page, "已送出，暂未接收")
    phone.counted(page, 1, 1)
    expect(phone.status(page)).to_contain_text("请再登录一次")
    assert len(held.read(page)[own_server.user("worker1")]["base"]) == rows
    expect(page.get_by_text("登录已过期。李敏 请再输一次密码；已写的都在，仍会送出。")).to_be_visible()

    page.get_by_label("密码").fill("not-the-password")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    page.get_by_label("密码").fill(phone.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("登录已过期")).to_have_count(0)
    phone.send_now(page)
    expect(phone.status(page)).to_contain_text("已全部送达")
    assert own_server.taken(household) == 1


def test_a_wrong_password_at_the_first_login_is_told_in_words(own_server, phones):
    page = phones(own_server.url)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("请填用户名和密码")
    for name in ("worker1", "nobody-of-that-name"):
        phone.log_in(page, name, "wrong-password")
        expect(page.get_by_role("alert")).to_have_text("用户名或密码不对")
        expect(page.get_by_label("用户名")).to_have_value(name)  # what was typed stays


def residents(server, scope: str) -> set[str]:
    """Names of those who live in a grid."""
    question = "SELECT row ->> '$.data.name' FROM record WHERE type = 'resident' AND scope = ?"
    return {name for (name,) in server.rows(question, scope)}


def names(rows: dict) -> set[str]:
    """Names of residents anywhere in what a phone holds."""
    text = json.dumps([row["said"] for table in rows.values() for row in table], ensure_ascii=False)
    return {part.partition('"')[0] for part in text.split('"name": "')[1:]}


def test_who_has_logged_out_can_be_taken_off_the_phone_once_nothing_waits(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker3")
    phone.go_offline(page)
    phone.find(page, "101").first.click()
    phone.edit_field(page, "备注", "还没送出")
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()
    remove = page.get_by_role("button", name="从这部手机移除 赵丽 的资料")
    expect(page.get_by_text("这部手机上有 赵丽 的 1 条待送，不会丢")).to_be_visible()
    expect(remove).to_have_count(0)

    page.context.set_offline(False)
    phone.begin(page, "worker3")
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()
    remove.click()
    expect(page.get_by_text("赵丽 写的都已送达服务器")).to_be_visible()
    page.screenshot(path=screens.ARTIFACTS / "forget.png")
    page.get_by_role("button", name="移除 赵丽 的资料", exact=True).click()
    expect(phone.told(page)).to_contain_text("赵丽 的资料已从这部手机移除")
    expect(page.get_by_role("heading", name="这部手机上的人")).to_have_count(0)
    assert f"grid-{server.user('worker3')}" not in page.evaluate(DATABASES)
    page.reload()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def test_a_phone_that_the_office_ends_while_it_is_open_shows_nobody_any_more_and_says_why(own_server, phones):
    page = phones(own_server.url)
    phone.begin(page, "worker2")
    phone.open_household(page, "1-1-101")
    name = page.get_by_role("heading", level=1).inner_text()
    (device,) = own_server.rows("SELECT id FROM device WHERE account = ?", own_server.user("worker2"))[0]
    own_server.flask("device", "revoke", device)
    page.evaluate("dispatchEvent(new Event('online'))")  # the next contact
    expect(page.get_by_role("alert")).to_contain_text("办公室停用了这部手机：王强 的内容已从这里清空", timeout=60_000)
    expect(page.get_by_text(name, exact=True)).to_have_count(0)
    page.screenshot(path=screens.ARTIFACTS / "ended.png")
    page.reload()
    page.get_by_role("button", name=re.compile("王强.*办公室已停用")).click()
    expect(page.get_by_label("用户名")).to_have_value("worker2")
    page.get_by_label("密码").fill(phone.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    phone.at_home(page, "worker2")  # the person goes on, as a new device
    expect(phone.status(page)).to_contain_text("已全部送达", timeout=phone.LOADED_MS)
