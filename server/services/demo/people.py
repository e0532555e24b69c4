"""Households, residents and what happened to them: visits, issues. Nobody here exists."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from server.services.areas import Area
from server.services.demo import names
from server.services.demo.identity import IdNumbers
from server.services.demo.places import Change, dwelling, estate, near, record_id
from server.services.imports import creation

THIS_YEAR = 2026
ISSUES = (
    ("0203", "路灯不亮", "小区北侧路灯已三天不亮"),
    ("0101", "垃圾桶满溢", "3号楼前垃圾桶已满，周围有散落"),
    ("0401", "楼道堆物", "二单元一楼堆放纸箱，影响通行"),
    ("0402", "电动车进楼充电", "5号楼门厅有电动车飞线充电"),
    ("0201", "路面坑洼", "南门内路面有坑，雨后积水"),
    ("0601", "独居老人需要送餐", "老人腿脚不便，希望中午送餐"),
)
# Relation to the head, sex and age of a household's members, by how many there are.
MEMBERS = (
    ("head", None, (25, 85)),
    ("spouse", None, (25, 80)),
    ("son", "male", (1, 30)),
    ("daughter", "female", (1, 30)),
    ("mother", "female", (55, 92)),
)
SIZES = (1, 1, 2, 2, 2, 3, 3, 4)  # 2.25 on average; the district has 2.29


@dataclass(slots=True)
class Counted:
    """How many residents there are so far, and the most there may be (None: as they come)."""

    residents: int = 0
    most: int | None = None

    def room(self, wanted: int) -> int:
        """How many of so many more there may be."""
        return wanted if self.most is None else min(wanted, self.most - self.residents)


def household(grid: Area, number: int, random: Random, ids: IdNumbers, counted: Counted) -> Iterator[Change]:
    """One dwelling with who lives there, parents before children."""
    home, address = dwelling(grid, number, random)
    yield home
    place, size = record_id(grid, "household", number), random.choice(SIZES)
    surname = random.choice(names.SURNAMES)
    people = [_member(grid, f"{number}.{n}", n, surname, random, ids) for n in range(counted.room(size))]
    counted.residents += len(people)
    head = people[0]["set"]["name"]["to"] if people else f"{surname}先生"
    yield from people
    yield creation(
        "household",
        place,
        grid.scope,
        {
            "dwelling": home["record"],
            "head": people[0]["record"] if people else None,
            "household_type": "family",
            "declared_count": size,
            "contact_person": head,
            "contact_phone": names.phone(random),
            "preferred_contact": random.choice(("visit", "visit", "phone")),
            "moved_in_on": _day(random, 1990, 2024),
            "preferred_time": random.choice(("any", "weekday_evening", "weekend")),
            "e_bike": random.randrange(3),
            "gas_bottle": random.random() < 0.03,
            "note": f"{address}，门铃在左侧" if random.random() < 0.05 else None,
        },
    )
    for n, person in enumerate(people):
        yield creation(
            "residence",
            record_id(grid, "residence", f"{number}.{n}"),
            grid.scope,
            {
                "resident": person["record"],
                "dwelling": home["record"],
                "household": place,
                "kind": "own" if home["set"]["tenure"]["to"] == "owned" else "rent",
                "from_on": _day(random, 1990, 2024),
            },
        )
    if random.random() < 0.2:
        yield visit(grid, place, number, random)


def _member(grid: Area, key: str, n: int, surname: str, random: Random, ids: IdNumbers) -> Change:
    relation, fixed, (youngest, oldest) = MEMBERS[n]
    sex = fixed or random.choice(("male", "female"))
    age = random.randrange(youngest, oldest)
    birth = _day(random, THIS_YEAR - age, THIS_YEAR - age)
    number = ids.next(birth, sex) if age >= 16 and random.random() < 0.4 else None
    own_name = names.person_name(random, sex, surname if relation in ("head", "son", "daughter") else None)
    needs = [random.choice(("meals", "medical", "company"))] if age > 75 and random.random() < 0.4 else []
    return creation(
        "resident",
        record_id(grid, "resident", key),
        grid.scope,
        {
            "name": own_name,
            "sex": sex,
            "birth_date": birth,
            "relation_to_head": relation,
            "phone": names.phone(random) if age >= 14 else None,
            "registration_type": random.choice(("this_community", "this_city", "this_city", "elsewhere")),
            "residence_status": "permanent",
            "id_type": "resident_id" if number else None,
            "id_no": number,
            "needs": needs,
        },
    )


def visit(grid: Area, place: str, number: int, random: Random) -> Change:
    return creation(
        "visit",
        record_id(grid, "visit", number),
        grid.scope,
        {
            "household": place,
            "kind": "routine",
            "method": "in_person",
            "result": "met",
            "unchanged": True,
            "started_at": f"2026-{random.randrange(1, 11):02d}-{random.randrange(1, 29):02d}T02:30:00.000Z",
            "summary": "情况正常",
            "next_due_on": f"2026-11-{number % 20 + 1:02d}" if number % 2 else None,
        },
    )


def issues(grid: Area, cell: int, random: Random) -> Iterator[Change]:
    """Six issues that somebody reported, waiting to be accepted."""
    for n, (item, title, words) in enumerate(ISSUES):
        yield creation(
            "issue",
            record_id(grid, "issue", n),
            grid.scope,
            {
                "catalog_version": 1,
                "item_code": item,
                "title": title,
                "description": words,
                "severity": "ordinary",
                "location": near(cell, random),
                "address_text": f"{estate(grid)}附近",
                "observed_at": f"2026-11-{random.randrange(1, 20):02d}T01:15:00.000Z",
            },
            step="submit",
        )


def _day(random: Random, first: int, last: int) -> str:
    return f"{random.randrange(first, last + 1)}-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d}"
