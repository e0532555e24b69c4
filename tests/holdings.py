"""What a device comes to hold, kept as PROTOCOL.md tells a client to: memberships by scope, cursors, digests."""

from functools import reduce
from typing import Any

from server.core.catalog.schema1.catalog import SCHEMA_1
from tests.places import Device


def digest_of(rows: list[dict[str, Any]]) -> str:
    """XOR of the revs, counted by hand."""
    return f"{reduce(lambda a, b: a ^ b, (int(r['rev'], 16) for r in rows), 0):016x}"


class Holdings:
    """The base of one device. `received` counts the rows that travelled to it."""

    def __init__(self, device: Device, *scopes: str) -> None:
        self.device, self.cursors = device, dict.fromkeys(scopes)
        self.rows: dict[str, dict[str, dict[str, Any]]] = {scope: {} for scope in scopes}
        self.heads: dict[str, dict[str, Any]] = {}
        self.received = 0

    def snapshot(self, scope: str) -> None:
        first, *lines, last = self.device.snapshot(scope)
        assert last == {"end": True, "sent": len(lines)}
        self.rows[scope] = {row["id"]: row for row in lines}
        self.cursors[scope] = first["cursor"]
        self.received += len(lines)

    def pull(self, limit: int = 1000) -> int:
        """Pull until nothing has more; how many answers it took."""
        waiting, answers = list(self.cursors), 0
        while waiting:
            pages = self.device.pull({s: self.cursors[s] for s in waiting}, limit)
            answers += 1
            assert any(page["rows"] or not page["more"] for page in pages), "no progress"
            for page in pages:
                self._take(page)
            waiting = [page["scope"] for page in pages if page["more"]]
        return answers

    def _take(self, page: dict[str, Any]) -> None:
        held = self.rows[page["scope"]]
        for row in page["rows"]:
            if row["live"]:
                held[row["id"]] = row
            else:
                held.pop(row["id"], None)
        self.received += len(page["rows"])
        self.cursors[page["scope"]] = page["cursor"]
        if not page["more"]:
            self.heads[page["scope"]] = page["head"]

    def agree(self) -> bool:
        """Whether every scope holds what its head says, by count and digest."""
        return all(
            self.heads[scope] == {"live": len(rows), "digest": digest_of(list(rows.values()))}
            for scope, rows in self.rows.items()
        )

    def orphans(self) -> list[str]:
        """`type.field` of rows whose parent is not held, in a scope that holds the row."""
        found = []
        for rows in self.rows.values():
            for row in rows.values():
                for name in SCHEMA_1.types[row["type"]].parents:
                    target = row["data"].get(name)
                    if target is not None and target not in rows:
                        found.append(f"{row['type']}.{name}")
        return found

    def ids(self, scope: str) -> set[str]:
        return set(self.rows[scope])
