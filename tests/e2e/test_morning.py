"""A morning's work, counted in taps."""

import json
import re

from playwright.sync_api import Page, expect

from server.services.demo.identity import check_digit
from tests.e2e import held, phone

HERE = {"latitude": 36.66, "longitude": 117.07, "accuracy": 8}
BODY = "37019919910203801"
ID_NUMBER = BODY + check_digit(BODY)


def test_a_visit_is_confirmed_with_one_tap_and_nobody_home_with_two(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    taps = phone.count_taps(page)
    page.get_by_role("button", name="核实无变化").click()
    expect(phone.told(page)).to_contain_text("已存本机：核实无变化")
    assert taps() == 1
    phone.visit_at_once(page, "无人")
    assert taps() == 3
    expect(page.get_by_text("今天 · 无人")).to_be_visible()
    phone.send_now(page)
    phone.counted(page, 2, 2)
    visits = server.rows(
        """SELECT row ->> '$.data.result', row ->> '$.data.unchanged'
           FROM record JOIN change ON change.record = record.id
           WHERE record.type = 'visit' AND row ->> '$.data.household' = ? AND change.device IS NOT NULL ORDER BY n""",
        household,
    )
    assert visits == [("met", 1), ("nobody_home", None)]


def test_a_resident_is_edited_and_the_list_shows_it_at_once(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-102")
    resident = page.get_by_role("link").filter(has_text=re.compile(r"岁")).first
    resident.click()
    expect(page.get_by_role("button", name="核实无变化")).to_have_count(0)  # the household's page can be edited, too
    phone.edit_field(page, "姓名", "欧阳测试")
    expect(page.get_by_role("heading", name="欧阳测试")).to_be_visible()
    rows = phone.find(page, "阳测")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("1-1-102")


def test_the_way_back_leads_to_what_was_searched_for_and_the_tab_begins_anew(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.find(page, "1-1").first.click()
    expect(page.get_by_role("button", name="核实无变化")).to_be_visible()
    page.go_back()
    box = page.get_by_role("searchbox")
    expect(box).to_have_value("1-1")
    box.fill("1-2")
    phone.tab(page, "住户")
    expect(box).to_have_value("")
    expect(page.get_by_role("button", name="按楼栋")).to_be_visible()


def test_a_new_household_with_a_resident_whose_id_number_leaves_the_phone_when_sent(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    expect(phone.find(page, "1-1-909")).to_have_count(0)
    page.get_by_role("link", name="新增住户").click()
    expect(page.get_by_label(re.compile("^室"))).to_have_value("909")
    page.get_by_role("button", name=re.compile(r"1 号楼$")).click()
    page.get_by_label(re.compile("^联系人")).fill("新来的人")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name=re.compile("1-1-909$"))).to_be_visible()
    household = phone.record_in_address(page)
    page.get_by_role("link", name="新增居民").click()
    page.get_by_label(re.compile("^姓名")).fill("新来的居民")
    page.get_by_label(re.compile("^证件号码")).fill(ID_NUMBER[:-1] + "?")
    expect(page.get_by_text("证件号码的位数或末位不对，请再看一眼")).to_be_visible()
    page.get_by_label(re.compile("^证件号码")).fill(ID_NUMBER)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("link").filter(has_text="新来的居民")).to_be_visible()
    before = held.read(page)
    assert ID_NUMBER in json.dumps(before)  # opened with the phone's key it is there, once, to be sent
    assert ID_NUMBER not in held.raw(page)  # and in no other way

    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 4, 4)
    after = held.read(page)
    assert ID_NUMBER not in json.dumps(after)
    assert ID_NUMBER not in held.raw(page)
    assert ID_NUMBER not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
    assert ID_NUMBER[-4:] in json.dumps([row["said"] for row in after[server.user("worker1")]["base"]])
    page.goto(f"/#/households/{household}")
    page.get_by_role("link").filter(has_text="新来的居民").click()
    expect(page.get_by_text(f"…{ID_NUMBER[-4:]}")).to_be_visible()
    for table in ("record", "record_history", "change"):
        for row in server.rows(f"SELECT * FROM {table}"):
            assert ID_NUMBER not in str(row) and ID_NUMBER.encode() not in b"".join(
                one for one in row if isinstance(one, bytes)
            )


