"""Laws that hold for any changes in any order: nothing lost, nothing twice, independent changes commute."""

import json
from contextlib import contextmanager

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.services.payloads import open_kept
from server.services.verify import verify
from tests.places import G1, home, make_place
from tests.services.phones import dump, edit, row

FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXTS = st.sampled_from(["一", "二", "三"])
FIELD = {
    "contact_person": TEXTS, "contact_phone": TEXTS, "note": TEXTS, "pets": st.integers(0, 3),
    "moved_in_on": st.sampled_from(["2020-01-01", "2021-01-01"]),
}  # fmt: skip
SETS = st.fixed_dictionaries({}, optional=FIELD).filter(bool)
EDITS = st.lists(st.tuples(st.sampled_from(["worker1", "worker2", "worker4"]), SETS), min_size=1, max_size=6)


@contextmanager
def world(databases):
    with databases.migrated("sqlite") as url:
        place = make_place(url)
        place.person("worker4", "worker", G1)
        phones = {name: place.device(name) for name in ("worker1", "worker2", "worker4")}
        made, family = home()
        phones["worker1"].push(*made)
        try:
            yield place, phones, row(place, family)
        finally:
            place.world.engine.dispose()


def made_of(edits, seen):
    """Changes of several people who all saw the same row."""
    return [(who, edit(seen, **sets)) for who, sets in edits]


def where_values_are(place, record):
    """Every value of each field of a record that is current, in a history, or in a conflict or its history."""
    tables, found, disputed = dump(place), {name: [] for name in FIELD}, {}
    for wire in (json.loads(r["row"]) for r in tables["record"]):
        if wire["type"] == "conflict" and wire["data"]["record"] == record:
            disputed[wire["id"]] = wire["data"]["field"]
        if wire["id"] == record:
            for name, value in wire["data"].items():
                found.setdefault(name, []).append(value)
    for h in tables["record_history"]:
        patch = open_kept(h["patch"], place.world.keys.sealed)
        if h["record"] == record:
            for name, sides in patch.items():
                found.setdefault(name, []).extend(v for v in sides.values() if v is not None)
        elif h["record"] in disputed:
            sides = patch.get("incoming", {}).values()
            found[disputed[h["record"]]] += [side["value"] for side in sides if side and "value" in side]
    return found


@FEW
@given(edits=EDITS)
def test_no_value_is_ever_lost(databases, edits):
    with world(databases) as (place, phones, seen):
        for who, made in made_of(edits, seen):
            assert phones[who].push(made)[0]["status"] in ("applied", "merged", "conflict")
        kept = where_values_are(place, seen["id"])
        for _, sets in edits:
            for name, value in sets.items():
                assert value in kept[name], f"{name}: {value} is nowhere"
        assert verify(place.world) == []


@FEW
@given(edits=EDITS, cut=st.randoms(use_true_random=False))
def test_sending_any_part_again_changes_nothing(databases, edits, cut):
    with world(databases) as (place, phones, seen):
        sent = [(who, phones[who].number(made)) for who, made in made_of(edits, seen)]
        first = {made["id"]: phones[who].send([made])["verdicts"][0] for who, made in sent}
        before = dump(place)
        for who, made in cut.sample(sent, cut.randint(1, len(sent))):
            again = phones[who].send([made])["verdicts"][0]
            assert again["replayed"]
            assert [again.get(k) for k in ("status", "reason", "conflicts")] == [
                first[made["id"]].get(k) for k in ("status", "reason", "conflicts")
            ]
        assert dump(place) == before


@FEW
@given(values=st.fixed_dictionaries(FIELD), order=st.permutations(sorted(FIELD)))
def test_changes_of_different_fields_come_to_the_same_in_any_order(databases, values, order):
    ends = []
    for names in (sorted(FIELD), order):
        with world(databases) as (place, phones, seen):
            for i, name in enumerate(names):
                phones[["worker1", "worker2", "worker4"][i % 3]].push(edit(seen, **{name: values[name]}))
            data = row(place, seen["id"])["data"]
            ends.append({name: data.get(name) for name in FIELD})
            assert list(dump(place)["conflict"]) == []
    assert ends[0] == ends[1] == values


@FEW
@given(edits=EDITS, order=st.randoms(use_true_random=False))
def test_in_another_order_the_same_values_are_kept_somewhere(databases, edits, order):
    numbered = list(edits)
    shuffled = list(edits)
    order.shuffle(shuffled)
    ends = []
    for arrangement in (numbered, shuffled):
        with world(databases) as (place, phones, seen):
            for who, made in made_of(arrangement, seen):
                phones[who].push(made)
            kept = where_values_are(place, seen["id"])
            ends.append({name: {str(v) for v in kept.get(name, [])} for name in FIELD})
    assert ends[0] == ends[1]
