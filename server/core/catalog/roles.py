"""Who may do what. Default deny: what no role lists, nobody may do.

A grant gives a role on a scope; it holds for that scope and everything below it.
"""

from dataclasses import dataclass

FIELD_TYPES = frozenset({
    "building", "dwelling", "household", "resident", "residence", "visit", "patrol", "check", "issue", "comment",
})
PLACE_TYPES = frozenset({"area", "unit", "user_card", "taxonomy", "route", "point"})
ISSUE_TYPES = frozenset({"issue", "issue_step", "comment"})
# Written by whoever walks, read by nobody through a role: only the author's own scope delivers it.
PRIVATE_TYPES = frozenset({"track"})
EVERYTHING = FIELD_TYPES | PLACE_TYPES | ISSUE_TYPES


@dataclass(frozen=True, slots=True)
class Role:
    """`reads` and `writes`: record types. `may`: other permissions, see PERMISSIONS."""

    name: str
    code: str  # the short code of the workflow table
    zh: str
    en: str
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    may: frozenset[str] = frozenset()
    devices: bool = False  # may hold records on a phone


PERMISSIONS = {
    "resolve": "settle conflicts and parked changes",
    "delete": "delete records that somebody else made",
    "move": "move records between scopes",
    "review": "open the review desk",
    "history": "read the history of a record",
    "accounts": "make, disable and grant accounts",
    "audit": "read the access log",
}

_OFFICE = frozenset({"resolve", "delete", "move", "review", "history"})

ROLES: dict[str, Role] = {r.name: r for r in (
    Role("worker", "GW", "网格员", "Grid worker", EVERYTHING, FIELD_TYPES | PRIVATE_TYPES,
         frozenset({"history"}), True),
    Role("leader", "GL", "网格长", "Grid leader", EVERYTHING,
         FIELD_TYPES | PRIVATE_TYPES | {"route", "point"}, frozenset({"history"}), True),
    Role("clerk", "CC", "社区专员", "Community clerk", EVERYTHING, FIELD_TYPES | {"route", "point"}, _OFFICE),
    Role("community_lead", "CL", "社区负责人", "Community lead", EVERYTHING, FIELD_TYPES | {"route", "point"}, _OFFICE),
    Role("dispatcher", "SD", "街道调度员", "Street dispatcher", ISSUE_TYPES | PLACE_TYPES, ISSUE_TYPES,
         frozenset({"history"})),
    Role("street_lead", "SL", "街道负责人", "Street lead", ISSUE_TYPES | PLACE_TYPES, ISSUE_TYPES,
         frozenset({"history"})),
    Role("handler", "DH", "处置人员", "Department handler", ISSUE_TYPES | {"unit"}, ISSUE_TYPES,
         frozenset({"history"}), True),
    Role("department_lead", "DL", "部门负责人", "Department lead", ISSUE_TYPES | {"unit"}, ISSUE_TYPES,
         frozenset({"history"})),
    Role("operator", "DO", "区级值班员", "District operator", ISSUE_TYPES | PLACE_TYPES, ISSUE_TYPES,
         frozenset({"history"})),
    Role("admin", "SA", "系统管理员", "System administrator", PLACE_TYPES, frozenset(), frozenset({"accounts"})),
    Role("auditor", "AU", "审计员", "Auditor", frozenset(), frozenset(), frozenset({"audit"})),
)}

# What an office may grant when somebody without the right asks for it: the change is parked
# (`needs_office`), and `apply` does it as the office's own change.
OFFICE_MAY_GRANT = frozenset({"delete", "move", "step"})

# A worker may delete what he made himself, this long after making it.
OWN_DELETE_HOURS = 24
