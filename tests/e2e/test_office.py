"""The office's desk in a real browser: what waits, settled by a tap, a key or another value, and never lost."""

import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.databases import ROOT
from tests.e2e.desk import desk
from tests.e2e.worker import Worker, change, data_of, worker
from tests.e2e.world import DemoServer, until

pytestmark = pytest.mark.browser_context_args(
    viewport={"width": 1280, "height": 800}, device_scale_factor=1, has_touch=False, is_mobile=False
)
AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture
def workers(playwright, server) -> Iterator[tuple[Worker, Worker]]:
    with worker(playwright, server, "worker1") as first, worker(playwright, server, "worker2") as second:
        yield first, second


@pytest.fixture
def office(new_context, server) -> Iterator[Callable[..., Page]]:
    """Opens the desk of clerk1 at an address below /office/. No page may throw."""
    thrown: list[str] = []

    def enter(address: str = "review") -> Page:
        context = new_context(base_url=server.url)
        context.on("weberror", lambda error: thrown.append(str(error.error)))
        page = context.new_page()
        page.goto(f"/office/{address}")
        page.get_by_label("用户名").fill("clerk1")
        page.get_by_label("密码").fill("grid-demo")
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("navigation", name="办公")).to_be_visible()
        return page

    yield enter
    assert thrown == [], "a page threw"


def grid1(server: DemoServer) -> str:
    return server.demo["areas"]["grid1"]["scope"]


@pytest.fixture
def fresh(server) -> Callable[[Worker], str]:
    """Makes a building, a dwelling and a household of the test's own; the household's id."""

    def make(first: Worker) -> str:
        building, dwelling, household, scope = str(uuid4()), str(uuid4()), str(uuid4()), grid1(server)
        first.push(
            change("create", "building", building, scope, {"building_no": building[:6], "estate": "测试苑"}),
            change("create", "dwelling", dwelling, scope, {"building": building, "unit_no": "1", "room_no": "101"}),
            change("create", "household", household, scope, {"dwelling": dwelling, "contact_phone": "13900000000"}),
        )
        return household

    return make


@pytest.fixture
def dispute(server, workers, fresh) -> Callable[[], tuple[str, str]]:
    """Two phones disagree on a new household's telephone: ...11 stands, ...22 came. (household, conflict)."""

    def make() -> tuple[str, str]:
        first, second = workers
        household, scope = fresh(first), grid1(server)
        for who, phone in ((first, "13900000011"), (second, "13900000022")):
            seen = {"contact_phone": ("13900000000", phone)}
            (verdict,) = who.push(change("update", "household", household, scope, seen))
        return household, verdict["conflicts"][0]

    return make


def open_item(page: Page, item: str) -> Locator:
    page.locator(f"#item-{item}").click()
    panel = page.locator("article")
    expect(page.locator(f"#item-{item}")).to_have_attribute("aria-current", "true")
    return panel


def phone_of(server: DemoServer, household: str) -> str:
    return data_of(server, household)["contact_phone"]


def counted(page: Page) -> None:
    """Beside the navigation stands what the tabs say together, less the incidents."""
    tabs = page.get_by_role("navigation", name="类别").get_by_role("link").locator("span")
    waiting = sum(int(text) for text in tabs.all_inner_texts()[:3])
    expect(page.get_by_role("navigation", name="办公").locator(".count")).to_have_text(
        [str(waiting)] if waiting else []
    )


def send_now(page: Page) -> None:
    page.get_by_role("button", name="现在送").click()
    expect(page.get_by_role("button", name="撤回")).to_have_count(0)


def test_a_conflict_shows_three_values_with_who_and_when_and_one_tap_settles_it(server, office, dispute):
    household, conflict = dispute()
    page = office()
    panel = open_item(page, conflict)
    columns = panel.locator(".column")
    expect(columns.locator(".value")).to_have_text(["13900000000", "13900000011", "13900000022"])
    expect(columns.locator("mark")).to_have_text(["11", "22"])
    expect(columns.nth(1)).to_contain_text("李敏")
    expect(columns.nth(2)).to_contain_text("王强")
    expect(columns.nth(2)).to_contain_text("服务器收到")
    expect(columns.nth(2)).to_contain_text("手机时间")
    expect(panel.get_by_role("heading", level=2).first).to_contain_text("测试苑")
    expect(panel).to_contain_text("解放桥社区第一网格")
    panel.get_by_role("button", name="采用新值").click()
    expect(page.locator(f"#item-{conflict}")).to_have_count(0)
    assert phone_of(server, household) == "13900000011"  # held: it may still be taken back
    send_now(page)
    until(lambda: phone_of(server, household) == "13900000022", "the new value stands")
    page.get_by_role("link", name="已处理").click()
    expect(open_item(page, conflict).get_by_role("note")).to_contain_text("周文静")


