"""Photos from the camera to a colleague's screen, over a bad network; what the camera wrote in them stays nowhere."""

import re
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e import held, phone
from tests.e2e.link import Link
from tests.e2e.screens import DESK
from tests.e2e.worker import change, worker
from tests.e2e.world import DemoServer, until
from tests.pictures import CANARY, exif

WAITS_MS = 30_000
CACHED = """
async () => Promise.all((await caches.keys()).map(async (name) =>
  (await (await caches.open(name)).keys()).map((one) => one.url)))
"""
ONE_WAITING = re.compile(r"1 张照片待传")


def camera(folder: Path, name: str, sideways: bool = False) -> Path:
    """What a camera gives: 8 megapixels of much detail, with place and owner written into it."""
    noise = Image.effect_noise((640, 480), 90).convert("RGB")
    left = Image.new("RGB", (320, 480), (200, 30, 30))
    noise.paste(Image.blend(noise.crop((0, 0, 320, 480)), left, 0.6), (0, 0))
    file = folder / name
    noise.resize((3264, 2448)).save(file, "JPEG", quality=88, exif=exif(6 if sideways else 1), comment=CANARY.encode())
    assert CANARY.encode() in file.read_bytes()
    return file


def take(page: Page, label: str, file: Path) -> None:
    """Tap the camera of a list of photos; the picture is on the phone when this returns."""
    with page.expect_file_chooser() as chooser:
        page.get_by_label(f"{label}：拍照").click()
    chooser.value.set_files(file)
    expect(page.get_by_role("button", name=f"{label} 1，点按放大").locator("img")).to_be_visible(timeout=WAITS_MS)


def report(page: Page, words: str, photo: Path) -> str:
    """Report a broken lamp with a photo; the record's id."""
    page.goto("/#/report?item=0203")
    page.get_by_label("或写楼号、位置").fill("3 号楼前")
    page.get_by_label("情况").fill(words)
    take(page, "处置前照片", photo)
    page.get_by_role("button", name="上报", exact=True).click()
    page.wait_for_url(re.compile(r"/issues/"))
    return phone.record_in_address(page)


def without(page: Page, script: str) -> None:
    """A browser that lacks something; the page starts again in it."""
    page.add_init_script(script)
    page.reload()
    expect(phone.status(page)).to_contain_text("已全部送达")


def shape_of(page: Page) -> list[int]:
    """Width and height of the photo that is shown large."""
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_count(0)
    return dialog.locator("img").evaluate("(one) => one.decode().then(() => [one.naturalWidth, one.naturalHeight])")


def photo_rows(page: Page, server: DemoServer, username: str = "worker1") -> list[dict]:
    return held.read(page)[server.user(username)]["photos"]


def stored(server: DemoServer) -> list[tuple]:
    return server.rows("SELECT id FROM photo WHERE state = 'stored'")


def meet_a_portal(page: Page, link: Link) -> None:
    """A portal answers for the server; then there is no network at all, and the app starts again."""
    link.become("portal")
    page.get_by_role("button", name="立即同步").click()
    until(lambda: link.answered_by_portal > 1, "a portal answered for the server")
    page.context.set_offline(True)
    page.reload()
    expect(phone.status(page)).to_contain_text(ONE_WAITING)
    expect(page.get_by_text("待传照片 1 张")).to_be_visible()


def finish(page: Page, link: Link) -> None:
    link.heal()
    page.context.set_offline(False)
    page.get_by_role("button", name="立即同步").click()
    expect(page.get_by_text("没有待传的照片。")).to_be_visible(timeout=WAITS_MS)
    expect(phone.status(page)).to_contain_text("已全部送达")


def shape_as_seen(colleague: Page) -> list[int]:
    """A colleague asks for the photo that was on its way, and looks at it large."""
    colleague.get_by_role("button", name="处置前照片 1：还在路上").click()
    small = colleague.get_by_role("button", name="处置前照片 1，点按放大")
    expect(small.locator("img")).to_be_visible()
    small.click()
    shape = shape_of(colleague)
    colleague.keyboard.press("Escape")
    expect(colleague.get_by_role("dialog")).to_have_count(0)
    return shape


