"""The numbers a device gives its changes: which have come, which are missing."""

from collections.abc import Iterable

MAX_JUMP = 100_000  # an n further above than this is no number of this device's

Ranges = list[list[int]]


def receive(have: int, missing: Ranges, numbers: Iterable[int]) -> tuple[int, Ranges, bool]:
    """(have_n, missing, whether some n jumped too far) after these numbers got verdicts."""
    jumped = False
    for n in sorted(set(numbers)):
        if n > have + MAX_JUMP:
            jumped = True
        elif n > have:
            if n > have + 1:
                missing = [*missing, [have + 1, n - 1]]
            have = n
        else:
            missing = _without(missing, n)
    return have, missing, jumped


def beyond(have: int, numbers: Iterable[int]) -> set[int]:
    """Those of the numbers that jumped too far to be numbers of this device."""
    far: set[int] = set()
    for n in sorted(numbers):
        if n > have + MAX_JUMP:
            far.add(n)
        else:
            have = max(have, n)
    return far


def _without(missing: Ranges, n: int) -> Ranges:
    left: Ranges = []
    for low, high in missing:
        if not low <= n <= high:
            left.append([low, high])
            continue
        left += [part for part in ([low, n - 1], [n + 1, high]) if part[0] <= part[1]]
    return left


def count(missing: Ranges) -> int:
    """How many numbers the ranges hold."""
    return sum(high - low + 1 for low, high in missing)
