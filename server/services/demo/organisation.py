"""Areas, units and accounts of the demo world."""

from dataclasses import dataclass

from server.services import reference
from server.services.areas import Area, Unit
from server.services.demo import cells
from server.services.imports import derived_id

DISTRICT = "370102"
PASSWORD = "grid-demo"  # nosec B105  known to everybody; such accounts start only where DEMO=1
NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Person:
    """An account: what it is called, its role, and the names (see `places`) of what it holds."""

    username: str
    name: str
    role: str
    holds: tuple[str, ...]
    duty_phone: str = ""


PEOPLE = (
    Person("worker1", "李敏", "worker", ("grid1",), "0531-55500001"),
    Person("worker2", "王强", "worker", ("grid1", "grid2"), "0531-55500002"),
    Person("worker3", "赵丽", "worker", ("grid3",), "0531-55500003"),
    Person("leader1", "孙建国", "leader", ("grid1", "grid2"), "0531-55500004"),
    Person("clerk1", "周文静", "clerk", ("community1",), "0531-55500005"),
    Person("clerk3", "吴晓燕", "clerk", ("community3",), "0531-55500006"),
    Person("dispatcher1", "郑海波", "dispatcher", ("street",), "0531-55500007"),
    Person("handler1", "冯志远", "handler", ("unit1",), "0531-55500008"),
    Person("operator1", "陈立", "operator", ("district",), "0531-55500009"),
    Person("admin1", "系统管理员", "admin", ("district",)),
    Person("auditor1", "审计员", "auditor", ("district",)),
)


def regions() -> list[Area]:
    """历下区, its 13 streets and 139 communities, parents first."""
    rows = [row for row in reference.rows("regions.csv") if row["code"].startswith(DISTRICT)]
    return [
        Area(
            area_id(row["code"]),
            row["name"].removesuffix("居民委员会"),
            row["level"],
            area_id(row["parent"]) if row["code"] != DISTRICT else None,
            row["code"],
            row["code"],
        )
        for row in sorted(rows, key=lambda row: (len(row["code"]), row["code"]))
    ]


def area_id(code: str) -> str:
    return derived_id("demo", "area", code)


def grids(communities: list[Area], count: int) -> list[Area]:
    """`count` grids: two in the first community, the third in the second, then in turn over all the others."""
    order = [0, 0, 1] + [n % len(communities) for n in range(2, count)]
    made: list[Area] = []
    for place in order[:count]:
        home = communities[place]
        number = sum(1 for grid in made if grid.parent == home.id) + 1
        code = f"{home.code}{number:03d}"
        made.append(
            Area(
                area_id(code),
                f"{home.name}{numeral(number)}网格",
                "grid",
                home.id,
                code,
                home.code,
                duty_phone=f"0531-5550{len(made) % 10_000:04d}",
                boundary=cells.outline(len(made)),
            )
        )
    return made


def numeral(number: int) -> str:
    """第三, 第十二: good to 99."""
    tens, ones = divmod(number, 10)
    text = (
        NUMERALS[number - 1]
        if number <= 10
        else (NUMERALS[tens - 1] if tens > 1 else "") + "十" + (NUMERALS[ones - 1] if ones else "")
    )
    return f"第{text}"


def units() -> list[Unit]:
    district = area_id(DISTRICT)
    return [
        Unit(derived_id("demo", "unit", "1"), "历下区路灯管理所", "utility", district, "0531-55500101"),
        Unit(derived_id("demo", "unit", "2"), "历下区城市管理局", "department", district, "0531-55500102"),
    ]
