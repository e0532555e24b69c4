"""What real data is like at its worst: long, crowded, rare, with pictures in it. Put into the records of the tour."""

from uuid import uuid4

from playwright.sync_api import Playwright

from tests.e2e.worker import change, data_of, worker
from tests.e2e.world import DemoServer

RARE = "𠮷𬎆㛃䶮"  # characters beyond the basic plane and few fonts have
FAMILY = "👩🏽‍👩🏽‍👧🏽‍👦🏽"
NAME = f"阿卜杜热依木·买买提江{RARE}{FAMILY}"
LONG = f"{RARE}{FAMILY}电话3-2-501" * 30
UNBROKEN = "W" * 180
MEMBERS = 60


def put(playwright: Playwright, server: DemoServer) -> None:
    """A household of sixty, and hard words in every text that the tour shows."""
    here, scope = server.demo["records"]["grid1"], server.demo["areas"]["grid1"]["scope"]
    household = here["household"][0]
    dwelling = data_of(server, household)["dwelling"]
    with worker(playwright, server, "leader1") as leader:
        changes = [
            edit(server, scope, "household", household, contact_person=NAME, note=LONG + UNBROKEN),
            edit(server, scope, "building", here["building"][0], estate=f"{UNBROKEN[:60]}{FAMILY}"),
            edit(server, scope, "issue", here["issue"][0], description=LONG, address_text=UNBROKEN, place=dwelling),
            edit(server, scope, "route", here["route"][1], name=f"{NAME}{UNBROKEN[:60]}"),
            edit(server, scope, "point", here["point"][0], name=f"{NAME}{UNBROKEN[:60]}"),
            change("create", "comment", str(uuid4()), scope, {"about": here["issue"][0], "text": UNBROKEN + LONG}),
        ]
        for _ in range(MEMBERS):
            person = str(uuid4())
            lives = {"resident": person, "dwelling": dwelling, "household": household}
            changes.append(change("create", "resident", person, scope, {"name": NAME}))
            changes.append(change("create", "residence", str(uuid4()), scope, lives))
        for n in range(0, len(changes), 50):
            statuses = [v["status"] for v in leader.push(*changes[n : n + 50])]
            assert set(statuses) <= {"applied", "merged"}, statuses


def edit(server: DemoServer, scope: str, kind: str, record: str, **to: str) -> dict:
    was = data_of(server, record)
    return change("update", kind, record, scope, {name: (was.get(name), value) for name, value in to.items()})
