"""A conflict's card goes when its author may no longer see what it is about."""

import pytest

from server.services.verify import verify
from tests.places import G1
from tests.services.phones import edit, household, settle

pytestmark = pytest.mark.usefixtures("sound")


def cards(device):
    scope = f"user:{device.place.accounts[device.name]}"
    return [row for row in device.snapshot(scope) if row.get("type") == "conflict"]


def test_the_other_sides_value_leaves_the_phone_of_an_author_whose_grant_ended(place):
    one, two = place.device("worker1"), place.device("worker2")
    made = household(one)
    one.push(edit(made, contact_phone="13900000001"))
    assert two.push(edit(made, contact_phone="13800000002"))[0]["status"] == "conflict"
    two.hello()
    assert [c["data"]["current"]["value"] for c in cards(two)] == ["13900000001"]
    place.clock.pass_(seconds=1)
    place.revoke("worker2", G1)
    two.hello()
    assert cards(two) == []
    assert verify(place.world) == []


def test_what_is_settled_afterwards_reaches_the_author_as_an_outcome_and_no_more(place):
    one, two = place.device("worker1"), place.device("worker2")
    made = household(one)
    one.push(edit(made, contact_phone="13900000001"))
    card = two.push(edit(made, contact_phone="13800000002"))[0]["conflicts"][0]
    place.clock.pass_(seconds=1)
    place.revoke("worker2", G1)
    two.hello()
    waiting = {"type": "conflict", "id": card, "scope": G1}
    assert place.desk("clerk1", settle(waiting, "incoming"))[0]["status"] == "applied"
    scope = f"user:{place.accounts['worker2']}"
    rows = [row for row in two.snapshot(scope) if row.get("type") in ("conflict", "followup")]
    assert [(row["type"], row["data"]["status"]) for row in rows] == [("followup", "settled")]
    assert "13900000001" not in str(rows)
