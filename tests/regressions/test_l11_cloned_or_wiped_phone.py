"""L11: a node whose store was wiped or put back announces old versions under its old name.

The server alone: tests/services/test_hello.py. A phone put back or cloned by chance: tests/simulation.
"""

from tests.regressions.people import PASSWORD


def test_two_phones_under_one_number_are_told_apart_and_both_keep_their_work(own_server, phones):
    phone = phones(own_server, "worker1")
    homes = phone.homes()
    typed = [phone.note(homes[0], "before the copy")]
    assert phone.sync() == "complete"
    phone.ask("clone", **{"as": "twin"})
    twin = type(phone)(phone.driver, "twin", phone.username, own_server)
    twin.ask("open", user=phone.user)
    typed += [phone.note(homes[1], "first, same number"), phone.note(homes[2], "first, one more")]
    assert phone.sync() == "complete"
    own = [twin.note(homes[3], "second, same number"), twin.note(homes[4], "second, one more")]
    for _ in range(2):  # as the same device; then, told that its numbers are taken, as a new one
        twin.ask("relogin", password=PASSWORD)
        outcome = twin.sync()
    assert outcome == "complete"
    assert set(twin.verdicts()) >= set(own)
    assert twin.waiting() == []
    for change in typed + own:
        assert own_server.rows("SELECT count(*) FROM record_history WHERE change = ?", change) == [(1,)], change

    phone.ask("relogin", password=PASSWORD)  # the twin's login ended the session they shared
    last = [phone.note(homes[5], "first, later"), twin.note(homes[6], "second, later")]
    assert [phone.sync(), twin.sync()] == ["complete", "complete"]
    devices = [own_server.rows('SELECT device, n FROM "change" WHERE id = ?', change)[0] for change in last]
    assert devices[0][0] != devices[1][0], "the twin numbers its changes under an id of its own now"
    assert "all agree" in own_server.flask("verify")


def test_a_phone_that_was_wiped_begins_as_a_new_one_and_brings_nothing_back(own_server, phones):
    phone, other = phones(own_server, "worker1"), phones(own_server, "worker2")
    home = phone.homes()[0]
    phone.note(home, "old")
    assert phone.sync() == "complete"
    assert other.sync() == "complete"
    other.note(other.again(home), "newer")
    assert other.sync() == "complete"
    before = own_server.rows("SELECT count(*) FROM device")[0][0]
    phone.install()
    assert own_server.rows("SELECT count(*) FROM device")[0][0] == before + 1
    assert phone.again(home)["data"]["note"] == "newer"
    typed = phone.note(phone.again(home), "newest")
    assert phone.sync() == "complete"
    assert phone.verdicts() == {typed: ("sent", None)}
    assert other.sync() == "complete"
    assert other.again(home)["data"]["note"] == "newest"
