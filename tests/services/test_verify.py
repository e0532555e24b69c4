"""`flask verify` finds every kind of damage, and `flask rebuild` repairs what it says it does."""

import threading

import pytest
from sqlalchemy import text

from server.services.rebuild import rebuild
from server.services.transactions import write
from server.services.verify import verify
from tests.holdings import Holdings
from tests.places import G1, G2, change, home, uid
from tests.services.test_exactly_once import dump

ID_NUMBER = "990101199001010011"
HOUSEHOLD = uid(1003)


@pytest.fixture
def lived_in(place):
    """A world with something in every table: merged, conflicting, parked, quarantined, moved and deleted."""
    one, two = place.device("worker1"), place.device("worker2")
    changes, _ = home()
    for at, change_ in enumerate(changes):
        change_["record"] = uid(1001 + at)
    changes[1]["set"]["building"]["to"] = uid(1001)
    changes[2]["set"]["dwelling"]["to"] = uid(1002)
    rev = one.push(*changes)[2]["row"]["rev"]
    phone = lambda number: change(  # noqa: E731
        "update", "household", HOUSEHOLD, G1, base=rev, sets={"contact_phone": number}
    )
    one.push(phone("13800000001"))
    two.push(phone("13800000002"))
    resident = change("create", "resident", uid(1010), G1, sets={"name": "王芳", "id_no": ID_NUMBER})
    gone = change("create", "building", uid(1011), G1, sets={"building_no": "9"})
    rev = one.push(resident, gone)[1]["row"]["rev"]
    one.push(change("delete", "building", uid(1011), G1, base=rev))
    waits = change("create", "visit", uid(1012), G1, sets={"household": uid(999), "result": "met"})
    one.push(waits, {"op": "dance"})
    place.desk("clerk1", change("create", "building", uid(1013), G1, sets={"building_no": "10"}))
    place.desk("clerk1", change("move", "building", uid(1013), G1, move={"from": G1, "to": G2}))
    assert verify(place.world) == []
    return place


DAMAGE = [
    "UPDATE scope SET live = live + 1 WHERE id = :g",
    "UPDATE scope SET digest = digest + 1 WHERE id = :g",
    "UPDATE scope SET head = head - 1 WHERE id = :g",
    "UPDATE scope SET head = head + 1 WHERE id = :g",
    "UPDATE scope SET floor = head + 1 WHERE id = :g",
    "DELETE FROM scope WHERE id = :g",
    "DELETE FROM scope_entry WHERE scope = :g AND record = :h",
    "UPDATE scope_entry SET live = NOT live WHERE scope = :g AND record = :h",
    "UPDATE scope_entry SET live = NOT live WHERE scope = :g AND record = :deleted",
    "DELETE FROM scope_entry WHERE record IN (SELECT id FROM conflict)",
    "DELETE FROM scope_mark WHERE scope = :g",
    "DELETE FROM record WHERE id = :h",
    "UPDATE record SET row = replace(row, '13800000001', '13800000009') WHERE id = :h",
    "UPDATE record SET ver = ver + 1 WHERE id = :h",
    "UPDATE record SET rev = '0000000000000000' WHERE id = :h",
    "UPDATE record SET scope = :g2 WHERE id = :h",
    "UPDATE record SET live = NOT live WHERE id = :h",
    "UPDATE record SET live = NOT live WHERE id = :deleted",
    "UPDATE record SET natural_key = NULL WHERE id = :h",
    "UPDATE record SET rank = 1 WHERE id = :h",
    "UPDATE record SET type = 'dwelling' WHERE id = :h",
    "DELETE FROM record_link WHERE record = :h",
    "UPDATE record_link SET target = :deleted WHERE record = :h",
    "INSERT INTO record_link (record, field, target) VALUES (:h, 'building', :deleted)",
    "DELETE FROM record_history WHERE record = :h",
    "DELETE FROM record_history WHERE record = :h AND ver = 1",
    "DELETE FROM record_history WHERE record = :deleted AND ver = 2",
    "UPDATE record_history SET rev = '0000000000000000' WHERE record = :h AND ver = 2",
    "UPDATE record_history SET change = :missing WHERE record = :h AND ver = 1",
    "DELETE FROM sealed_value",
    "DELETE FROM change WHERE status = 'applied' AND record = :h",
    "DELETE FROM change WHERE status = 'parked'",
    "DELETE FROM change WHERE status = 'conflict'",
    "DELETE FROM change WHERE status = 'quarantined'",
    "UPDATE change SET status = 'applied' WHERE status = 'parked'",
    "UPDATE change SET status = 'applied' WHERE status = 'quarantined'",
    "UPDATE change SET hash = 'x' WHERE status = 'parked'",
    "DELETE FROM conflict",
    "UPDATE conflict SET state = 'settled'",
    "UPDATE conflict SET record = :deleted",
    "DELETE FROM parked",
    "UPDATE parked SET state = 'settled'",
    "UPDATE parked SET change = :missing",
    "UPDATE device SET have_n = 3 WHERE have_n > 3",
    "UPDATE device SET missing = '[[1, 2]]'",
    "UPDATE device SET missing = '[[70, 80]]'",
]
PATCHED = b'\x01{"contact_phone":{"from":null,"to":"13800000009"}}'


