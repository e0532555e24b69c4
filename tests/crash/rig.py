"""Everything that runs: a database, gunicorn over it, and phones; broken and mended again in cycles."""

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import wait
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from server.app import create_app
from server.config import Config
from server.services.transactions import read
from server.services.world import World
from tests.crash import oracle
from tests.crash.faults import FAULTS, Fault
from tests.crash.grounds import Postgres, Sqlite, ground
from tests.crash.phones import PATIENCE, Phone
from tests.crash.traps import Traps, wait_until
from tests.driver import Driver
from tests.serving import Server

PEOPLE = {"a": "worker1", "b": "worker1", "c": "worker2", "d": "worker3"}


class CrashingServer(Server):
    how = ("--config", "tests/crash/gunicorn_conf.py", "server.app:create_app()")

    def revive(self) -> None:
        """Start it where all of it was killed; workers that were killed alone, gunicorn replaces."""
        if self.process.poll() is not None:
            self.process = None
            self.start()
        wait_until(self.is_ready, "the server answers")


@dataclass
class Rig:
    database: Sqlite | Postgres
    server: CrashingServer
    traps: Traps
    phones: list[Phone]
    world: World
    before: Counter[str]
    fired: Counter[str] = field(default_factory=Counter)
    bitten: Counter[str] = field(default_factory=Counter)  # cycles in which somebody's sync did not get through
    rounds: int = 0

    def cycle(self, fault: Fault, chance: Random) -> None:
        """Work, a crash in the middle of it, mending, and the proof that nothing was lost and nothing came twice."""
        for phone in self.phones:
            for _ in range(chance.randint(1, 4)):
                phone.edit(chance)
        fault.set(self)
        under_way = [phone.driver.ask(phone.name, "sync") for phone in self.phones]
        for phone in chance.sample(self.phones, 2):
            phone.edit(chance)
        fault.strike(self, chance)
        wait(under_way, PATIENCE)
        fault.mend(self)
        self.traps.clear()
        self.database.revive()
        self.server.revive()
        self.fired[fault.name] += 1
        self.bitten[fault.name] += any(one.exception() or one.result()["outcome"] != "complete" for one in under_way)
        self.rounds = max([self.rounds, *(phone.settle() for phone in self.phones)])
        for phone in self.phones:
            phone.settle()  # what the others sent last
        self.check()

    def check(self) -> None:
        self.world.engine.dispose()  # connections of before the crash
        found = oracle.findings(self.world, self.phones, self.before)
        assert not found, "\n".join(found)

    def edits(self) -> int:
        return sum(len(phone.written) for phone in self.phones)


@contextlib.contextmanager
def rig(kind: str, driver: Driver) -> Iterator[Rig]:
    """A demo world of six households a grid, its server running, four phones that have loaded it."""
    with ground(kind) as (database, data), contextlib.ExitStack() as ended:
        traps = Traps(data / "traps")
        (data / "traps").mkdir()
        given = {"DATABASE_URL": database.url, "DEMO": "1", "TRAPS": str(data / "traps"), "PYTHONPATH": "."}
        server = CrashingServer(data, given)
        server.flask("prepare")
        users = json.loads(server.flask("demo", "--households", "6", "--json"))["users"]
        server.start()
        ended.callback(server.stop)
        world = create_app(Config.from_env(server.environment)).extensions["world"]
        ended.callback(world.engine.dispose)
        phones = []
        for name, username in PEOPLE.items():
            phone = Phone(driver, f"{Path(data).parent.name}-{name}", username, users[username]["scopes"][0])
            phone.begin(server.url)
            phones.append(phone)
        with read(world) as conn:
            before = oracle.counts(conn)
        yield Rig(database, server, traps, phones, world, before)


def faults_for(rig: Rig) -> list[Fault]:
    """Those that can be caused on this database and this machine."""
    return [fault for fault in FAULTS if fault.possible(rig)]
