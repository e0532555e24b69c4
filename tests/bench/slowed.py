"""A browser page slowed down as a cheap phone is, what its main thread used, and measurements held against goals."""

from typing import Any

from playwright.sync_api import CDPSession, Page

SLOWER = 4
Row = dict[str, Any]
Timed = tuple[float, float]  # milliseconds: wall, CPU of the main thread


def slowed(page: Page) -> CDPSession:
    """Slowed down, and counting the main thread's own CPU, which other work on the machine does not change."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    return cdp


def busy(cdp: CDPSession) -> float:
    """Milliseconds of CPU the page's main thread has used."""
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    return next(one["value"] for one in metrics if one["name"] == "TaskDuration") * 1_000


def goal(what: str, timed: Timed, most: float | None, *, cpu: bool = False) -> Row:
    """`cpu`: the goal is held against the main thread's CPU, the wall is told beside it."""
    wall, used = timed
    told = "" if most is None else f"≤ {most:,.0f} ms"
    shown = f"{wall:,.0f} ms" + (f", {used:,.0f} ms CPU" if used else "")
    return {"what": what, "is": shown, "goal": told, "met": most is None or (used if cpu else wall) <= most}


def ratio(what: str, ms: float, dexie: float, most: float | None) -> Row:
    told = "" if most is None else f"≤ {most}×"
    shown = f"{ms:,.1f} ms, {ms / dexie:.3g}× Dexie"
    return {"what": what, "is": shown, "goal": told, "met": most is None or ms <= most * dexie}
