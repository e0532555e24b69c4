"""L1: a server filters rows out of a bulk push and answers without a word about them; the client counts them done.

The client alone: pwa/tests/sync/push.test.ts. The server alone: tests/services/test_push_verdicts.py.
"""

from uuid import uuid4


def test_an_answer_that_lacks_a_verdict_counts_for_none(server, phones):
    phone = phones(server, "worker1")
    typed = [phone.note(home, f"L1 {uuid4()}") for home in phone.homes()[:3]]
    phone.fault("/sync/push", "shorter", list="verdicts")
    assert phone.sync() != "complete"
    assert phone.waiting() == typed
    assert phone.verdicts() == {}
    assert "answer_refused" in phone.problems()

    assert phone.sync() == "complete"
    assert phone.verdicts() == dict.fromkeys(typed, ("sent", None))
    for change in typed:
        assert server.rows("SELECT count(*) FROM record_history WHERE change = ?", change) == [(1,)]


def test_what_may_not_be_written_is_answered_by_name_among_what_may(own_server, phones):
    phone = phones(own_server, "worker2")
    first, second = own_server.demo["users"]["worker2"]["scopes"]
    here, there = phone.homes(first)[:2], phone.homes(second)[:2]
    allowed = [phone.note(home, "still mine") for home in here]
    refused = [phone.note(home, "no more mine") for home in there]
    own_server.flask("grant", "end", "worker2", second)
    phone.sync()
    verdicts = phone.verdicts()
    assert {verdicts[change] for change in allowed} == {("sent", None)}
    assert {verdicts[change] for change in refused} == {("parked", "late_scope")}
    assert phone.waiting() == []
