"""A morning without signal."""

from playwright.sync_api import expect

from tests.e2e import phone


def test_an_edit_made_offline_outlives_a_reload_and_arrives_exactly_once(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    page.context.set_offline(True)
    phone.open_household(page, "1-1-101")
    phone.edit_field(page, "联系人", "离线写的人")
    page.reload()
    expect(phone.status(page)).to_contain_text("离线 · 本机 1 条待送")
    page.context.set_offline(False)
    phone.send_now(page)
    phone.counted(page, 1, 1)
