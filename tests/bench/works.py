"""W1 to W5: one round of each, the same for product and ref, with what must hold for the round to count."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.bench.cpu import Meter
from tests.bench.devices import Phone, RefPhone
from tests.bench.households import edit, scope_of
from tests.bench.sites import Site

REPEATS = 10  # of W3 in a round: one pull is too short to weigh


@dataclass
class Round:
    """Milliseconds of server CPU and wall time; `more` by name."""

    cpu: float
    wall: float
    more: dict[str, float] = field(default_factory=dict)


def edits(phone: Phone, ids: Iterable[str], words: str) -> list[dict[str, Any]]:
    changes = []
    for record in ids:
        phone.n += 1
        changes.append(edit(phone.held[record], str(uuid4()), phone.n, phone.timeline, f"{words}：{phone.n}号更新。"))
    return changes


def first_sync(site: Site, phone: Phone, *, gzip: bool = False) -> Round:
    """W1: everything in the device's scopes, from the first request to the last record decoded."""
    phone.line.renew()
    phone.line.received = 0
    with Meter(site.roots) as meter:
        rows = phone.first_sync(gzip=gzip)
    assert len({row["id"] for row in rows}) == len(rows) == site.size.records * site.size.grids
    phone.held = {}
    phone.hold(rows)
    return Round(meter.cpu, meter.wall, {"bytes": phone.line.received})


def from_memory(site: Site, phone: RefPhone) -> Round:
    """The floor of W1's wall time: the same bytes out of the server's memory."""
    phone.line.renew()
    with Meter(site.roots) as meter:
        rows = phone.from_memory()
    assert len(rows) == site.size.records * site.size.grids
    return Round(meter.cpu, meter.wall)


def return_after_edits(site: Site, phone: Phone, ids: list[str]) -> Round:
    """W2: a device hands in its edits, fifty a push; the same again changes nothing."""
    phone.line.renew()
    bodies = phone.push_bodies(edits(phone, ids, "回访时补记"))
    before = site.stored()
    with Meter(site.roots) as meter:
        verdicts = [verdict for body in bodies for verdict in phone.push(body)]
    accepted(verdicts, len(ids))
    stored = site.stored()
    assert stored == (before[0] + len(ids), before[1] + len(ids))
    replayed = [verdict for body in bodies for verdict in phone.push(body)]
    assert all(verdict["replayed"] for verdict in replayed) and len(replayed) == len(ids)
    assert site.stored() == stored
    assert phone.catch_up() == len(ids)
    return Round(meter.cpu, meter.wall)


def accepted(verdicts: list[dict[str, Any]], count: int) -> None:
    assert [verdict["status"] for verdict in verdicts] == ["applied"] * count, verdicts[:1]
    assert not any(verdict["replayed"] for verdict in verdicts)


def incremental(site: Site, reader: Phone, writer: Phone, ids: list[str]) -> Round:
    """W3: another device changed rows in two scopes; one pull brings exactly these. Means of several pulls."""
    meter = Meter(site.roots)
    reader.line.renew()
    writer.line.renew()
    for _ in range(REPEATS):
        accepted(writer.push(writer.push_body(edits(writer, ids, "另一台设备"))), len(ids))
        with meter:
            rows, more = reader.pull()
        assert {row["id"] for row in rows} == set(ids) and len(rows) == len(ids) and not more
        reader.hold(rows)
        assert writer.catch_up() == len(ids)
    return Round(meter.cpu / REPEATS, meter.wall / REPEATS)


def storm(site: Site, phones: list[Phone], shares: list[list[str]]) -> Round:
    """W4: many devices at once hand in their edits, then pull; afterwards all hold the same."""
    bodies = [phone.push_body(edits(phone, ids, "集中回传")) for phone, ids in zip(phones, shares, strict=True)]
    for phone in phones:
        phone.line.renew()
    before, count = site.stored(), sum(map(len, shares))
    taken: list[float] = []
    acknowledged: list[int] = []
    failed: list[BaseException] = []
    start = threading.Barrier(len(phones) + 1)

    def comes_back(phone: Phone, body: bytes) -> None:
        start.wait()
        began = time.perf_counter()
        try:
            acknowledged.append(sum(verdict["status"] == "applied" for verdict in phone.push(body)))
            phone.catch_up()
        except BaseException as error:  # noqa: BLE001  told below, whatever it was
            failed.append(error)
        taken.append((time.perf_counter() - began) * 1000)

    threads = [threading.Thread(target=comes_back, args=pair) for pair in zip(phones, bodies, strict=True)]
    for thread in threads:
        thread.start()
    with Meter(site.roots) as meter:
        start.wait()
        for thread in threads:
            thread.join()
    assert not failed, failed[0]
    assert sum(acknowledged) == count and site.stored() == (before[0] + count, before[1] + count)
    converged(phones)
    p95 = sorted(taken)[max(0, round(len(taken) * 0.95) - 1)]
    return Round(meter.cpu, meter.wall, {"p95": p95, "edits_s": count / meter.wall * 1000})


def converged(phones: list[Phone]) -> None:
    """After one more pull every device holds what its scope holds, and the server's digest agrees."""
    fresh: dict[str, dict[str, int]] = {}
    for phone in phones:
        phone.catch_up()
        (scope,) = phone.scopes
        held = {record: row["ver"] for record, row in phone.held.items()}
        if scope not in fresh:
            fresh[scope] = {row["id"]: row["ver"] for row in phone.first_sync()}
        assert held == fresh[scope]
        if head := phone.heads.get(scope):
            digest = 0
            for row in phone.held.values():
                digest ^= int(row["rev"], 16)
            assert head == {"live": len(held), "digest": f"{digest:016x}"}


@dataclass
class Pair:
    """A site with a device that reads and one that writes, both at the head of two scopes (W3)."""

    site: Site
    reader: Phone
    writer: Phone
    ids: list[str]

    @classmethod
    def of(cls, site: Site) -> "Pair":
        scopes = [scope_of(0), scope_of(1)]
        reader, writer = (at_head(site, name, scopes) for name in ("reader", "writer"))
        a_grid = (site.size.records - 2) // 2
        half, ids = site.size.changed // 2, site.record_ids(2)
        return cls(site, reader, writer, ids[:half] + ids[a_grid : a_grid + half])

    def round(self) -> Round:
        return incremental(self.site, self.reader, self.writer, self.ids)


def at_head(site: Site, username: str, scopes: list[str]) -> Phone:
    """A device that has read all of its scopes."""
    phone = site.phone(username, scopes)
    phone.hold(phone.first_sync())
    if isinstance(phone, RefPhone):
        phone.cursors = dict.fromkeys(scopes, 0)
    phone.catch_up()
    return phone
