"""The built app as the server hands it out."""

import gzip
from dataclasses import replace

import pytest


@pytest.fixture
def dist(demo_app, tmp_path):
    """A built app of one line a file, with its compressed copies."""
    folder = tmp_path / "dist"
    for name in ("index.html", "office/index.html", "sw.js", "assets/field-1a2b.js", "manifest.webmanifest"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"this is {name}")
        file.with_name(file.name + ".gz").write_bytes(gzip.compress(file.read_bytes()))
    demo_app.extensions["settings"] = replace(demo_app.extensions["settings"], dist=folder)
    return folder


@pytest.mark.parametrize("path", ["/", "/households", "/households/01a201a1", "/login"])
def test_addresses_inside_the_field_app_get_its_page(client, dist, path):
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "this is index.html")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.mimetype == "text/html"


@pytest.mark.parametrize("path", ["/office", "/office/", "/office/review/3"])
def test_addresses_inside_the_office_get_its_page_without_a_redirect(client, dist, path):
    assert client.get(path).text == "this is office/index.html"


def test_the_service_worker_is_asked_for_each_time_and_may_serve_the_whole_origin(client, dist):
    answer = client.get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.mimetype == "text/javascript"


def test_assets_never_change_and_come_compressed(client, dist):
    plain = client.get("/assets/field-1a2b.js")
    packed = client.get("/assets/field-1a2b.js", headers={"Accept-Encoding": "gzip"})
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.mimetype == plain.mimetype == "text/javascript"
    assert "Accept-Encoding" in plain.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    ["/assets/field-9z9z.js", "/assets/", "/assets/../index.html", "/assets/%2e%2e/index.html", "/icons/none.png",
     "/robots.txt", "/.env", "/office/none.js", "/assets/field-1a2b.js.gz", "/api/", "/api"],
)  # fmt: skip
def test_a_file_that_is_not_there_is_never_answered_with_a_page(client, dist, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json["code"] == "not_found"


def test_without_a_built_app_the_pages_say_what_to_run_and_the_api_works(demo_app, client, tmp_path):
    demo_app.extensions["settings"] = replace(demo_app.extensions["settings"], dist=tmp_path / "none")
    for path in ("/", "/office/", "/sw.js", "/assets/x.js"):
        answer = client.get(path)
        assert (answer.status_code, answer.json["code"]) == (503, "not_built")
    assert "./scripts/run" in client.get("/").json["detail"]
    assert client.get("/api/v1/catalog").status_code == 200
