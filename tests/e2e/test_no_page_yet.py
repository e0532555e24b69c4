"""Who has no page yet is told so, and sent nowhere that would refuse him."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e import phone, screens

DESK = "你的工作在办公页面，点这里打开"
NONE_YET = "调度和管理的页面还没有"


def at_first_page(page: Page, username: str) -> None:
    phone.log_in(page, username)
    expect(page.get_by_role("heading", name="，你好")).to_be_visible(timeout=phone.LOADED_MS)
    expect(page.get_by_text("上次联网")).to_be_visible()


@pytest.mark.parametrize("username", ["dispatcher1", "operator1", "admin1", "auditor1"])
def test_the_field_app_sends_nobody_to_a_desk_that_refuses_him(server, phones, username):
    page = phones(server.url)
    at_first_page(page, username)
    expect(page.get_by_text(NONE_YET)).to_be_visible()
    expect(page.get_by_text(DESK)).to_have_count(0)
    expect(page.get_by_text("可以找住户走访")).to_have_count(0)


def test_a_handler_is_shown_his_issues_and_no_household_to_visit(server, phones):
    page = phones(server.url)
    at_first_page(page, "handler1")
    expect(page.get_by_role("link", name="事件")).to_be_visible()
    expect(page.get_by_text(NONE_YET).or_(page.get_by_text(DESK))).to_have_count(0)
    expect(page.get_by_text("可以找住户走访")).to_have_count(0)


def test_a_clerk_on_a_phone_is_shown_the_way_to_the_desk(server, phones):
    page = phones(server.url)
    at_first_page(page, "clerk1")
    expect(page.get_by_text("可以找住户走访")).to_have_count(0)
    page.get_by_role("link", name=DESK).click()
    expect(page).to_have_url(f"{server.url}/office/review")


def test_the_desk_says_who_it_is_for_and_what_is_not_there_yet(server, phones):
    page = phones(server.url, **screens.DESK)
    page.goto("/office/rescue")
    phone.log_in(page, "dispatcher1")
    expect(page.get_by_text("这里只有待核和救援，由社区专员和社区负责人使用。")).to_be_visible()
    expect(page.get_by_text(NONE_YET)).to_be_visible()
    expect(page.get_by_role("navigation", name="办公").get_by_role("link")).to_have_count(0)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_label("用户名")).to_be_visible()
