"""The access matrix: every route × role × place (own, child, sibling, parent, foreign, none) × state of the account.

Routes come from the server's own map; one that no probe covers fails. An unexpected allow is a leak, an unexpected
refusal a broken promise; both must be none. Every answer is also searched for secrets of places that are not its
reader's.
"""

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from server.app import create_app
from server.services import timelines
from tests.api import matrix_photos
from tests.api.conftest import config
from tests.api.matrix_world import GRIDS, OFFICE, PASSWORD, PLACES, UNITS, ident, make, note_change, scope

NOWHERE = "nowhere"
AREAS = [*PLACES, NOWHERE]
PUBLIC = {
    "/", "/office", "/office/x", "/sw.js", "/assets/x", "/icons/x", "/manifest.webmanifest", "/household/x",
    "/healthz", "/readyz", "/api/v1/about", "/api/v1/catalog", "/api/v1/openapi.json", "/api/v1/docs",
    "/api/v1/docs/reference.js", "/api/v1/docs/reference.css",
}  # fmt: skip


@pytest.fixture(scope="module")
def matrix(databases, tmp_path_factory):
    with databases.migrated("sqlite") as url:
        app = create_app(config(url, tmp_path_factory.mktemp("matrix")))
        timelines.boot(app.extensions["world"])
        made = make(app)
        matrix_photos.make(app)
        made.upload = matrix_photos.somebodys_upload(app)
        yield made
        app.extensions["world"].engine.dispose()


def history(matrix, who):
    for kind in ("household", "issue", "area"):
        for place in AREAS:
            if kind == "area" or place in GRIDS or place == NOWHERE:
                record = ident(kind, place) if kind != "area" else ident(place)
                answer = who.client.get(f"/api/v1/records/{record}/history")
                yield f"{kind} {place}", answer, answer.status_code == 200, who.may_read(kind, place), 404


def change_of_another(matrix, who):
    for place in [*GRIDS, NOWHERE]:
        answer = who.client.get(f"/api/v1/changes/{matrix.changes.get(place, uuid4())}")
        expected = who.role in OFFICE and who.inside(place)
        yield place, answer, answer.status_code == 200, expected, 404


def snapshot(matrix, who):
    for place in [*AREAS, *UNITS]:
        answer = who.client.get(f"/api/v1/sync/snapshot/{scope(place)}")
        yield place, answer, answer.status_code == 200, who.may_hold(place), 403


def pull(matrix, who):
    for place in [*AREAS, *UNITS]:
        body = {"device": who.device, "timeline": who.answer["timeline"], "scopes": {scope(place): None}}
        answer = who.client.post("/api/v1/sync/pull", json=body)
        allowed = answer.status_code == 200 and "revoked" not in answer.json["pages"][0]
        yield place, answer, allowed, who.may_hold(place), 200


def push(matrix, who):
    for n, place in enumerate(GRIDS, 1):
        body = {"device": who.device, "timeline": who.answer["timeline"], "changes": [note_change(place) | {"n": n}]}
        answer = who.client.post("/api/v1/sync/push", json=body)
        yield place, answer, written(answer), who.may_read("household", place), 200


def desk(matrix, who):
    for place in GRIDS:
        answer = who.client.post("/api/v1/changes", json={"changes": [note_change(place)]})
        yield place, answer, written(answer), who.may_read("household", place), 200


def settle(matrix, who):
    """Settling somebody's conflict: only the office above may, and only once, so nothing is really chosen."""
    for place in GRIDS:
        change = note_change(place) | {"op": "move", "set": {}, "move": {"from": scope(place), "to": scope("G21")}}
        answer = who.client.post("/api/v1/changes", json={"changes": [change]})
        expected = who.role in OFFICE and who.inside(place) and who.inside("G21")
        yield f"move from {place}", answer, written(answer), expected, 200


def written(answer) -> bool:
    return answer.status_code == 200 and answer.json["verdicts"][0]["status"] in ("applied", "merged", "conflict")


