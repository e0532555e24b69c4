"""One morning over HTTP, on both databases: log in, load, write, see it at the desk."""

import orjson
import pytest

from server.app import create_app
from tests.api.conftest import PASSWORD, config, note, populate


@pytest.fixture
def app(database_url, tmp_path):
    populate(database_url, tmp_path)
    app = create_app(config(database_url, tmp_path))
    yield app
    app.extensions["world"].engine.dispose()


def test_what_a_worker_writes_is_read_by_his_colleague_and_his_office(app):
    phones = {}
    for name in ("worker1", "worker2"):
        client = app.test_client()
        body = {"username": name, "password": PASSWORD, "device": {"name": "t", "app": "1", "schema": 1}}
        phones[name] = (client, client.post("/api/v1/session", json=body).json)
    client, me = phones["worker1"]
    own = {"device": me["device"]["id"], "timeline": me["timeline"]}
    hello = client.post("/api/v1/sync/hello", json=own | {"app": "1", "schema": 1, "next_n": 1, "scopes": {}}).json
    grid = next(grant["scope"] for grant in hello["grants"] if grant["rights"] == "write")
    lines = [orjson.loads(line) for line in client.get(f"/api/v1/sync/snapshot/{grid}").data.splitlines()]
    assert lines[-1] == {"end": True, "sent": len(lines) - 2} and lines[0]["live"] == len(lines) - 2
    household = next(row for row in lines if row.get("type") == "household")
    pushed = client.post("/api/v1/sync/push", json=own | {"changes": [note(household["id"], grid, "白天无人")]}).json
    assert pushed["have_n"] == 1
    assert pushed["verdicts"][0]["row"]["data"]["note"] == "白天无人"

    other, them = phones["worker2"]
    body = {"device": them["device"]["id"], "timeline": them["timeline"], "scopes": {grid: lines[0]["cursor"]}}
    page = other.post("/api/v1/sync/pull", json=body).json["pages"][0]
    assert [row["data"]["note"] for row in page["rows"]] == ["白天无人"]

    desk = app.test_client()
    desk.post("/api/v1/session", json={"username": "clerk1", "password": PASSWORD})
    newest = desk.get(f"/api/v1/records/{household['id']}/history").json["items"][0]
    assert newest["by"] == {"id": me["user"]["id"], "name": me["user"]["name"]}
    assert newest["set"] == {"note": {"from": None, "to": "白天无人"}}


def test_many_guesses_at_once_are_counted_one_by_one(app):
    from concurrent.futures import ThreadPoolExecutor

    def guess(_n: int) -> int:
        body = {"username": "worker1", "password": "wrong"}
        return app.test_client().post("/api/v1/session", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(guess, range(24)))
    assert sorted(seen) == [401] * 10 + [429] * 14