def test_keys_walk_the_list_and_settle_and_the_next_choice_sends_the_one_before(server, office, dispute):
    (one, first), (other, second) = dispute(), dispute()
    page = office()
    open_item(page, first)
    page.keyboard.press("2")
    expect(page.locator(f"#item-{second}")).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator(f"#item-{second}")).to_have_attribute("aria-current", "true")
    page.keyboard.press("1")
    until(lambda: phone_of(server, one) == "13900000022", "the first choice was sent with the second")
    page.keyboard.press("?")
    expect(page.get_by_role("region", name="键盘")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="键盘")).to_have_count(0)
    send_now(page)
    assert phone_of(server, other) == "13900000011"


def test_another_value_is_typed_checked_and_taken(server, office, dispute):
    household, conflict = dispute()
    page = office()
    open_item(page, conflict)
    page.keyboard.press("3")
    typed = page.get_by_label("另写一个值")
    expect(typed).to_be_focused()
    page.keyboard.type("1")
    expect(typed).to_have_value("1")  # in place of the new value it began with
    typed.fill("12")
    typed.press("Enter")
    expect(page.get_by_text("电话号码不像是对的")).to_be_visible()
    typed.fill("13900000033")
    typed.press("Enter")
    send_now(page)
    until(lambda: phone_of(server, household) == "13900000033", "the typed value stands")


def test_a_choice_taken_back_was_never_sent(server, office, dispute):
    household, conflict = dispute()
    page = office()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/changes") else None)
    open_item(page, conflict).get_by_role("button", name="采用新值").click()
    expect(page.get_by_text("已选：采用新值")).to_be_visible()
    counted(page)
    page.keyboard.press("u")
    expect(page.locator(f"#item-{conflict}")).to_have_attribute("aria-current", "true")
    counted(page)
    assert sent == []
    assert phone_of(server, household) == "13900000011"


def test_what_is_held_is_sent_by_itself_after_ten_seconds(server, office, dispute):
    household, conflict = dispute()
    page = office()
    page.clock.install()
    open_item(page, conflict).get_by_role("button", name="采用新值").click()
    page.clock.run_for(8_000)
    expect(page.get_by_role("button", name="撤回")).to_be_visible()
    assert phone_of(server, household) == "13900000011"
    page.clock.run_for(3_000)
    until(lambda: phone_of(server, household) == "13900000022", "it was sent by itself")


def test_closing_the_page_sends_what_is_held(server, office, dispute):
    household, conflict = dispute()
    page = office()
    open_item(page, conflict).get_by_role("button", name="采用新值").click()
    page.goto("about:blank")
    until(lambda: phone_of(server, household) == "13900000022", "it was sent on leaving")


def test_a_choice_whose_answer_was_cut_off_by_a_reload_is_sent_again_and_counts_once(server, office, dispute):
    household, conflict = dispute()
    page = office()
    panel = open_item(page, conflict)
    page.route("**/api/v1/changes", lambda route: route.abort())  # what is sent on leaving passes all the same
    panel.get_by_role("button", name="采用新值").click()
    page.reload()
    expect(page.get_by_text("1 项还没有送出")).to_be_visible()
    page.unroute("**/api/v1/changes")
    page.get_by_role("button", name="现在送").click()
    expect(page.get_by_text("还没有送出")).to_have_count(0)
    expect(page.locator(f"#item-{conflict}")).to_have_count(0)
    assert phone_of(server, household) == "13900000022"
    writes = "SELECT COUNT(*) FROM record_history WHERE record = ? AND op = 'resolve'"
    assert server.rows(writes, household) == [(1,)]


