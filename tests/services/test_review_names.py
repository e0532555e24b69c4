"""The review desk's list names what its items speak of, and shows one item alone."""

from uuid import uuid4

from server.services import review
from tests.places import G1, G3, change, home


def of_clerk(place, **params):
    return review.items(place.world, place.actor("clerk1"), params)


def disputed(place) -> str:
    """A household on whose contact person two workers disagree; its id."""
    first, second = place.device("worker1"), place.device("worker2")
    made, household = home()
    first.push(*made)
    first.push(change("update", "household", household, G1, sets={"contact_person": ("王芳", "王方")}))
    second.push(change("update", "household", household, G1, sets={"contact_person": ("王芳", "王放")}))
    return household


def test_a_household_is_named_by_its_dwelling_and_building(place):
    household = disputed(place)
    answer = of_clerk(place)
    related = answer["related"]
    dwelling = related[household]["data"]["dwelling"]
    building = related[dwelling]["data"]["building"]
    assert related[building] == {"type": "building", "data": related[building]["data"]}
    assert related[building]["data"]["estate"] == "泉城花园"
    assert related[place.accounts["worker1"]]["data"]["name"] == "Worker1"


def test_a_record_of_another_community_is_not_named(place):
    stranger = place.device("worker3")
    made, foreign = home(G3)
    stranger.push(*made)
    worker = place.device("worker1")
    said = {"household": foreign, "result": "met"}
    worker.push(change("create", "visit", str(uuid4()), G1, sets=said))
    answer = of_clerk(place, kind="parked")
    assert [item["change"]["set"]["household"]["to"] for item in answer["items"]] == [foreign]
    assert foreign not in answer["related"]


def test_one_item_is_found_by_its_id_also_when_it_is_settled(place):
    disputed(place)
    item = of_clerk(place)["items"][0]
    choice = {"resolve": {"choose": "incoming"}, "base": None}
    place.desk("clerk1", change("resolve", "conflict", item["id"], G1) | choice)
    found = of_clerk(place, id=item["id"])["items"]
    assert [(one["state"], one["settled"]["choose"]) for one in found] == [("settled", "incoming")]
    assert of_clerk(place, id=str(uuid4()))["items"] == []


def test_what_is_settled_comes_newest_first(place):
    for _ in range(3):
        disputed(place)
        place.clock.pass_(minutes=1)
    open_ones = of_clerk(place)["items"]
    for item in open_ones:
        place.desk("clerk1", change("resolve", "conflict", item["id"], G1) | {"resolve": {"choose": "current"}})
    first = of_clerk(place, state="settled", limit=2)
    rest = of_clerk(place, state="settled", limit=2, after=first["next"])
    ids = [item["id"] for item in first["items"] + rest["items"]]
    assert ids == [item["id"] for item in reversed(open_ones)]


def test_a_duplicate_shows_the_other_record_whole(place):
    worker = place.device("worker1")
    same = {"estate": "泉城花园", "building_no": "7"}
    old, new = str(uuid4()), str(uuid4())
    worker.push(change("create", "building", old, G1, sets=same | {"floors_above": 6}))
    worker.push(change("create", "building", new, G1, sets=same))
    item = of_clerk(place)["items"][0]
    assert (item["record"], item["twin_row"]["id"]) == (new, old)
    assert item["twin_row"]["data"]["floors_above"] == 6
