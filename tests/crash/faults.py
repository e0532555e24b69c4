"""What is done to the real processes in a cycle: set before the phones sync, strike while they do, mend."""

from dataclasses import dataclass
from random import Random
from typing import Any

POINTS = ("push.before_feeds", "push.before_commit", "push.after_commit", "hello.before_commit", "hello.after_commit")


@dataclass(frozen=True)
class Fault:
    name: str
    only: str | None = None  # a kind of database

    def possible(self, rig: Any) -> bool:
        return self.only in (None, rig.database.kind)

    def set(self, rig: Any) -> None:
        """Before the phones begin to sync."""

    def strike(self, rig: Any, chance: Random) -> None:
        """While they do."""

    def mend(self, rig: Any) -> None:
        """When their requests are over."""


@dataclass(frozen=True)
class KilledAt(Fault):
    """One worker, or all of gunicorn, ends by kill -9 at a failpoint, in the middle of somebody's request."""

    point: str = ""
    what: str = "kill"

    def set(self, rig: Any) -> None:
        rig.traps.arm(self.point, self.what)

    def strike(self, rig: Any, chance: Random) -> None:
        rig.traps.wait_until_sprung()
        if self.what == "kill_all":
            rig.server.process.wait(timeout=60)


class KilledAnywhere(Fault):
    """All of gunicorn, wherever its threads are just then."""

    def strike(self, rig: Any, chance: Random) -> None:
        rig.server.kill()
        rig.server.start()


@dataclass(frozen=True)
class HeldPush(Fault):
    """Something happens to the database while a push stands between its last write and its commit."""

    only: str | None = "postgresql"
    happens: str = ""

    def set(self, rig: Any) -> None:
        rig.traps.arm("push.before_commit", "hold")

    def strike(self, rig: Any, chance: Random) -> None:
        rig.traps.wait_until_sprung()
        getattr(rig.database, self.happens)()
        rig.traps.clear()


class DiskFull(Fault):
    """No byte more goes on the database's disk."""

    def possible(self, rig: Any) -> bool:
        return rig.database.disk.small

    def set(self, rig: Any) -> None:
        rig.database.disk.fill()

    def mend(self, rig: Any) -> None:
        rig.database.disk.empty()


class AppKilled(Fault):
    """The phones' apps end while the server answers them."""

    def strike(self, rig: Any, chance: Random) -> None:
        for phone in rig.phones:
            phone.crash()


FAULTS: tuple[Fault, ...] = (
    *(KilledAt(f"worker killed at {point}", point=point) for point in POINTS),
    *(KilledAt(f"all killed at {point}", point=point, what="kill_all") for point in POINTS[:3]),
    KilledAnywhere("all killed anywhere"),
    HeldPush("database stopped at once", happens="crash"),
    HeldPush("one connection ended", happens="terminate"),
    HeldPush("one backend killed", happens="kill_backend"),
    DiskFull("disk full"),
    AppKilled("apps killed"),
)