def test_without_a_network_it_says_what_is_unsent_and_sends_it_later(server, office, dispute):
    household, conflict = dispute()
    page = office()
    panel = open_item(page, conflict)
    expect(panel.get_by_text("修改记录")).to_be_visible()
    page.context.set_offline(True)
    panel.get_by_role("button", name="采用新值").click()
    page.get_by_role("button", name="现在送").click()
    expect(page.get_by_text("1 项还没有送出")).to_be_visible()
    page.context.set_offline(False)  # the browser tells the page, which tries at once
    until(lambda: phone_of(server, household) == "13900000022", "it was sent when the network came back")
    expect(page.get_by_text("还没有送出")).to_have_count(0)


def test_a_session_that_ended_asks_to_log_in_and_then_sends_what_was_chosen(server, office, dispute):
    (household, conflict), _next = dispute(), dispute()
    page = office()
    panel = open_item(page, conflict)
    page.context.clear_cookies()
    panel.get_by_role("button", name="采用新值").click()  # the next item's history is asked for
    expect(page.get_by_text("登录已过期，请再登录一次")).to_be_visible()
    page.get_by_label("密码").fill("grid-demo")
    page.get_by_role("button", name="登录").click()
    until(lambda: phone_of(server, household) == "13900000022", "it was sent after logging in")
    expect(page.locator(f"#item-{conflict}")).to_have_count(0)


def test_values_that_moved_on_are_shown_and_nothing_is_settled(server, office, dispute, workers):
    household, conflict = dispute()
    page = office()
    panel = open_item(page, conflict)
    seen = {"contact_phone": ("13900000011", "13900000044")}
    workers[0].push(change("update", "household", household, grid1(server), seen))
    panel.get_by_role("button", name="采用新值").click()
    send_now(page)
    page.get_by_role("complementary").get_by_role("button", name="去看").click()
    expect(panel).to_contain_text("值刚刚又有变化")
    expect(panel.locator(".column .value").nth(1)).to_have_text("13900000044")
    assert phone_of(server, household) == "13900000044"


def test_it_says_who_decided_first_and_what(server, office, dispute, playwright):
    household, conflict = dispute()
    page = office()
    panel = open_item(page, conflict)
    with desk(playwright, server, "clerk1") as colleague:
        (item,) = [one for one in colleague.waiting() if one["id"] == conflict]
        assert colleague.settle(item, choose="current") == "applied"
    panel.get_by_role("button", name="采用新值").click()
    send_now(page)
    expect(page.get_by_text("周文静 已在").first).to_contain_text("保留现值")
    page.get_by_role("link", name=re.compile("^暂存")).click()  # the late choice is no new matter for the desk
    expect(page.get_by_text("没有暂存的改动")).to_be_visible()
    assert phone_of(server, household) == "13900000011"


def test_a_parked_wish_is_told_in_words_and_applied(server, office, workers, fresh):
    worker_one, worker_two = workers
    household = fresh(worker_one)
    ((rev,),) = server.rows("SELECT rev FROM record WHERE id = ?", household)
    base = {"rev": rev, "timeline": worker_two.timeline}
    (verdict,) = worker_two.push(change("delete", "household", household, grid1(server), base=base))
    assert (verdict["status"], verdict["reason"]) == ("parked", "needs_office")
    page = office("review?kind=parked")
    panel = page.locator("article")
    expect(panel).to_contain_text("不是本人新近建的记录，删除要办公室同意")
    expect(panel).to_contain_text("删除户")
    panel.get_by_role("button", name="同意生效").click()
    send_now(page)
    until(lambda: data_of(server, household) == {}, "the record is deleted")


def test_a_refused_change_shows_what_was_typed_and_is_dropped(server, office, workers):
    typed = {"contact_person": "写错地方的人", "contact_phone": "13900000099"}
    foreign = server.demo["areas"]["grid3"]["scope"]
    (verdict,) = workers[0].push(change("create", "household", str(uuid4()), foreign, typed))
    assert verdict["status"] == "quarantined"
    page = office("review?kind=quarantined")
    panel = page.locator("article")
    expect(panel).to_contain_text("写错地方的人")
    expect(panel).to_contain_text("不在填写人负责的区域")
    panel.get_by_role("button", name="不采用").click()
    send_now(page)
    expect(page.get_by_text("没有未被接受的改动")).to_be_visible()
    page.get_by_role("link", name="已处理").click()
    expect(panel.get_by_role("note")).to_contain_text("不采用")


