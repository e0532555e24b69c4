"""Grants as given and ended: what people may do follows at once, and the record they see follows the table."""

from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from server.adapters.storage import areas as area_rows
from server.adapters.storage import grants as grant_rows
from server.adapters.storage.tables.records import record
from server.core.access.permissions import Grant
from server.core.problems import Problem
from server.services import accounts, areas, devices, grants
from server.services.areas import Area, Unit
from server.services.transactions import read, write
from server.services.verify import verify
from tests.places import COMMUNITY, DISTRICT, G1, G2, STREET, Place, uid

PASSWORD = "a-long-password"


@pytest.fixture
def town(place: Place) -> Place:
    with write(place.world, "test") as conn:
        area_rows.ensure_scopes(conn, [G1, G2, f"org:{COMMUNITY}", f"org:{STREET}", f"org:{DISTRICT}"])
    accounts.create(place.world, "anna", "安娜", "worker", PASSWORD, account_id=uid(900))
    return place


def rows(place: Place, type_: str) -> list[dict]:
    with read(place.world) as conn:
        found = conn.execute(select(record.c.row).where(record.c.type == type_).order_by(record.c.scope)).scalars()
        return [orjson.loads(row) for row in found]


def scopes(place: Place, device: str | None = None) -> dict[str, dict]:
    with read(place.world) as conn:
        return {s["scope"]: s for s in grant_rows.scopes_of(conn, uid(900), place.clock(), device)}


def actor(place: Place, device: str | None = None):
    with read(place.world) as conn:
        return grant_rows.actor_of(conn, uid(900), device, place.clock())


def test_a_grant_counts_at_once_and_is_shown_to_its_holder_and_colleagues(town):
    grants.add(town.world, "anna", G1, duty_phone="0531-1")
    assert actor(town).grants == (Grant(G1, "worker"),)
    assert scopes(town).keys() == {
        G1, f"org:{COMMUNITY}", f"org:{STREET}", f"org:{DISTRICT}", f"user:{uid(900)}", "config"}  # fmt: skip
    shown = rows(town, "grant")[0]
    assert shown["scope"] == f"user:{uid(900)}"
    assert (shown["data"]["scope"], shown["data"]["role"]) == (G1, "worker")
    card = rows(town, "user_card")[0]
    assert (card["scope"], card["data"]) == (
        f"org:{COMMUNITY}", {"name": "安娜", "role": "网格员", "duty_phone": "0531-1"})  # fmt: skip


def test_giving_what_is_in_force_again_changes_nothing(town):
    first = grants.add(town.world, "anna", G1)
    assert grants.add(town.world, "anna", G1) == first
    assert len(rows(town, "grant")) == 1
    assert actor(town).grants == (Grant(G1, "worker"),)


def test_an_ended_grant_is_listed_until_the_device_says_it_is_empty(town):
    grants.add(town.world, "anna", G1)
    device = town.accounts.setdefault("anna", uid(900)) and town.device("anna").id
    town.clock.pass_(days=1)
    assert grants.end(town.world, "anna", G1) == 1
    assert actor(town, device).grants == ()
    lost = scopes(town, device)[G1]
    assert lost["revoked_at"] < lost["grace_until"]
    assert G1 not in scopes(town)
    assert rows(town, "grant")[0]["data"]["until_at"] == lost["revoked_at"]
    with write(town.world, "test") as conn:
        grant_rows.acknowledge(conn, device, {G1: lost["gen"]}, town.clock())
    assert G1 not in scopes(town, device)


def test_a_scope_given_again_has_another_generation(town):
    grants.add(town.world, "anna", G1)
    grants.end(town.world, "anna", G1)
    town.clock.pass_(days=1)
    grants.add(town.world, "anna", G1)
    assert (scopes(town)[G1]["gen"], scopes(town)[G1]["revoked_at"]) == (2, None)


def test_a_device_that_began_after_the_loss_is_not_told_of_it(town):
    grants.add(town.world, "anna", G1)
    grants.end(town.world, "anna", G1)
    town.clock.pass_(days=1)
    town.accounts["anna"] = uid(900)
    assert G1 not in scopes(town, town.device("anna").id)


def test_a_grant_with_a_last_day_ends_by_itself(town):
    grants.add(town.world, "anna", G1, until=town.clock() + timedelta(days=2))
    assert G1 in scopes(town)
    town.clock.pass_(days=3)
    assert G1 not in scopes(town)
    assert actor(town).grants == ()


def test_a_disabled_account_and_a_revoked_device_hold_nothing(town):
    grants.add(town.world, "anna", G1)
    town.accounts["anna"] = uid(900)
    device = town.device("anna").id
    devices.revoke(town.world, device)
    assert (actor(town, device).barred, actor(town, device).grants) == ("device_revoked", ())
    assert actor(town).barred is None
    accounts.disable(town.world, "anna")
    assert (actor(town).barred, actor(town).grants) == ("account_disabled", ())


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda w: grants.add(w, "nobody", G1), "not_found"),
        (lambda w: grants.add(w, "anna", "grid:none"), "not_found"),
        (lambda w: grants.add(w, "anna", G1, "king"), "bad_request"),
        (lambda w: grants.end(w, "nobody", G1), "not_found"),
        (lambda w: accounts.create(w, "anna", "x", "worker", PASSWORD), "bad_request"),
        (lambda w: accounts.create(w, "Ünal", "x", "worker", PASSWORD), "bad_request"),
        (lambda w: accounts.create(w, "bob", "", "worker", PASSWORD), "bad_request"),
        (lambda w: accounts.create(w, "bob", "Bob", "worker", "short"), "bad_request"),
        (lambda w: accounts.create(w, "bob", "Bob", "king", PASSWORD), "bad_request"),
        (lambda w: accounts.disable(w, "nobody"), "not_found"),
        (lambda w: devices.revoke(w, uid(5)), "not_found"),
        (lambda w: areas.make_areas(w, [Area(uid(50), "x", "grid", uid(51))]), "not_found"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_reason(town, call, code):
    with pytest.raises(Problem) as refused:
        call(town.world)
    assert refused.value.code == code and refused.value.detail


def test_a_micro_grid_comes_with_its_grid_and_its_chain_leads_to_the_top(town):
    areas.make_areas(town.world, [Area(uid(60), "micro", "micro", G1.removeprefix("grid:"))])
    grants.add(town.world, "anna", G1)
    micro = f"grid:{uid(60)}"
    assert scopes(town)[micro]["rights"] == "write"
    with read(town.world) as conn:
        found = area_rows.chains(conn, [micro, "config", "unit:x"])
        below = area_rows.scopes_below(conn, [f"org:{COMMUNITY}", "unit:x"])
    assert found[micro] == (micro, G1, f"org:{COMMUNITY}", f"org:{STREET}", f"org:{DISTRICT}")
    assert (found["config"], found["unit:x"]) == (("config",), ("unit:x",))
    assert below == {f"org:{COMMUNITY}", G1, G2, micro, "unit:x"}


def test_areas_and_units_are_made_once_and_agree_with_their_feeds(town):
    new = [Area(uid(70), "city", "city"), Area(uid(71), "district", "district", uid(70))]
    assert areas.make_areas(town.world, new) == 2
    before = rows(town, "area")
    areas.make_areas(town.world, new)
    areas.make_units(town.world, [Unit(uid(72), "unit", "utility", uid(71))])
    assert rows(town, "area") == before
    assert areas.path_of(town.world, f"org:{uid(71)}") == ["city", "district"]
    assert verify(town.world) == []
