"""Each page as it looks and as it can be used: for a reader of screens, a thumb, a small screen."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.databases import ROOT
from tests.e2e import phone, tour
from tests.e2e.hard_words import MEMBERS, NAME
from tests.e2e.hard_words import put as hard_words_put
from tests.e2e.screens import ARTIFACTS, DESK, SMALL

pytestmark = pytest.mark.usefixtures("hard_words")
AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def hard_words(playwright, server):
    hard_words_put(playwright, server)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_any_page(server, phones, theme):
    page = phones(server.url, color_scheme=theme)
    found = serious(page, "login")
    patrol = tour.prepare(page)
    for name in tour.visits(page, server, patrol):
        found += serious(page, name)
        shoot(page, f"360-{theme}", name)
    assert found == []


def test_at_320_px_with_large_letters_nothing_is_cut_and_nothing_sticks_out(server, phones):
    page = phones(server.url, **SMALL)
    page.evaluate("localStorage.setItem('grid.preferences', JSON.stringify({ size: 'large' }))")
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "22px"
    patrol = tour.prepare(page)
    found = []
    for name in tour.visits(page, server, patrol):
        found += [f"{name}: {one}" for one in page.evaluate(CUT)]
        shoot(page, "320-large", name)
    assert found == [], "\n".join(found)


def test_what_can_be_tapped_is_as_large_as_a_thumb(server, phones):
    page = phones(server.url)
    found = [f"login: {one}" for one in page.evaluate(TOO_SMALL)]
    patrol = tour.prepare(page)
    for name in tour.visits(page, server, patrol):
        found += [f"{name}: {one}" for one in page.evaluate(TOO_SMALL)]
    assert found == []


def test_the_app_can_be_read_on_a_wide_screen(server, phones):
    page = phones(server.url, **DESK)
    patrol = tour.prepare(page)
    found = []
    for name in tour.visits(page, server, patrol):
        found += [f"{name}: {one}" for one in page.evaluate(CUT)]
        shoot(page, "1280", name)
    assert found == []


def test_a_household_of_sixty_with_rare_characters_and_pictures_is_shown_and_found(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    rows = phone.find(page, NAME[-12:])
    expect(rows).to_have_count(1)
    rows.first.click()
    page.get_by_role("button", name=re.compile(r"^全部 \d+ 人$")).click()
    expect(page.get_by_role("link").filter(has_text=NAME)).to_have_count(MEMBERS, timeout=phone.LOADED_MS)


def test_with_a_keyboard_alone_one_gets_to_the_content_and_hears_where_one_is(server, phones):
    page = phones(server.url, reduced_motion="reduce")
    phone.begin(page, "worker1")
    focused = page.locator(":focus")
    page.reload()
    phone.at_home(page, "worker1")
    page.keyboard.press("Tab")
    expect(focused).to_have_text("跳到正文")
    page.keyboard.press("Enter")
    expect(focused).to_have_text("李敏，你好")
    page.get_by_role("link", name="我的").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_title("李敏 · 网格工作")
    expect(focused).to_have_text("李敏")
    for _ in range(20):
        page.keyboard.press("Tab")
        if focused.get_attribute("role") == "radio":
            break
    expect(focused).to_have_text("中文")
    page.keyboard.press("ArrowRight")
    expect(focused).to_have_text("English")
    expect(focused).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Text size")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"
    moving = "[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).transitionDuration !== '0s')"
    assert page.evaluate(f"{moving}.length") == 0


def test_a_form_opened_after_another_one_shows_its_own_record(server, phones):
    page = phones(server.url)
    phone.begin(page, "worker1")
    here = server.demo["records"]["grid1"]
    for record, title in (
        (here["household"][0], "修改户"),
        (here["resident"][0], "修改居民"),
        (here["building"][0], "修改楼栋"),
    ):
        page.goto(f"/#/records/{record}/edit")
        expect(page.get_by_role("heading", name=title)).to_be_visible()


def shoot(page: Page, folder: str, name: str) -> None:
    """Keeps a picture of the screen for people to look at."""
    page.screenshot(path=ARTIFACTS / folder / f"{name}.png")


def serious(page: Page, name: str) -> list[str]:
    """What axe holds to be serious or critical, one line each."""
    if not page.evaluate("!!window.axe"):
        page.evaluate(AXE.read_text() + ";undefined")
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations)")
    return [
        f"{name}: {one['id']} {json.dumps([node['html'][:120] for node in one['nodes'][:2]], ensure_ascii=False)}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


# Elements whose own text does not fit them, and a page wider than the screen. One line of text may end in an
# ellipsis where the whole of it is one tap away: the status line (the sync page) and rows that lead to a record.
CUT = """
() => {
  const found = []
  const ledOn = (one) => {
    for (let at = one; at && one.closest('a'); at = at.parentElement) {
      if (getComputedStyle(at).textOverflow === 'ellipsis') return true
      if (at.matches('a')) return false
    }
    return false
  }
  const root = document.scrollingElement
  if (root.scrollWidth > innerWidth + 1) found.push(`page is ${root.scrollWidth} px wide`)
  for (const one of document.body.querySelectorAll('*')) {
    const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
    const box = one.getBoundingClientRect()
    if (!text || !box.width || one.closest('.visually-hidden')) continue
    const style = getComputedStyle(one)
    const hides = ['hidden', 'clip'].includes(style.overflowX) || ['hidden', 'clip'].includes(style.overflowY)
    const cut = hides && (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)
    const out = box.left < -1 || box.right > innerWidth + 1
    if ((cut || out) && !ledOn(one)) found.push(`${one.tagName} "${one.textContent.trim().slice(0, 40)}"`)
  }
  return found
}
"""

# Things to tap that are smaller than 44 px one way or the other; links inside a sentence are text.
TOO_SMALL = """
() => [...document.querySelectorAll('a[href], button, input, textarea, select, [role=radio], [role=button]')]
  .map((one) => ({ one, box: one.getBoundingClientRect() }))
  .filter(({ one, box }) => box.width && box.height && getComputedStyle(one).visibility !== 'hidden')
  .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
  .map(({ one, box }) => [one.tagName, one.textContent || one.ariaLabel, box.width | 0, box.height | 0].join(' '))
"""
