"""The Node child that runs the real client: lines of JSON in and out, one quiet moment after each line."""

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.databases import ROOT

PWA = ROOT / "pwa"
BUNDLE = PWA / "node_modules" / ".cache" / "grid" / "sim.mjs"


def build() -> Path:
    """The driver as one file; made anew when any source of it is younger."""
    sources = [*PWA.glob("src/**/*.ts"), *PWA.glob("tests/driver/*.ts")]
    if not BUNDLE.exists() or BUNDLE.stat().st_mtime < max(path.stat().st_mtime for path in sources):
        BUNDLE.parent.mkdir(parents=True, exist_ok=True)
        words = ["tests/driver/sim.ts", "--platform", "node", "--format", "esm", "--file", str(BUNDLE)]
        program = PWA / "node_modules" / ".bin" / "rolldown"
        subprocess.run([program, *words], cwd=PWA, check=True, capture_output=True)
    return BUNDLE


@dataclass(slots=True)
class Fetch:
    """A request that waits for its answer."""

    id: int
    phone: str
    method: str
    path: str
    headers: list[list[str]]
    cookies: bool
    body: bytes


@dataclass(slots=True)
class Said:
    """What came out between a line and the quiet after it."""

    done: dict[int, dict[str, Any]] = field(default_factory=dict)
    fetches: list[Fetch] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)


class Child:
    """One Node process. `ask` begins a command; `answer` ends a request; both return when all is quiet."""

    def __init__(self) -> None:
        node = shutil.which("node")
        if node is None:
            raise RuntimeError("node is not on the PATH")
        self.process = subprocess.Popen(
            [node, str(build())], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=1 << 20
        )
        self.last = 0

    def ask(self, do: str, phone: str = "", **more: Any) -> tuple[int, Said]:
        self.last += 1
        return self.last, self._exchange({"id": self.last, "do": do, "phone": phone} | more)

    def answer(self, fetch: Fetch, status: int, headers: list[tuple[str, str]], body: bytes, **more: Any) -> Said:
        """`torn=True`: the link breaks after `body`; `at`: the phone's clock from now on, in milliseconds."""
        text = base64.b64encode(body).decode()
        return self._exchange({"answer": fetch.id, "status": status, "headers": headers, "body": text} | more)

    def lose(self, fetch: Fetch) -> Said:
        return self._exchange({"answer": fetch.id, "lost": True})

    def _exchange(self, line: dict[str, Any]) -> Said:
        self.process.stdin.write(json.dumps(line).encode() + b"\n")
        self.process.stdin.flush()
        said = Said()
        for text in self.process.stdout:
            one = json.loads(text)
            if "quiet" in one:
                return said
            if "fetch" in one:
                said.fetches.append(
                    Fetch(
                        one["fetch"],
                        one["phone"],
                        one["method"],
                        one["path"],
                        one["headers"],
                        one["cookies"],
                        base64.b64decode(one["body"]),
                    )
                )
            elif "breach" in one:
                said.breaches.append(f"{one['phone']}: {one['breach']}")
            else:
                said.done[one["id"]] = one
        raise RuntimeError("the child ended")

    def end(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)
        self.process.stdin.close()
        self.process.stdout.close()
