"""The ground of the map: settings, the file in parts, and what a content policy lets in."""

from dataclasses import replace

import pytest

from server.app import create_app
from server.services import timelines
from tests.api.conftest import closed, config

BYTES = b"PMTiles\x03" + bytes(range(256)) * 40
TEMPLATE = "https://tiles.example.org:8443/map/{z}/{x}/{y}.png?key=k"


@pytest.fixture
def tiles(demo_app, tmp_path):
    """A file of tiles on the server; the server reads nothing of it but its first bytes."""
    path = tmp_path / "tiles.pmtiles"
    path.write_bytes(BYTES)
    demo_app.extensions["settings"] = replace(demo_app.extensions["settings"], tiles=path)
    return path


@pytest.fixture
def worker(phone):
    return phone("worker1").client


def part(client, header, **headers):
    return client.get("/api/v1/map/tiles", headers={"Range": header, **headers}, buffered=True)


def test_without_tiles_the_app_is_told_so(worker):
    assert worker.get("/api/v1/map").json == {"tiles": None}
    assert worker.get("/api/v1/map/tiles").status_code == 404


def test_a_file_of_tiles_is_offered_with_a_tag_that_changes_with_it(worker, tiles):
    first = worker.get("/api/v1/map").json["tiles"]
    assert (first["kind"], first["url"], first["crs"]) == ("file", "/api/v1/map/tiles", "wgs84")
    assert part(worker, "bytes=0-7").headers["ETag"] == f'"{first["tag"]}"'
    tiles.write_bytes(BYTES + b"more")
    assert worker.get("/api/v1/map").json["tiles"]["tag"] != first["tag"]


@pytest.mark.parametrize(
    ("header", "start", "end"), [("bytes=0-126", 0, 127), ("bytes=100-", 100, None), ("bytes=-10", -10, None),
                                 ("bytes=10000-99999999", 10000, None), ("BYTES=5-5", 5, 6)],
)  # fmt: skip
def test_the_part_that_is_asked_for_comes(worker, tiles, header, start, end):
    answer = part(worker, header)
    assert (answer.status_code, answer.data) == (206, BYTES[start:end])
    assert answer.headers["Content-Range"].endswith(f"/{len(BYTES)}")
    assert answer.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "header", ["bytes=99999999-", "bytes=5-2", "bytes=", "bytes=a-b", "lines=0-1", "bytes=0-1,4-5", "bytes=--1",
               "nonsense", "bytes=0-" + "9" * 5000, "bytes=²-5", "bytes=-0", "bytes=" + "0-1," * 5000 + "0-1"],
)  # fmt: skip
def test_a_hostile_range_gets_no_part_and_breaks_nothing(worker, tiles, header):
    answer = part(worker, header)
    assert answer.status_code in (200, 206, 416), answer.text
    assert answer.status_code == 416 or answer.data == BYTES
    if answer.status_code == 416:
        assert answer.json["code"] == "bad_range"


def test_a_part_of_another_file_is_not_taken_for_one_of_this(worker, tiles):
    tag = part(worker, "bytes=0-7").headers["ETag"]
    assert part(worker, "bytes=0-7", **{"If-Range": tag}).status_code == 206
    assert part(worker, "bytes=0-7", **{"If-Range": '"another"'}).status_code == 200
    assert worker.get("/api/v1/map/tiles", headers={"If-None-Match": tag}, buffered=True).status_code == 304


@pytest.mark.parametrize(
    "path", ["/api/v1/map/tiles/x", "/api/v1/map/tiles/../../grid.db", "/api/v1/map/%2e%2e/grid.db",
             "/api/v1/map/tiles%00", "/api/v1/map/secret.key"],
)  # fmt: skip
def test_no_other_file_can_be_named(worker, tiles, path):
    assert worker.get(path).status_code == 404


def test_nobody_gets_tiles_without_a_login(client, tiles):
    assert client.get("/api/v1/map").status_code == client.get("/api/v1/map/tiles").status_code == 401


def test_a_file_that_is_no_pmtiles_is_no_map(worker, tiles):
    tiles.write_bytes(b"<html>")
    assert worker.get("/api/v1/map").json == {"tiles": None}
    assert worker.get("/api/v1/map/tiles").status_code == 404


def test_another_servers_tiles_are_let_in_by_exactly_its_origin(sqlite_url, tmp_path):
    app = create_app(config(sqlite_url, tmp_path, TILES=TEMPLATE, TILES_CRS="gcj02", TILES_CREDIT="GS(2026)1"))
    timelines.boot(app.extensions["world"])
    policy = app.test_client().get("/healthz").headers["Content-Security-Policy"]
    assert "connect-src 'self' https://tiles.example.org:8443; " in policy
    assert "img-src 'self' https://tiles.example.org:8443 data: blob:; " in policy
    assert policy.count("example") == 2
    closed(app)


def test_the_setting_says_what_the_app_needs(sqlite_url, tmp_path, demo_app, phone):
    demo_app.extensions["settings"] = replace(
        demo_app.extensions["settings"], tiles=TEMPLATE, tiles_crs="gcj02", tiles_credit="审图号：GS(2026)1号"
    )
    assert phone("worker1").client.get("/api/v1/map").json["tiles"] == {
        "kind": "url", "url": TEMPLATE, "tag": "", "crs": "gcj02", "credit": "审图号：GS(2026)1号",
    }  # fmt: skip
