"""L2: rights change, the phone purges its rows and the unsent edits with them; or a new phone can never upload.

The client alone: pwa/tests/sync/terms.test.ts. In Chromium: tests/e2e/test_leaving.py.
"""

from tests.regressions.people import PASSWORD, Desk


def test_edits_typed_before_a_grid_was_lost_reach_the_office_and_then_the_rows_go(own_server, phones):
    phone = phones(own_server, "worker2")
    lost = own_server.demo["users"]["worker2"]["scopes"][1]
    homes = phone.homes(lost)
    typed = {phone.note(home, f"typed {n}"): f"typed {n}" for n, home in enumerate(homes[:5])}
    own_server.flask("grant", "end", "worker2", lost)
    phone.fault("/sync/push", "request")
    phone.sync()
    assert phone.waiting() == list(typed), "not sent yet: not purged"
    assert len(phone.homes(lost)) == len(homes)

    assert phone.sync() == "complete"
    assert phone.verdicts() == dict.fromkeys(typed, ("parked", "late_scope"))
    assert phone.homes(lost) == []
    waiting = Desk(own_server, "clerk1").review("parked")
    assert {i["change"]["id"]: i["change"]["set"]["note"]["to"] for i in waiting} == typed


def test_work_of_a_disabled_account_waits_for_the_office_and_nothing_of_it_is_dropped(own_server, phones):
    phone = phones(own_server, "worker3")
    typed = [phone.note(home, "typed before") for home in phone.homes()[:3]]
    own_server.flask("user", "disable", "worker3")
    phone.sync()
    assert phone.waiting() == []
    assert phone.verdicts() == dict.fromkeys(typed, ("quarantined", "account_disabled"))
    assert {i["change"]["id"] for i in Desk(own_server, "clerk3").review("quarantined")} == set(typed)


def test_somebody_who_took_over_an_account_with_a_second_phone_delivers(server, phones):
    first, second = phones(server, "worker1"), phones(server, "worker1")
    one = first.note(first.homes()[3], "from the first phone")
    two = second.note(second.homes()[4], "from the second phone")
    assert [first.sync(), second.sync()] == ["complete", "complete"]
    assert {**first.verdicts(), **second.verdicts()} == dict.fromkeys([one, two], ("sent", None))
    assert second.ask("relogin", password=PASSWORD) is None
    assert second.sync() == "complete"
