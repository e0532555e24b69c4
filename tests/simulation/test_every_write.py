"""As SQLite tests itself: the disk is full at the first row that is written, then at the second, the third …; the app
dies at the first call of its store, then later and later; until nothing is hit any more. Each time nothing is lost."""

from tests.simulation.test_faults import edit, note, scene, sync, visit

MANY = 2_000


def morning(place, *mishap):
    """Somebody else's work is on the server; p1 loads it between its own; then comes the mishap."""
    group = {"op": "group", "type": "", "pick": 0, "edits": [visit(0.3, "c"), note(0.5, "d")]}
    return scene(
        place,
        {"do": "begin", "phones": ["p1", "p2"]}, edit("p2", note(0.1, "a"), visit(0.2, "b")), sync("p2"),
        *mishap, edit("p1", note(0.1, "e"), group), sync("p1"), edit("p1", note(0.4, "f")), sync("p1"),
        p1="w1", p2="w2",
    )  # fmt: skip


def hit(place, mishaps):
    """How many of them broke something off: all up to the first that did not."""
    for count, mishap in enumerate(mishaps):
        morning(place, mishap)
        if not place.fired["broke_off"]:
            return count
    raise AssertionError("it never got through")


def test_the_disk_is_full_at_the_nth_row(place):
    """n = 0, 1, 2 … 24, from there on every fourth."""
    assert hit(place, ({"do": "full", "phone": "p1", "rows": rows} for rows in (*range(25), *range(25, MANY, 4)))) >= 20


def test_the_app_dies_at_the_nth_call_of_its_store(place):
    assert hit(place, ({"do": "kill", "phone": "p1", "calls": calls} for calls in range(1, MANY, 13))) >= 20