def review(matrix, who):
    for place in [*AREAS, None]:
        answer = who.client.get("/api/v1/office/review", query_string={"scope": scope(place)} if place else {})
        yield str(place), answer, answer.status_code == 200, who.role in OFFICE and who.state != "disabled", 403
        if answer.status_code == 200:
            found = {item["scope"] for item in answer.json["items"]}
            mine = {scope(grid) for grid in GRIDS if who.inside(grid)}
            yield f"items of {place}", answer, not found <= mine, False, 200
            if place is None:
                yield "own items", answer, found == mine, True, 200


def own_device_only(path):
    def probe(matrix, who):
        other = next(one for one in matrix.people if one.device != who.device)
        base = {"timeline": who.answer["timeline"], "scopes": {}, "next_n": 1, "raw": "x", "why": "x"}
        for name, device in (("own", who.device), ("of another", other.device), ("none", str(uuid4()))):
            body = base | {"device": device, "changes": [note_change("G11") | {"n": 1000}]}
            answer = who.client.post(f"/api/v1/sync/{path}", json=body)
            expected = name == "own" and who.state != "disabled"
            yield f"device {name}", answer, answer.status_code == 200, expected, 403

    return probe


def share(matrix, who):
    """The server's part of the key on a phone: to the session of that device, never to what only hands work in."""
    other = next(one for one in matrix.people if one.device != who.device)
    for name, device in (("own", who.device), ("of another", other.device), ("none", str(uuid4()))):
        answer = who.client.post("/api/v1/devices/share", json={"device": device})
        expected = name == "own" and who.state != "disabled"
        yield f"device {name}", answer, answer.status_code == 200, expected, 403
    drain = {"Authorization": f"Bearer {who.answer['device']['drain_token']}"}
    answer = matrix.app.test_client().post("/api/v1/devices/share", json={"device": who.device}, headers=drain)
    assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def device_list(matrix, who):
    """Whose phones are whose: for those who keep accounts, of the area whose accounts they keep."""
    answer = who.client.get("/api/v1/devices", query_string={"limit": 200})
    yield "", answer, answer.status_code == 200, who.role == "admin" and who.state != "disabled", 403
    if answer.status_code == 200:
        working = [one for one in matrix.people if one.place and one.state != "disabled"]
        inside = {one.device for one in working if who.inside(one.place)}
        shown = {one["id"] for one in answer.json["items"]}
        yield "phones of elsewhere", answer, bool({one.device for one in working} & shown - inside), False, 200
        yield "own phones", answer, inside <= shown, True, 200


def rescue(matrix, who):
    """A file that is none: whoever may bring one is told so, nobody else gets that far."""
    answer = who.client.post("/api/v1/office/rescue", json={"format": "grid-rescue"})
    yield "", answer, answer.status_code == 400, who.role in OFFICE and who.state != "disabled", 403


def who_am_i(matrix, who):
    answer = who.client.get("/api/v1/session")
    yield "", answer, answer.status_code == 200, who.state != "disabled", 401


def map_of(part):
    """The map's ground holds nothing about people: whoever is logged in may have it (404: there is none here)."""

    def probe(matrix, who):
        answer = who.client.get(f"/api/v1/map{part}")
        yield "", answer, answer.status_code in (200, 404), who.state != "disabled", 401

    return probe


def log_in(matrix, who):
    client = matrix.app.test_client()
    body = {"username": f"{who.role}.{who.state}", "password": PASSWORD}
    answer = client.post("/api/v1/session", json=body)
    yield "right password", answer, answer.status_code == 200, who.state != "disabled", 401
    answer = client.post("/api/v1/session", json=body | {"password": "a-wrong-password"})
    yield "wrong password", answer, answer.status_code == 200, False, 401


def log_out(matrix, who):
    answer = matrix.app.test_client().delete("/api/v1/session")
    yield "without a session", answer, answer.status_code == 204, True, 204


def public(path):
    def probe(matrix, who):
        answer = who.client.get(path)
        yield "", answer, answer.status_code not in (401, 403), True, 200

    return probe


