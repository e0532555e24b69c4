"""A whole run: sites, warm-up, rounds in turn, and what came of them."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from tests.bench import photos, works
from tests.bench.households import scope_of
from tests.bench.sites import Site, Sites, Size, sites
from tests.bench.works import Pair, Round
from tests.object_storage import object_storage

Say = Callable[[str], None]


@dataclass
class Result:
    """{work: {side: rounds}}. W5's sides are numbers of records."""

    rounds: dict[str, dict[str, list[Round]]] = field(default_factory=dict)

    def add(self, work: str, side: str, one: Round) -> None:
        self.rounds.setdefault(work, {}).setdefault(side, []).append(one)

    def cpu(self, work: str, side: str) -> float:
        return median(r.cpu for r in self.rounds[work][side])

    def wall(self, work: str, side: str) -> float:
        return median(r.wall for r in self.rounds[work][side])

    def more(self, work: str, side: str, name: str) -> float:
        return median(r.more[name] for r in self.rounds[work][side])


def run(kind: str, server: str, size: Size, rounds: int, works_wanted: str, say: Say) -> Result:
    """`kind`: sqlite, or postgresql at `server`. `works_wanted`: some of the digits 1 to 6.

    Raises AssertionError where a hard condition does not hold.
    """
    result = Result()
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "sites").mkdir()
        with sites(kind, server, folder, size) as made:
            everybody = {"all": list(range(size.grids)), "reader": [0, 1], "writer": [0, 1]}
            everybody |= {f"storm{n:02d}": [n % size.grids] for n in range(size.devices)}
            if "6" in works_wanted:
                _photos(result, made, rounds, say)
            if not set(works_wanted) & set("12345"):
                return result
            small = [made.product(size.grids, everybody), made.ref(size.grids)]
            if set(works_wanted) & set("12"):
                _first_and_return(result, small, rounds, works_wanted, say)
            if "4" in works_wanted:
                _storms(result, small, rounds, say)
            if set(works_wanted) & set("35"):
                pair = {"reader": [0, 1], "writer": [0, 1]}
                large = [made.product(grids, pair) for grids in size.growth]
                _incremental(result, small[0], large, made.ref(size.growth[0]), rounds, say)
    return result


def _first_and_return(result: Result, small: list[Site], rounds: int, wanted: str, say: Say) -> None:
    phones = [(site, site.phone("all", [scope_of(n) for n in range(site.size.grids)])) for site in small]
    ids = {site.name: site.record_ids(site.size.grids)[: site.size.edits] for site in small}
    floor = phones[1]
    for number in range(-1, rounds):  # the first is for warming up and counts nowhere
        kept = result if number >= 0 else Result()
        for site, phone in phones:
            kept.add("W1", site.name, works.first_sync(site, phone))
            kept.add("W1 gzip", site.name, works.first_sync(site, phone, gzip=True))
        kept.add("W1", "memory", works.from_memory(*floor))
        if "2" in wanted:
            for site, phone in phones:
                phone.cursors = phone.cursors or dict.fromkeys(phone.scopes, site.size.records)
                phone.catch_up()
                kept.add("W2", site.name, works.return_after_edits(site, phone, ids[site.name]))
        say(f"W1, W2: round {number + 1} of {rounds}")


def _photos(result: Result, made: Sites, rounds: int, say: Say) -> None:
    with object_storage() as storage:
        site, phone, bucket = photos.site(made, storage)
        for number in range(-1, rounds):
            kept = result if number >= 0 else Result()
            taken = photos.pictures(made.size.photos, made.size.pixels)
            kept.add("W6", "product", photos.send(site, phone, taken))
            kept.add("W6", "ref", photos.put(bucket, taken))
            say(f"W6: round {number + 1} of {rounds}")
        site.server.stop()


def _storms(result: Result, small: list[Site], rounds: int, say: Say) -> None:
    ready = []
    for site in small:
        size = site.size
        phones = [works.at_head(site, f"storm{n:02d}", [scope_of(n % size.grids)]) for n in range(size.devices)]
        a_grid = (size.records - 2) // 2
        ids = site.record_ids(size.grids)
        starts = [n % size.grids * a_grid + n // size.grids * size.each for n in range(size.devices)]
        ready.append((site, phones, [ids[at : at + size.each] for at in starts]))
    for number in range(-1, rounds):
        kept = result if number >= 0 else Result()
        for site, phones, shares in ready:
            kept.add("W4", site.name, works.storm(site, phones, shares))
        say(f"W4: round {number + 1} of {rounds}")


def _incremental(result: Result, small: Site, large: list[Site], ref: Site, rounds: int, say: Say) -> None:
    pairs = [Pair.of(site) for site in (small, *large)]
    against = Pair.of(ref)
    for number in range(-1, rounds):
        kept = result if number >= 0 else Result()
        for pair in pairs:
            one = pair.round()
            kept.add("W5", str(pair.site.grids * pair.site.size.records), one)
            if pair.site is large[0]:
                kept.add("W3", "product", one)
        kept.add("W3", "ref", against.round())
        say(f"W3, W5: round {number + 1} of {rounds}")
