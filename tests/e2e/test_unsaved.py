"""What was typed and not saved: a flat battery, a telephone call and a wrong tap take none of it."""

import re

from playwright.sync_api import Page, expect

from tests.e2e import held, phone
from tests.e2e.desk import desk
from tests.e2e.test_lock import PIN, locked_for, set_pin, type_pin
from tests.e2e.test_safe import listen
from tests.e2e.world import until

WORDS = "三号楼门口的井盖松了，踩上去会翘起来，晚上看不见"
PICTURE = "pwa/public/icons/icon-192.png"


def test_a_report_half_typed_outlives_a_browser_that_is_killed_with_its_photo_and_its_place(server, pocket):
    page = pocket()
    phone.begin(page, "worker1")
    phone.go_offline(page)
    page.goto("/#/report?item=0203")
    page.get_by_label("情况").fill(WORDS)
    page.get_by_label("或写楼号、位置").fill("三号楼东门")
    page.get_by_label(re.compile("从相册选")).first.set_input_files(PICTURE)
    expect(page.get_by_role("button", name="去掉").first).to_be_visible()
    until(lambda: [one["typed"] for one in forms(page, server.user("worker1"))] == ["三号楼东门"], "the form is kept")
    pocket.battery_dies()

    page = pocket()
    phone.come_back(page, "worker1")
    left = phone.section(page, "还没保存")
    left.get_by_role("link").click()
    expect(page.get_by_label("情况")).to_have_value(WORDS)
    expect(page.get_by_label("或写楼号、位置")).to_have_value("三号楼东门")
    expect(page.get_by_role("button", name="去掉")).to_have_count(1)
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机")
    page.goto("/#/")
    expect(left).to_have_count(0)


def test_a_value_that_came_while_a_form_lay_unsaved_is_met_as_a_conflict_and_not_typed_over(
    own_server, phones, playwright
):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    page.get_by_text("修改", exact=True).click()
    page.get_by_label(re.compile("^联系人")).fill("网格员写的")
    phone.tab_from_sync(page, "今日")
    with desk(playwright, own_server, "leader1") as leader:
        ((was, scope, rev),) = own_server.rows(
            "SELECT row ->> '$.data.contact_person', scope, rev FROM record WHERE id = ?", household
        )
        change = {"contact_person": {"from": was, "to": "社区写的"}}
        base = {"rev": rev, "timeline": leader.timeline}
        assert (
            leader.change(op="update", type="household", record=household, scope=scope, base=base, set=change)
            == "applied"
        )
    phone.send_now(page)
    phone.tab_from_sync(page, "今日")
    phone.section(page, "还没保存").get_by_role("link").click()
    expect(page.get_by_label(re.compile("^联系人"))).to_have_value("网格员写的")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="保存")).to_have_count(0)
    phone.send_now(page)
    waits = phone.section(page, "需要你看")
    for value in ("社区写的", "网格员写的"):
        expect(waits.get_by_text(value)).to_be_visible()


def test_what_is_thrown_away_or_taken_back_by_mistake_comes_back_with_undo(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker2")
    phone.go_offline(page)
    phone.open_household(page, "1-1-201")
    page.get_by_text("修改", exact=True).click()
    page.get_by_label(re.compile("^备注")).fill("写了一半")
    phone.tab_from_sync(page, "今日")
    left = phone.section(page, "还没保存")
    left.get_by_role("button", name=re.compile("^不要了")).click()
    expect(left).to_have_count(0)
    page.get_by_role("button", name="撤回").click()
    left.get_by_role("link").click()
    expect(page.get_by_label(re.compile("^备注"))).to_have_value("写了一半")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="撤回").click()
    expect(phone.told(page)).to_contain_text("已撤回")
    left.get_by_role("link").click()
    expect(page.get_by_label(re.compile("^备注"))).to_have_value("写了一半")


