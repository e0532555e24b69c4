"""A worker's whole day as one script, on the real server: nothing of it is lost, and everything counts once."""

import json
import re

from playwright.sync_api import Page, expect

from tests.e2e import phone
from tests.e2e.worker import change, data_of, worker
from tests.e2e.world import DemoServer, until

HERE = {"latitude": 36.66, "longitude": 117.07, "accuracy": 8}


def test_a_whole_day(playwright, server, pocket):
    page = pocket()
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation(HERE)
    phone.begin(page, "worker1")
    three_visits(page)
    phone.send_now(page)
    phone.counted(page, 3, 3)

    phone.go_offline(page)  # the signal is lost between the houses
    patrol = a_patrol(page, server)
    first = an_issue(page, "路灯/照明故障", "三号楼北侧灯不亮")
    phone.open_household(page, "1-1-201")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "李敏写的")
    with worker(playwright, server, "worker2") as other:
        sets = {"contact_person": (data_of(server, household).get("contact_person"), "王强写的")}
        other.push(change("update", "household", household, server.demo["areas"]["grid1"]["scope"], sets))
    expect(phone.status(page)).to_contain_text("离线 · 本机 9 条待送")

    pocket.battery_dies()
    page = pocket()  # charged again, and in the reach of a mast
    page.context.grant_permissions(["geolocation"])
    stand_at(page, server, "北门充电棚")
    phone.come_back(page, "worker1")
    phone.open_sync(page)
    page.get_by_role("button", name="立即同步").click()
    phone.counted(page, 12, 12)
    log_in_again(page)

    second = an_issue(page, "暴露垃圾/桶满溢", "南门垃圾桶满了")
    again = an_issue_like_one_nearby(page)
    phone.send_now(page)
    phone.counted(page, 14, 14)
    waits = phone.section(page, "需要你看")
    expect(waits.get_by_text("有不同意见，待社区确认").first).to_be_visible()
    expect(waits.get_by_text("王强写的")).to_be_visible()
    page.goto("/#/issues?mine=1")
    expect(page.get_by_role("link").filter(has_text="三号楼北侧灯不亮")).to_have_count(1)

    assert again == first, "the lamp was recognised, and the words were added to what was reported before"
    assert [data_of(server, issue)["state"] for issue in (first, second)] == ["submitted"] * 2
    assert data_of(server, patrol)["status"] == "finished"
    assert data_of(server, household)["contact_person"] == "王强写的"
    ledger = "SELECT status, count(*) FROM change WHERE account = ? AND device IS NOT NULL GROUP BY status ORDER BY 1"
    assert server.rows(ledger, server.user("worker1")) == [("applied", 13), ("conflict", 1)]
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()  # home
    expect(page.get_by_role("heading", name="登录")).to_be_visible()


def three_visits(page: Page) -> None:
    phone.open_household(page, "1-1-101")
    page.get_by_role("button", name="核实无变化").click()
    expect(phone.told(page)).to_contain_text("已存本机：核实无变化")
    for address in ("1-1-102", "1-1-202"):
        phone.open_household(page, address)
        phone.visit_at_once(page, "无人")
        expect(page.get_by_text("今天 · 无人")).to_be_visible()  # back from the form


def a_patrol(page: Page, server: DemoServer) -> str:
    """The evening route: a checklist answered, a fault, one by hand, one skipped; a pause in between."""
    page.goto("/#/")
    phone.tab(page, "巡查")
    page.get_by_role("button", name="晚间巡查").click()
    patrol = phone.record_in_address(page)
    stand_at(page, server, "北门充电棚")
    page.get_by_role("group", name="通道畅通").get_by_role("button", name="正常").click()
    page.get_by_role("group", name="没有私拉电线").get_by_role("button", name="问题").click()
    page.get_by_role("button", name="在此打点").click()
    expect(page.get_by_text("已看 1 / 4 点，跳过 0 点")).to_be_visible()
    expect(page.get_by_role("link", name="上报问题：电动车违规停放充电")).to_be_visible()
    page.get_by_role("button", name="手动打点").click()
    page.get_by_role("button", name="定位不准").click()
    page.get_by_role("button", name="跳过").click()
    page.get_by_role("button", name="锁门").click()
    expect(page.get_by_text("已看 2 / 4 点，跳过 1 点")).to_be_visible()
    page.get_by_role("button", name="暂停").click()
    expect(page.get_by_text("巡查已暂停，随时可以继续。")).to_be_visible()
    page.get_by_role("button", name="继续巡查").click()
    page.get_by_role("button", name="结束巡查").click()
    expect(phone.told(page)).to_contain_text("已存本机：巡查结束")
    text = page.get_by_role("main").inner_text()
    assert not any(word in text for word in ("公里", "分钟", "步", "排名")), "coverage of points, and nothing else"
    page.goto("/#/")
    phone.tab(page, "巡查")
    expect(page.get_by_role("button", name=re.compile("晚间巡查.*今天已巡查.*再走一次"))).to_be_visible()
    return patrol


def an_issue(page: Page, item: str, words: str) -> str:
    page.goto("/#/report")
    page.get_by_role("button", name=item).last.click()
    page.get_by_role("button", name="用当前位置").click()
    page.get_by_label("情况").fill(words)
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机，等待送达")
    return phone.record_in_address(page)


def an_issue_like_one_nearby(page: Page) -> str:
    """The same lamp again: what is open nearby is offered before anything is sent."""
    page.goto("/#/report")
    page.get_by_role("button", name="路灯/照明故障").last.click()
    page.get_by_role("button", name="用当前位置").click()
    same = phone.section(page, "可能是同一件").locator("div.one").filter(has_text="三号楼北侧灯不亮")
    page.get_by_label("情况").fill("今天还是不亮")
    same.get_by_role("button", name="是同一件，补充到这里").click()
    expect(phone.told(page)).to_contain_text("已存本机：补充到这一件")
    expect(page.get_by_text("今天还是不亮")).to_be_visible()
    return phone.record_in_address(page)


def log_in_again(page: Page) -> None:
    """A battery that dies may take the session's cookie with it: then the same person logs in once more."""
    again = page.get_by_text("登录已过期")
    until(lambda: again.is_visible() or "送达" in phone.status(page).inner_text() or "需要你看" in
          phone.status(page).inner_text(), "the phone knows whether it is logged in")  # fmt: skip
    if again.is_visible():
        page.get_by_label("密码").fill(phone.PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        expect(again).to_have_count(0)


def stand_at(page: Page, server: DemoServer, point: str) -> None:
    """At a point of the evening route of grid 1."""
    asked = """SELECT point.row ->> '$.data.location' FROM record point
               JOIN record route ON route.id = point.row ->> '$.data.route'
               WHERE point.type = 'point' AND point.scope = ? AND point.row ->> '$.data.name' = ?
               AND route.row ->> '$.data.name' = '晚间巡查'"""
    place = json.loads(server.rows(asked, server.demo["areas"]["grid1"]["scope"], point)[0][0])
    page.context.set_geolocation({"latitude": float(place["lat"]), "longitude": float(place["lon"]), "accuracy": 8})
