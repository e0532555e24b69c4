"""L6: the answer is lost, the client sends again, the server keeps both (up to eight copies were seen).

The client alone: pwa/tests/sync/push.test.ts. In Chromium: tests/e2e/test_faults.py. Killed for real: tests/crash.
"""


def test_eight_lost_answers_leave_one_visit(server, phones):
    phone = phones(server, "worker1")
    home = phone.homes()[5]
    values = {"household": home["id"], "kind": "routine", "method": "in_person", "result": "met"}
    visit = phone.ask("create", type="visit", values=values, options={"scope": phone.grid})
    phone.fault("/sync/push", "answer", times=8)
    for _ in range(8):
        assert phone.sync() == "offline"
    assert phone.waiting() == [visit["change"]]
    assert server.has_once(visit["record"]), "the server has had it since the first time"

    assert phone.sync() == "complete"
    assert phone.verdicts() == {visit["change"]: ("sent", None)}
    assert server.has_once(visit["record"])
    colleague = phones(server, "worker2")
    visits = colleague.ask("list", type="visit", query={"scope": phone.grid, "parent": home["id"]})
    assert [v["id"] for v in visits].count(visit["record"]) == 1
