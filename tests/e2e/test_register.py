"""Households found, visited, split and moved out, with and without a network."""

import re
from datetime import UTC, datetime
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

from tests.e2e import phone
from tests.e2e.test_every_page import CUT, TOO_SMALL, serious, shoot
from tests.e2e.worker import Worker, change, data_of, worker
from tests.e2e.world import DemoServer

RARE = "𬭎😀"


def test_today_is_made_of_what_is_due_and_nobody_home_is_done_for_the_day(server, phones, playwright):
    with worker(playwright, server, "worker2") as colleague:
        three_are_long_due(colleague, server)
    page = phones(server.url)
    phone.begin(page, "worker1")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    due = f"""SELECT count(*) FROM record WHERE type = 'household' AND live
              AND scope = '{server.demo["areas"]["grid1"]["scope"]}'
              AND row ->> '$.data.next_visit_due' <= '{today}'
              AND coalesce(date(row ->> '$.data.last_visit_at', '+8 hours'), '') < '{today}'"""
    ((n,),) = server.rows(due)
    assert n > 2
    expect(page.get_by_role("heading", name=f"到期走访 {n} 户")).to_be_visible()
    shoot(page, "360-light", "today-due")
    phone.go_offline(page)
    page.get_by_role("button", name=re.compile("^下一件：走访")).click()
    phone.visit_at_once(page, "无人")
    phone.tab_from_sync(page, "今日")
    expect(page.get_by_role("heading", name=f"到期走访 {n - 1} 户")).to_be_visible()
    page.get_by_role("button", name=re.compile("^下一件：走访")).click()
    page.get_by_role("button", name="核实无变化").click()
    expect(phone.told(page)).to_contain_text("已存本机：核实无变化")
    phone.tab_from_sync(page, "今日")
    expect(page.get_by_role("heading", name=f"到期走访 {n - 2} 户")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^待送 2 条 · [\d.]+ k?B$"))).to_be_visible()
    expect(page.get_by_text("服务器已收到 0 / 2 条")).to_be_visible()
    expect(page.get_by_text(re.compile("浏览器(可能清理|答应保留)"))).to_be_visible()
    page.context.set_offline(False)
    phone.send_now(page)
    phone.tab_from_sync(page, "今日")
    expect(page.get_by_role("heading", name=f"到期走访 {n - 2} 户")).to_be_visible()
    assert server.rows(due) == [(n - 2,)]  # somebody was at both today, met or not
    phone.tab(page, "巡查")
    page.get_by_role("button", name="晚间巡查").click()
    expect(page.get_by_role("button", name="在此打点")).to_be_visible()
    page.goto("/#/")
    expect(page.get_by_role("button", name="下一件：晚间巡查")).to_be_visible()


def test_people_are_found_by_letters_address_and_phone_and_buildings_unfold(server, phones, playwright):
    with worker(playwright, server, "worker2") as colleague:
        add_household(colleague, server, "911", [f"单{RARE}", "曾小贤"], phone_no="13912345099")
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    for words in ("曾小贤", "zxx", "cxx", RARE, "45099", "１－３－９１１", "一号楼三单元911", "三单元九一一"):
        expect(phone.find(page, words).filter(has_text="1-3-911"), words).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("button", name=re.compile("^1 号楼")).click()
    page.get_by_role("button", name="3 单元").click()
    expect(page.get_by_role("link").filter(has_text="1-3-911")).to_have_count(1)
    page.get_by_role("button", name="按姓名").click()
    page.get_by_role("group", name="按姓名").get_by_role("button", name=re.compile("^Z")).click()
    expect(page.get_by_role("link").filter(has_text="曾小贤")).to_have_count(1)
    page.get_by_role("link").filter(has_text="曾小贤").click()
    expect(page.get_by_role("heading", name=re.compile("1-3-911$"))).to_be_visible()
    page.get_by_role("button", name="返回").click()
    expect(page.get_by_role("link").filter(has_text="曾小贤")).to_have_count(1)  # the same list again


def test_a_need_found_opens_the_report_in_one_step_and_own_phrases_stay_on_the_phone(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    household = server.demo["records"]["grid1"]["household"][3]
    phone.go_offline(page)
    visit_met(page, household)
    page.get_by_label("纪要").fill("老人在家，灶具已关")
    page.get_by_role("button", name="存为常用语").click()
    page.get_by_role("button", name="助餐").click()
    page.get_by_role("button", name="保存并上报需求").click()
    expect(page.get_by_role("heading", name="老幼残关爱需求")).to_be_visible()
    expect(page.get_by_label("情况")).to_have_value("走访发现需求：助餐")
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机，等待送达")
    page.wait_for_url(re.compile("/issues/"))
    issue = phone.record_in_address(page)
    visit_met(page, household)
    page.get_by_role("button", name="老人在家，灶具已关").click()
    expect(page.get_by_label("纪要")).to_have_value("老人在家，灶具已关")
    page.get_by_role("button", name="保存", exact=True).click()
    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 3, 3)
    told = data_of(server, issue)
    assert (told["household"], told["item_code"], told["state"]) == (household, "0602", "submitted")


def test_a_household_is_split_offline_taken_back_and_split_again(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    ((home, _),) = server.rows(
        """SELECT row ->> '$.data.household' h, count(*) n FROM record WHERE type = 'residence' AND scope = ?
           GROUP BY h HAVING n = 3 ORDER BY h LIMIT 1""",
        server.demo["areas"]["grid1"]["scope"],
    )
    phone.go_offline(page)
    split(page, home)
    expect(page.get_by_role("heading", name="家庭成员 1 人")).to_be_visible()
    phone.told(page).get_by_role("button", name="撤回").click()
    expect(phone.told(page)).to_contain_text("已撤回")
    page.goto(f"/#/households/{home}")
    expect(page.get_by_role("heading", name="家庭成员 3 人")).to_be_visible()
    split(page, home)
    expect(page.get_by_role("heading", name="家庭成员 1 人")).to_be_visible()
    made = phone.record_in_address(page)
    phone.open_sync(page)
    waiting = page.locator("section", has=page.get_by_role("heading", name=re.compile("^待送")))
    expect(waiting.get_by_text("同一次保存，共 4 项")).to_have_count(1)
    page.context.set_offline(False)
    phone.send_now(page)
    assert (data_of(server, home)["member_count"], data_of(server, made)["member_count"]) == (2, 1)
    page.goto(f"/#/households/{home}")
    page.get_by_role("link", name="登记迁出").click()
    page.get_by_label("去向").fill("济南市外")
    page.get_by_role("button", name="登记迁出").click()
    expect(page.get_by_text(re.compile("已迁出 · 今天 · 济南市外"))).to_be_visible()
    expect(page.get_by_role("button", name="核实无变化")).to_have_count(0)
    phone.send_now(page)
    assert data_of(server, home)["member_count"] == 0
    all_households_stand_in_their_buildings(page)
    page.goto(f"/#/records/{home}/history")
    expect(page.get_by_text("去向")).to_be_visible()
    told = page.get_by_role("main").inner_text()
    assert not re.search(r"\d{4}-\d\d-\d\d|\dZ|关联的记录", told), told


def all_households_stand_in_their_buildings(page):
    """Without those who moved out."""
    phone.tab_from_sync(page, "住户")
    total = page.get_by_text(re.compile(r"^\d+ 栋楼 · \d+ 户$"))
    expect(total).to_be_visible()
    counts = page.locator("button.row .end").all_inner_texts()
    assert sum(int(one.split()[0]) for one in counts) == int(total.inner_text().split("·")[1].split()[0])


def test_a_household_of_sixty_with_long_words_stays_usable(server, phones, playwright):
    names = [f"住户{RARE}{n:02d}" for n in range(60)]
    with worker(playwright, server, "worker2") as colleague:
        home = add_household(colleague, server, "999", names, note="很长的备注，" * 80)
    page = phones(server.url)
    phone.begin(page, "leader1")
    page.goto(f"/#/households/{home}")
    expect(page.get_by_role("heading", name="家庭成员 60 人")).to_be_visible()
    people = page.get_by_role("link").filter(has_text="住户")
    expect(people).to_have_count(12)
    assert serious(page, "sixty") == [] and page.evaluate(CUT) == [] and page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name="全部 60 人").click()
    expect(people).to_have_count(60)
    page.goto(f"/#/households/{home}/resident")
    page.get_by_label(re.compile("^姓名")).fill(names[41])
    expect(page.get_by_text("可能已经登记过")).to_be_visible()
    assert serious(page, "same person") == []
    page.goto(f"/#/households/{home}/merge")
    page.get_by_role("radio").first.click()
    expect(page.get_by_role("combobox")).to_have_count(60)
    page.get_by_role("button", name="并入别的户").click()
    expect(phone.told(page)).to_contain_text("已存本机：并户")
    phone.send_now(page)
    assert data_of(server, home)["member_count"] == 0


def three_are_long_due(colleague: Worker, server: DemoServer) -> None:
    """Whatever day it is: what the demo has due by now depends on that."""
    grid = server.demo["areas"]["grid1"]["scope"]
    for household in server.demo["records"]["grid1"]["household"][:3]:
        seen = {"household": household, "kind": "routine", "method": "in_person", "result": "met"}
        when = {"started_at": datetime.now(UTC).isoformat(), "next_due_on": "2026-01-05"}
        (verdict,) = colleague.push(change("create", "visit", str(uuid4()), grid, seen | when))
        assert (verdict["status"], data_of(server, household)["next_visit_due"]) == ("applied", "2026-01-05")


def visit_met(page: Page, household: str) -> None:
    page.goto(f"/#/households/{household}/visit")
    page.get_by_role("radio", name="见到").click()


def split(page: Page, home: str) -> None:
    page.goto(f"/#/households/{home}/split")
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="分户").click()
    expect(phone.told(page)).to_contain_text("已存本机：分户")


def add_household(colleague: Worker, server: DemoServer, room: str, names: list[str], **facts: str) -> str:
    """A household in the third unit of building 1 with these members; its id."""
    scope = server.demo["areas"]["grid1"]["scope"]
    dwelling, home = str(uuid4()), str(uuid4())
    phone_no, note = facts.get("phone_no"), facts.get("note")
    place = {"building": server.demo["records"]["grid1"]["building"][0], "unit_no": "3", "room_no": room}
    colleague.push(
        change("create", "dwelling", dwelling, scope, place),
        change("create", "household", home, scope, {"dwelling": dwelling, "contact_phone": phone_no, "note": note}),
    )
    for name in names:
        person, link = str(uuid4()), {"dwelling": dwelling, "household": home}
        colleague.push(
            change("create", "resident", person, scope, {"name": name}),
            change("create", "residence", str(uuid4()), scope, link | {"resident": person}),
        )
    return home
