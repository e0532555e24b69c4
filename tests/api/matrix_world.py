"""A district and a half with something secret in every corner, and what each role may see of it.

`may_read` and `may_hold` are the test's own statement of the rules; they ask no code of the server.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient

from server.services import accounts, areas, grants, imports, push
from server.services.areas import Area, Unit

PASSWORD = "a-long-password"
# name: (level, parent)
PLACES = {
    "D1": ("district", None), "S1": ("street", "D1"), "S2": ("street", "D1"), "C1": ("community", "S1"),
    "C2": ("community", "S1"), "C3": ("community", "S2"), "G11": ("grid", "C1"), "M111": ("micro", "G11"),
    "G12": ("grid", "C1"), "G21": ("grid", "C2"), "G31": ("grid", "C3"), "D2": ("district", None),
    "S4": ("street", "D2"), "C4": ("community", "S4"), "G41": ("grid", "C4"),
}  # fmt: skip
GRIDS = [name for name, (level, _) in PLACES.items() if level in ("grid", "micro")]
UNITS = {"U1": "G31", "U2": "G41"}  # a unit: the grid whose issue was dispatched to it
# role: where it works while active, and after a move
WORKS = {
    "worker": ("G11", "G41"), "leader": ("G11", "G41"), "clerk": ("C1", "C4"), "community_lead": ("C1", "C4"),
    "dispatcher": ("S1", "S4"), "street_lead": ("S1", "S4"), "handler": ("U1", "U2"), "department_lead": ("U1", "U2"),
    "operator": ("D1", "D2"), "admin": ("D1", "D2"), "auditor": ("D1", "D2"),
}  # fmt: skip
STATES = ("active", "moved", "disabled")
ON_THE_GROUND = {"worker", "leader", "clerk", "community_lead"}
ISSUE_ROLES = ON_THE_GROUND | {"dispatcher", "street_lead", "operator"}
OFFICE = {"clerk", "community_lead"}
WITH_PHONES = {"worker", "leader", "handler"}


def ident(*parts: str) -> str:
    return imports.derived_id("matrix", *parts)


def scope(place: str) -> str:
    if place in UNITS:
        return f"unit:{ident(place)}"
    return f"{'grid' if place in GRIDS else 'org'}:{ident(place)}"


def above(place: str | None) -> list[str]:
    """The place and all it lies in."""
    found = []
    while place is not None:
        found.append(place)
        place = PLACES[place][1] if place in PLACES else None
    return found


def canary(kind: str, place: str) -> str:
    return f"canary-{kind}-{place}-{ident(kind, place)[:8]}"


@dataclass
class Someone:
    """A logged-in person of one role in one state. `place` is where he works now, None where nowhere."""

    role: str
    state: str
    client: FlaskClient
    answer: dict[str, Any]
    place: str | None = None
    seen: list[str] = field(default_factory=list)

    @property
    def device(self) -> str:
        return self.answer["device"]["id"]

    def inside(self, place: str) -> bool:
        return self.place is not None and self.place in above(place)

    def may_read(self, kind: str, place: str) -> bool:
        """Whether he may read it with its history; kind: household, issue or area. Admins read no histories."""
        if kind == "issue" and self.place in UNITS:
            return UNITS[self.place] == place
        readers = {"household": ON_THE_GROUND, "issue": ISSUE_ROLES, "area": ISSUE_ROLES}[kind]
        return self.role in readers and self.inside(place)

    def may_hold(self, place: str) -> bool:
        """Whether a phone of his may hold the place's scope."""
        if self.role not in WITH_PHONES or self.place is None:
            return False
        if self.role == "handler":
            return place == self.place
        return (place in GRIDS and self.inside(place)) or place in above(PLACES[self.place][1])

    def foreign_canaries(self, text: str) -> list[str]:
        """Secrets in a text that this person has no business with."""
        return [
            canary(kind, place) for kind in ("household", "issue") for place in GRIDS
            if canary(kind, place) in text and not self.may_read(kind, place)
        ]  # fmt: skip


