"""The table of a run, and the machine it was made on."""

import os
import platform
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench.run import Result

LIBRARIES = ("flask", "gunicorn", "sqlalchemy", "psycopg", "orjson")


def machine(database: str) -> str:
    """Cores, memory and versions; nothing that names the machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, {database}, {libraries}; load {os.getloadavg()[0]:.1f}"
    )


def rows(result: Result) -> list[dict[str, Any]]:
    """Each: work, what, product, ref, ratio, goal (the most the ratio may be), met."""
    found = []
    for work in ("W1", "W2", "W3", "W4"):
        if work in result.rounds and {"product", "ref"} <= result.rounds[work].keys():
            found.append(_row(work, "server CPU, ms", result.cpu(work, "product"), result.cpu(work, "ref"), 2.0))
            if work == "W1":
                found += _first_sync(result)
            elif work == "W4":
                found += _storm(result)
            else:
                found.append(_row(work, "wall, ms", result.wall(work, "product"), result.wall(work, "ref"), None))
    if "W5" in result.rounds:
        found += _growth(result)
    if "W6" in result.rounds:
        found.append(_row("W6", "CPU a photo, ms", result.cpu("W6", "product"), result.cpu("W6", "ref"), None))
        rates = (result.more("W6", side, "photos_s") for side in ("product", "ref"))
        found.append(_row("W6", "photos/s", *rates, None))
    return found


def _row(work: str, what: str, product: float, ref: float, goal: float | None) -> dict[str, Any]:
    ratio = product / ref
    met = None if goal is None else ratio <= goal
    return {"work": work, "what": what, "product": product, "ref": ref, "ratio": ratio, "goal": goal, "met": met}


def _first_sync(result: Result) -> list[dict[str, Any]]:
    plain, packed = (result.more(work, "product", "bytes") for work in ("W1", "W1 gzip"))
    return [
        _row(
            "W1", "wall, ms; against bytes from memory", result.wall("W1", "product"), result.wall("W1", "memory"), 2.5
        ),
        _row("W1", "wall, ms", result.wall("W1", "product"), result.wall("W1", "ref"), None),
        _row("W1", "server CPU with gzip, ms", result.cpu("W1 gzip", "product"), result.cpu("W1 gzip", "ref"), None),
        _row("W1", "MB with gzip; against plain", packed / 1e6, plain / 1e6, 0.25),
    ]


def _storm(result: Result) -> list[dict[str, Any]]:
    return [
        _row("W4", what, result.more("W4", "product", name), result.more("W4", "ref", name), None)
        for what, name in (("edits/s", "edits_s"), ("p95 of push and pull, ms", "p95"))
    ]


def _growth(result: Result) -> list[dict[str, Any]]:
    sizes = sorted(result.rounds["W5"], key=int)
    least = result.cpu("W5", sizes[0])
    return [
        _row("W5", f"server CPU, ms: {int(n):,} records against {int(sizes[0]):,}", result.cpu("W5", n), least, 1.3)
        for n in sizes[1:]
    ]


def markdown(result: Result, about: str) -> str:
    lines = ["| work | measured | product | ref | ratio | goal |", "|---|---|---|---|---|---|"]
    for row in rows(result):
        verdict = "" if row["goal"] is None else f"≤ {row['goal']:g} {'met' if row['met'] else '**missed**'}"
        figures = " | ".join(_figure(row[name]) for name in ("product", "ref"))
        lines.append(f"| {row['work']} | {row['what']} | {figures} | {row['ratio']:.2f} | {verdict} |")
    return "\n".join([*lines, "", about])


def _figure(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def as_json(result: Result, about: str) -> dict[str, Any]:
    """Every round too, so that the spread can be seen."""
    kept = {
        work: {side: [asdict(r) for r in rs] for side, rs in sides.items()} for work, sides in result.rounds.items()
    }
    return {"machine": about, "rows": rows(result), "rounds": kept}
