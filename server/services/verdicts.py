"""What became of a change."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Verdict:
    """`awaits`: the record whose coming applies a parked change. `scope`: where the office looks for it."""

    status: str
    reason: str | None = None
    message: dict[str, Any] | None = None
    conflicts: list[str] = field(default_factory=list)
    awaits: str | None = None
    scope: str | None = None

    @property
    def done(self) -> bool:
        """Whether it took effect; otherwise it waits for somebody."""
        return self.status in ("applied", "merged", "conflict")


class Refused(Exception):
    """A change that does not take effect: parked or quarantined."""

    def __init__(
        self, status: str, reason: str, message: dict[str, Any] | None = None, *, awaits: str | None = None
    ) -> None:
        super().__init__(reason)
        self.verdict = Verdict(status, reason, message, awaits=awaits)


def parked(reason: str, message: dict[str, Any] | None = None, *, awaits: str | None = None) -> Refused:
    return Refused("parked", reason, message, awaits=awaits)


def quarantined(reason: str, message: dict[str, Any] | None = None) -> Refused:
    return Refused("quarantined", reason, message)
