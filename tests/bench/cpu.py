"""CPU time of whole process trees, by the kernel's own account of them."""

import time
from collections.abc import Iterable
from pathlib import Path

QUIET_S = 0.003  # a tree that spends nothing for so long has finished with a request
PATIENCE_S = 2.0


def tree(root: int) -> set[int]:
    """The process and everything below it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            parents[int(folder.name)] = int(after_name[1])
    found, fresh = {root}, {root}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found
        found |= fresh
    return found


def spent(pids: Iterable[int]) -> float:
    """Milliseconds of CPU these processes have used.

    The process clock is the sum that /proc/<pid>/task/*/schedstat shows, with the threads that have ended added.
    """
    total = 0.0
    for pid in pids:
        try:
            total += time.clock_gettime((~pid << 3) | 2)
        except OSError:
            continue
    return total * 1000


class Meter:
    """Measures a block: `cpu` of the servers below `roots` and `wall`, in milliseconds, added up over blocks.

    Waits before and after until the servers are quiet, so that work around a request counts and leaks nowhere.
    """

    def __init__(self, roots: Iterable[int]) -> None:
        self.roots = list(roots)
        self.cpu = self.wall = 0.0

    def __enter__(self) -> "Meter":
        self.before = self._quiet()
        self.began = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall += (time.perf_counter() - self.began) * 1000
        self.cpu += self._quiet() - self.before

    def _quiet(self) -> float:
        """What was spent, once nothing more is. Processes that started meanwhile are counted from their birth."""
        pids = set().union(*(tree(root) for root in self.roots))
        deadline = time.monotonic() + PATIENCE_S
        last = spent(pids)
        while time.monotonic() < deadline:
            time.sleep(QUIET_S)
            now = spent(pids)
            if now - last < 0.02:
                return now
            last = now
        return last
