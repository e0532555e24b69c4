"""The first load of a phone: shown, interrupted, gone on with; and searching what it brought."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import held, phone, world
from tests.e2e.world import until

LARGE = ("--households", "3400", "--residents", "6000")


@pytest.fixture(scope="module")
def district(tmp_path_factory, dist):
    """A server whose worker2 holds three grids with 10,200 households."""
    made = world.make(tmp_path_factory.mktemp("district") / "data", dist, *LARGE)
    made.flask("grant", "add", "worker2", made.demo["areas"]["grid3"]["scope"])
    with world.running(made) as running:
        yield running


def test_a_first_load_cut_half_way_says_so_and_is_gone_on_with(district, phones, links):
    link = links(district)
    link.hold_answers("/snapshot/grid", after=200_000)
    page = phones(link.url)
    phone.log_in(page, "worker1")
    expect(page.get_by_role("heading", name="第一次装载")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    until(lambda: loaded(page)[0] > 1_000, "a part is here", phone.LOADED_MS / 1_000)
    link.become("gone")
    expect(page.get_by_text("连不上服务器，已装的部分不会丢，连上后接着装")).to_be_visible(timeout=phone.LOADED_MS)
    received, expected = loaded(page)
    assert 1_000 < received < expected
    kept = len(held.read(page)[district.user("worker1")]["memberships"])
    assert kept >= received

    link.heal()
    page.get_by_role("button", name="再试一次").click()
    phone.at_home(page, "worker1")
    scope = district.demo["areas"]["grid1"]["scope"]
    asked = [line for line in link.asked if f"/snapshot/{scope.replace(':', '%3A')}" in line]
    assert len(asked) == 2 and "after=" in asked[1], asked
    rows = held.read(page)[district.user("worker1")]["memberships"]
    here = {row["id"]: row["rev"] for row in rows if row["scope"] == scope}
    assert here == dict(district.rows("SELECT id, rev FROM record WHERE scope = ? AND live", scope))


def test_a_household_is_found_by_typing_among_ten_thousand(district, phones):
    page = phones(district.url)
    phone.log_in(page, "worker2")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ / (\d+|…) 条 · [\d.]+ MB$"))).to_be_visible()
    expect(page.get_by_role("heading", name="王强，你好")).to_be_visible(timeout=240_000)
    phone.tab(page, "住户")
    expect(page.get_by_text(re.compile(r"^\d+ 栋楼 · 10200 户$"))).to_be_visible(timeout=120_000)

    for words in ("３－２－５０１", "3-2-501", "3号楼2单元501", "三号楼二单元501室"):
        rows = phone.find(page, words)
        expect(page.get_by_text(re.compile(r"^找到 \d+ 户$"))).to_be_visible()
        expect(rows.first).to_contain_text("3-2-501")
    name = a_name(district)
    rows = phone.find(page, name[-2:])
    expect(rows.filter(has_text=name[-2:]).first).to_be_visible()
    assert all(name[-2:] in text for text in rows.all_inner_texts())
    assert 0 < rows.count() < 60  # only what is near the screen is in the page
    expect(page.get_by_text(f"找到 {households_of(district, name[-2:])} 户")).to_be_visible()
    expect(phone.find(page, "没有这个人啊")).to_have_count(0)
    expect(page.get_by_text("没有找到“没有这个人啊”")).to_be_visible()


def loaded(page) -> tuple[int, int]:
    """Rows received and expected, as the first load shows them."""
    words = page.get_by_text(re.compile(r"^\d+ / \d+ 条")).inner_text()
    return tuple(int(number) for number in re.findall(r"\d+", words)[:2])


def a_name(server) -> str:
    """Of somebody who lives in grid 1."""
    resident = server.demo["records"]["grid1"]["resident"][0]
    return server.rows("SELECT row ->> '$.data.name' FROM record WHERE id = ?", resident)[0][0]


def households_of(server, part: str) -> int:
    """Households with somebody of that name, or whose contact has it."""
    return server.rows(
        """SELECT count(DISTINCT household) FROM (
             SELECT home.row ->> '$.data.household' AS household FROM record home
             JOIN record person ON person.id = home.row ->> '$.data.resident'
             WHERE home.type = 'residence' AND person.row ->> '$.data.name' LIKE ?
             UNION SELECT id FROM record WHERE type = 'household' AND row ->> '$.data.contact_person' LIKE ?)""",
        f"%{part}%",
        f"%{part}%",
    )[0][0]
