"""L8: the counter of what was synced moved on though the request had timed out; rows were never fetched or sent.

The client alone, with its store failing: pwa/tests/sync/pull.test.ts.
"""

import pytest


@pytest.mark.parametrize("how", ["answer", "cut", "portal", "request"])
@pytest.mark.parametrize("path", ["/sync/pull", "/sync/push", "/sync/hello"])
def test_after_a_request_that_failed_everything_still_comes_and_goes(server, phones, path, how):
    writer, reader = phones(server, "worker1"), phones(server, "worker2")
    home = writer.homes()[6]
    writer.note(home, f"L8 {path} {how}")
    assert writer.sync() == "complete"
    own = reader.note(reader.homes()[7], f"L8 back {path} {how}")
    reader.fault(path, how, times=2)
    for _ in range(2):
        assert reader.sync() == "offline"
    assert reader.ask("status")["sent"]["n"] <= 1
    assert reader.sync() == "complete"
    assert reader.again(home)["data"]["note"] == f"L8 {path} {how}"
    assert reader.verdicts() == {own: ("sent", None)}
    assert writer.sync() == "complete"
    grid = [row for row in writer.held() if row[0] == writer.grid]
    assert grid == [row for row in reader.held() if row[0] == writer.grid]