def test_two_records_that_are_one_are_merged(server, office, workers):
    scope, old, new = grid1(server), str(uuid4()), str(uuid4())
    same = {"estate": "重复苑", "building_no": "9"}
    workers[0].push(change("create", "building", old, scope, same | {"floors_above": 6}))
    (verdict,) = workers[1].push(change("create", "building", new, scope, same | {"elevators": 2}))
    page = office()
    panel = open_item(page, verdict["conflicts"][0])
    expect(panel.locator("tr", has_text="层数").locator("mark")).to_have_text(["6"])
    expect(panel.locator("thead")).to_contain_text("李敏")
    panel.get_by_role("button", name="并入已有的").click()
    send_now(page)
    until(lambda: data_of(server, new) == {}, "the new one is retired")
    assert data_of(server, old) == same | {"floors_above": 6, "elevators": 2}


def test_a_record_deleted_by_one_and_edited_by_another_is_kept(server, office, workers, fresh):
    first, second = workers
    household, scope = fresh(first), grid1(server)
    second.push(change("update", "household", household, scope, {"note": "门铃坏了"}))
    base = {"rev": "0" * 16, "timeline": first.timeline}
    (verdict,) = first.push(change("delete", "household", household, scope, base=base))
    page = office()
    panel = open_item(page, verdict["conflicts"][0])
    expect(panel).to_contain_text("李敏 要删除这条记录")
    expect(panel.get_by_text("门铃坏了").first).to_be_visible()
    page.keyboard.press("1")
    send_now(page)
    page.get_by_role("link", name="已处理").click()
    expect(open_item(page, verdict["conflicts"][0]).get_by_role("note")).to_contain_text("保留记录")
    assert data_of(server, household)["note"] == "门铃坏了"


def test_an_incident_is_a_sentence(server, office, workers):
    workers[0].hello(next_n=workers[0].n + 18)
    page = office("review?kind=incident")
    expect(page.get_by_text("李敏 的手机上可能丢了 17 条改动").first).to_be_visible()


@pytest.mark.parametrize("width,scheme", [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious(server, office, dispute, workers, width, scheme):
    dispute()
    workers[0].push(
        change("create", "visit", str(uuid4()), grid1(server), {"household": str(uuid4()), "result": "met"})
    )
    page = office()
    page.set_viewport_size({"width": width, "height": 740})
    page.emulate_media(color_scheme=scheme)
    for address in ("", "?kind=parked", "?kind=incident", "?state=settled"):
        page.goto(f"/office/review{address}")
        expect(page.locator(".row, .empty").first).to_be_visible()
        assert faults(page) == []
        if page.locator(".row").count():
            page.locator(".row").first.click()
            page.keyboard.press("?")
            page.keyboard.press("3")
            expect(page.locator("article")).to_be_visible()
            assert faults(page) == []
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("用户名")).to_be_visible()
    assert faults(page) == []


def test_sixty_items_in_english_name_no_ids_and_the_area_is_kept_in_the_address(server, office, workers):
    rows = server.rows("SELECT id FROM record WHERE type = 'household' AND scope = ? LIMIT 60", grid1(server))
    for start in (0, 30):
        part = [row[0] for row in rows[start : start + 30]]
        for who, name in zip(workers, ("甲某", "乙某"), strict=True):
            who.push(*(change("update", "household", one, grid1(server), {"contact_person": name}) for one in part))
    page = office(f"review?area={grid1(server)}")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("list", name="Items").get_by_role("listitem").nth(59)).to_be_attached()
    expect(page.get_by_role("combobox", name="Area")).to_be_visible()
    for _ in range(5):
        page.keyboard.press("j")
    expect(page.locator("article").get_by_role("heading", name="History")).to_be_visible()
    shown = page.locator("body").inner_text()
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|undefined|null|\[object", shown), shown
    assert "area=grid" in page.url


def faults(page: Page) -> list[str]:
    """What axe-core calls serious or critical, as `rule: elements`."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes'][:3]]}" for one in serious]
