"""A locked phone hands in work that it cannot read."""

from tests.places import home
from tests.services.phones import seal


def test_a_sealed_change_is_judged_as_the_change_inside_and_replays_in_clear(place):
    device = place.device("worker1")
    changes = [device.number(c) for c in home()[0]]
    first = device.send([seal(place, c) for c in changes])["verdicts"]
    assert [v["status"] for v in first] == ["applied"] * 3
    again = device.send(changes)["verdicts"]
    assert [v["replayed"] for v in again] == [True] * 3


def test_a_box_that_cannot_be_opened_is_kept_in_quarantine(place):
    device = place.device("worker1")
    change = device.number(home()[0][0])
    broken = seal(place, change) | {"box": "AAAA"}
    verdict = device.send([broken])["verdicts"][0]
    assert (verdict["id"], verdict["status"], verdict["reason"]) == (change["id"], "quarantined", "invalid")
