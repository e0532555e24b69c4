"""The app in a browser slowed down four times: alone against its goals, and its store against its peers.

Needs Debian's Chromium and npm; the peers (PouchDB, RxDB) are put below pwa/node_modules/.cache at the first run.
"""

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from statistics import median
from time import monotonic

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from tests.bench import report
from tests.bench.slowed import SLOWER, Row, Timed, busy, goal, slowed
from tests.bench.stores import against
from tests.databases import ROOT
from tests.e2e import phone, world
from tests.e2e.conftest import FLAGS
from tests.e2e.world import DemoServer

PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "locale": "zh-CN"}
ROUNDS = 5
SAVED = 20
PIN = "314159"
TYPED = ["w", "wx", "秀", "秀英", "3-2", "3-2-501", "1234", "燕", "hzq", "7-1-10"]
BLOCKS = """async () => {
    const name = (await indexedDB.databases()).map((one) => one.name).find((one) => /^grid-[0-9a-f]{8}/.test(one))
    const opening = indexedDB.open(name)
    await new Promise((done) => { opening.onsuccess = done })
    const asking = opening.result.transaction('meta').objectStore('meta').getAllKeys()
    await new Promise((done) => { asking.onsuccess = done })
    opening.result.close()
    return asking.result.filter((key) => key.startsWith('block:')).length
}"""
RESEALED = """async () => {
    const opening = indexedDB.open('grid-phone')
    await new Promise((done) => { opening.onsuccess = done })
    const asking = opening.result.transaction('locks').objectStore('locks').getAll()
    await new Promise((done) => { asking.onsuccess = done })
    opening.result.close()
    return asking.result.every((row) => row.resealing === 0)
}"""
WHEN = """(done) => new Promise((resolve) => {
    const fits = new Function('return ' + done)
    const look = () => (fits() ? resolve(performance.now()) : setTimeout(look, 5))
    look()
})"""


