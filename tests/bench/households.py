"""Records as a district has them: buildings, dwellings and households with Chinese text, some 600 bytes a row.

Everything follows from the grid's number, so that each run works on the same bytes.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from server.core.catalog.schema1.catalog import SCHEMA_1
from server.core.sync.change import Change
from server.services.consequences import natural_key
from server.services.draft import Standing

BUILDINGS = 2  # a grid; the rest is dwellings with one household each
AT = "2026-11-01T01:00:00.000Z"
NAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
WORDS = (
    "家中有一位八十二岁老人独居，子女每周末来看望",
    "门铃在左侧，平时下午五点以后有人",
    "已提醒楼道内不要停放电动车充电",
    "水表在厨房，上次抄表读数已核对",
    "租户下月到期，房东委托物业代管",
    "希望社区协助联系家电维修和上门理发",
)


def grid_id(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def scope_of(number: int) -> str:
    return f"grid:{grid_id(number)}"


class Made(NamedTuple):
    """One record with what its type derives from it."""

    standing: Standing
    rank: int
    key: str | None
    links: list[tuple[str, str]]  # (field, target)


def records(number: int, count: int, author: str) -> Iterator[Made]:
    """The `count` records of grid `number` (even counts from 4), parents before children."""
    random = Random(number)
    estate = f"泉城花园{number}区"
    buildings = [_id(random) for _ in range(BUILDINGS)]
    for place, building in enumerate(buildings, 1):
        address = f"山东省济南市历下区解放东路{number}号{estate}{place}号楼"
        values = {"estate": estate, "building_no": str(place), "address_text": address, "built_year": 1998}
        yield _made(random, "building", building, number, author, values)
    for home in range((count - BUILDINGS) // 2):
        dwelling = _id(random)
        yield _made(random, "dwelling", dwelling, number, author, _dwelling(random, home, buildings))
        yield _made(random, "household", _id(random), number, author, _household(random, home, dwelling))


def _dwelling(random: Random, home: int, buildings: list[str]) -> dict[str, Any]:
    return {
        "building": buildings[home % BUILDINGS],
        "unit_no": str(home % 6 + 1),
        "floor": str(home // 12 + 1),
        "room_no": f"{home // 12 + 1}{home % 12 + 1:02d}",
        "usage": random.choice(("own_use", "let")),
        "tenure": random.choice(("owned", "rented")),
        "owner_contact": f"{_name(random)}（产权人，{random.choice(WORDS)}）{_phone(random)}",
        "area_m2": str(random.randrange(42, 140)),
        "status": "in_use",
    }


def _household(random: Random, home: int, dwelling: str) -> dict[str, Any]:
    return {
        "household_no": str(home + 1),
        "dwelling": dwelling,
        "household_type": "family",
        "declared_count": random.randrange(1, 6),
        "contact_person": _name(random),
        "contact_phone": _phone(random),
        "preferred_contact": random.choice(("visit", "phone")),
        "preferred_time": "any",
        "e_bike": random.randrange(3),
        "gas_bottle": False,
        "moved_in_on": f"{random.randrange(1990, 2025)}-06-{random.randrange(1, 29):02d}",
        "note": random.choice(WORDS) + "。",
    }


def _made(random: Random, name: str, record: str, number: int, author: str, data: dict[str, Any]) -> Made:
    rtype = SCHEMA_1.types[name]
    standing = Standing(
        id=record,
        type=name,
        scope=scope_of(number),
        live=True,
        rev=f"{random.getrandbits(64):016x}",
        ver=1,
        schema=SCHEMA_1.schema,
        data=data,
        by=author,
        at=AT,
        at_device=None,
        source="import",
        created_by=author,
        created_at=AT,
    )
    links = [(field, data[field]) for field in rtype.links() if data.get(field)]
    return Made(standing, rtype.rank, natural_key(rtype, data), links)


def creation(standing: Standing) -> dict[str, Any]:
    """The change that made a record, as the ledger keeps it."""
    sets = {name: {"from": None, "to": value} for name, value in standing.data.items()}
    change = {"id": standing.id, "op": "create", "type": standing.type, "record": standing.id}
    assert change.keys() <= set(Change.__dataclass_fields__)
    return change | {"scope": standing.scope, "schema": standing.schema, "base": None, "set": sets}


def edit(row: dict[str, Any], change_id: str, n: int, timeline: str, words: str) -> dict[str, Any]:
    """A change of two fields of a household, as a phone would send it over the row it holds."""
    seen = row["data"]
    return {
        "id": change_id,
        "n": n,
        "op": "update",
        "type": "household",
        "record": row["id"],
        "scope": row["scope"],
        "schema": 1,
        "base": {"rev": row["rev"], "timeline": timeline},
        "at": {"wall": "2026-11-20T09:00:00+08:00", "offset_ms": 0},
        "set": {
            "contact_phone": {"from": seen["contact_phone"], "to": f"199{n % 100_000_000:08d}"},
            "note": {"from": seen["note"], "to": words},
        },
    }


def _id(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _name(random: Random) -> str:
    return random.choice(NAMES) + random.choice(NAMES)


def _phone(random: Random) -> str:
    return f"1990000{random.randrange(10_000):04d}"
