"""A rescue file: what was unsent on a phone, carried to a desk by anybody."""

import hashlib
import hmac
from base64 import b64encode

import pytest

from server.adapters.storage import devices as stored
from server.core.problems import Problem
from server.services import accounts, devices, rescue
from server.services.transactions import write
from tests.pictures import plain, sha256
from tests.places import change, home
from tests.services import cameras
from tests.services.phones import row, seal, seal_photo

TOKEN = "the drain token of the phone"
KEY = hashlib.sha256(TOKEN.encode()).digest()
NONE = {"stored": 0, "known": 0, "refused": 0}


@pytest.fixture
def phone(place):
    device = place.device("worker1")
    with write(place.world, "test") as conn:
        stored.change(conn, device.id, {"drain_hash": KEY.hex()})
    return device


def picture(place, data=None, n=1):
    """A photo as it stands in a rescue file."""
    photo = f"00000000-0000-4000-8000-{n:012d}"
    sealed = seal_photo(place, photo, plain()) if data is None else data
    said = {
        "id": photo,
        "record": photo[:-12] + "00000000beef",
        "field": "photos",
        "taken_at": "2026-11-20T01:59:00.000Z",
    }
    return said | {"sha256": sha256(sealed), "bytes": len(sealed), "data": b64encode(sealed).decode()}


def file_of(place, phone, changes, photos=(), **damage):
    """As the phone writes it; `damage` goes into the second change."""
    sealed = [seal(place, c) | ({"group": c["group"]} if c.get("group") else {}) for c in changes]
    if damage:
        sealed[1] |= damage
    made_at = "2026-11-20T02:00:00.000Z"
    said = [" ".join(str(c.get(name) or "") for name in ("id", "n", "group", "key", "box")) for c in sealed]
    named = ("id", "record", "field", "taken_at", "sha256", "bytes")
    said += ["photo " + " ".join(str(p[name]) for name in named) for p in photos]
    text = "\n".join(["grid-rescue 1", phone.id, made_at, *said])
    mac = hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    return {
        "format": "grid-rescue",
        "version": 1,
        "device": phone.id,
        "made_at": made_at,
        "changes": sealed,
        "mac": mac,
    } | ({"photos": list(photos)} if photos else {})


def test_what_a_dead_phone_held_comes_in_as_its_owners_work(place, phone):
    changes = [phone.number(c) for c in home()[0]]
    told = rescue.take_in(place.world, file_of(place, phone, changes))
    assert told == {"changes": 3, "known": 0, "verdicts": {"applied": 3}, "photos": NONE}
    assert phone.hello()["have_n"] == 3
    assert row(place, changes[2]["record"])["by"] == place.accounts["worker1"]


def test_the_same_file_twice_and_the_phone_after_it_change_nothing(place, phone):
    changes = [phone.number(c) for c in home()[0]]
    file = file_of(place, phone, changes)
    rescue.take_in(place.world, file)
    before = row(place, changes[2]["record"])
    told = rescue.take_in(place.world, file)
    assert told == {"changes": 3, "known": 3, "verdicts": {}, "photos": NONE}
    verdicts = phone.send(changes)["verdicts"]
    assert [v["replayed"] for v in verdicts] == [True] * 3
    assert row(place, changes[2]["record"]) == before


def test_a_file_that_comes_after_the_phone_brings_only_what_the_phone_did_not(place, phone):
    changes = [phone.number(c) for c in home()[0]]
    phone.send(changes[:2])
    told = rescue.take_in(place.world, file_of(place, phone, changes))
    assert (told["known"], told["verdicts"]) == (2, {"applied": 1})


def test_a_group_longer_than_a_push_stays_whole(place, phone):
    changes, household = home()
    made = [phone.number(c) for c in changes]
    visit = {"household": household, "result": "met"}
    for at in range(60):
        made.append(
            phone.number(
                change(
                    "create", "visit", f"00000000-0000-4000-8000-{at:012d}", made[0]["scope"], sets=visit, group="g1"
                )
            )
        )
    told = rescue.take_in(place.world, file_of(place, phone, made))
    assert told["verdicts"] == {"applied": 63}


