"""ID numbers: the clear text stands nowhere, whatever becomes of the change that brought it."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.places import G1, change, uid
from tests.services.phones import act, brief, dump, edit, new, one, row, settle, told

pytestmark = pytest.mark.usefixtures("sound")
NUMBER, OTHER, THIRD = "990101199001011234", "990101199001015678", "99010119900101123X"


@pytest.fixture
def phone(place):
    return place.device("worker1")


@pytest.fixture
def two(place):
    return place.device("worker2")


def clear_text_in(place, *numbers):
    """Tables and columns of the whole database in which one of the numbers can be read."""
    found = []
    for table, rows in dump(place).items():
        for r in rows:
            for column, value in r.items():
                raw = value if isinstance(value, bytes) else str(value).encode()
                found += [f"{table}.{column}" for number in numbers if number.encode() in raw]
                found += [f"{table}.{column} (escaped)" for n in numbers if n.encode("utf-16-be") in raw]
    return found


def person(**more):
    return new("resident", name="王芳", id_no=NUMBER) | more


def test_the_row_holds_a_hint_and_a_tag_and_the_value_lies_encrypted(place, phone):
    verdict = one(phone.push(person()))
    assert brief([verdict]) == [("applied", None)]
    kept = verdict["row"]["data"]["id_no"]
    assert set(kept) == {"hint", "v"}
    assert (kept["hint"], len(kept["v"])) == ("…1234", 16)
    assert clear_text_in(place, NUMBER) == []
    box = bytes(one(dump(place)["sealed_value"])["box"])
    place_of = f"sealed_value:id_no:{verdict['row']['id']}".encode()
    assert box[:2] == b"\x01\x01"
    assert AESGCM(place.world.keys.sealed).decrypt(box[2:14], box[14:], place_of) == NUMBER.encode()


def test_values_are_compared_by_their_tags(place, phone, two):
    made = one(phone.push(person()))["row"]
    tag = made["data"]["id_no"]["v"]
    change_to = lambda frm, to: edit(made, id_no=(frm, to))  # noqa: E731
    assert brief(phone.push(change_to(tag, f" {NUMBER} "))) == [("merged", "same")]
    assert brief(phone.push(change_to(tag, OTHER))) == [("applied", None)]
    assert brief(two.push(change_to(tag, THIRD.lower()))) == [("conflict", "field")]
    card = one(told(two, "conflict"))["data"]
    assert (card["current"]["value"]["hint"], card["incoming"]["value"]["hint"]) == ("…5678", "…123X")
    assert card["base"] == {"v": tag}
    assert clear_text_in(place, NUMBER, OTHER, THIRD, THIRD.lower()) == []


HOW_IT_COMES = {
    "applied": lambda: person(),
    "in a field of another type": lambda: new("building", building_no="1", id_no=NUMBER),
    "of a type nobody knows": lambda: new("spaceship", id_no=NUMBER),
    "as what was seen": lambda: person() | {"set": {"name": {"to": "x"}, "id_no": {"from": NUMBER, "to": OTHER}}},
    "as what was seen, dressed up": lambda: (
        person() | {"set": {"name": {"to": "x"}, "id_no": {"from": {"v": NUMBER, "hint": NUMBER}, "to": OTHER}}}
    ),
    "into a foreign grid": lambda: person(scope=f"grid:{uid(13)}"),
    "without a record": lambda: person(record=None),
    "too large": lambda: person(future="x" * 70_000),
    "invalid": lambda: person(op="dance"),
    "added as to a set": lambda: person(add={"id_no": [NUMBER]}),
    "removed as from a set": lambda: person(remove={"id_no": [NUMBER]}),
    "as a list": lambda: person(set={"id_no": {"to": [NUMBER]}}),
    "as an object that looks sealed": lambda: person(set={"id_no": {"to": {"hint": NUMBER, "v": NUMBER}}}),
    "as no patch at all": lambda: person(set={"id_no": NUMBER}),
    "with a NUL": lambda: person(set={"name": {"to": "\x00"}, "id_no": {"to": NUMBER}}),
    "too long": lambda: person(set={"id_no": {"to": NUMBER * 9}}),
    "for a missing record": lambda: change("update", "resident", uid(9), G1, sets={"id_no": NUMBER}),
    "in a group that falls": lambda: person(group="g"),
    "to settle an unknown conflict": lambda: (
        change("resolve", "conflict", uid(8), G1) | {"resolve": {"choose": "other", "value": NUMBER}}
    ),
    "without an id": lambda: person(id=None),
    "as a text": lambda: NUMBER,
}


@pytest.mark.parametrize("how", HOW_IT_COMES)
def test_the_clear_text_stands_nowhere_however_it_comes(place, phone, how):
    made = HOW_IT_COMES[how]()
    changes = [made, made | {"id": "not mine"}] if isinstance(made, dict) and made.get("group") else [made]
    answer = phone.send([c | {"n": i + 1} if isinstance(c, dict) else c for i, c in enumerate(changes)])
    phone.send([c | {"n": i + 1} if isinstance(c, dict) else c for i, c in enumerate(changes)])
    assert clear_text_in(place, NUMBER) == [], how
    assert NUMBER not in str(answer["verdicts"])
    assert NUMBER not in str(told(phone))


def test_of_somebody_elses_change_and_of_another_payload_too(place, phone, two):
    made = phone.number(person())
    phone.send([made])
    two.send([made | {"set": {"id_no": {"to": OTHER}}}])
    phone.send([made | {"set": {"id_no": {"to": THIRD}}}])
    assert clear_text_in(place, NUMBER, OTHER, THIRD) == []


def test_the_office_may_type_a_third_number_and_it_is_sealed_too(place, phone, two):
    made = one(phone.push(new("resident", name="王芳")))["row"]
    phone.push(edit(made, id_no=(None, NUMBER)))
    two.push(edit(made, id_no=(None, OTHER)))
    choice = settle(one(told(two, "conflict")), "other", value=THIRD)
    assert brief(place.desk("clerk1", choice)) == [("applied", None)]
    kept = row(place, made["id"])["data"]["id_no"]
    assert (kept["hint"], set(kept)) == ("…123X", {"hint", "v"})
    assert kept["v"] in {r["v"] for r in dump(place)["sealed_value"] if r["record"] == made["id"]}
    assert clear_text_in(place, NUMBER, OTHER, THIRD) == []
    odd = settle(one(told(two, "conflict")), "other", value={"hint": "x", "v": "y"})
    assert brief(place.desk("clerk1", odd)) == [("quarantined", "invalid")]


def test_a_parked_number_is_still_there_when_it_is_applied(place, phone):
    waiting = change("update", "resident", uid(500), G1, sets={"id_no": NUMBER})
    assert brief(phone.push(waiting)) == [("parked", "missing_record")]
    phone.push(new("resident", record=uid(500), name="王芳"))
    kept = row(place, uid(500))["data"]["id_no"]
    assert kept["v"] == one(dump(place)["sealed_value"])["v"]
    assert clear_text_in(place, NUMBER) == []


def test_the_same_number_makes_a_duplicate_without_being_read(place, phone, two):
    phone.push(person())
    verdict = one(two.push(new("resident", name="王方", id_no=f"{NUMBER[:-1]}{NUMBER[-1]} ")))
    assert brief([verdict]) == [("conflict", "duplicate")]
    assert (
        brief(two.push(new("resident", name="另一人", id_no=OTHER), new("resident", name="无证")))
        == [("applied", None)] * 2
    )
    assert clear_text_in(place, NUMBER, OTHER) == []


def test_emptying_a_number_is_a_change_like_any_other(place, phone):
    made = one(phone.push(person()))["row"]
    gone = one(phone.push(edit(made, id_no=(made["data"]["id_no"]["v"], ""))))
    assert brief([gone]) == [("applied", None)]
    assert "id_no" not in gone["row"]["data"]
    assert brief(phone.push(act("delete", gone["row"]))) == [("applied", None)]