def test_an_issue_is_reported_in_four_taps_with_the_place_from_the_phone(server, phones):
    page = phones(server.url, permissions=["geolocation"], geolocation=HERE)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    taps = phone.count_taps(page)
    phone.tab(page, "上报")
    page.get_by_role("button", name="路灯/照明故障").click()
    page.get_by_role("button", name="用当前位置").click()
    expect(page.get_by_role("button", name="已定位（误差约 8 米）")).to_be_visible()
    page.get_by_label("情况").fill("北门第三根灯杆不亮")
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机，等待送达")
    assert taps() <= 4
    expect(page.get_by_text("编号待送达后生成")).to_be_visible()
    issue = phone.record_in_address(page)
    page.context.set_offline(False)
    phone.send_now(page)
    page.goto(f"/#/issues/{issue}")
    expect(page.get_by_text("编号待送达后生成")).to_have_count(0)
    data = json.loads(server.rows("SELECT row ->> '$.data' FROM record WHERE id = ?", issue)[0][0])
    assert (data["state"], data["item_code"]) == ("submitted", "0203")
    assert data["location"] == {"lon": "117.07", "lat": "36.66", "accuracy_m": "8"}
    assert data["number"]


def test_an_issue_is_reported_by_words_where_the_phone_may_not_know_its_place(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    taps = phone.count_taps(page)
    phone.tab(page, "上报")
    page.get_by_role("button", name="暴露垃圾").click()
    page.get_by_label("情况").fill("东门垃圾桶满了")
    page.get_by_label("或写楼号、位置").fill("东门外")
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机，等待送达")
    assert taps() <= 4
    issue = phone.record_in_address(page)
    phone.send_now(page)
    phone.tab_from_sync(page, "上报")
    page.get_by_role("button", name="路灯/照明故障").first.click()
    page.get_by_role("button", name="用当前位置").click()
    expect(page.get_by_role("alert").filter(has_text="可以选楼栋或写地点")).to_be_visible()
    data = json.loads(server.rows("SELECT row ->> '$.data' FROM record WHERE id = ?", issue)[0][0])
    assert (data["state"], data["address_text"], data.get("location")) == ("submitted", "东门外", None)


def test_a_patrol_checks_in_by_gps_by_hand_with_a_reason_and_skips_with_one(server, phones):
    page = phones(server.url, permissions=["geolocation"], geolocation=HERE)
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.tab(page, "巡查")
    page.get_by_role("button", name="晚间巡查").click()
    expect(page.get_by_text("已看 0 / 4 点，跳过 0 点")).to_be_visible()
    patrol = phone.record_in_address(page)
    stand_at(page, server, "北门充电棚")
    page.get_by_role("button", name="在此打点").click()
    expect(phone.told(page)).to_contain_text("已存本机：北门充电棚")
    page.get_by_role("button", name="在此打点").click()  # still there, and the next point is elsewhere
    expect(page.get_by_text(re.compile(r"离点位约 \d+ 米。若就在这里，请手动打点并说明"))).to_be_visible()
    page.get_by_role("button", name="定位不准").click()
    expect(page.get_by_text("已看 2 / 4 点，跳过 0 点")).to_be_visible()
    page.get_by_role("button", name="发现问题").click()
    page.get_by_label("其他说明").fill("长椅断了一根")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("已看 3 / 4 点，跳过 0 点")).to_be_visible()
    page.get_by_role("button", name="跳过").click()
    page.get_by_text("为什么跳过").locator("..").get_by_role("button").first.click()
    expect(page.get_by_text("已看 3 / 4 点，跳过 1 点")).to_be_visible()
    page.get_by_label("小结（可不写）").fill("都看过了")
    page.get_by_role("button", name="结束巡查").click()
    expect(phone.told(page)).to_contain_text("已存本机：巡查结束")
    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 6, 6)
    checks = server.rows(
        """SELECT point.row ->> '$.data.order', chk.row ->> '$.data.how', chk.row ->> '$.data.manual_reason',
                  chk.row ->> '$.data.skipped_reason' IS NOT NULL, chk.row ->> '$.data.location' IS NOT NULL
           FROM record chk JOIN record point ON point.id = chk.row ->> '$.data.point'
           WHERE chk.type = 'check' AND chk.row ->> '$.data.patrol' = ? ORDER BY 1""",
        patrol,
    )
    assert checks == [
        (1, "gps", None, 0, 1),
        (2, "manual", "定位不准", 0, 0),
        (3, "manual", "现场发现问题", 0, 0),
        (4, "manual", None, 1, 0),
    ]
    assert server.rows("SELECT row ->> '$.data.status' FROM record WHERE id = ?", patrol) == [("finished",)]


def stand_at(page: Page, server, point: str) -> None:
    """At a point of the evening route of grid 1."""
    place = json.loads(
        server.rows(
            """SELECT point.row ->> '$.data.location' FROM record point
               JOIN record route ON route.id = point.row ->> '$.data.route'
               WHERE point.type = 'point' AND point.scope = ? AND point.row ->> '$.data.name' = ?
               AND route.row ->> '$.data.name' = '晚间巡查'""",
            server.demo["areas"]["grid1"]["scope"],
            point,
        )[0][0]
    )
    page.context.set_geolocation({"latitude": float(place["lat"]), "longitude": float(place["lon"]), "accuracy": 8})
