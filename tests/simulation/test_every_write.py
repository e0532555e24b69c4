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


def errand(place, mishap):
    """Few calls, so that each can have its turn: p1 writes two things as one, and sends them."""
    group = {"op": "group", "type": "", "pick": 0, "edits": [visit(0.3, "c"), note(0.5, "d")]}
    return scene(place, {"do": "begin", "phones": ["p1"]}, mishap, edit("p1", group), sync("p1"), p1="w1")


def hit(place, play, mishaps):
    """How many broke something off, up to the third in a row that did not: at an app's start none is counted."""
    hits = missed = 0
    for mishap in mishaps:
        play(place, mishap)
        hits, missed = (hits + 1, 0) if place.fired["broke_off"] else (hits, missed + 1)
        if missed == 3:
            return hits
    raise AssertionError("it never got through")


def full(rows):
    return {"do": "full", "phone": "p1", "rows": rows}


def killed(calls):
    return {"do": "kill", "phone": "p1", "calls": calls}


def test_the_disk_is_full_at_each_row(place):
    assert hit(place, errand, map(full, range(MANY))) >= 20


def test_the_disk_is_full_at_every_fourth_row_while_others_write(place):
    assert hit(place, morning, map(full, range(0, MANY, 4))) >= 10


def test_the_app_dies_at_each_call_of_its_store(place):
    assert hit(place, errand, map(killed, range(1, MANY))) >= 250


def test_the_app_dies_at_every_fortieth_call_of_its_store_while_others_write(place):
    assert hit(place, morning, map(killed, range(1, MANY, 40))) >= 10