def damage(place, statement, **more):
    """Run a statement behind the server's back; it must have touched something."""
    names = {"g": G1, "g2": G2, "h": HOUSEHOLD, "deleted": uid(1011), "missing": uid(4321)} | more
    used = {name: value for name, value in names.items() if f":{name}" in statement.replace(":g2", ":G2")}
    used |= {"g2": G2} if ":g2" in statement else {}
    with write(place.world, "test") as conn:
        assert conn.execute(text(statement), used).rowcount > 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is looked for is the same on both
@pytest.mark.parametrize("statement", DAMAGE)
def test_damage_is_found(lived_in, statement):
    damage(lived_in, statement)
    found = verify(lived_in.world)
    assert found != []
    assert all(ID_NUMBER not in one and "1380000" not in one for one in found), "findings name no values"


@pytest.mark.parametrize(("table", "key"), [("record_history", "record = :h AND ver = 2"), ("change", "record = :h")])
def test_a_payload_that_was_changed_is_found(lived_in, table, key):
    column = "patch" if table == "record_history" else "payload"
    damage(lived_in, f"UPDATE {table} SET {column} = :patched WHERE {key}", patched=PATCHED)
    assert verify(lived_in.world) != []


def test_an_encrypted_payload_that_was_changed_is_found(lived_in):
    damage(lived_in, "UPDATE change SET payload = :patched WHERE status = 'quarantined'", patched=b"\x02" + b"x" * 40)
    assert len(verify(lived_in.world)) == 1


REPAIRED = [
    "UPDATE scope SET live = live + 1, digest = digest + 1",
    "DELETE FROM record_link",
    "INSERT INTO record_link (record, field, target) VALUES (:h, 'building', :deleted)",
    "UPDATE record SET natural_key = NULL",
]


@pytest.mark.parametrize("statement", REPAIRED)
def test_rebuild_makes_anew_what_is_derived(lived_in, statement):
    phone = Holdings(lived_in.device("worker2"), G1, G2)
    phone.pull()
    before = phone.heads
    damage(lived_in, statement)
    assert verify(lived_in.world) != []
    assert "made anew" in rebuild(lived_in.world)
    assert verify(lived_in.world) == []
    phone.pull()
    assert phone.heads == before
    assert phone.agree()


def test_rebuild_changes_nothing_where_nothing_is_wrong(lived_in):
    before = dump(lived_in)
    rebuild(lived_in.world)
    assert dump(lived_in) == before


def test_rebuild_beside_writers_leaves_nothing_wrong(place):
    """On a server that runs on: nobody's write falls between counting and storing."""
    devices = [place.device("worker1") for _ in range(3)]
    ended, failed = threading.Event(), []

    def work(device):
        while not ended.is_set():
            try:
                assert {v["status"] for v in device.push(*home()[0])} == {"applied"}
            except BaseException as error:  # noqa: BLE001
                failed.append(error)
                return

    threads = [threading.Thread(target=work, args=(device,)) for device in devices]
    for thread in threads:
        thread.start()
    for _ in range(8):
        rebuild(place.world)
    ended.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert verify(place.world) == []
