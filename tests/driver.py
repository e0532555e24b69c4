"""Phones in a Node process: the app's own client core, driven over the child's stdin and stdout."""

import json
import subprocess
import tempfile
import threading
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from typing import Any

from tests.databases import ROOT


class Refused(Exception):
    """The client's own refusal: its code."""


class Driver:
    """`ask` sends a command to a phone at once; the answer is a Future. Commands: pwa/tests/driver/main.ts."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="driver-")
        file = Path(self.folder.name) / "driver.mjs"
        build = ["node_modules/.bin/rolldown", "tests/driver/main.ts", "--platform", "node", "--format", "esm"]
        subprocess.run([*build, "--file", file], cwd=ROOT / "pwa", check=True, stdout=subprocess.DEVNULL)
        self.child = subprocess.Popen(["node", file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.numbers = count(1)
        self.asked: dict[int, Future] = {}
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def ask(self, phone: str, do: str, **more: Any) -> Future:
        number = next(self.numbers)
        answer = self.asked[number] = Future()
        self.child.stdin.write(json.dumps({"id": number, "do": do, "phone": phone} | more) + "\n")
        self.child.stdin.flush()
        return answer

    def _read(self) -> None:
        for line in self.child.stdout:
            said = json.loads(line)
            answer = self.asked.pop(said["id"])
            if "problem" in said:
                answer.set_exception(Refused(said["problem"], said["params"]))
            else:
                answer.set_result(said["ok"])

    def end(self) -> None:
        self.child.stdin.close()
        self.child.wait(timeout=30)
        self.child.stdout.close()
        self.reader.join()
        self.folder.cleanup()
