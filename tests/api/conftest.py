"""The whole server in one process, over a small demo world that is built once and copied for each test."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url

from server.app import create_app
from server.config import Config
from server.services import timelines
from server.services.demo import build
from server.services.demo.build import Size

PASSWORD = "grid-demo"
TINY = Size(households=4)


def config(url: str, data: Path, **settings: str) -> Config:
    return Config.from_env({"DATA_DIR": str(data), "DATABASE_URL": url, "DEMO": "1", **settings})


def closed(app: Flask) -> None:
    app.extensions["world"].engine.dispose()


def populate(url: str, data: Path) -> None:
    app = create_app(config(url, data))
    timelines.boot(app.extensions["world"])
    build.build(app.extensions["world"], TINY)
    closed(app)


@pytest.fixture(scope="session")
def demo_template(databases, tmp_path_factory) -> Iterator[tuple[Path, Path]]:
    """(SQLite file of the demo world, the folder with its key)."""
    data = tmp_path_factory.mktemp("demo")
    with databases.migrated("sqlite") as url:
        populate(url, data)
        yield Path(make_url(url).database), data


@pytest.fixture
def demo_app(demo_template, tmp_path) -> Iterator[Flask]:
    """A server over a copy of the demo world, on SQLite. Its clock stands until `tick` moves it."""
    database, data = demo_template
    for part in (database, Path(f"{database}.generation")):
        if part.exists():
            shutil.copy(part, tmp_path / part.name)
    app = create_app(config(f"sqlite:///{tmp_path / database.name}", data, PHOTO_STORE=str(tmp_path / "photos")))
    yield app
    closed(app)


@pytest.fixture
def client(demo_app) -> FlaskClient:
    return demo_app.test_client()


@pytest.fixture
def world(demo_app) -> dict[str, Any]:
    """Users, areas, scopes and records of the demo world (`flask demo --json`)."""
    return build.described(demo_app.extensions["world"])


@pytest.fixture
def tick(demo_app) -> Callable[..., datetime]:
    """Moves the server's clock: `tick(minutes=5)`. The clock stands still from the first use on."""
    now = [datetime.now(UTC)]
    demo_app.extensions["world"] = replace(demo_app.extensions["world"], clock=lambda: now[0])

    def move(**time: float) -> datetime:
        now[0] += timedelta(**time)
        return now[0]

    return move


@dataclass
class Phone:
    """A logged-in device."""

    client: FlaskClient
    answer: dict[str, Any]

    @property
    def id(self) -> str:
        return self.answer["device"]["id"]

    @property
    def drain(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.answer['device']['drain_token']}"}

    def post(self, path: str, **body: Any):
        return self.client.post(f"/api/v1/sync/{path}", json={"device": self.id, "timeline": self.timeline} | body)

    @property
    def timeline(self) -> str:
        return self.answer["timeline"]


@pytest.fixture
def phone(demo_app) -> Callable[[str], Phone]:
    """Logs somebody in with a new device."""

    def log_in(username: str) -> Phone:
        client = demo_app.test_client()
        device = {"name": "test", "app": "1", "schema": 1}
        answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD, "device": device})
        assert answer.status_code == 200, answer.text
        return Phone(client, answer.json)

    return log_in


@pytest.fixture
def desk(demo_app) -> Callable[[str], FlaskClient]:
    """Logs somebody in without a device."""

    def log_in(username: str) -> FlaskClient:
        client = demo_app.test_client()
        answer = client.post("/api/v1/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    return log_in


def note(household: str, scope: str, text: str, n: int | None = 1) -> dict[str, Any]:
    """A change that writes a household's note."""
    return {
        "id": str(uuid4()), "n": n, "op": "update", "type": "household", "record": household, "scope": scope,
        "schema": 1, "base": None, "at": {"wall": "2026-11-20T09:00:00+08:00", "offset_ms": 0},
        "set": {"note": {"from": None, "to": text}},
    }  # fmt: skip
