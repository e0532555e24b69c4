"""The server's part of the key on a phone, and what becomes of it and of the phone when the phone is revoked."""

import pytest

from server.core.problems import Problem
from server.services import devices, review
from server.services.transactions import read
from tests.places import COMMUNITY, home


def test_the_share_is_made_once_and_is_each_devices_own(place):
    one, other = place.device("worker1"), place.device("worker1")
    first = devices.share(place.world, one.actor(), one.id)
    assert first["lease_hours"] == 72 and len(first["share"]) >= 32
    assert devices.share(place.world, one.actor(), one.id) == first
    assert devices.share(place.world, other.actor(), other.id)["share"] != first["share"]
    with pytest.raises(Problem, match="device_mismatch"):
        devices.share(place.world, one.actor(), other.id)
    with pytest.raises(Problem, match="device_mismatch"):
        devices.share(place.world, place.actor("worker1"), one.id)


def test_the_share_is_not_in_the_database_in_clear_and_is_gone_with_a_revocation(place):
    device = place.device("worker1")
    share = devices.share(place.world, device.actor(), device.id)["share"]
    with read(place.world) as conn:
        kept = bytes(devices.devices.get(conn, device.id).share)
    assert share.encode() not in kept
    devices.revoke(place.world, device.id)
    with read(place.world) as conn:
        assert devices.devices.get(conn, device.id).share is None


def test_a_revoked_phone_is_told_to_empty_itself_and_its_receipt_is_seen(place):
    device = place.device("worker1")
    assert device.hello()["lock"] == {"pin_required": False, "lease_hours": 72}
    receipt = {"kind": "wiped", "at": "2026-11-20T02:00:00.000Z", "params": {}}
    device.hello(reports=[receipt])  # nobody revoked it: its word alone is no receipt
    assert emptied(place, device) is None
    devices.revoke(place.world, device.id)
    assert device.hello()["actions"] == ["wipe"]
    assert emptied(place, device) is None
    device.hello(reports=[receipt])
    first = emptied(place, device)
    place.clock.pass_(hours=1)
    device.hello(reports=[receipt])
    assert first is not None and emptied(place, device) == first
    told = review.items(place.world, place.actor("clerk1"), {"kind": "incident", "limit": 50})["items"]
    assert [(one["incident"], one["device"]) for one in told] == [("device_wiped", device.id)]


def test_a_revoked_phone_still_hands_in_with_its_drain_token_and_gets_no_share(place):
    device = place.device("worker1")
    devices.revoke(place.world, device.id)
    with pytest.raises(Problem, match="not_found"):
        devices.revoke(place.world, "00000000-0000-4000-8000-00000000dead")
    assert [v["reason"] for v in device.push(*home()[0])] == ["device_revoked"] * 3


def emptied(place, device):
    return next(one.wiped_at for one in devices.known(place.world, "worker1") if one.id == device.id)


def test_an_administrator_sees_the_phones_of_the_own_area_a_page_at_a_time(place):
    phones = [place.device(name) for name in ("worker1", "worker1", "worker2", "worker3", "handler1")]
    place.person("admin1", "admin", f"org:{COMMUNITY}")
    admin = place.actor("admin1")
    first = devices.listed(place.world, admin, None, None, 2)
    rest = devices.listed(place.world, admin, None, first["next"], 2)
    assert (len(first["items"]), rest["next"]) == (2, None)
    seen = [one["id"] for one in first["items"] + rest["items"]]
    assert seen == sorted(one.id for one in phones[:3])  # worker3 is another community's
    names = {one["user"]["username"] for one in devices.listed(place.world, admin, "worker1", None, 50)["items"]}
    assert names == {"worker1"}


def test_the_list_tells_of_a_phone_what_it_owes_and_nothing_of_where_or_how_much_its_owner_works(place):
    phone = place.device("worker1")
    place.person("admin1", "admin", f"org:{COMMUNITY}")
    phone.send([phone.number(c) for c in home()[0]][2:])  # 1 and 2 are missing
    phone.hello(pending={"changes": 1, "photos": 2, "oldest": None}, next_n=7, storage={"persisted": True})
    devices.share(place.world, phone.actor(), phone.id)
    (shown,) = devices.listed(place.world, place.actor("admin1"), "worker1", None, 50)["items"]
    assert (shown["has_share"], shown["to_come"], shown["gaps"], shown["incidents"]) == (True, 5, [[1, 2]], 1)
    assert (shown["pending"]["photos"], shown["storage"], shown["revoked_at"]) == (2, {"persisted": True}, None)
    assert set(shown) == {
        "id", "user", "name", "app", "schema", "created_at", "last_seen_at", "has_share", "to_come", "gaps", "pending",
        "storage", "incidents", "revoked_at", "wiped_at",
    }  # fmt: skip
    devices.revoke(place.world, phone.id)
    (shown,) = devices.listed(place.world, place.actor("admin1"), "worker1", None, 50)["items"]
    assert (shown["revoked_at"] is not None, shown["has_share"]) == (True, False)