@dataclass
class MatrixWorld:
    app: Flask
    people: list[Someone]
    changes: dict[str, str] = field(default_factory=dict)  # grid: id of a change that the system made there
    upload: str = ""  # the address of somebody's upload


def make(app: Flask) -> MatrixWorld:
    world = app.extensions["world"]
    areas.make_areas(world, [
        Area(ident(name), f"area {name}", level, ident(parent) if parent else None, "370102")
        for name, (level, parent) in PLACES.items()
    ])  # fmt: skip
    areas.make_units(world, [Unit(ident(name), f"unit {name}", "department") for name in UNITS])
    made = MatrixWorld(app, [])
    for grid in GRIDS:
        imports.take_in(world, _records(grid))
        made.changes[grid] = _conflict(world, grid)
    for unit, grid in UNITS.items():
        imports.take_in(world, _dispatched(grid, ident(unit)))
    made.people = [_someone(app, role, state) for role in WORKS for state in STATES]
    return made


def _records(grid: str) -> list[dict[str, Any]]:
    secret, home = canary("household", grid), scope(grid)
    return [
        imports.creation("building", ident("building", grid), home, {"estate": grid, "building_no": "1"}),
        imports.creation("dwelling", ident("dwelling", grid), home, {
            "building": ident("building", grid), "room_no": "301"}),
        imports.creation("household", ident("household", grid), home, {
            "dwelling": ident("dwelling", grid), "contact_person": secret}),
        imports.creation("issue", ident("issue", grid), home, {
            "item_code": "0101", "title": canary("issue", grid), "address_text": grid}, step="submit"),
    ]  # fmt: skip


def _conflict(world: Any, grid: str) -> str:
    """Something for the office to settle in each grid; the id of the change."""
    change = imports.update(ident("conflict", grid), "household", ident("household", grid), scope(grid), {
        "contact_person": ("somebody else", canary("household", grid) + "-incoming")})  # fmt: skip
    verdict = push.import_changes(world, None, [change])[0]
    assert verdict["status"] == "conflict", verdict
    return change["id"]


def _dispatched(grid: str, unit: str) -> list[dict[str, Any]]:
    def step(action: str, state: str, **args: Any) -> dict[str, Any]:
        change = imports.update(ident(action, grid), "issue", ident("issue", grid), scope(grid), {})
        return change | {"op": "transition", "transition": {"action": action, "from": state, "args": args}}

    return [step("accept", "submitted"), step("file", "accepted"), step("dispatch", "filed", unit=unit)]


def _someone(app: Flask, role: str, state: str) -> Someone:
    world, username = app.extensions["world"], f"{role}.{state}"
    first, second = WORKS[role]
    accounts.create(world, username, username, role, PASSWORD)
    grants.add(world, username, scope(first))
    client = app.test_client()
    device = {"name": "test", "app": "1", "schema": 1}
    body = {"username": username, "password": PASSWORD, "device": device}
    answer = client.post("/api/v1/session", json=body)
    assert answer.status_code == 200, answer.text
    if state == "moved":
        assert grants.end(world, username, scope(first)) == 1
        grants.add(world, username, scope(second))
    if state == "disabled":
        accounts.disable(world, username)
    place = {"active": first, "moved": second, "disabled": None}[state]
    return Someone(role, state, client, answer.json, place)


def note_change(place: str) -> dict[str, Any]:
    """A change to the household of a place, as any client could send it."""
    return {
        "id": str(uuid4()), "n": None, "op": "update", "type": "household", "record": ident("household", place),
        "scope": scope(place), "schema": 1, "base": None, "at": {"wall": "2026-11-20T09:00:00+08:00", "offset_ms": 0},
        "set": {"note": {"from": None, "to": f"seen {uuid4()}"}},
    }  # fmt: skip
