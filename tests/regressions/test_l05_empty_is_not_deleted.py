"""L5: an empty or wrong target is read as "everything was deleted".

The client alone, with the breaker of bulk removals: pwa/tests/sync/pull.test.ts.
"""

import pytest

from tests.e2e import world
from tests.e2e.world import DemoServer
from tests.regressions.conftest import DIST


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/sync/pull", {"pages": []}),
        ("/sync/hello", {"grants": []}),
        ("/sync/hello", {"grants": [], "fresh": {}, "have_n": 0, "missing": []}),
    ],
)
def test_an_answer_that_is_empty_empties_nothing(server, phones, path, says):
    phone = phones(server, "worker1")
    held = phone.held()
    phone.fault(path, "says", times=3, says=says)
    for _ in range(3):
        phone.sync()
    assert phone.held() == held
    phone.ask("heal")
    assert phone.sync() == "complete"
    assert phone.held() == held


def test_a_new_and_empty_server_under_the_same_address_empties_nothing(own_server, phones, tmp_path):
    phone = phones(own_server, "worker1")
    held = phone.held()
    typed = phone.note(phone.homes()[0], "typed while the wrong server answered")
    own_server.stop()
    (tmp_path / "empty").mkdir()
    empty = DemoServer(tmp_path / "empty", DIST)
    empty.flask("prepare")
    empty.port = own_server.port
    empty.url = own_server.url
    with world.running(empty):
        for _ in range(3):
            assert phone.sync() != "complete"
    assert len(phone.held()) == len(held)
    assert phone.waiting() == [typed]

    own_server.start()
    phone.ask("relogin", password="grid-demo")
    assert phone.sync() == "complete"
    assert phone.verdicts() == {typed: ("sent", None)}
    assert len(phone.held()) == len(held)
