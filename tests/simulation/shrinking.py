"""The smallest trace that still fails: events, then edits, are left out in ever smaller pieces (ddmin); kept in the
corpus."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
Trace = dict[str, Any]
MOST = 400  # runs


def shrunk(trace: Trace, fails: Callable[[Trace], bool]) -> Trace:
    """`trace` with as little in it as MOST runs can find; `fails` says whether a trace fails as the whole one did."""
    left = [MOST]
    events = fewest(trace["events"], lambda some: fails(trace | {"events": some}), left)
    for at, event in enumerate(events):
        around = events[:at], events[at + 1 :]

        def with_edits(edits: list[Any], event: Any = event, around: Any = around) -> list[Any]:
            return [*around[0], event | {"edits": edits}, *around[1]]

        if event.get("edits"):
            edits = fewest(event["edits"], lambda some, whole=with_edits: fails(trace | {"events": whole(some)}), left)
            events = with_edits(edits)
    return trace | {"events": events}


def fewest(items: list[Any], fails: Callable[[list[Any]], bool], left: list[int]) -> list[Any]:
    """As few of the items as still fail; `left` counts down the runs."""
    pieces = 2
    while len(items) > 1 and left[0] > 0:
        size = max(1, len(items) // pieces)
        for begin in range(0, len(items), size):
            left[0] -= 1
            rest = items[:begin] + items[begin + size :]
            if rest and fails(rest):
                items, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(items), pieces * 2)
    return items


def keep(trace: Trace, breach: str, name: str) -> Path:
    """Into the corpus, where every run replays it."""
    path = CORPUS / f"{name}.json"
    path.write_text(json.dumps({"breach": breach, "trace": trace}, ensure_ascii=False, indent=1) + "\n")
    return path


def corpus() -> list[Path]:
    return sorted(CORPUS.glob("*.json"))
