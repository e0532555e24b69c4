"""A portal that answers for the server, an answer that never comes, a power cut."""

import pytest
from playwright.sync_api import expect

from tests.e2e import held, phone


def test_a_portal_that_answers_200_to_everything_is_not_believed_and_costs_nothing(server, phones, links):
    link = links(server)
    page = phones(link.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    before = held.read(page)[server.user("worker1")]
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    link.become("portal")
    phone.edit_field(page, "联系人", "在咖啡馆写的")
    phone.send_now(page, "连不上服务器，已写的都在本机")
    assert link.answered_by_portal > 0
    page.reload()
    expect(phone.status(page)).to_contain_text("离线 · 本机 1 条待送")
    phone.open_sync(page)
    phone.counted(page, 0, 1)
    during = held.read(page)[server.user("worker1")]
    assert [len(during[table]) for table in ("base", "memberships")] == [
        len(before[table]) for table in ("base", "memberships")
    ]
    assert [row["state"] for row in during["cursors"]] == [row["state"] for row in before["cursors"]]
    assert page.evaluate("navigator.serviceWorker.getRegistration().then((one) => !!one && !!one.active)")

    link.become("through")
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert server.has_once(household)


def test_a_portal_at_the_login_is_told_in_words_and_makes_nobody_at_home(server, phones, links):
    link = links(server)
    page = phones(link.url)
    link.become("portal")
    phone.log_in(page, "worker1")
    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")
    assert page.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))") in ([], ["grid-phone"])
    link.become("through")
    phone.begin(page, "worker1")


@pytest.mark.parametrize("failpoint,written", [("push.before_commit", 0), ("push.after_commit", 1)])
def test_a_server_killed_during_a_push_has_the_change_exactly_once(own_server, phones, failpoint, written):
    page = phones(own_server.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-101")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "停电时写的")
    phone.open_sync(page)
    own_server.halt_at(failpoint)
    page.get_by_role("button", name="立即同步").click()
    own_server.wait_until_halted()
    assert own_server.taken(household) == written
    own_server.power_cut()
    expect(phone.told(page)).to_contain_text("连不上服务器，已写的都在本机")
    phone.counted(page, 0, 1)
    expect(phone.status(page)).to_contain_text("本机 1 条待送")

    own_server.start()
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert own_server.has_once(household)


def test_a_lost_answer_sends_the_change_again_and_the_server_keeps_one(server, phones, links):
    link = links(server)
    page = phones(link.url)
    phone.begin(page, "worker1")
    phone.open_household(page, "1-1-202")
    household = phone.record_in_address(page)
    phone.edit_field(page, "联系人", "没有回音")
    link.cut_answers("/sync/push", after=0)
    phone.send_now(page, "连不上服务器，已写的都在本机")
    assert link.cuts > 0
    assert server.taken(household) == 1
    phone.counted(page, 0, 1)  # the phone cannot know: it says no more than it was told
    link.heal()
    phone.send_now(page)
    phone.counted(page, 1, 1)
    assert server.has_once(household)
