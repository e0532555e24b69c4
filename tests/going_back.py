"""A database copied while it runs, and the copy put back later under the same server, which is not told."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from tests import postgres
from tests.places import Place


@contextmanager
def copied(place: Place) -> Iterator["Copy"]:
    """A copy of the place's database as it is now."""
    copy = SqliteCopy(place) if place.world.engine.dialect.name == "sqlite" else PostgresCopy(place)
    try:
        yield copy
    finally:
        copy.remove()


class SqliteCopy:
    def __init__(self, place: Place) -> None:
        self.engine = place.world.engine
        self.file = Path(self.engine.url.database)
        self.copy = self.file.with_suffix(".copy")
        self.engine.dispose()  # the last connection takes the log into the file
        shutil.copy(self.file, self.copy)

    def put_back(self) -> None:
        self.engine.dispose()
        for suffix in ("-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.copy, self.file)

    def remove(self) -> None:
        self.copy.unlink()


class PostgresCopy:
    def __init__(self, place: Place) -> None:
        self.engine = place.world.engine
        self.server = self.engine.url.set(database="postgres").render_as_string(hide_password=False)
        self.name, self.copy = self.engine.url.database, f"copy_{uuid4().hex}"
        self._create(self.copy, self.name)

    def _create(self, new: str, template: str) -> None:
        self.engine.dispose()
        postgres.execute(self.server, f"CREATE DATABASE {new} TEMPLATE {template} STRATEGY file_copy")

    def put_back(self) -> None:
        self.engine.dispose()
        postgres.execute(self.server, f"DROP DATABASE {self.name} WITH (FORCE)")
        self._create(self.name, self.copy)

    def remove(self) -> None:
        postgres.execute(self.server, f"DROP DATABASE {self.copy} WITH (FORCE)")


Copy = SqliteCopy | PostgresCopy
