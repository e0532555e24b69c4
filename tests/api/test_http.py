"""What surrounds every request: headers, origins, types, compression, errors, logs."""

import gzip
import json
import logging

import psycopg
import pytest
from sqlalchemy.exc import InternalError

from server.api.log import Lines
from server.app import create_app
from tests.api.conftest import PASSWORD, closed, config, note

LOGIN = "/api/v1/session"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data: blob:; font-src 'self'; worker-src 'self'; manifest-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.mark.parametrize(
    "path", ["/", "/office/", "/healthz", "/readyz", "/api/v1/catalog", "/api/v1/docs", "/api/v1/nothing", "/x.js"]
)
def test_every_answer_carries_the_same_strict_headers(client, path):
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


def test_nothing_of_the_api_is_kept_by_browsers_or_proxies(client):
    assert client.get(LOGIN).headers["Cache-Control"] == "no-store"
    assert client.get("/api/v1/openapi.json").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/api/v1/nothing", 404, "not_found"),
        ("post", "/api/v1/nothing", 404, "not_found"),
        ("delete", "/healthz", 405, "method_not_allowed"),
        ("get", "/api/v1/sync/push", 405, "method_not_allowed"),
        ("get", "/api/v1/session", 401, "unauthenticated"),
        ("get", "/api/v1/changes/not-a-uuid", 404, "not_found"),
    ],
)
def test_errors_are_problem_documents(client, method, path, status, code):
    answer = getattr(client, method)(path, **({"json": {}} if method == "post" else {}))
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert answer.content_type == "application/problem+json"
    assert {"type", "title", "status", "code", "detail"} <= answer.json.keys()
    assert status != 405 or answer.headers["Allow"]


def test_a_fault_of_ours_says_nothing_of_the_inside(demo_app, monkeypatch, caplog):
    def broken(*_args):
        raise KeyError("王芳 13900000000")

    monkeypatch.setattr("server.services.catalog.wire", broken)
    with caplog.at_level(logging.ERROR):
        answer = demo_app.test_client().get("/api/v1/catalog")
    assert (answer.status_code, answer.json["code"], answer.json["detail"]) == (500, "internal", "")
    assert "王芳" not in answer.text
    assert not any("王芳" in Lines().format(record) for record in caplog.records)
    assert any("KeyError" in Lines().format(record) for record in caplog.records)


def test_a_database_that_is_only_a_replica_now_is_said_to_be_busy(demo_app, monkeypatch):
    def read_only(*_args):
        raise InternalError("simulated", {}, psycopg.errors.ReadOnlySqlTransaction())

    monkeypatch.setattr("server.services.catalog.wire", read_only)
    answer = demo_app.test_client().get("/api/v1/catalog")
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "busy", "2")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 401), ("http://localhost", 401), ("http://localhost:80", 401), ("https://localhost", 403),
        ("http://localhost:81", 403), ("http://evil.example", 403), ("null", 403), ("http://[", 403), ("", 403),
        ("http://localhost.evil.example", 403),
    ],
)  # fmt: skip
def test_a_request_from_another_site_changes_nothing(client, origin, status):
    headers = {} if origin is None else {"Origin": origin}
    answer = client.post(LOGIN, json={"username": "worker1", "password": "wrong"}, headers=headers)
    assert answer.status_code == status


@pytest.fixture
def behind(demo_template, tmp_path):
    """Makes a server with settings of its own, over the demo world itself: read only."""
    made = []

    def make(**settings):
        database, data = demo_template
        made.append(create_app(config(f"sqlite:///{database}", data, **settings)))
        return made[-1].test_client()

    yield make
    for app in made:
        closed(app)


def test_the_address_people_type_decides_where_it_is_set(behind):
    client = behind(PUBLIC_ORIGIN="https://grid.example.org")
    body = {"username": "worker1", "password": ""}
    seen = [
        client.post(LOGIN, json=body, headers={"Origin": origin}).status_code
        for origin in ("https://grid.example.org", "https://grid.example.org:443", "http://localhost")
    ]
    assert seen == [400, 400, 403]


@pytest.mark.parametrize(("proxies", "secure"), [("0", False), ("1", True)])
def test_what_a_proxy_says_counts_only_where_there_is_one(behind, proxies, secure):
    answer = behind(PROXIES=proxies).get("/healthz", headers={"X-Forwarded-Proto": "https"})
    assert ("Strict-Transport-Security" in answer.headers) is secure


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_of_another_site_could_send_is_refused(client, kind):
    answer = client.post(LOGIN, data=json.dumps({"username": "worker1", "password": PASSWORD}), content_type=kind)
    assert (answer.status_code, answer.json["code"]) == (415, "bad_content_type")


