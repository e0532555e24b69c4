"""Bodies made to break a server: each is answered, none with a 5xx, none keeps another change from its verdict."""

import json

import pytest

from tests.api.conftest import note

MARK = "@@"
# What stands in place of a value inside one change: that change is quarantined, the one after it is applied.
VALUES = {
    "NUL": '"a\\u0000b"',
    "lone surrogate": '"\\ud800"',
    "lone low surrogate": '"x\\udfff"',
    "a number too large": "1152921504606846976",
    "a number as large as it gets": "1e999",
    "a thousand digits": "9" * 1000,
    "an object where a text belongs": '{"__proto__": {"x": 1}}',
    "a list where a text belongs": "[1, 2]",
    "a boolean where a text belongs": "true",
    "a text beyond the limit": json.dumps("字" * 30_000),
}
# What no two readers read alike: the body is refused.
BODIES = {
    "NaN": b'{"changes": NaN}',
    "Infinity": b'{"changes": [-Infinity]}',
    "depth 33": b'{"changes": ' + b"[" * 33 + b"]" * 33 + b"}",
    "depth 1,000": b'{"changes": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "depth 100,000": b'{"changes": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "depth 100,000 unclosed": b"[" * 100_000,
    "a key twice": b'{"changes": [], "changes": [1]}',
    "a list": b"[]",
    "null": b"null",
    "a text": b'"x"',
    "nothing": b"",
    "not JSON": b"<html>login</html>",
    "not UTF-8": b'{"changes": "\xff\xfe"}',
    "UTF-16": '{"changes": []}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"changes": []}',
    "trailing bytes": b'{"changes": []} {}',
}
# JSON that is no push: refused, or each part of it gets a verdict.
SHAPES = {
    "no changes": {},
    "changes no list": {"changes": {"0": 1}},
    "null changes": {"changes": None},
    "a change that is null": {"changes": [None]},
    "a change that is a text": {"changes": ["x"]},
    "a change that is a list": {"changes": [[]]},
    "a change without id": {"changes": [{"op": "update"}]},
    "a bad uuid": {"changes": [{"id": "not-a-uuid", "n": 1, "op": "update", "record": "x", "type": "household"}]},
    "an id of another case": {"changes": [{"id": "AAAAAAAA-AAAA-4AAA-8AAA-AAAAAAAAAAAA", "n": 1}]},
    "an n that is none": {"changes": [{"id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "n": -5, "op": "x"}]},
    "an n that is a text": {"changes": [{"id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaab", "n": "1", "op": "x"}]},
    "an n far away": {"changes": [{"id": "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaac", "n": 2**52, "op": "x"}]},
    "a timeline that is a list": {"timeline": [], "changes": []},
    "fifty-one changes": {"changes": [{"n": n} for n in range(51)]},
}


@pytest.mark.parametrize("name", VALUES)
def test_a_value_nobody_can_store_is_quarantined_and_delays_no_other(world, phone, name):
    device, household = phone("worker1"), world["records"]["grid1"]["household"]
    scope = world["areas"]["grid1"]["scope"]
    changes = [note(household[0], scope, MARK), note(household[1], scope, "fine", 2)]
    body = json.dumps({"device": device.id, "timeline": device.timeline, "changes": changes})
    answer = device.client.post(
        "/api/v1/sync/push", data=body.replace(f'"{MARK}"', VALUES[name]), content_type="application/json"
    )
    assert answer.status_code == 200, answer.text
    first, second = answer.json["verdicts"]
    assert first["status"] == "quarantined"
    assert first["reason"] in ("invalid", "too_large")
    assert second["status"] in ("applied", "merged")


@pytest.mark.parametrize("path", ["push", "hello", "pull", "quarantine"])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_two_readers_read_differently_is_refused(phone, name, path):
    device = phone("worker1")
    answer = device.client.post(f"/api/v1/sync/{path}", data=BODIES[name], content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (400, "bad_json")


@pytest.mark.parametrize("name", SHAPES)
def test_a_push_of_another_shape_is_refused_or_judged(phone, name):
    device = phone("worker1")
    answer = device.post("push", **SHAPES[name])
    assert answer.status_code in (200, 400, 409, 413), answer.text
    if answer.status_code == 200:
        sent = SHAPES[name]["changes"]
        assert [verdict["status"] for verdict in answer.json["verdicts"]] == ["quarantined"] * len(sent)


ODD = [None, True, 0, -1, 1.5, "", "x", "\u0000", [], [[]], {}, {"x": {}}, 2**60, "9" * 5000]


@pytest.mark.parametrize("path", ["hello", "push", "pull", "quarantine"])
def test_no_field_of_a_message_breaks_the_server(phone, path):
    device = phone("worker1")
    fields = {
        "hello": ["app", "schema", "timeline", "ack", "next_n", "pending", "client_time", "scopes", "grants_ack",
                  "storage", "journal"],
        "push": ["timeline", "changes"],
        "pull": ["timeline", "scopes", "limit"],
        "quarantine": ["timeline", "id", "n", "raw", "why"],
    }[path]  # fmt: skip
    base = {"scopes": {}, "changes": [], "raw": "x", "why": "crash", "next_n": 1}
    failed = []
    for field in ["device", *fields]:
        for value in ODD:
            answer = device.post(path, **(base | {field: value}))
            if answer.status_code >= 500 or (field == "device" and answer.status_code == 200):
                failed.append((field, value, answer.status_code))
    assert failed == []


@pytest.mark.parametrize("scopes", [{"grid:x": None}, {"": None}, {"config": 5}, {"config": "x" * 3000},
                                    {"config": "\u0000"}, {f"grid:{n}": None for n in range(200)}])  # fmt: skip
def test_made_up_scopes_and_cursors_are_answered(phone, scopes):
    assert phone("worker1").post("pull", scopes=scopes).status_code < 500


@pytest.mark.parametrize(
    "query", ["?cursor=x", "?after=x/y", "?after=" + "a" * 5000, "?cursor=%00", "?after=household/%ff"]
)
def test_made_up_places_in_a_snapshot_are_answered(phone, world, query):
    path = f"/api/v1/sync/snapshot/{world['areas']['grid1']['scope']}{query}"
    assert phone("worker1").client.get(path).status_code in (200, 400)


@pytest.mark.parametrize("query", ["?limit=x", "?limit=-1", "?limit=99999", "?limit=%C2%B2", "?after=x", "?kind=x",
                                   "?scope=x", "?state=%00", "?after=%00"])  # fmt: skip
def test_made_up_pages_of_the_desk_are_answered(desk, world, query):
    clerk = desk("clerk1")
    assert clerk.get(f"/api/v1/office/review{query}").status_code in (200, 400)
    household = world["records"]["grid1"]["household"][0]
    assert clerk.get(f"/api/v1/records/{household}/history{query}").status_code in (200, 400)