PROBES = {
    ("/api/v1/session", "GET"): [who_am_i],
    ("/api/v1/session", "POST"): [log_in],
    ("/api/v1/session", "DELETE"): [log_out],
    ("/api/v1/devices/share", "POST"): [share],
    ("/api/v1/devices", "GET"): [device_list],
    ("/api/v1/office/rescue", "POST"): [rescue],
    ("/api/v1/sync/hello", "POST"): [own_device_only("hello")],
    ("/api/v1/sync/push", "POST"): [push, own_device_only("push")],
    ("/api/v1/sync/pull", "POST"): [pull, own_device_only("pull")],
    ("/api/v1/sync/quarantine", "POST"): [own_device_only("quarantine")],
    ("/api/v1/sync/snapshot/<scope>", "GET"): [snapshot],
    ("/api/v1/changes", "POST"): [desk, settle],
    ("/api/v1/changes/<uuid:change_id>", "GET"): [change_of_another],
    ("/api/v1/records/<uuid:record_id>/history", "GET"): [history],
    ("/api/v1/office/review", "GET"): [review],
    ("/api/v1/photos", "POST"): [matrix_photos.announce],
    ("/api/v1/photos", "GET"): [matrix_photos.know],
    ("/api/v1/photos/<uuid:photo_id>", "GET"): [matrix_photos.look],
    ("/api/v1/photos/uploads", "POST"): [matrix_photos.begin],
    ("/api/v1/photos/uploads/<uuid:upload_id>", "PATCH"): [matrix_photos.append],
    ("/api/v1/photos/uploads/<uuid:upload_id>", "DELETE"): [matrix_photos.end],
    ("/api/v1/map", "GET"): [map_of("")],
    ("/api/v1/map/tiles", "GET"): [map_of("/tiles")],
}
UPLOADS = "/api/v1/photos/uploads"


def routes(app) -> Iterator[tuple[str, str, str]]:
    """(rule, method, an address it matches) of every route; HEAD and OPTIONS go with GET."""
    for rule in app.url_map.iter_rules():
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            address = next(
                (
                    a
                    for a in PUBLIC
                    if app.url_map.bind("x").test(a, method)
                    and app.url_map.bind("x").match(a, method, return_rule=True)[0] is rule
                ),
                None,
            )
            yield str(rule), method, address


def test_the_matrix_covers_every_route(matrix):
    uncovered = [
        (rule, method)
        for rule, method, address in routes(matrix.app)
        if (rule, method) not in PROBES and address is None
    ]
    assert uncovered == []
    assert set(PROBES) <= {(rule, method) for rule, method, _ in routes(matrix.app)}


def test_no_route_allows_what_the_roles_do_not_and_refuses_what_they_do(matrix):
    leaks, refusals, secrets, wrong, asked = [], [], [], [], Counter()
    for rule, method, address in routes(matrix.app):
        probes = PROBES.get((rule, method)) or [public(address)]
        for who in matrix.people:
            for probe in probes:
                for place, answer, allowed, expected, refusal in probe(matrix, who):
                    case = (method, rule, place, who.role, who.state, answer.status_code)
                    asked[expected] += 1
                    if allowed and not expected:
                        leaks.append(case)
                    elif expected and not allowed:
                        refusals.append((*case, answer.text[:200]))
                    elif not expected and answer.status_code != (401 if who.state == "disabled" else refusal):
                        wrong.append(case)
                    secrets += [(case, found) for found in who.foreign_canaries(answer.text)]
    assert (leaks, secrets, refusals, wrong) == ([], [], [], [])
    assert asked[False] > 2_000 and asked[True] > 700


def test_without_a_login_only_what_is_public_answers(matrix):
    client = matrix.app.test_client()
    for rule, method, address in routes(matrix.app):
        if address is None and (rule, method) not in {("/api/v1/session", "POST"), ("/api/v1/session", "DELETE")}:
            path = rule.replace("<scope>", "config").replace("<uuid:change_id>", str(uuid4()))
            for name in ("record_id", "photo_id", "upload_id"):
                path = path.replace(f"<uuid:{name}>", str(uuid4()))
            kind = "application/offset+octet-stream" if method == "PATCH" else None
            body = {} if method == "POST" and path != UPLOADS else None
            answer = client.open(path, method=method, json=body, content_type=kind)
            assert (rule, method, answer.status_code) == (rule, method, 401)
