"""The app's store and its peers, Dexie, PouchDB and RxDB, in one page on the same rows (pwa/tests/bench/peers.mjs)."""

import subprocess  # nosec B404
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from tests.bench.slowed import Row, goal, ratio, slowed
from tests.databases import ROOT
from tests.e2e.world import DemoServer

CACHE = ROOT / "pwa" / "node_modules" / ".cache" / "grid"
PEERS = ("pouchdb-browser@9.0.0", "rxdb@17.6.0", "rxjs@7.8.2", "events@3.3.0")


def against(browser: Browser, server: DemoServer, count: int, rounds: int) -> list[Row]:
    """The same rows in four stores of one page, in turn; ratios to plain Dexie."""
    script = _bundle()
    page = browser.new_page(base_url=server.url)
    page.route("**/peers.html", lambda route: route.fulfill(body="<title>peers</title>", content_type="text/html"))
    page.goto("/peers.html")
    page.add_script_tag(content=script.read_text())
    slowed(page)
    kinds: list[str] = page.evaluate("peers.kinds")
    seen: dict[str, list[Row]] = {kind: [] for kind in kinds}
    floors: list[float] = []
    for turn in range(rounds):
        for kind in kinds:
            made = page.evaluate("(of) => peers.round(...of)", [kind, count, f"{kind}-{turn}"])
            seen[kind].append(made)
        floors.append(page.evaluate("(of) => peers.floor(...of)", [count, f"floor-{turn}"]))
    hits = {kind: made[0]["hits"] for kind, made in seen.items()}
    assert all(found == hits["dexie"] and min(found) > 0 for found in hits.values()), hits
    timed = ("load", "anew", "ready", "search")
    middle = {kind: {of: median(one[of] for one in made) for of in timed} for kind, made in seen.items()}
    app, dexie = middle["app"], middle["dexie"]
    found = [
        goal("search ready after open", (app["ready"], 0.0), 400),
        goal("search made anew from every row", (app["anew"], 0.0), None),
    ]
    found.append(
        ratio("each row sealed and put, no index: what sealing costs at least", median(floors), dexie["load"], None)
    )
    for kind in kinds:
        own = kind == "app"
        found.append(ratio(f"{kind}: {count:,} rows kept", middle[kind]["load"], dexie["load"], 1.5 if own else None))
        found.append(
            ratio(f"{kind}: two characters found", middle[kind]["search"], dexie["search"], 0.05 if own else None)
        )
    return found


def _bundle() -> Path:
    peers = CACHE / "peers"
    if not (peers / "node_modules" / "rxdb").is_dir():
        peers.mkdir(parents=True, exist_ok=True)
        (peers / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", *PEERS], cwd=peers, check=True)  # nosec
    made = subprocess.run(
        ["npx", "rolldown", "-c", "tests/bench/rolldown.config.mjs"], cwd=ROOT / "pwa", capture_output=True, text=True
    )  # nosec
    assert made.returncode == 0, made.stderr
    return CACHE / "peers.js"
