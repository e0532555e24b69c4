"""A photo is seen by whoever may read the record that names it, now; nobody else learns that it exists."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from server.adapters.photos.store import Missing
from server.services.photos import looking, objects
from server.services.rebuild import rebuild
from server.services.transactions import read, write
from server.services.verify import verify
from tests.memory_store import down
from tests.pictures import plain
from tests.places import G1, G2, UNIT
from tests.services.cameras import announce, announcement, code, issue, send
from tests.services.phones import act, brief, edit, household, new, one, row, settle, step, told

pytestmark = pytest.mark.usefixtures("sound")
EVERYBODY = ("worker1", "worker2", "worker3", "clerk1", "clerk3", "dispatcher1", "handler1")


@pytest.fixture
def phone(place):
    return place.device("worker1")


def seen_by(place, photo):
    """Who sees the photo; whoever does not is told the same as about one that does not exist."""
    answers = {name: code(looking.look, place.world, place.actor(name), photo, "thumb") for name in EVERYBODY}
    assert set(answers.values()) <= {None, "not_found"}
    listed = {name: looking.described(place.world, place.actor(name), [photo])["items"] for name in EVERYBODY}
    assert all(bool(listed[name]) == (answers[name] is None) for name in EVERYBODY)
    return {name for name, answer in answers.items() if answer is None}


def named_photo(device, field="photos_before"):
    """An issue and the photo it names, stored: (issue's row, photo's id)."""
    photo = str(uuid4())
    made = issue(device, **{field: [photo]})
    return made, send(device, plain(seed=hash(photo) % 1000), id=photo, record=made["id"])


def looks(place):
    with read(place.world) as conn:
        return [tuple(r) for r in conn.execute(text("SELECT account, device, photo, size FROM photo_read ORDER BY at"))]


def test_an_issues_photo_is_seen_by_the_grid_and_the_offices_over_it(place, phone):
    made, photo = named_photo(phone)
    assert seen_by(place, photo) == {"worker1", "worker2", "clerk1", "dispatcher1"}
    assert made["data"]["photos_before"] == [photo]
    assert looks(place) == [], "a street's photo is no person's"


def test_units_see_it_while_the_issue_is_with_them(place, phone):
    made, photo = named_photo(phone)
    for action, args in (("accept", {}), ("file", {}), ("dispatch", {"unit": UNIT})):
        assert brief(place.desk("clerk1", step(row(place, made["id"]), action, **args))) == [("applied", None)]
    assert "handler1" in seen_by(place, photo)
    assert brief(place.device("handler1").push(step(row(place, made["id"]), "send_back", reason="other"))) == [
        ("applied", None)
    ]
    assert "handler1" not in seen_by(place, photo)


def test_a_visits_photo_is_seen_on_the_ground_alone_and_every_look_is_written_down(place, phone):
    home = household(phone)
    photo = str(uuid4())
    visit = new("visit", household=home["id"], result="met") | {"add": {"photos": [photo]}}
    assert brief(phone.push(visit)) == [("applied", None)]
    send(phone, plain(), id=photo, record=visit["record"], field="photos")
    assert seen_by(place, photo) == {"worker1", "worker2", "clerk1"}
    accounts = [place.accounts[name] for name in ("worker1", "worker2", "clerk1")]
    assert looks(place) == [(account, None, photo, "thumb") for account in accounts]
    view = looking.look(place.world, place.device("worker2").actor(), photo, "full")
    assert view.personal and looks(place)[-1][3] == "full" and looks(place)[-1][1] is not None


def test_the_right_follows_the_record_to_another_grid(place, phone):
    home = household(phone)
    photo = str(uuid4())
    visit = new("visit", household=home["id"], result="met") | {"add": {"photos": [photo]}}
    phone.push(visit)
    send(phone, plain(), id=photo, record=visit["record"], field="photos")
    place.person("leader2", "leader", G2)
    leader = place.actor("leader2")
    assert code(looking.look, place.world, leader, photo, "thumb") == "not_found"
    phone.push(act("move", row(place, home["id"]), move={"from": G1, "to": G2}))
    assert brief(place.desk("clerk1", settle(one(told(phone, "parked")), "apply"))) == [("applied", None)]
    assert code(looking.look, place.world, leader, photo, "thumb") is None
    assert "worker1" not in seen_by(place, photo), "also not because he took it"


def test_a_right_that_ends_ends_at_once(place, phone):
    _, photo = named_photo(phone)
    assert "worker2" in seen_by(place, photo)
    place.revoke("worker2", G1)
    assert "worker2" not in seen_by(place, photo)


def test_whoever_took_it_sees_it_until_a_record_names_it(place, phone):
    photo = send(phone, plain())
    assert seen_by(place, photo) == {"worker1"}
    made = issue(place.device("worker3"), "grid:" + "00000000-0000-4000-8000-00000000000d")
    other = send(phone, plain(seed=2), record=made["id"])
    assert seen_by(place, other) == set(), "it was said to belong to a record that is not his to read"


def test_naming_somebody_elses_photo_does_not_bring_it(place, phone):
    _, photo = named_photo(phone)
    thief = place.device("worker3")
    made = issue(thief, "grid:" + "00000000-0000-4000-8000-00000000000d", photos_before=[photo])
    assert made["data"]["photos_before"] == [photo]
    assert "worker3" not in seen_by(place, photo)


def test_a_photo_that_no_record_names_any_more_or_of_a_deleted_one_is_nobodys(place, phone):
    made, photo = named_photo(phone)
    change = act("update", row(place, made["id"])) | {"remove": {"photos_before": [photo]}}
    assert brief(phone.push(change)) == [("applied", None)]
    assert seen_by(place, photo) == {"worker1"}
    again, second = named_photo(phone)
    assert brief(phone.push(act("delete", row(place, again["id"])))) == [("applied", None)]
    assert seen_by(place, second) == set()


def test_a_photo_on_its_way_is_awaited_by_those_who_may_see_it_and_unknown_to_others(place, phone):
    said = announcement(plain())
    made = issue(phone, photos_after=[said["id"]])
    for announced in (False, True):
        if announced:
            announce(phone, said | {"record": made["id"]})
        for name, wanted in (("worker2", "awaited"), ("worker3", "not_found")):
            assert code(looking.look, place.world, place.actor(name), said["id"], "screen") == wanted
        item = looking.described(place.world, place.actor("clerk1"), [said["id"]])["items"][0]
        assert (item["state"], item["by"]) == ("awaited", place.accounts["worker1"] if announced else None)


def test_what_is_known_of_photos_comes_in_the_order_asked(place, phone):
    first, second = named_photo(phone)[1], named_photo(phone)[1]
    asked = [second, str(uuid4()), first, second]
    items = looking.described(place.world, place.actor("clerk1"), asked)["items"]
    assert [item["id"] for item in items] == [second, first]
    assert set(items[0]) == {"id", "state", "bytes", "mime", "taken_at", "by", "width", "height"}
    place_said = {"lon": "117.120000", "lat": "36.65", "accuracy_m": 8}
    there = send(phone, plain(seed=5), place=place_said)
    item = looking.described(place.world, phone.actor(), [there])["items"][0]
    assert item["place"] == {"lon": "117.12", "lat": "36.65", "accuracy_m": "8"}


def test_a_lost_file_and_a_store_that_is_away_are_told_apart(place, phone):
    _, photo = named_photo(phone)
    store, clerk = place.world.photos.store, place.actor("clerk1")
    view = looking.look(place.world, clerk, photo, "full")
    store.fault = down
    assert code(looking.bytes_of, place.world, view) == "busy"
    store.fault = lambda *_: None
    store.delete(objects.key_of(view.sha256))
    with pytest.raises(Missing):
        store.get(objects.key_of(view.sha256))
    assert code(looking.bytes_of, place.world, view) == "photo_missing"


def test_nobody_barred_or_draining_sees_anything(place, phone):
    _, photo = named_photo(phone)
    draining = replace(phone.actor(), draining=True)
    assert code(looking.look, place.world, draining, photo, "thumb") == "not_found"


def test_a_step_brings_its_photos_also_when_the_issue_went_elsewhere_meanwhile(place, phone):
    """Done beats sorting out whose it is: the photos stay with the issue, the words become a comment."""
    made, _ = named_photo(phone)
    for action, args in (("accept", {}), ("file", {}), ("dispatch", {"unit": UNIT})):
        place.desk("clerk1", step(row(place, made["id"]), action, **args))
    unit, seen = place.device("handler1"), row(place, made["id"])
    assert brief(place.device("handler1").push(step(seen, "send_back", reason="not_ours"))) == [("applied", None)]
    photo = str(uuid4())
    late = step(seen, "report_done", "dispatched", result_kind="fixed", text="换好了") | {
        "add": {"photos_after": [photo]}
    }
    assert brief(unit.push(late)) == [("merged", "as_comment")]
    assert row(place, made["id"])["data"]["photos_after"] == [photo]
    other = act("update", row(place, made["id"])) | {"add": {"photos_after": [str(uuid4())]}}
    assert brief(unit.push(other)) == [("parked", "moved_meanwhile")], "photos alone are a change like any other"


def test_two_who_add_photos_keep_both_and_one_taken_away_leaves_the_others(place, phone):
    made = issue(phone, photos_before=[str(uuid4())])
    first, second = str(uuid4()), str(uuid4())
    two = place.device("worker2")
    for device, photo in ((phone, first), (two, second)):
        device.push(act("update", made) | {"add": {"photos_before": [photo]}})
    stands = row(place, made["id"])["data"]["photos_before"]
    assert sorted([*made["data"]["photos_before"], first, second]) == stands
    assert brief(two.push(act("update", made) | {"add": {"photos_before": ["cover.jpg"]}})) == [
        ("quarantined", "invalid")
    ]
    ten = [str(uuid4()) for _ in range(10)]
    assert brief(two.push(act("update", made) | {"add": {"photos_before": ten}})) == [("quarantined", "invalid")]


def test_an_app_that_knows_no_photos_leaves_them_alone(place, phone):
    made, photo = named_photo(phone)
    assert brief(phone.push(edit(row(place, made["id"]), title="新标题"))) == [("applied", None)]
    assert row(place, made["id"])["data"]["photos_before"] == [photo]


def test_a_look_up_that_went_wrong_is_found_and_made_anew(place, phone):
    _, photo = named_photo(phone)
    assert "worker2" in seen_by(place, photo)
    with write(place.world, "test") as conn:
        conn.execute(text("DELETE FROM photo_link"))
        conn.execute(text("UPDATE photo SET thumb = NULL"))
    assert verify(place.world) == [
        "look-up of photos differs from the rows; run `flask rebuild`",
        f"photo {photo}: is said to be stored and names no object",
    ]
    with write(place.world, "test") as conn:
        conn.execute(text("UPDATE photo SET thumb = screen"))
    rebuild(place.world)
    assert "worker2" in seen_by(place, photo)
