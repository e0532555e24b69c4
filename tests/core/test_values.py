"""Canonical values: the cases that the app passes too, and the rules that a field adds."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.catalog.fields import Code, Field, Kind, Merge, Privacy
from server.core.sync.decode import Unreadable
from server.core.sync.values import InvalidValue, canonical, decimal_text, metres_between, time_text

FOLDER = Path(__file__).parent.parent / "vectors" / "values"
CASES = [case for file in sorted(FOLDER.glob("*.json")) for case in json.loads(file.read_text(encoding="utf-8"))]


def field(kind, **more):
    return Field(Kind(kind), Merge.REVIEW, Privacy.INTERNAL, "", "", **more)


def outcome(rule, value, **more):
    try:
        return {"out": canonical(rule, value, **more)}
    except InvalidValue as error:
        return {"error": error.code}


@pytest.mark.parametrize("case", CASES, ids=[f"{c['kind']}: {c['name']}" for c in CASES])
def test_the_vectors_that_the_app_passes_too(case):
    got = outcome(field(case["kind"]), case["in"])
    assert got == {k: case[k] for k in ("out", "error") if k in case}
    if "out" in got:
        assert outcome(field(case["kind"]), got["out"]) == got, "a canonical value is its own canonical form"


def test_every_kind_that_a_person_fills_in_has_vectors():
    assert {case["kind"] for case in CASES} >= set(Kind) - {Kind.DERIVED}


@pytest.mark.parametrize("kind", ["text", "long_text", "set", "sealed"])
def test_the_limit_of_a_text_is_in_bytes_of_utf_8(kind):
    rule, fits = field(kind, max=6), "中文"
    wrap = (lambda text: [text]) if kind == "set" else (lambda text: text)
    assert outcome(rule, wrap(fits)) == {"out": wrap(fits)}
    assert outcome(rule, wrap(fits + "a")) == {"error": "too_long"}
    assert outcome(rule, wrap(f"  {fits}\r\n")) == {"out": wrap(fits)}, "blanks around it do not count"


def test_a_text_of_blanks_is_nothing_said_whatever_its_limit():
    assert outcome(field("text", max=6), " \r\n ") == {"out": None}


def test_half_of_a_character_counts_too_and_breaks_nothing():
    assert outcome(field("text", max=3), "\ud800") == {"out": "\ud800"}
    assert outcome(field("text", max=2), "\ud800") == {"error": "too_long"}


def test_a_set_holds_200_elements_and_a_field_nine_photos():
    elements = [f"{at:03}" for at in range(200)]
    assert outcome(field("set"), elements) == {"out": elements}
    assert outcome(field("set"), [*elements, "200"]) == {"error": "not_set"}
    photos = [f"0000000{at}-0000-4000-8000-000000000000" for at in range(10)]
    assert outcome(field("photos"), photos[:9]) == {"out": photos[:9]}
    assert outcome(field("photos"), photos[:9] * 2) == {"out": photos[:9]}, "one photo twice is one photo"
    assert outcome(field("photos"), photos) == {"error": "too_many"}


def test_a_date_has_one_form_though_the_standard_knows_more():
    for other in ("20261126", "2026-W48-4", "2026-330"):
        assert outcome(field("date"), other) == {"error": "not_date"}


def test_a_refusal_is_called_by_its_code_in_every_log():
    assert str(InvalidValue("too_long")) == "too_long"


def test_a_whole_number_with_a_limit_lies_between_zero_and_it():
    rule = field("integer", max=10)
    assert [outcome(rule, n) for n in (0, 10)] == [{"out": 0}, {"out": 10}]
    assert [outcome(rule, n) for n in (-1, 11)] == [{"error": "out_of_range"}] * 2
    assert outcome(field("integer"), 2**53) == {"error": "out_of_range"}


def test_codes_are_checked_unless_a_newer_app_may_know_more():
    codes = {"let": Code("出租", "Let"), "empty": Code("空置", "Empty")}
    assert outcome(field("enum", codes=codes), "let") == {"out": "let"}
    assert outcome(field("enum", codes=codes), "sold") == {"error": "unknown_code"}
    assert outcome(field("enum", codes=codes), "sold", known_codes=False) == {"out": "sold"}
    assert outcome(field("enum", codes=codes), " ") == {"out": None}
    assert outcome(field("set", codes=codes), ["let", "sold"]) == {"error": "unknown_code"}
    assert outcome(field("set", codes=codes), ["empty", "let"]) == {"out": ["empty", "let"]}


def test_a_number_that_no_reader_agrees_on_is_no_value_of_any_kind():
    for kind in Kind:
        assert outcome(field(kind), Unreadable("1e999")) == {"error": "unreadable"}


def test_what_the_server_computes_is_left_alone():
    assert canonical(field("derived"), {"any": ["thing"]}) == {"any": ["thing"]}


def test_a_decimal_that_is_neither_text_nor_number_is_none():
    for value in (None, True, [], {}, float("nan"), float("inf"), 1e22):
        with pytest.raises(InvalidValue):
            decimal_text(value)


def test_years_are_written_with_four_digits_and_the_ends_of_time_are_refused():
    assert time_text("0099-01-01T00:00:00Z") == "0099-01-01T00:00:00.000Z"
    for beyond in ("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "2026-01-01T00:00:00+25:00"):
        with pytest.raises(InvalidValue):
            time_text(beyond)


def test_distance_on_the_ground():
    jinan = {"lon": "117.0", "lat": "36.65"}
    north = {"lon": "117.0", "lat": "36.65018"}
    east = {"lon": "117.000224", "lat": "36.65"}
    assert metres_between(jinan, jinan) == 0
    assert metres_between(jinan, north) == pytest.approx(20, abs=0.1)
    assert metres_between(jinan, east) == pytest.approx(20, abs=0.1)
    assert metres_between({"lon": "0", "lat": "0"}, {"lon": "180", "lat": "0"}) == pytest.approx(20_015_087, abs=1)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["lon", "lat", "v", "a"]), inner),
    max_leaves=6,
)


@given(kind=st.sampled_from(sorted(set(Kind) - {Kind.DERIVED})), value=ANYTHING)
def test_any_value_is_either_canonical_once_and_for_all_or_refused(kind, value):
    got = outcome(field(kind), value)
    if "out" in got:
        assert outcome(field(kind), got["out"]) == got