def test_nobody_else_can_put_words_into_a_workers_mouth(place, phone):
    file = file_of(place, phone, [phone.number(home()[0][0])])
    forged = file_of(place, phone, [phone.number(home()[0][0])])
    other = place.device("worker3")
    for wrong in (file | {"mac": "0" * 64}, file | {"changes": forged["changes"]}, file | {"made_at": "later"}):
        with pytest.raises(Problem, match="forbidden"):
            rescue.take_in(place.world, wrong)
    with pytest.raises(Problem, match="not_found"):  # a phone without a drain token never made a file
        rescue.take_in(place.world, file | {"device": other.id})


def test_work_of_a_revoked_phone_and_of_a_closed_account_waits_for_the_office(place, phone):
    changes = [phone.number(c) for c in home()[0]]
    devices.revoke(place.world, phone.id)
    assert rescue.take_in(place.world, file_of(place, phone, changes[:1]))["verdicts"] == {"quarantined": 1}
    accounts.disable(place.world, "worker1")
    assert rescue.take_in(place.world, file_of(place, phone, changes))["verdicts"] == {"quarantined": 2}


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"format": "grid-rescue", "version": 1, "device": "x", "changes": []},
        {"format": "grid-rescue", "version": 1, "device": "00000000-0000-4000-8000-000000000001", "changes": [{}]},
        {"format": "grid-rescue", "version": 1, "device": "00000000-0000-4000-8000-000000000001", "changes": "x"},
    ],
)
def test_what_is_no_rescue_file_is_refused_in_words(place, broken):
    with pytest.raises(Problem, match="bad_request"):
        rescue.take_in(place.world, broken)


def test_a_box_that_was_damaged_on_the_phone_is_kept_and_delays_no_other(place, phone):
    changes = [phone.number(c) for c in home()[0]]
    told = rescue.take_in(place.world, file_of(place, phone, changes, box="AAAA"))
    assert told["verdicts"] == {"applied": 1, "quarantined": 1, "parked": 1}  # the household waits for its dwelling


@pytest.mark.usefixtures("sound")
def test_a_photo_in_a_file_is_stored_once_and_the_phone_after_it_sends_nothing(place, phone):
    held = picture(place)
    file = file_of(place, phone, [], [held])
    assert rescue.take_in(place.world, file)["photos"] == NONE | {"stored": 1}
    assert rescue.take_in(place.world, file)["photos"] == NONE | {"known": 1}
    photo = cameras.row(place, held["id"])
    assert (photo.state, photo.object, photo.record, photo.device) == (
        "stored", sha256(plain()), held["record"], phone.id,
    )  # fmt: skip
    said = {name: held[name] for name in ("id", "record", "field", "sha256", "bytes")} | {"mime": "image/jpeg"}
    assert cameras.announce(phone, said)["state"] == "stored"


@pytest.mark.usefixtures("sound")
def test_a_photo_that_cannot_be_opened_is_told_and_holds_up_nothing(place, phone):
    broken = picture(place, b"{" + bytes(900), n=2)
    changes = [phone.number(c) for c in home()[0]]
    told = rescue.take_in(place.world, file_of(place, phone, changes, [broken, picture(place)]))
    assert (told["verdicts"], told["photos"]) == ({"applied": 3}, {"stored": 1, "known": 0, "refused": 1})


def test_nobody_else_can_put_a_photo_under_a_workers_record(place, phone):
    file = file_of(place, phone, [], [picture(place)])
    for wrong in (picture(place), file["photos"][0] | {"record": "00000000-0000-4000-8000-00000000dead"}):
        with pytest.raises(Problem, match="forbidden"):
            rescue.take_in(place.world, file | {"photos": [wrong]})
    for damage in ({"data": "AAAA"}, {"data": 7}, {"bytes": 1}):
        with pytest.raises(Problem, match="bad_request"):
            rescue.take_in(place.world, file | {"photos": [file["photos"][0] | damage]})
