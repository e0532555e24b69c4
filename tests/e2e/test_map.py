"""The map: without a network, with tiles and without, on a phone that cannot draw; and choosing a place on it."""

import json
import re
import shutil

import pytest
from playwright.sync_api import Page, expect

from tests import tiles
from tests.e2e import phone
from tests.e2e.conftest import FLAGS
from tests.e2e.screens import SMALL
from tests.e2e.test_every_page import CUT, TOO_SMALL, serious, shoot
from tests.e2e.test_patrol import at, begin, point
from tests.e2e.world import until

# Drawn by the processor: the machine that tests has no graphics.
DRAWING = [*FLAGS.replace("--disable-gpu", "").split(), "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
DRAWN_MS = 40_000
# Two taps so close in time and place are one to the map, and bring it nearer.
DOUBLE_TAP_MS = 600
CHINA_MAP = {
    "kind": "url",
    "url": "https://tiles.invalid/{z}/{x}/{y}.png",
    "tag": "",
    "crs": "gcj02",
    "credit": "GS(2026)1",
}


@pytest.fixture(scope="module")
def browser(playwright):
    """One that draws maps, for the tests of this file."""
    launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=DRAWING)
    yield launched
    launched.close()


def located(server, nth: int = 0) -> dict:
    """Where a building of grid 1 stands, and the settings of a phone that stands there."""
    place = placed(server, server.demo["records"]["grid1"]["building"][nth])
    where = {"longitude": place[0], "latitude": place[1], "accuracy": 12}
    return {"geolocation": where, "permissions": ["geolocation"]}


def placed(server, record: str) -> tuple[float, float]:
    ((row,),) = server.rows("SELECT row FROM record WHERE id = ?", record)
    place = json.loads(row)["data"]["location"]
    return float(place["lon"]), float(place["lat"])


def drawn(page: Page) -> Page:
    """Wait until the map stands still with all that it has."""
    page.wait_for_function("() => document.querySelector('[data-ready]')?.map.loaded()", timeout=DRAWN_MS)
    return page


def on_map(page: Page, *layers: str) -> list[dict]:
    """Properties of what is drawn in these layers."""
    script = """(layers) => document.querySelector('[data-ready]').map.queryRenderedFeatures({ layers })
        .map((one) => one.properties)"""
    return page.evaluate(script, list(layers))


def tap_at(page: Page, record: str) -> None:
    """A finger on the mark of a record, where it is drawn."""
    script = """(id) => {
        const { map } = document.querySelector('[data-ready]')
        const found = map.queryRenderedFeatures().find((one) => one.properties.id === id)
        const at = map.project(found.geometry.coordinates), box = map.getContainer().getBoundingClientRect()
        return [box.left + at.x, box.top + at.y]
    }"""
    page.locator("[data-ready]").evaluate("(map) => map.scrollIntoView({ block: 'center' })")
    page.touchscreen.tap(*page.evaluate(script, record))


def still(page: Page) -> None:
    page.wait_for_function("() => !document.querySelector('[data-ready]').map.isMoving()")


def test_the_map_opens_without_a_network_and_without_tiles_and_a_tap_opens_what_was_tapped(server, phones):
    (server.data / "tiles.pmtiles").unlink(missing_ok=True)
    page = phones(server.url, **located(server))
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    page.goto("/#/")
    page.get_by_role("link", name="地图").click()
    expect(page.get_by_text("地图程序已在本机，没有网络也能打开。")).to_be_visible(timeout=DRAWN_MS)
    page.context.set_offline(True)
    page.reload()
    drawn(page)
    expect(page.get_by_text("画在方格纸上")).to_be_visible()
    assert on_map(page, "cell") and on_map(page, "lines")
    assert len({one["id"] for one in on_map(page, "point", "building")}) == 12 + 2
    assert {one["tone"] for one in on_map(page, "issue")} == {"waits"}
    shoot(page, "360-light", "map")
    assert serious(page, "map") + page.evaluate(CUT) + page.evaluate(TOO_SMALL) == []

    page.evaluate("navigator.geolocation.watchPosition = () => { throw new Error('followed') };undefined")
    page.get_by_role("button", name="定位", exact=True).click()
    until(lambda: on_map(page, "here"), "the phone's own place is drawn")
    for chip in ("点位", "事件"):
        page.get_by_role("button", name=re.compile(f"^{chip}")).click()
    until(lambda: not on_map(page, "point", "issue"), "only buildings are left")
    still(drawn(page))
    tap_at(page, server.demo["records"]["grid1"]["building"][0])
    expect(page.get_by_role("link", name="楼栋情况")).to_be_visible()
    assert server.demo["records"]["grid1"]["building"][0] in page.url


def test_a_point_tapped_on_the_patrols_map_is_the_next_one_and_is_checked_in_without_a_network(server, phones):
    standing = at(server, "小广场")
    page = phones(server.url, permissions=["geolocation"], geolocation=standing)
    patrol = begin(page, "worker1")
    phone.app_is_kept(page)
    page.get_by_role("button", name="看地图").click()
    drawn(page)
    page.context.set_offline(True)
    wanted, other = (point(server, name)["id"] for name in ("小广场", "消防通道东侧"))
    assert {one["tone"] for one in on_map(page, "point")} == {"accent"}
    still(page)
    tap_at(page, wanted)
    expect(page.get_by_role("heading", name="小广场")).to_be_visible()
    page.get_by_role("button", name="在此打点").click()
    expect(page.get_by_text("已看 1 / 4 点，跳过 0 点")).to_be_visible()
    until(lambda: {one["id"] for one in on_map(page, "point") if one["tone"] == "done"} == {wanted}, "it is grey")
    shoot(page, "360-light", "patrol-map")
    expect(page.get_by_role("heading", name="北门充电棚")).to_be_visible()  # the first that is open
    still(drawn(page))
    page.wait_for_timeout(DOUBLE_TAP_MS)
    tap_at(page, other)
    expect(page.get_by_role("heading", name="消防通道东侧")).to_be_visible()
    page.context.set_offline(False)
    phone.send_now(page)
    ((place, found),) = server.rows(
        """SELECT row ->> '$.data.point', row ->> '$.data.location.lon' FROM record
           WHERE type = 'check' AND row ->> '$.data.patrol' = ?""", patrol,
    )  # fmt: skip
    assert (place, float(found)) == (wanted, pytest.approx(standing["longitude"]))


