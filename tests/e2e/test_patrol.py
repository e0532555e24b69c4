"""Patrols of two workers over one route: codes, check-ins that meet, and a track that only its walker gets."""

import json

from playwright.sync_api import Page, expect

from tests.e2e import held, phone
from tests.e2e.world import DemoServer, until

CODES = """
navigator.mediaDevices.getUserMedia = async () => document.createElement('canvas').captureStream(1)
window.BarcodeDetector = class {
  static getSupportedFormats = async () => ['qr_code']
  detect = async () => (window.code ? [{ rawValue: window.code }] : [])
}
"""
PLACES = """
const follow = navigator.geolocation.watchPosition.bind(navigator.geolocation)
window.places = 0
navigator.geolocation.watchPosition = (told, ...more) => follow((place) => (told(place), window.places++), ...more)
"""
SHOWN = """(state) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
  document.dispatchEvent(new Event('visibilitychange'))
}"""


def put_away_for_a_moment(page) -> None:
    """The app is hidden and shown again, with a place recorded before and after: a piece without one is none."""
    page.wait_for_function("() => window.places >= 1")
    page.evaluate(SHOWN, "hidden")
    page.evaluate(SHOWN, "visible")
    page.wait_for_function("() => window.places >= 2")


def test_a_point_checked_by_two_counts_once_and_a_track_is_recorded_only_where_its_walker_wants_it(server, phones):
    first = phones(server.url, permissions=["geolocation"], geolocation=at(server, "北门充电棚"))
    second = phones(server.url)
    for page, script in ((first, PLACES), (second, CODES)):
        page.add_init_script(script)
        page.reload()
    patrol = begin(first, "worker1")
    phone.send_now(first)
    phone.begin(second, "worker2")
    expect(first.get_by_text("正在记录轨迹，仅前台")).to_have_count(0)

    first.goto(f"/#/patrol/{patrol}")
    first.get_by_role("button", name="记录这次巡查的轨迹（默认关闭）").click()
    expect(first.get_by_text("正在记录轨迹，仅前台")).to_be_visible()
    put_away_for_a_moment(first)
    first.get_by_role("button", name="在此打点").click()
    expect(first.get_by_text("已看 1 / 4 点，跳过 0 点")).to_be_visible()
    first.get_by_role("button", name="停止", exact=True).click()
    expect(first.get_by_text("正在记录轨迹，仅前台")).to_have_count(0)
    expect(first.get_by_role("img", name="2 段，段与段之间没有记录")).to_be_visible()

    second.goto(f"/#/patrol/{patrol}")
    scan(second, "不是这条路线的码")
    expect(second.get_by_role("alert")).to_contain_text("这个码不是本路线的点位")
    scan(second, code_of(server, "北门充电棚"))
    expect(second.get_by_text("已看 1 / 4 点，跳过 0 点")).to_be_visible()
    for page in (first, second):
        phone.send_now(page)
    met = phone.section(second, "已送达")
    expect(met.get_by_text("这个点位这次巡查已有人看过。两次都保留，只算一次。")).to_be_visible()
    first.goto(f"/#/patrol/{patrol}")
    expect(first.get_by_text("已看 1 / 4 点，跳过 0 点")).to_be_visible()

    tracks = server.rows("SELECT id FROM record WHERE type = 'track'")
    delivered = server.rows(
        "SELECT DISTINCT e.scope FROM scope_entry e JOIN record ON id = record WHERE type = 'track'"
    )
    assert (len(tracks), delivered) == (2, [(f"user:{server.user('worker1')}",)])
    phone.send_now(second)
    rows = held.read(second)[server.user("worker2")]["base"]
    assert {row["type"] for row in rows} >= {"patrol", "check"} and "track" not in {row["type"] for row in rows}

    first.get_by_role("button", name="删除这次的轨迹").click()
    expect(first.get_by_role("img", name="2 段，段与段之间没有记录")).to_have_count(0)
    phone.send_now(first)
    until(lambda: server.rows("SELECT count(*) FROM record WHERE type = 'track' AND live") == [(0,)], "both are gone")
    rows = held.read(first)[server.user("worker1")]
    assert not [row for table in ("base", "outbox") for row in rows[table] if row["type"] == "track"]
    assert "fixes" not in json.dumps([row["said"] for row in rows["journal"]]), "nor what was kept of sending them"


def begin(page: Page, username: str) -> str:
    phone.begin(page, username)
    phone.tab(page, "巡查")
    page.get_by_role("button", name="晚间巡查").click()
    expect(page.get_by_role("button", name="在此打点")).to_be_visible()
    return phone.record_in_address(page)


def scan(page: Page, code: str) -> None:
    page.evaluate("(code) => (window.code = code)", code)
    page.get_by_role("button", name="扫码打点").click()


def point(server: DemoServer, name: str) -> dict:
    """A point of the evening route of grid 1: its data, with its id."""
    asked = """SELECT point.id, point.row ->> '$.data' FROM record point
               JOIN record route ON route.id = point.row ->> '$.data.route'
               WHERE point.type = 'point' AND point.scope = ? AND point.row ->> '$.data.name' = ?
               AND route.row ->> '$.data.name' = '晚间巡查'"""
    ident, data = server.rows(asked, server.demo["areas"]["grid1"]["scope"], name)[0]
    return json.loads(data) | {"id": ident}


def at(server: DemoServer, name: str) -> dict:
    place = point(server, name)["location"]
    return {"latitude": float(place["lat"]), "longitude": float(place["lon"]), "accuracy": 8}


def code_of(server: DemoServer, name: str) -> str:
    return point(server, name)["code"]