def main() -> None:
    options = _options()
    rows, peers = (300, 300) if options.small else (options.households, 10_000)
    with tempfile.TemporaryDirectory(prefix="grid-bench-") as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS.split())
        with _server(Path(folder), rows) as server:
            found = app(browser, server, rows)
            found += against(browser, server, peers, options.rounds)
        about = report.machine(f"Chromium {browser.version.partition('.')[0]} slowed down {SLOWER} times")
        browser.close()
    print(json.dumps({"about": about, "rows": found}, ensure_ascii=False) if options.json else _table(found, about))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench --browser", description=__doc__)
    parser.add_argument("--households", type=int, default=10_000, help="households on the phone, in two grids (10,000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each store (3)")
    parser.add_argument("--small", action="store_true", help="tiny sizes: whether it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    return parser.parse_args()


@contextmanager
def _server(folder: Path, households: int) -> Iterator[DemoServer]:
    dist = ROOT / "pwa" / "dist"
    assert (dist / "sw.js").is_file(), "pwa/dist is not built: (cd pwa && npm run build)"
    made = world.make(folder / "data", dist, "--households", str(households // 2))
    with world.running(made) as running:
        yield running


def app(browser: Browser, server: DemoServer, households: int) -> list[Row]:
    """A phone that holds two grids, closed and opened again, without a PIN and with one."""
    context = browser.new_context(**PHONE, base_url=server.url)
    loading = _loaded(context.new_page())
    opened, idle, typed = [], [], []
    for _ in range(ROUNDS):
        for before in context.pages:
            before.close()
        opened.append(_opened(context, households))
        page, cdp = opened[-1].page, opened[-1].cdp
        idle += [_key(page, cdp, None) for _ in range(3)]
        typed.append([_key(page, cdp, words) for words in TYPED])
    floor = _middle(idle)
    keys = [_middle(list(of_one)) for of_one in zip(*typed, strict=True)]
    saved = [_saved(page, cdp, household) for household in _households(server, SAVED)]
    page.close()
    sealing = _set_pin(context)
    unlocked = [_unlocked(context) for _ in range(ROUNDS)]
    context.close()
    return [
        goal("shell on the screen, cold start", _middle([one.shell for one in opened]), 1_500),
        goal(f"{households:,} households in the list, cold start", _middle([one.list for one in opened]), 1_500),
        goal("today's list, after the last digit of the PIN", _middle([one for one, _ in unlocked]), 1_500),
        goal("a frame in which no key was typed", floor, None),
        goal("what a key adds until the list shows it, slowest of ten", _more(_slowest(keys), floor), 50, cpu=True),
        goal("the same, median of ten", _more(_middle(keys), floor), 50, cpu=True),
        goal(f"“saved on this phone” shown, 19th of {SAVED}", sorted(saved, key=itemgetter(1))[-2], 50, cpu=True),
        _heap_row(median(heap for _, heap in unlocked)),
        goal("first load of all of it, once, at full speed", loading, None),
        goal("every row under a new PIN's key, behind the work, at full speed", (sealing, 0.0), None),
    ]


@dataclass
class Opened:
    page: Page
    cdp: CDPSession
    shell: Timed
    list: Timed


def _loaded(page: Page) -> Timed:
    """Logs in, at full speed, until everything is on the phone (what it took) and the search's entries are kept."""
    page.goto("/")
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    began, before = monotonic(), busy(cdp)
    phone.log_in(page, "leader1")
    phone.status(page).filter(has_text="已全部送达").wait_for(timeout=900_000)
    took = (monotonic() - began) * 1_000, busy(cdp) - before
    phone.app_is_kept(page)
    world.until(lambda: page.evaluate(BLOCKS) == 2, "both grids' entries are kept", seconds=300)
    page.close()
    return took


def _opened(context: BrowserContext, households: int) -> Opened:
    """The households' page from the start of its navigation until it shows them all."""
    page = context.new_page()
    cdp = slowed(page)
    page.goto("/#/households", wait_until="commit")
    text = "document.querySelector('p.count')?.textContent ?? ''"
    listed = page.evaluate(WHEN, f"/ {households} 户$/.test({text})"), busy(cdp)
    shell = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    return Opened(page, cdp, (shell, 0.0), listed)


def _set_pin(context: BrowserContext) -> float:
    """Milliseconds until every row lies under it."""
    page = context.new_page()
    page.goto("/#/me")
    page.get_by_role("button", name="设置 PIN 码").click()
    for prompt in ("再输一次", "PIN 码已设好"):
        _type_pin(page, PIN)
        page.get_by_text(prompt).first.wait_for()
    begun = monotonic()
    page.goto("/#/")  # where the entries are read, and then kept
    world.until(lambda: page.evaluate(RESEALED), "every row lies under the PIN's key", seconds=600)
    took = (monotonic() - begun) * 1_000
    world.until(lambda: page.evaluate(BLOCKS) == 2, "both grids' entries are kept anew", seconds=120)
    page.close()
    return took


def _type_pin(page: Page, digits: str) -> None:
    for digit in digits:
        page.get_by_role("button", name=digit, exact=True).click()


def _unlocked(context: BrowserContext) -> tuple[Timed, float]:
    """From the last digit of the PIN until the visits due today are listed; and the heap then, in bytes."""
    page = context.new_page()
    cdp = slowed(page)
    page.goto("/")
    _type_pin(page, PIN[:-1])
    before = busy(cdp)
    page.evaluate(
        """(digit) => {
        window.begun = performance.now()
        ;[...document.querySelectorAll('.pad button')].find((one) => one.textContent.trim() === digit).click()
    }""",
        PIN[-1],
    )
    shown = page.evaluate(WHEN, "/到期走访 \\d+ 户/.test(document.body.textContent)")
    took = shown - page.evaluate("window.begun"), busy(cdp) - before
    page.wait_for_timeout(2_000)
    heap = _heap(cdp)
    page.close()
    return took, heap


def _heap(cdp: CDPSession) -> float:
    cdp.send("HeapProfiler.collectGarbage")
    return cdp.send("Runtime.getHeapUsage")["usedSize"]


def _slowest(times: list[Timed]) -> Timed:
    return max(times, key=itemgetter(1))


def _more(timed: Timed, floor: Timed) -> Timed:
    return timed[0] - floor[0], timed[1] - floor[1]


def _key(page: Page, cdp: CDPSession, words: str | None) -> Timed:
    """From the input event until the frame after the list changed; None: the same frame without an input."""
    page.wait_for_timeout(300)
    before = busy(cdp)
    wall = page.evaluate(
        """(words) => new Promise((resolve) => {
        const box = document.querySelector('input[type=search]')
        const start = performance.now()
        if (words !== null) {
          box.value = words
          box.dispatchEvent(new Event('input'))
        }
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)))
    })""",
        words,
    )
    return wall, busy(cdp) - before


def _saved(page: Page, cdp: CDPSession, household: str) -> Timed:
    """Tap "nothing changed" until the line at the bottom says so; the local transaction is committed by then."""
    page.goto(f"/#/households/{household}")
    page.get_by_role("button", name="核实无变化").wait_for()
    page.get_by_text("已存本机").wait_for(state="hidden")
    page.wait_for_timeout(500)
    before = busy(cdp)
    wall = page.evaluate("""new Promise((resolve) => {
        const bar = [...document.querySelectorAll('[role=status]')].pop()
        const start = performance.now()
        new MutationObserver(() => bar.textContent.includes('核实') && resolve(performance.now() - start))
          .observe(bar, { childList: true, subtree: true, characterData: true })
        ;[...document.querySelectorAll('.thumb button')].pop().click()
    })""")
    return wall, busy(cdp) - before


def _households(server: DemoServer, count: int) -> list[str]:
    scope = server.demo["areas"]["grid1"]["scope"]
    found = server.rows(
        "SELECT id FROM record WHERE type = 'household' AND scope = ? ORDER BY id LIMIT ?", scope, count
    )
    return [record for (record,) in found]


def _heap_row(heap: float) -> Row:
    return {"what": "JS heap with all of it", "is": f"{heap / 1e6:.0f} MB", "goal": "≤ 60 MB", "met": heap <= 60e6}


def _middle(times: list[Timed]) -> Timed:
    return median(wall for wall, _ in times), median(cpu for _, cpu in times)


def _table(found: list[Row], about: str) -> str:
    lines = ["| what | measured | goal |", "|---|---|---|"]
    lines += [f"| {r['what']} | {r['is']} | {r['goal']}{'' if r['met'] else ', missed'} |" for r in found]
    return "\n".join([*lines, "", about])


if __name__ == "__main__":
    main()
