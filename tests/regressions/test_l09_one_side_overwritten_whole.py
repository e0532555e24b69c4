"""L9: after two devices went apart, the only choice left was to overwrite one side whole.

Merging alone: tests/core and pwa/tests/vectors.test.ts. Settling on a screen: tests/e2e/test_office.py.
"""

from uuid import uuid4

from tests.regressions.people import Desk


def test_two_phones_that_went_apart_keep_the_work_of_both(server, phones):
    one, two = phones(server, "worker1"), phones(server, "worker2")
    homes = one.homes()[8:11]
    theirs = [two.again(home) for home in homes]
    for n, (mine, other) in enumerate(zip(homes, theirs, strict=True)):
        one.note(mine, f"1380000000{n}", "contact_phone")
        one.note(mine, f"left {n}", "contact_person")
        two.note(other, f"right {n}", "contact_person")
        two.ask("update", seen=other, values={"pets": n + 1})
    for phone in (one, two, one):
        assert phone.sync() == "complete"
    conflicts = {item["record"]: item for item in Desk(server, "clerk1").review("conflict")}
    for n, home in enumerate(homes):
        data = one.again(home)["data"]
        assert (data["contact_phone"], data["pets"]) == (f"1380000000{n}", n + 1), "other fields: both stand"
        item = conflicts[home["id"]]
        values = {item["current"]["value"], item["incoming"]["value"]}
        assert (item["field"], values) == ("contact_person", {f"left {n}", f"right {n}"})
        assert data["contact_person"] == two.again(home)["data"]["contact_person"] == item["current"]["value"]


def test_no_answer_of_the_server_asks_a_phone_to_throw_its_side_away(server, phones):
    """A whole new load, which is what the server asks for at worst, leaves unsent work where it is."""
    phone = phones(server, "worker1")
    home = phone.homes()[11]
    typed = phone.note(home, text := f"unsent {uuid4()}")
    phone.fault("/sync/hello", "says", says={"actions": [f"resnapshot:{phone.grid}"]})
    phone.fault("/sync/push", "request")
    phone.sync()
    assert phone.waiting() == [typed]
    assert phone.again(home)["data"]["note"] == text
    assert phone.sync() == "complete"
    assert phone.verdicts() == {typed: ("sent", None)}
