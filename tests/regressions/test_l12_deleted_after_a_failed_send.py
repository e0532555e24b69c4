"""L12: "delete after sending" deleted on an error; "reset" deleted finished forms.

The client alone: pwa/tests/sync/terms.test.ts and orders.test.ts.
"""

import pytest

from tests.driver import Refused
from tests.regressions.people import PASSWORD

LINK = [(how, {}) for how in ("request", "answer", "cut", "portal")]
ANSWERED = [("status", {"status": status}) for status in (401, 404, 413, 500, 502)]


@pytest.mark.parametrize(("how", "more"), LINK + ANSWERED)
def test_nothing_leaves_the_phone_before_the_server_has_it(server, phones, how, more):
    phone = phones(server, "worker1")
    home = phone.homes()[0]
    values = {"household": home["id"], "kind": "routine", "method": "in_person", "result": "met"}
    visit = phone.ask("create", type="visit", values=values, options={"scope": phone.grid})
    phone.fault("/sync/push", how, times=2, **more)
    for _ in range(2):
        phone.sync()
        kept = [*phone.waiting(), *phone.verdicts()]
        assert kept == [visit["change"]]
        assert phone.ask("view", record=visit["record"])["live"]
    phone.ask("heal")
    if phone.ask("status")["session"] == "needed":
        phone.ask("relogin", password=PASSWORD)
    assert phone.sync() == "complete"
    assert phone.verdicts() == {visit["change"]: ("sent", None)}
    assert server.has_once(visit["record"])


def test_a_reset_is_refused_while_anything_waits_and_logging_out_keeps_it(server, phones):
    phone = phones(server, "worker1")
    typed = phone.note(phone.homes()[1], "not sent yet")
    with pytest.raises(Refused, match="unsent_work"):
        phone.ask("forget", user=phone.user)
    phone.fault("/sync/push", "request", times=5)
    phone.ask("logout")
    with pytest.raises(Refused, match="login"):
        phone.ask("open", user=phone.user)
    phone.ask("login", username=phone.username, password=PASSWORD)
    assert phone.waiting() == [typed]
    phone.ask("heal")
    assert phone.sync() == "complete"
    assert phone.verdicts() == {typed: ("sent", None)}
    phone.ask("forget", user=phone.user)
