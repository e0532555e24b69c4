"""The merge rule, field by field."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.catalog.fields import Code, Field, Kind, Merge, Privacy
from server.core.catalog.records import RecordType
from server.core.sync.change import Change, InvalidChange, Patch
from server.core.sync.merge import Lost, Waiting, merge, same_value

ID = "00000000-0000-4000-8000-000000000001"


def field(kind, rule, **more):
    return Field(Kind(kind), Merge(rule), Privacy.INTERNAL, "", "", **more)


CODES = {"a": Code("甲", "A"), "b": Code("乙", "B")}
TYPE = RecordType("thing", 1, "物", "Thing", {
    "name": field("text", "review", max=20),
    "note": field("text", "incoming"),
    "first": field("text", "current"),
    "sort": field("enum", "review", codes=CODES),
    "tags": field("set", "set"),
    "place": field("point", "incoming", tolerance_m=20.0),
    "anywhere": field("point", "incoming"),
    "exactly": field("point", "incoming", tolerance_m=0.0),
    "days": field("set", "set", codes=CODES),
    "count": field("derived", "derived"),
    "state": field("state", "state"),
    "id_no": field("sealed", "review"),
})  # fmt: skip


def change(schema=1, *, add=None, remove=None, **sets):
    patches = {name: Patch(*values) for name, values in sets.items()}
    return Change(ID, "update", "thing", ID, "config", schema, set=patches, add=add or {}, remove=remove or {})


def merged(data, made, waiting=None):
    return merge(TYPE, data, made, waiting or {}, 1)


def test_what_the_person_saw_still_stands_so_his_value_is_taken():
    out = merged({"name": "A"}, change(name=("A", "B")))
    assert (out.data, out.patch, out.raced) == ({"name": "B"}, {"name": Patch("A", "B")}, False)


def test_both_sides_are_made_canonical_before_they_are_compared():
    out = merged({"name": "é"}, change(name=(" e\u0301 ", "B\r\n")))
    assert out.patch == {"name": Patch("é", "B")}


def test_what_stands_already_is_written_again_by_nobody():
    out = merged({"name": "B"}, change(name=("B", "B")))
    assert (out.patch, out.same, out.raced) == ({}, ["name"], False)
    out = merged({"name": "B"}, change(name=("A", "B")))
    assert (out.patch, out.same, out.raced) == ({}, ["name"], True), "somebody else had the same idea"


def test_emptying_a_field_takes_it_out_and_empty_is_what_is_not_there():
    out = merged({"name": "A"}, change(name=("A", "")))
    assert (out.data, out.patch) == ({}, {"name": Patch("A", None)})
    assert merged({}, change(name=("", "A"))).data == {"name": "A"}
    assert merged({}, change(name=(None, " "))).same == ["name"]


@pytest.mark.parametrize("field_name", ["name", "sort"])
def test_review_keeps_both_values(field_name):
    out = merged({field_name: "a"}, change(**{field_name: (None, "b")}))
    assert out.data == {field_name: "a"}
    assert out.lost == [Lost(field_name, None, "a", "b")]
    assert (out.patch, out.raced) == ({}, True)


def test_incoming_takes_the_later_and_tells_what_it_replaced():
    out = merged({"note": "B"}, change(note=("A", "C")))
    assert (out.data, out.patch) == ({"note": "C"}, {"note": Patch("B", "C")})
    assert (out.lost, out.raced) == ([], True)


def test_current_is_the_mirror_image():
    out = merged({"first": "B"}, change(first=("A", "C")))
    assert (out.data, out.patch, out.kept) == ({"first": "B"}, {}, {"first": "C"})
    assert out.raced
    assert merged({"first": "A"}, change(first=("A", "C"))).data == {"first": "C"}


def test_one_field_in_dispute_holds_back_none_of_the_others():
    out = merged({"name": "B", "note": "x"}, change(name=("A", "C"), note=("x", "y"), tags=([], ["t"])))
    assert out.data == {"name": "B", "note": "y", "tags": ["t"]}
    assert [loss.field for loss in out.lost] == ["name"]


HERE, NEAR, FAR = ({"lon": "117", "lat": lat} for lat in ("36.65", "36.65017", "36.65019"))


@pytest.mark.parametrize("name, to, standing, disputed", [
    ("place", NEAR, HERE, False),
    ("place", FAR, HERE, True),
    ("place", None, HERE, True),
    ("anywhere", FAR, HERE, False),
])  # fmt: skip
def test_a_point_within_the_tolerance_is_the_same_place_seen_again(name, to, standing, disputed):
    seen = {"lon": "1", "lat": "1"}
    out = merged({name: standing}, change(**{name: (seen, to)}))
    assert bool(out.lost) is disputed
    assert out.data == {name: standing if disputed else to}


def test_a_point_as_far_off_as_the_tolerance_is_still_the_same_place():
    out = merged({"exactly": HERE}, change(exactly=(FAR, HERE | {"accuracy_m": "5"})))
    assert (out.lost, out.data) == ([], {"exactly": HERE | {"accuracy_m": "5"}})


def test_a_point_that_somebody_took_away_is_not_put_back_unasked():
    out = merged({}, change(place=(HERE, NEAR)))
    assert [loss.field for loss in out.lost] == ["place"]


def test_a_race_in_one_field_stays_one_whatever_the_next_field_is():
    out = merged({"name": "B", "note": "x"}, change(name=("A", "C"), note=("x", "x")))
    assert (out.raced, out.same) == (True, ["note"])


def test_an_element_that_is_no_code_any_more_can_still_be_taken_out():
    assert merged({"days": ["a", "old"]}, change(remove={"days": ["old"]})).data == {"days": ["a"]}
    with pytest.raises(InvalidChange):
        merged({"days": ["a"]}, change(add={"days": ["old"]}))


def test_values_that_only_look_sealed_are_compared_as_they_are():
    assert same_value({"hint": "1"}, {"hint": "1"})
    assert not same_value({"hint": "1"}, {"hint": "2"})


def test_sets_add_and_remove_whatever_else_is_in_them():
    out = merged({"tags": ["b", "c"]}, change(add={"tags": ["a"]}, remove={"tags": ["b", "never there"]}))
    assert (out.data, out.patch) == ({"tags": ["a", "c"]}, {"tags": Patch(["b", "c"], ["a", "c"])})
    assert merged({"tags": ["a"]}, change(remove={"tags": ["a"]})).data == {}
    assert merged({"tags": ["a"]}, change(add={"tags": ["a"]})).same == ["tags"]


def test_adding_wins_over_removing_the_same_element():
    assert merged({"tags": ["a"]}, change(add={"tags": ["a"]}, remove={"tags": ["a"]})).data == {"tags": ["a"]}
    assert merged({}, change(add={"tags": ["a"]}, remove={"tags": ["a"]})).data == {"tags": ["a"]}


def test_a_set_sent_whole_counts_as_the_difference_to_what_was_seen():
    out = merged({"tags": ["a", "theirs"]}, change(tags=(["a"], ["mine"])))
    assert out.data == {"tags": ["mine", "theirs"]}
    assert merged({"tags": ["a"]}, change(tags=(["a"], None))).data == {}
    assert merged({"tags": ["a"]}, change(tags=("nonsense", ["b"]))).data == {"tags": ["a", "b"]}
    assert merged({"tags": ["a"]}, change(tags=([1], ["b"]))).data == {"tags": ["a", "b"]}


def test_a_field_patched_twice_in_one_change_stands_once_in_the_history():
    out = merged({"tags": ["a"]}, change(tags=(["a"], ["b"]), add={"tags": ["c"]}))
    assert (out.data, out.patch) == ({"tags": ["b", "c"]}, {"tags": Patch(["a"], ["b", "c"])})


@pytest.mark.parametrize("made", [change(add={"name": ["x"]}), change(remove={"name": ["x"]})])
def test_elements_belong_into_sets_only(made):
    with pytest.raises(InvalidChange) as refused:
        merged({}, made)
    assert refused.value.message() == {"code": "not_set", "field": "name"}


def test_what_the_server_computes_is_taken_out_without_a_word():
    out = merged({}, change(count=(None, 7), state=(None, "closed")))
    assert (out.data, out.patch, out.flags) == ({}, {}, [])


def test_fields_of_a_newer_app_are_kept_and_named():
    out = merged({}, change(schema=2, colour=(None, {"deep": [1, 2]}), empty=(None, "")))
    assert (out.data, out.flags) == ({"colour": {"deep": [1, 2]}}, ["colour", "empty"])
    again = merged(out.data, change(schema=2, colour=("what?", "red")))
    assert again.patch == {"colour": Patch({"deep": [1, 2]}, "red")}


def test_sets_of_a_newer_app_are_sets():
    out = merged({}, change(schema=2, add={"badges": ["y", "x"]}))
    assert (out.data, out.flags) == ({"badges": ["x", "y"]}, ["badges"])
    assert merged(out.data, change(schema=2, remove={"badges": ["x"]})).data == {"badges": ["y"]}
    with pytest.raises(InvalidChange):
        merged({"badges": "a text"}, change(schema=2, add={"badges": ["x"]}))


def test_codes_of_a_newer_app_pass_and_those_of_ours_are_checked():
    assert merged({}, change(schema=2, sort=(None, "z"))).data == {"sort": "z"}
    with pytest.raises(InvalidChange) as refused:
        merged({}, change(sort=(None, "z")))
    assert refused.value.message() == {"code": "unknown_code", "field": "sort"}


def test_a_value_that_is_none_of_its_kind_names_its_field():
    with pytest.raises(InvalidChange) as refused:
        merged({}, change(note=(None, "fine"), name=(None, "x" * 21)))
    assert refused.value.message() == {"code": "too_long", "field": "name"}


def test_what_was_seen_is_evidence_and_may_be_anything():
    out = merged({"name": "A"}, change(name=([1, {}], "B")))
    assert out.lost == [Lost("name", [1, {}], "A", "B")]


def test_the_next_edit_over_his_own_waiting_value_goes_to_the_same_conflict():
    waiting = {"name": [Waiting("c1", "older"), Waiting("c2", "mine")]}
    out = merged({"name": "theirs"}, change(name=("mine", "better")), waiting)
    assert out.lost == [Lost("name", "mine", "theirs", "better", "c2")]
    assert merged({"name": "theirs"}, change(name=("other", "better")), waiting).lost[0].updates is None


def test_typing_the_value_that_stands_over_his_own_ends_the_dispute():
    out = merged({"name": "theirs"}, change(name=("mine", "theirs")), {"name": [Waiting("c", "mine")]})
    assert (out.agreed, out.patch, out.same) == (["c"], {}, ["name"])
    out = merged({"place": HERE}, change(place=(FAR, NEAR)), {"place": [Waiting("c", FAR)]})
    assert (out.agreed, out.data) == (["c"], {"place": NEAR})


def test_sealed_values_are_equal_when_their_tags_are():
    a, b = {"hint": "…1234", "v": "1" * 16}, {"hint": "…1234", "v": "2" * 16}
    assert same_value(a, {"v": "1" * 16})
    assert not same_value(a, b)
    assert merged({"id_no": a}, change(id_no=({"v": "1" * 16}, b))).data == {"id_no": b}
    assert merged({"id_no": a}, change(id_no=(None, b))).lost[0].incoming == b


@pytest.mark.parametrize("a, b", [
    (1, True), (0, False), (1, 1.0), ("1", 1), (None, False), ([], None),
    ({"v": "1", "other": "x"}, {"v": "1", "other": "y"}), ({"v": "1"}, "1"),
])  # fmt: skip
def test_values_of_different_kinds_are_never_the_same(a, b):
    assert not same_value(a, b)
    assert not same_value(b, a)


def test_the_data_handed_in_is_left_alone():
    data = {"name": "A", "tags": ["a"]}
    merged(data, change(name=("A", "B"), add={"tags": ["b"]}))
    assert data == {"name": "A", "tags": ["a"]}


# Laws

VALUES = st.sampled_from(["a", "b", "c", None])
FIELDS = ["name", "note", "first"]
PATCHES = st.dictionaries(st.sampled_from(FIELDS), st.tuples(VALUES, VALUES), min_size=1)
ELEMENTS = st.lists(st.sampled_from("xyz"), max_size=3)
CHANGES = st.builds(
    lambda sets, add, remove: change(add={"tags": add}, remove={"tags": remove}, **sets), PATCHES, ELEMENTS, ELEMENTS
)
DATA = st.fixed_dictionaries({}, optional={name: st.sampled_from("abc") for name in FIELDS})


@given(DATA, CHANGES)
def test_laying_the_same_change_over_the_result_again_writes_nothing_new(data, made):
    first = merged(data, made)
    again = merged(first.data, made)
    assert again.data == first.data


@given(DATA, CHANGES)
def test_each_value_is_written_or_waits_or_is_kept_or_stood_already(data, made):
    out = merged(data, made)
    lost = {loss.field: loss.incoming for loss in out.lost}
    for name, patch in made.set.items():
        places = [out.data.get(name) == patch.to, name in lost and lost[name] == patch.to, name in out.kept]
        assert any(places), f"{name}: {patch.to} is nowhere"
        before = data.get(name)
        assert out.data.get(name) == before or out.patch[name].frm == before, "the replaced value is in the history"


@given(DATA, CHANGES)
def test_the_patch_is_the_difference(data, made):
    out = merged(data, made)
    again = dict(data) | {name: patch.to for name, patch in out.patch.items()}
    assert {n: v for n, v in again.items() if v is not None} == out.data
    assert all(data.get(name) == patch.frm for name, patch in out.patch.items())


@given(DATA, st.tuples(*(st.tuples(VALUES, VALUES) for _ in FIELDS)))
def test_changes_of_different_fields_come_to_the_same_in_any_order(data, patches):
    made = [change(**{name: patch}) for name, patch in zip(FIELDS, patches, strict=True)]
    results = []
    for order in permutations(made):
        now, lost = dict(data), []
        for one in order:
            out = merged(now, one)
            now, lost = out.data, lost + out.lost
        results.append((now, sorted(lost, key=lambda loss: loss.field)))
    assert all(result == results[0] for result in results)


@given(st.sets(st.sampled_from("uvwxyz")), st.lists(st.tuples(ELEMENTS, st.just([])), max_size=4))
def test_adding_to_a_set_comes_to_the_same_in_any_order(before, steps):
    made = [change(add={"tags": add}) for add, _ in steps]
    ends = []
    for order in permutations(made):
        now = {"tags": sorted(before)} if before else {}
        for one in order:
            now = merged(now, one).data
        ends.append(now)
    assert all(end == ends[0] for end in ends)


def test_a_change_without_patches_does_nothing():
    out = merged({"name": "A"}, replace(change(), set={}))
    assert (out.data, out.patch, out.same, out.raced) == ({"name": "A"}, {}, [], False)
