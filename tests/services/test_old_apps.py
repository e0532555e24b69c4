"""Apps that stayed behind, and one that is ahead: their work comes in, whatever the catalogue has become."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from server.core.catalog.fields import Code
from server.core.catalog.schema1.catalog import SCHEMA_1
from server.services import push
from server.services.transactions import read
from server.services.verify import verify
from tests.holdings import Holdings
from tests.places import G1, change, uid, with_schema

# What an app of schema 1 sent, byte for byte. Once released it is never changed.
RECORDED = json.loads((Path(__file__).parent.parent / "fixtures" / "push_schema1.json").read_text())
ID_NUMBER = "990101199001010011"
RENAMED = {"household": {"contact_phone": "phone_main"}, "resident": {"id_no": "document_no"}}


def to_schema_2(raw):
    """Fields of two names, a code that was split: what a released upcaster does."""
    names = RENAMED.get(raw["type"], {})
    sets = {names.get(name, name): patch for name, patch in raw.get("set", {}).items()}
    if raw["type"] == "visit" and sets.get("result", {}).get("to") == "nobody_home":
        sets = sets | {"result": sets["result"] | {"to": "no_answer"}}
    return raw | {"set": sets}


def renamed(type_name, **new):
    """A record type with its fields renamed as above and new ones."""
    rtype = SCHEMA_1.types[type_name]
    names = RENAMED.get(type_name, {})
    fields = {names.get(name, name): field for name, field in rtype.fields.items()}
    keys = tuple(names.get(name, name) for name in rtype.natural_key)
    return replace(rtype, fields=fields | new, natural_key=keys)


def schema_2():
    household = renamed("household", registered_by=replace(SCHEMA_1.types["household"].fields["note"], required=True))
    visit = SCHEMA_1.types["visit"]
    result = visit.fields["result"]
    codes = {c: v for c, v in result.codes.items() if c != "nobody_home"} | {"no_answer": Code("无人应答", "No answer")}
    visit = replace(visit, fields=visit.fields | {"result": replace(result, codes=codes)})
    types = SCHEMA_1.types | {"household": household, "resident": renamed("resident"), "visit": visit}
    return replace(SCHEMA_1, schema=2, types=types, upcasters={1: to_schema_2})


def schema_3():
    """One more: a field that schema 2 had gets another name again."""

    def to_schema_3(raw):
        sets = {("phone_1" if n == "phone_main" else n): p for n, p in raw.get("set", {}).items()}
        return raw | {"set": sets}

    two = schema_2()
    household = two.types["household"]
    fields = {("phone_1" if n == "phone_main" else n): f for n, f in household.fields.items()}
    types = two.types | {"household": replace(household, fields=fields)}
    return replace(two, schema=3, types=types, upcasters={1: to_schema_2, 2: to_schema_3})


def send_recorded(place):
    device = place.device("worker1")
    device.n = len(RECORDED)
    return device, device.send(RECORDED)["verdicts"]


def rows_of(place, device):
    phone = Holdings(device, G1)
    phone.pull()
    assert phone.agree()
    return {row["type"]: row["data"] for row in phone.rows[G1].values()}


@pytest.mark.parametrize("catalog", [SCHEMA_1, schema_2(), schema_3()], ids=lambda c: f"schema {c.schema}")
def test_a_recorded_push_of_schema_1_is_accepted(place, catalog):
    newer = with_schema(place, catalog)
    device, verdicts = send_recorded(newer)
    assert [(v["status"], v.get("reason")) for v in verdicts] == [("applied", None)] * len(RECORDED)
    rows = rows_of(newer, device)
    phone = {1: "contact_phone", 2: "phone_main", 3: "phone_1"}[catalog.schema]
    assert rows["household"][phone] == "13900000000"
    assert rows["visit"]["result"] == ("nobody_home" if catalog.schema == 1 else "no_answer")
    assert set(rows["resident"]["id_no" if catalog.schema == 1 else "document_no"]) == {"hint", "v"}
    again = device.send(RECORDED)["verdicts"]
    assert all(v["replayed"] for v in again)
    assert verify(newer.world) == []


@pytest.mark.parametrize("catalog", [SCHEMA_1, schema_2()], ids=lambda c: f"schema {c.schema}")
def test_a_sealed_field_of_another_name_is_sealed_all_the_same(place, catalog):
    """No table holds the number in clear: not the ledger either, whatever the field was called."""
    newer = with_schema(place, catalog)
    send_recorded(newer)
    with read(newer.world) as conn:
        for table, columns in (("change", "payload"), ("record", "row"), ("record_history", "patch")):
            for value in conn.execute(text(f"SELECT {columns} FROM {table}")).scalars():
                assert ID_NUMBER.encode() not in (value.encode() if isinstance(value, str) else bytes(value))
        assert len(conn.execute(text("SELECT 1 FROM sealed_value")).all()) == 1


def test_a_new_required_field_blocks_new_apps_only(place):
    newer = with_schema(place, schema_2())
    device, _ = send_recorded(newer)
    dwelling = next(c["record"] for c in RECORDED if c["type"] == "dwelling")
    new = change("create", "household", uid(950), G1, sets={"dwelling": dwelling, "contact_person": "李"}, schema=2)
    verdict = device.push(new)[0]
    assert (verdict["status"], verdict["message"]) == ("quarantined", {"code": "required", "field": "registered_by"})
    edit = change("update", "household", RECORDED[2]["record"], G1, sets={"contact_person": ("王芳", "李")})
    assert device.push(edit)[0]["status"] == "applied", "an old app's edit of an old record"


def test_what_waited_before_the_upgrade_is_applied_after_it(place):
    """A change parked under schema 1 is judged under schema 2 when its parent comes."""
    device = place.device("worker1")
    building, dwelling, household = RECORDED[:3]
    assert device.send([household])["verdicts"][0]["status"] == "parked"
    newer = with_schema(place, schema_2())
    device.place = newer
    device.n = 3
    assert [v["status"] for v in device.send([building, dwelling])["verdicts"]] == ["applied"] * 2
    assert rows_of(newer, device)["household"]["phone_main"] == "13900000000"
    again = device.send([household])["verdicts"][0]
    assert (again["status"], again["replayed"]) == ("applied", True)
    assert verify(newer.world) == []


def test_an_app_ahead_of_the_server_keeps_what_the_server_does_not_know(place):
    device = place.device("worker1")
    device.send(RECORDED[:3])
    device.n = 3
    household = RECORDED[2]["record"]
    sets = {"note": "新", "solar_panels": (None, 4), "household_type": ("family", "commune")}
    verdicts = device.push(
        change("update", "household", household, G1, sets=sets, schema=9, surprise={"deep": [1]}),
        change("create", "drone_flight", uid(960), G1, sets={"height": 3}, schema=9),
    )
    assert (verdicts[0]["status"], verdicts[0]["message"]) == (
        "applied", {"code": "unknown_fields", "fields": ["solar_panels"]},
    )  # fmt: skip
    assert (verdicts[1]["status"], verdicts[1]["reason"]) == ("quarantined", "unknown_type")
    data = verdicts[0]["row"]["data"]
    assert (data["note"], data["solar_panels"], data["household_type"]) == ("新", 4, "commune")
    old = device.push(change("update", "household", household, G1, sets={"note": ("新", "旧")}))[0]
    assert old["row"]["data"]["solar_panels"] == 4, "an older app's edit keeps what it does not know"
    assert verify(place.world) == []


ODD = [
    {"set": None}, {"set": []}, {"set": {"contact_phone": 7}}, {"type": []}, {"type": None}, {"schema": 0},
    {"schema": -1}, {"schema": "1"}, {"schema": True}, {"schema": 1.5}, {"schema": 10**9}, {"schema": None},
]  # fmt: skip


def test_an_upcaster_that_stumbles_costs_one_change(place):
    newer = with_schema(place, schema_2())
    device = newer.device("worker1")
    for number, odd in enumerate(ODD):
        good = change("create", "building", uid(970 + number), G1, sets={"building_no": str(number)})
        bad = change("update", "household", uid(990), G1, sets={"contact_phone": "1"}) | odd
        verdicts = device.push(bad, good)
        assert verdicts[0]["status"] in ("quarantined", "parked"), odd
        assert verdicts[1]["status"] == "applied"
    assert verify(newer.world) == []


def test_a_desk_of_an_older_schema_is_understood_too(place):
    newer = with_schema(place, schema_2())
    device, _ = send_recorded(newer)
    edit = change("update", "household", RECORDED[2]["record"], G1, sets={"contact_phone": ("13900000000", None)})
    verdict = push.desk(newer.world, newer.actor("clerk1"), [edit])["verdicts"][0]
    assert (verdict["status"], verdict["reason"]) == ("merged", "parallel"), "it named no base"
    assert "phone_main" not in rows_of(newer, device)["household"]
