"""Running `decoder.py` on one picture: a process of its own, with limits on memory and time, and few at once."""

import json
import signal
import subprocess  # nosec B404
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

PROGRAM = Path(__file__).with_name("decoder.py")
AT_ONCE = 2  # a server process; each may hold 288 MiB
WAIT_S, RUN_S = 20, 45


class Unreadable(ValueError):
    """`reason` why the picture is not taken, as segments.REASONS has it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoRoom(Exception):
    """The machine has no time for it now; it says nothing about the picture."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """`full` None: the file itself is good as it is. `screen` and `thumb` are WebP. Pixels as seen upright."""

    mime: str
    width: int
    height: int
    full: bytes | None
    screen: bytes
    thumb: bytes


class Decoder:
    """Threads may share one."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = threading.BoundedSemaphore(at_once)

    def sizes(self, data: bytes, orientation: int) -> Sizes:
        """Raises Unreadable, NoRoom."""
        if not self._room.acquire(timeout=WAIT_S):
            raise NoRoom
        try:
            done = subprocess.run(  # nosec B603  our own program, no shell, nothing of the sender's in its arguments
                [sys.executable, "-I", str(PROGRAM), str(orientation)],
                input=data,
                capture_output=True,
                timeout=RUN_S,
                env={},
            )
        except (subprocess.TimeoutExpired, OSError):
            raise NoRoom from None
        finally:
            self._room.release()
        return _read(done)


def _read(done: "subprocess.CompletedProcess[bytes]") -> Sizes:
    line, _, rest = done.stdout.partition(b"\n")
    if done.returncode == -signal.SIGKILL and not line:
        raise NoRoom  # the machine's own doing, or somebody's; the limits on time and memory end otherwise
    try:
        said = json.loads(line)
    except ValueError:
        raise Unreadable("too_many_pixels" if done.returncode == -signal.SIGXCPU else "broken") from None
    if "refused" in said:
        raise Unreadable(said["refused"])
    full, screen, thumb = said["parts"]
    if len(rest) != full + screen + thumb:
        raise NoRoom
    return Sizes(
        said["mime"],
        said["width"],
        said["height"],
        rest[:full] or None,
        rest[full : full + screen],
        rest[full + screen :],
    )