def test_words_for_a_step_and_for_a_colleague_wait_where_they_were_typed(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    page.goto("/#/report?item=0203")
    page.get_by_label("情况").fill("路面有坑")
    page.get_by_label("或写楼号、位置").fill("北门")
    page.get_by_role("button", name="上报", exact=True).click()
    page.wait_for_url(re.compile("/issues/"))
    page.get_by_label("补充说明").fill("坑又大了")
    phone.tab_from_sync(page, "今日")
    phone.section(page, "还没保存").get_by_role("link").click()
    expect(page.get_by_label("补充说明")).to_have_value("坑又大了")


def test_words_at_a_point_of_a_patrol_wait_at_that_point_until_they_are_saved(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.tab(page, "巡查")
    page.get_by_role("button").filter(has_text="4 个点位").click()
    page.get_by_role("button", name="发现问题").click()
    page.get_by_label("其他说明").fill("消防通道被占")
    point = page.get_by_role("heading", level=2).first.inner_text()
    phone.tab_from_sync(page, "今日")
    phone.section(page, "还没保存").get_by_role("link").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(point)
    expect(page.get_by_label("其他说明")).to_have_value("消防通道被占")
    page.get_by_role("button", name="保存").click()
    expect(phone.told(page)).to_contain_text(point)
    phone.tab_from_sync(page, "今日")
    expect(phone.section(page, "还没保存")).to_have_count(0)


def test_another_result_of_a_visit_takes_none_of_what_was_typed_for_the_first_one(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-302")
    household = phone.record_in_address(page)
    page.get_by_role("button", name="走访记录").click()
    page.get_by_role("radio", name="见到").click()
    page.get_by_label("纪要").fill("老人想学用手机挂号")
    page.get_by_role("radio", name="无人").click()
    expect(page.get_by_label("纪要")).to_have_value("老人想学用手机挂号")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机：无人")
    phone.send_now(page)
    (row,) = server.rows(
        "SELECT row FROM record WHERE type = 'visit' AND row ->> '$.data.household' = ? AND row LIKE '%学用手机%'",
        household,
    )
    assert '"nobody_home"' in row[0]
    assert "next_due_on" not in row[0]  # who was not met is not due in half a year


def test_a_reason_that_is_tapped_takes_the_words_typed_beside_it_along(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker2")
    phone.tab(page, "巡查")
    page.get_by_role("button").filter(has_text="个点位").first.click()
    page.get_by_role("button", name="手动打点").click()
    page.get_by_label("其他说明").fill("门卫不让进院子")
    page.get_by_role("button", name="定位不准").click()
    expect(phone.told(page)).to_contain_text("已存本机")
    phone.send_now(page)
    reasons = "SELECT row ->> '$.data.manual_reason' FROM record WHERE type = 'check' AND row LIKE '%门卫%'"
    assert server.rows(reasons) == [("定位不准：门卫不让进院子",)]


def test_a_phone_that_locks_itself_over_a_form_breaks_nothing_and_has_the_words_again_after_the_pin(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker3")
    set_pin(page)
    said = listen(page)
    for address in (
        "/#/households/new?typed=1-1-909",
        f"/#/records/{server.demo['records']['grid3']['household'][0]}/edit",
    ):
        page.goto(address)
        page.get_by_label(re.compile("^联系人")).fill("写到一半锁了")
        page.evaluate("Date.now = ((now) => () => now() + 6 * 60_000)(Date.now)")  # nobody touched it for six minutes
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        locked_for(page, "赵丽")
        type_pin(page, PIN)
        phone.at_home(page, "worker3")
    left = phone.section(page, "还没保存").get_by_role("link")
    expect(left).to_have_count(2)
    left.filter(has_text="新增").click()
    expect(page.get_by_label(re.compile("^联系人"))).to_have_value("写到一半锁了")
    assert said == []


def forms(page: Page, user: str) -> list[dict]:
    """What was typed into forms, as the store has it sealed."""
    rows = held.read(page)[user]["meta"]
    return [row["said"]["typed"] for row in rows if row["key"].startswith("form:")]