def test_a_photo_taken_offline_survives_a_reload_a_portal_and_cut_pieces_and_a_colleague_sees_it(
    server, phones, links, tmp_path
):
    link = links(server)
    page, colleague = phones(link.url), phones(server.url)
    phone.begin(page, "worker1")
    phone.begin(colleague, "worker2")
    without(page, "HTMLCanvasElement.prototype.toBlob = () => { throw new Error('a worker draws, not the page') }")
    phone.go_offline(page)
    issue = report(page, "路灯整夜不亮", camera(tmp_path, "IMG_1.jpg", sideways=True))
    expect(page.get_by_role("button", name="处置前照片 1，点按放大").locator("img")).to_be_visible()
    (row,) = photo_rows(page, server)
    assert (row["state"], row["record"]) == ("unsent", issue)
    assert row["size"] <= 600_000
    page.reload()
    expect(page.get_by_role("button", name="处置前照片 1，点按放大").locator("img")).to_be_visible()

    # the record goes, its photo is cut after each piece: what arrived stays arrived
    link.cut_answers("PATCH", after=0)
    page.context.set_offline(False)
    phone.send_now(page, "文字都已送达，照片接着传")
    phone.counted(page, 1, 1)
    until(lambda: link.cuts > 0, "a piece arrived and its answer was lost")
    expect(phone.status(page)).to_contain_text(ONE_WAITING)
    phone.send_now(colleague)
    colleague.goto(f"/#/issues/{issue}")
    expect(colleague.get_by_role("button", name="处置前照片 1：还在路上")).to_be_visible()
    meet_a_portal(page, link)
    finish(page, link)
    (row,) = photo_rows(page, server)
    assert (row["state"], [row["id"]]) == ("stored", [one for (one,) in stored(server)])
    begun = [line for line in link.asked if line.startswith("POST /api/v1/photos/uploads")]
    assert len(begun) == 1, "it went on where the server was"

    assert shape_as_seen(colleague) == [960, 1280], "upright, as it was held"
    cached = [url for urls in colleague.evaluate(CACHED) for url in urls]
    assert cached
    assert [url for url in cached if "/api/" in url] == [], "pictures of others are kept nowhere"
    assert "WEBP" not in held.raw(colleague)
    assert len(link.heard) > row["size"]
    assert CANARY.encode() not in link.heard, "nothing that the camera wrote left the phone"
    raw = held.raw(page)
    assert CANARY not in raw
    assert "JFIF" not in raw, "the phone keeps pictures encrypted"
    files = [file for file in server.data.rglob("*") if file.is_file()]
    assert len(files) > 3
    assert [file for file in files if CANARY.encode() in file.read_bytes()] == []


def test_two_tabs_send_a_photo_once_and_the_desk_sees_it(server, phones, links, playwright, tmp_path):
    link = links(server)
    page = phones(link.url)
    phone.begin(page, "worker1")
    without(page, "delete globalThis.OffscreenCanvas")  # an older phone: the page draws
    other = page.context.new_page()
    other.goto("/#/sync")
    issue = report(page, "井盖松动", camera(tmp_path, "IMG_2.jpg", sideways=True))
    other.get_by_role("button", name="立即同步").click()
    phone.open_sync(page)
    page.get_by_role("button", name="立即同步").click()
    for tab in (page, other):
        expect(phone.status(tab)).to_contain_text("已全部送达", timeout=WAITS_MS)
    lines = [line.rsplit(" ", 1)[0] for line in link.asked]
    assert lines.count("POST /api/v1/photos") == 1
    assert lines.count("POST /api/v1/photos/uploads") == 1

    scope = server.rows("SELECT scope FROM record WHERE id = ?", issue)[0][0]
    for who, level in (("worker1", "larger"), ("worker2", "major")):
        with worker(playwright, server, who) as one:
            one.push(change("update", "issue", issue, scope, {"severity": level}))
    desk = phones(server.url, **DESK)
    desk.goto("/office/review")
    desk.get_by_label("用户名").fill("clerk1")
    desk.get_by_label("密码").fill("grid-demo")
    desk.get_by_role("button", name="登录").click()
    expect(desk.get_by_role("heading", name="处置前照片")).to_be_visible()
    expect(desk.get_by_role("button", name="处置前照片 1，点按放大").locator("img")).to_be_visible(timeout=WAITS_MS)
    desk.get_by_role("button", name="处置前照片 1，点按放大").click()
    assert shape_of(desk) == [960, 1280]
