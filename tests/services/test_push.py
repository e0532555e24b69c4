"""What a push does with changes, on both databases."""

import psycopg
import pytest
from sqlalchemy.exc import InternalError

from server.core.problems import Problem
from server.services import failpoints
from server.services.verify import verify
from tests.places import G1, change, home


def test_a_new_household_is_applied_and_comes_back_as_a_row(place):
    device = place.device("worker1")
    changes, _ = home()
    verdicts = device.push(*changes)
    assert [v["status"] for v in verdicts] == ["applied"] * 3
    assert verdicts[2]["row"]["data"]["contact_person"] == "王芳"
    assert verdicts[2]["row"]["data"]["household_no"] == "1"
    assert verify(place.world) == []


def test_the_same_push_again_gives_the_stored_verdicts_and_changes_nothing(place):
    device = place.device("worker1")
    changes = [device.number(c) for c in home()[0]]
    first = device.send(changes)
    again = device.send(changes)
    assert [v["replayed"] for v in again["verdicts"]] == [True] * 3
    assert [v["status"] for v in again["verdicts"]] == [v["status"] for v in first["verdicts"]]
    assert [v["row"] for v in again["verdicts"]] == [v["row"] for v in first["verdicts"]]
    assert again["have_n"] == first["have_n"] == 3


def test_two_who_changed_one_field_leave_both_values_for_the_office(place):
    one, two = place.device("worker1"), place.device("worker2")
    changes, household = home()
    rev = one.push(*changes)[2]["row"]["rev"]
    phone = lambda to: change("update", "household", household, G1, base=rev, sets={"contact_phone": (None, to)})  # noqa: E731
    assert one.push(phone("13800000001"))[0]["status"] == "applied"
    verdict = two.push(phone("13800000002"))[0]
    assert (verdict["status"], verdict["reason"]) == ("conflict", "field")
    assert verdict["row"]["data"]["contact_phone"] == "13800000001"
    assert verify(place.world) == []


def test_pull_from_the_beginning_gives_every_live_row_once(place):
    device = place.device("worker1")
    device.push(*home()[0])
    page = device.pull({G1: None})[0]
    assert [r["type"] for r in page["rows"]] == ["building", "dwelling", "household"]
    assert page["head"]["live"] == 3
    assert device.pull({G1: page["cursor"]})[0]["rows"] == []


@pytest.mark.parametrize("where", ["push.begin", "push.before_feeds", "push.before_commit"])
def test_a_database_that_is_only_a_replica_now_is_busy_and_no_fault_of_the_changes(place, where):
    device = place.device("worker1")
    changes = [device.number(c) for c in home()[0]]

    def hook(name):
        if name == where:
            raise InternalError("simulated", {}, psycopg.errors.ReadOnlySqlTransaction())

    failpoints.install(hook)
    try:
        with pytest.raises(Problem) as refused:
            device.send(changes)
    finally:
        failpoints.install(None)
    assert (refused.value.code, refused.value.status) == ("busy", 503)
    assert [v["status"] for v in device.send(changes)["verdicts"]] == ["applied"] * 3
    assert verify(place.world) == []
