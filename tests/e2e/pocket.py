"""A phone whose browser can be closed, killed and opened again, on what it kept."""

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Error, Page

from tests.e2e.world import until


class Pocket:
    """`pocket()` opens the browser and gives its page."""

    def __init__(self, launch: Callable[[Path], BrowserContext], profile: Path) -> None:
        self.launch, self.profile = launch, profile
        self.opened: list[BrowserContext] = []

    def __call__(self) -> Page:
        context = self.launch(self.profile)
        self.opened.append(context)
        page = context.pages[0]
        page.goto("/")
        return page

    def battery_dies(self) -> None:
        for process in processes_with(self.profile):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        until(lambda: not processes_with(self.profile), "the browser is gone")

    def close(self) -> None:
        for context in self.opened:
            with contextlib.suppress(Error):  # a browser that was killed is closed already
                context.close()


def processes_with(profile: Path) -> list[int]:
    """Processes of the browser that keeps its things in `profile`."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and str(profile).encode() in (process / "cmdline").read_bytes():
                if (process / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    found.append(int(process.name))
    return found