def test_tiles_of_ones_own_grids_are_kept_when_asked_for_and_drawn_without_a_network(server, phones):
    whole = tiles.make(server.data / "tiles.pmtiles")
    page = phones(server.url, color_scheme="dark", **SMALL)
    page.evaluate("localStorage.setItem('grid.preferences', JSON.stringify({ size: 'large' }))")
    page.reload()
    phone.begin(page, "worker1")
    phone.app_is_kept(page)
    page.goto("/#/map")
    keep = page.get_by_role("button", name=re.compile(r"^把本网格的底图存到本机（[\d.]+ MB）$"))
    expect(keep).to_be_visible(timeout=DRAWN_MS)
    said = float(re.search(r"[\d.]+", keep.inner_text())[0])
    assert 0 < said < whole / 1_048_576 / 5  # of the file only what the grid needs
    keep.click()
    expect(page.get_by_text(re.compile(rf"^底图已存本机，{said:.2f} MB"))).to_be_visible(timeout=DRAWN_MS)
    page.context.set_offline(True)
    page.reload()
    drawn(page)
    assert on_map(page, "fill water") and on_map(page, "line roads")
    page.get_by_role("button", name="放大").click()
    still(drawn(page))
    assert {"经十路", "3号楼"} & {one["name"] for one in on_map(page, "name roads", "name buildings")}
    assert serious(page, "map in the dark") + page.evaluate(CUT) == []
    shoot(page, "320-large", "map-kept")

    page.goto("/#/patrol")
    page.get_by_role("button", name="晚间巡查").click()
    page.get_by_role("button", name="看地图").click()
    drawn(page)
    assert len({one["id"] for one in on_map(page, "point")}) == 4
    shoot(page, "320-large", "patrol-map")


def test_a_place_chosen_on_a_map_of_another_coordinate_system_is_the_place_on_the_ground(server, phones):
    page = phones(server.url)
    page.context.route("**/api/v1/map", lambda route: route.fulfill(json={"tiles": CHINA_MAP}))
    phone.begin(page, "worker2")
    phone.app_is_kept(page)
    page.goto("/#/report?item=0203")
    page.get_by_role("button", name="在地图上选").click()
    drawn(page)
    expect(page.get_by_text(CHINA_MAP["credit"])).to_be_visible()
    page.get_by_role("button", name="看全部").click()
    still(drawn(page))
    target = server.demo["records"]["grid2"]["building"][0]
    tap_at(page, target)
    until(lambda: page.evaluate("document.querySelector('[data-ready]').map.getZoom()") >= 16, "the map went there")
    still(drawn(page))
    shoot(page, "360-light", "map-choice")
    assert serious(page, "choosing") == []
    page.get_by_role("button", name="用这个地点").click()
    expect(page.get_by_role("button", name="已在地图上选定")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("radio", checked=True)).to_have_text(server.demo["areas"]["grid2"]["name"])
    page.get_by_label("情况").fill("路灯不亮")
    page.get_by_role("button", name="上报", exact=True).click()
    issue = phone.record_in_address(page)
    phone.send_now(page)
    there, building = placed(server, issue), placed(server, target)
    assert max(abs(there[0] - building[0]), abs(there[1] - building[1])) < 0.0004  # degrees; unconverted it were 0.006
    ((scope,),) = server.rows("SELECT scope FROM record WHERE id = ?", issue)
    assert scope == server.demo["areas"]["grid2"]["scope"]


def test_a_phone_that_cannot_draw_gets_the_same_as_a_list_by_distance(server, phones):
    page = phones(server.url, **located(server))
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    page.reload()
    phone.begin(page, "worker1")
    page.goto("/#/map")
    expect(page.get_by_text("这部手机画不了地图，改用列表，内容相同。")).to_be_visible()
    rows = page.get_by_role("listitem").get_by_role("link")
    expect(rows).to_have_count(6 + 12 + 2)
    page.get_by_role("button", name="定位一次，按远近排列").click()
    expect(rows.first).to_contain_text("1 号楼")
    expect(rows.first).to_contain_text("约 0 米")
    expect(rows.last).to_contain_text("米")  # what is not on the screen follows after the frame
    metres = [int(re.search(r"约 (\d+) 米", text)[1]) for text in rows.all_inner_texts()]
    assert metres == sorted(metres) and metres[-1] > 50
    assert serious(page, "map as a list") + page.evaluate(CUT) + page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name=re.compile("^(楼栋|点位)")).first.click()
    page.get_by_role("button", name=re.compile("^点位")).click()
    rows.first.click()
    phone.record_in_address(page)
    page.goto("/#/report?item=0203")
    page.get_by_role("button", name="在地图上选").click()
    expect(page.get_by_text("请返回，选楼栋或写地点")).to_be_visible()
