"""L3: the browser clears the app's storage away (little space, a week unused) and leaves no trace of it.

The app asks for storage that stays (pwa/src/adapters/storage.ts) and shows how long ago all was sent. What no app can
prevent is noticed: by the cookie that survives, and by numbers that would be given twice.
"""

from uuid import uuid4

from tests.regressions.people import PASSWORD, Desk, Phone


def incidents(server, phone: Phone) -> list[tuple[str, int]]:
    """(kind, changes lost) of what the office reads about this person."""
    found = Desk(server, "clerk3").review("incident")
    return [(i["incident"], i["detail"].get("lost", 0)) for i in found if i["by"]["id"] == phone.user]


def test_unsent_work_that_was_cleared_away_is_told_to_the_office(own_server, phones):
    phone = phones(own_server, "worker3")
    kept = phone.note(phone.homes()[0], "delivered")
    assert phone.sync() == "complete"
    for home in phone.homes()[1:4]:
        phone.note(home, f"never delivered {uuid4()}")
    phone.fault("/sync/push", "request")
    assert phone.sync() == "offline"  # it has said how many there are
    phone.ask("evict")
    phone.ask("login", username="worker3", password=PASSWORD)
    assert phone.sync() == "complete"
    assert incidents(own_server, phone) == [("changes_lost", 3)]

    assert phone.homes()[0]["data"]["note"] == "delivered"
    assert own_server.rows("SELECT count(*) FROM record_history WHERE change = ?", kept) == [(1,)]
    typed = phone.note(phone.homes()[1], "typed again")
    assert phone.sync() == "complete"
    assert phone.verdicts() == {typed: ("sent", None)}
    assert len(incidents(own_server, phone)) == 1


def test_a_phone_that_was_cleared_away_with_nothing_unsent_is_no_incident(own_server, phones):
    phone = phones(own_server, "worker3")
    phone.note(phone.homes()[0], "delivered")
    assert phone.sync() == "complete"
    held = phone.held()
    phone.ask("evict")
    phone.ask("login", username="worker3", password=PASSWORD)
    assert phone.sync() == "complete"
    assert {row[:2] for row in phone.held()} == {row[:2] for row in held}
    assert incidents(own_server, phone) == []
    phone.ask("logout")
    phone.ask("evict")
    phone.ask("login", username="worker3", password=PASSWORD)
    assert phone.sync() == "complete"
    assert incidents(own_server, phone) == []
