"""The demo world: the same each time, complete, and about nobody."""

from collections import Counter
from itertools import pairwise

import orjson
import pytest
from sqlalchemy import create_engine, func, select
from stdnum.cn import ric

from server.adapters.storage.database import prepare_engine
from server.adapters.storage.tables.records import record
from server.adapters.storage.tables.review import conflict
from server.adapters.storage.tables.sync import change
from server.app import make_world
from server.config import Config
from server.core.catalog.boundaries import boundary, contains, rings_of
from server.services import timelines
from server.services.demo import build, cells, organisation, people
from server.services.demo.build import Size
from server.services.demo.identity import IdNumbers, check_digit
from server.services.transactions import read
from server.services.verify import verify
from tests.conftest import KINDS


def empty_world(url, tmp_path):
    config = Config.from_env({"DATA_DIR": str(tmp_path), "DATABASE_URL": url, "DEMO": "1"})
    world = make_world(config, prepare_engine(create_engine(url)))
    timelines.boot(world)
    return world


@pytest.fixture(scope="module", params=KINDS)
def world(request, databases, tmp_path_factory):
    with databases.migrated(request.param) as url:
        made = empty_world(url, tmp_path_factory.mktemp("demo"))
        build.build(made, Size(households=6))
        yield made
        made.engine.dispose()


def rows(world):
    with read(world) as conn:
        return [orjson.loads(text) for text in conn.execute(select(record.c.row).order_by(record.c.id)).scalars()]


def test_every_change_of_it_was_applied_and_all_agrees(world):
    with read(world) as conn:
        assert set(conn.execute(select(change.c.status)).scalars()) == {"applied"}
        assert conn.execute(select(func.count()).select_from(conflict)).scalar_one() == 0
    assert verify(world) == []


def test_it_holds_what_a_morning_needs(world):
    counts = Counter(row["type"] for row in rows(world))
    assert counts["household"] == counts["dwelling"] == 18
    assert counts["area"] == 153 + 3 and counts["unit"] == 2 and counts["user_card"] == 11
    assert counts["issue"] == 18 and counts["route"] == 6 and counts["point"] == 36
    assert counts["residence"] == counts["resident"] > 18
    kinds = Counter(row["data"]["kind"] for row in rows(world) if row["type"] == "taxonomy")
    assert (kinds["issue_class"], kinds["issue_item"]) == (8, 23) and kinds["working_day"] == 48


def test_making_it_again_changes_nothing(world):
    before = rows(world)
    build.build(world, Size(households=6))
    assert rows(world) == before


def test_what_is_described_exists_under_those_ids(world):
    described, found = build.described(world), {row["id"]: row for row in rows(world)}
    for grid, kinds in described["records"].items():
        for kind, ids in kinds.items():
            for one in ids:
                assert (found[one]["type"], found[one]["scope"]) == (kind, described["areas"][grid]["scope"])
    holds = {name: user["scopes"] for name, user in described["users"].items()}
    areas = {name: area["scope"] for name, area in described["areas"].items()}
    assert holds["worker1"] == [areas["grid1"]]
    assert holds["worker2"] == [areas["grid1"], areas["grid2"]]
    assert (holds["clerk1"], holds["clerk3"]) == ([areas["community1"]], [areas["community3"]])
    assert described["areas"]["grid1"]["path"][:2] == ["历下区", "解放路街道"]
    assert described["areas"]["grid1"]["path"][:3] == described["areas"]["grid2"]["path"][:3]
    assert described["areas"]["grid3"]["path"][2] != described["areas"]["grid1"]["path"][2]


def test_what_lies_in_a_grid_lies_inside_its_boundary(world):
    cells = {row["scope"]: rings_of(row["data"]["boundary"]) for row in rows(world) if row["data"].get("boundary")}
    assert len(cells) == 3
    placed = [row for row in rows(world) if row["data"].get("location")]
    assert Counter(row["type"] for row in placed) == {"building": 3, "point": 36, "issue": 18}
    for row in placed:
        place = row["data"]["location"]
        inside = {scope for scope, cell in cells.items() if contains(cell, (float(place["lon"]), float(place["lat"])))}
        assert inside == {row["scope"]}


def test_cells_are_simple_and_share_their_edges_with_their_neighbours():
    outlines = [cells.outline(number) for number in range(49)]
    assert [boundary(text) for text in outlines] == outlines
    edges = Counter(frozenset(edge) for text in outlines for ring in rings_of(text) for edge in pairwise(ring))
    assert set(edges.values()) == {1, 2}
    assert list(edges.values()).count(1) == 4 * 7 * cells.PER_EDGE  # seven by seven cells: the rim alone is unshared
    assert len({cells.lattice(number) for number in range(400)}) == 400


def test_no_whole_id_number_is_in_a_row(world):
    text = orjson.dumps(rows(world)).decode()
    assert "370199" not in text
    assert text.count('"hint"') > 3


def test_id_numbers_are_well_formed_different_and_nobodys():
    numbers = IdNumbers()
    given = [numbers.next("1990-02-28", sex) for sex in ("male", "female") for _ in range(500)]
    assert len(set(given)) == 1000
    assert all(number.startswith("370199") and ric.calc_check_digit(number) == number[-1] for number in given)
    assert {int(number[16]) % 2 for number in given[:500]} == {1}
    assert numbers.next("1990-02-28", "male") is None
    assert check_digit("11010519491231002") == "X"


def test_residents_can_be_asked_for_by_number_without_a_cap():
    size = Size(households=500, residents=100_000).whole()
    assert size.grids * size.households * build.PER_HOUSEHOLD >= 100_000
    grids = organisation.grids([a for a in organisation.regions() if a.level == "community"], size.grids)
    assert len({grid.code for grid in grids}) == len({grid.id for grid in grids}) == size.grids


def test_exactly_as_many_residents_as_asked(sqlite_url, tmp_path):
    made = empty_world(sqlite_url, tmp_path)
    build.build(made, Size(households=5, residents=40))
    assert Counter(row["type"] for row in rows(made))["resident"] == 40
    made.engine.dispose()


def test_households_have_the_size_of_real_ones():
    assert sum(people.SIZES) / len(people.SIZES) == build.PER_HOUSEHOLD
