"""What people type stays text, and the page's own rules are never broken."""

import re

from playwright.sync_api import Page, expect

from tests.e2e import phone, tour
from tests.e2e.desk import desk

CORPUS = {
    "联系人": "<img src=x onerror=window.hit=1>",
    "备注": '"><svg/onload=window.hit=1><script>window.hit=1</script>',
    "姓名": "{{constructor.constructor('window.hit=1')()}}<b>",
    "情况": "<iframe srcdoc='<script>parent.hit=1</script>'></iframe>",
    "位置": '<a href="javascript:window.hit=1">x</a>${window.hit=1}',
}


def test_no_page_logs_an_error_or_breaks_the_content_policy(server, phones):
    page = phones(server.url)
    said = listen(page)
    page.reload()
    patrol = tour.prepare(page)
    for name in tour.visits(page, server, patrol):
        assert said == [], name
    page.goto("/office/")
    page.wait_for_load_state("networkidle")
    # the office asks who is there, and a worker is nobody there: that answer is no fault
    assert [line for line in said if "403" not in line and "401" not in line] == []


def test_the_reference_of_the_api_shows_code_and_lists_as_such(server, phones):
    page = phones(server.url)
    said = listen(page)
    page.goto("/api/v1/docs")
    expect(page.locator("#listed li code").first).to_have_text("bad_json")
    expect(page.locator("main details").first).to_be_visible()
    expect(page.locator("#about, #listed, summary").filter(has_text="`")).to_have_count(0)
    assert said == []


def test_the_content_policy_lets_no_script_of_others_run(server, phones):
    page = phones(server.url)
    said = listen(page)
    page.evaluate(
        """() => {
          const inline = document.createElement('script')
          inline.textContent = 'window.hit = 1'
          document.body.append(inline)
          document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.hit=1">')
        }"""
    )
    page.wait_for_function("() => performance.now() > 0")
    assert page.evaluate("window.hit") is None
    assert any("Content Security Policy" in line for line in said), said


def test_words_that_look_like_code_are_shown_as_they_were_typed_and_run_nowhere(server, phones, playwright):
    page = phones(server.url)
    page.context.add_init_script("window.alert = window.prompt = window.confirm = () => { window.hit = 1 }")
    phone.begin(page, "worker1")
    phone.go_offline(page)
    phone.open_household(page, "1-1-102")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", CORPUS["联系人"])
    phone.edit_field(page, "备注", CORPUS["备注"])
    page.get_by_role("link").filter(has_text=re.compile("岁")).first.click()
    resident = phone.record_in_address(page)
    phone.edit_field(page, "姓名", CORPUS["姓名"])
    page.goto("/#/report?item=0203")
    page.get_by_label("情况").fill(CORPUS["情况"])
    page.get_by_label("或写楼号、位置").fill(CORPUS["位置"])
    page.get_by_role("button", name="上报", exact=True).click()
    expect(phone.told(page)).to_contain_text("已存本机，等待送达")
    issue = phone.record_in_address(page)
    with desk(playwright, server, "leader1") as leader:  # somebody else writes the same field: a conflict
        (seen,) = server.rows("SELECT row ->> '$.data.contact_person', scope, rev FROM record WHERE id = ?", household)
        assert (
            leader.change(
                op="update",
                type="household",
                record=household,
                scope=seen[1],
                base={"rev": seen[2], "timeline": leader.timeline},
                set={"contact_person": {"from": seen[0], "to": "'><img src=y onerror=window.hit=1>"}},
            )
            == "applied"
        )
    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 4, 4)
    expect(page.get_by_text(CORPUS["联系人"]).first).to_be_visible()
    own = [
        f"households/{household}",
        f"records/{resident}",
        f"records/{household}/edit",
        f"records/{household}/history",
    ]
    for address in [*own, f"issues/{issue}", "issues", "households?q=1-1-102", "sync", ""]:
        page.goto(f"/#/{address}")
        page.wait_for_load_state("networkidle")
        for picture in ("x", "y"):
            assert page.locator(f"img[src='{picture}'], iframe").count() == 0
        assert page.evaluate("window.hit") is None, address
    page.goto(f"/#/records/{household}/edit")
    expect(page.get_by_label(re.compile("^备注"))).to_have_value(CORPUS["备注"])


def listen(page: Page) -> list[str]:
    """Errors of the console and broken rules, from now on."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: said.append(str(one)))
    return said