def test_a_gzip_body_is_read_like_a_plain_one(client):
    body = gzip.compress(json.dumps({"username": "worker1", "password": PASSWORD}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert client.post(LOGIN, data=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (gzip.compress(b" " * 50_000_000), 413, "too_large"),
        (gzip.compress(b"{}")[:-4], 400, "bad_json"),
        (gzip.compress(b"{}") + b"more", 400, "bad_json"),
        (b"not gzip", 400, "bad_json"),
    ],
    ids=["bomb", "cut off", "with a tail", "none"],
)
def test_a_gzip_body_that_is_none_or_too_large_is_refused(client, body, status, code):
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    answer = client.post(LOGIN, data=body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_another_encoding_is_refused(client):
    headers = {"Content-Encoding": "br", "Content-Type": "application/json"}
    assert client.post(LOGIN, data=b"{}", headers=headers).status_code == 415


def test_a_body_above_the_limit_is_refused_before_it_is_read(client, phone):
    answer = client.post(LOGIN, data=b" " * 20_000, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (413, "too_large")
    device = phone("worker1")
    answer = device.client.post("/api/v1/sync/push", data=b" " * 600_000, content_type="application/json")
    assert answer.status_code == 413


def test_a_body_that_was_cut_off_is_asked_for_again(client):
    whole = {"CONTENT_LENGTH": "500"}
    answer = client.post(LOGIN, data=b'{"username": "wor', content_type="application/json", environ_overrides=whole)
    assert (answer.status_code, answer.json["code"]) == (408, "slow_body")


def test_answers_are_compressed_for_who_asks(client, phone, world):
    plain = client.get("/api/v1/catalog")
    packed = client.get("/api/v1/catalog", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 3 < len(plain.data)
    assert "Accept-Encoding" in plain.headers["Vary"]
    path = f"/api/v1/sync/snapshot/{world['areas']['grid1']['scope']}"
    device = phone("worker1")
    stream = device.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(stream.data) == device.client.get(path).data


def test_the_catalogue_is_sent_once(client):
    first = client.get("/api/v1/catalog")
    again = client.get("/api/v1/catalog", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert first.json["types"]["household"]["fields"]["note"]["kind"] == "long_text"
    assert len(first.json["sealing"]["point"]) == 87


def test_the_reference_describes_every_route_of_the_api_and_needs_no_other_host(demo_app, client):
    paths = client.get("/api/v1/openapi.json").json["paths"]
    left_out = {"/api/v1/openapi.json", "/api/v1/docs", "/api/v1/docs/reference.js", "/api/v1/docs/reference.css"}
    rules = {str(rule) for rule in demo_app.url_map.iter_rules() if str(rule).startswith("/api/")} - left_out
    assert len(paths) == len(rules)
    page = client.get("/api/v1/docs").text + client.get("/api/v1/docs/reference.js").text
    assert "http://" not in page and "https://" not in page
    assert "<script>" not in page


def test_logs_hold_nothing_that_people_typed_and_no_token(demo_app, world, phone, caplog):
    canaries = ["张三丰住三零一", "370199199001010017", "wrong-password-typed"]
    caplog.set_level(logging.DEBUG)
    device = phone("worker1")
    household, scope = world["records"]["grid1"]["household"][0], world["areas"]["grid1"]["scope"]
    changes = [note(household, scope, canaries[0]), note(household, "nowhere", canaries[1], 2)]
    assert device.post("push", changes=changes).status_code == 200
    device.post("quarantine", id=changes[0]["id"], n=3, raw=canaries[0], why=canaries[1])
    device.client.post(LOGIN, json={"username": canaries[2], "password": canaries[2]})
    device.client.get(f"/api/v1/{canaries[0]}?q={canaries[1]}")
    written = "\n".join(Lines().format(record) for record in caplog.records)
    assert written.count('"message":"request"') >= 5
    secrets = [*canaries, device.answer["device"]["drain_token"], device.client.get_cookie("grid").value, PASSWORD]
    assert [secret for secret in secrets if secret in written] == []


def test_readiness_names_what_is_missing(demo_app, client):
    assert client.get("/readyz").json == {"status": "ok", "missing": []}
    with demo_app.extensions["world"].engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["missing"]) == (503, ["migrations"])
    assert client.get("/healthz").status_code == 200
