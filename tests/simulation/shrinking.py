"""The smallest trace that still fails: events are left out in ever smaller pieces (ddmin); kept in the corpus."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
Trace = dict[str, Any]


def shrunk(trace: Trace, fails: Callable[[Trace], bool], most: int = 400) -> Trace:
    """`trace` with as few events as `most` runs can find; `fails` says whether a trace fails as the whole one did."""
    events, pieces, runs = list(trace["events"]), 2, 0
    while len(events) > 1 and runs < most:
        size = max(1, len(events) // pieces)
        for begin in range(0, len(events), size):
            runs += 1
            rest = events[:begin] + events[begin + size :]
            if rest and fails(trace | {"events": rest}):
                events, pieces = rest, max(2, pieces - 1)
                break
        else:
            if size == 1:
                break
            pieces = min(len(events), pieces * 2)
    return trace | {"events": events}


def keep(trace: Trace, breach: str, name: str) -> Path:
    """Into the corpus, where every run replays it."""
    path = CORPUS / f"{name}.json"
    path.write_text(json.dumps({"breach": breach, "trace": trace}, ensure_ascii=False, indent=1) + "\n")
    return path


def corpus() -> list[Path]:
    return sorted(CORPUS.glob("*.json"))
