"""Traps at the server's failpoints, set from another process by files in a folder they share.

`armed` holds "<failpoint> <what>"; the first worker that comes by renames it to `sprung` and then
kill: kills itself · kill_all: kills all of gunicorn · hold: waits there until `sprung` is taken away.
"""

import os
import signal
import time
from pathlib import Path

PATIENCE = 60.0  # seconds: longer than anything here takes, and an end when something went wrong


class Traps:
    def __init__(self, folder: Path) -> None:
        self.armed = folder / "armed"
        self.sprung = folder / "sprung"
        self.written = folder / "written"

    def arm(self, failpoint: str, what: str) -> None:
        self.sprung.unlink(missing_ok=True)
        self.written.write_text(f"{failpoint} {what}")
        self.written.rename(self.armed)

    def wait_until_sprung(self) -> None:
        wait_until(self.sprung.exists, "a worker reaches the trap")

    def clear(self) -> None:
        self.armed.unlink(missing_ok=True)
        self.sprung.unlink(missing_ok=True)

    def reached(self, name: str) -> None:
        """Called by a worker at each failpoint."""
        try:
            wanted, what = self.armed.read_text().split()
            if name != wanted:
                return
            self.armed.rename(self.sprung)
        except FileNotFoundError:
            return  # none is set, or another worker was first
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "kill_all":
            os.killpg(0, signal.SIGKILL)
        wait_until(lambda: not self.sprung.exists(), "the trap is taken away")


def wait_until(holds, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s until {what}")
        time.sleep(0.01)
