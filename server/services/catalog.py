"""The catalogue over the wire: all that a client needs to build its forms."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Any

import orjson

from server.core.catalog.fields import Field
from server.core.catalog.records import Catalog, RecordType
from server.core.catalog.roles import ROLES, Role
from server.core.catalog.workflow import ACTIONS, TERMINAL, Action
from server.services.sealing import key_id, public_point
from server.services.world import World

_made: dict[tuple[int, bytes], tuple[bytes, str]] = {}


def wire(world: World) -> tuple[bytes, str]:
    """(JSON of the catalogue, a tag that changes with it). Made once a process: neither part changes."""
    key = (id(world.catalog), world.keys.sealing)
    if key not in _made:
        data = orjson.dumps(described(world.catalog) | {"sealing": sealing(world.keys.sealing)})
        _made[key] = (data, hashlib.sha256(data).hexdigest()[:20])
    return _made[key]


def described(catalog: Catalog) -> dict[str, Any]:
    """`{schema, min_schema, types, workflow, roles}` as PROTOCOL.md, "Transport and session", has it."""
    return {
        "schema": catalog.schema,
        "min_schema": catalog.min_schema,
        "types": {name: _type(record_type) for name, record_type in catalog.types.items()},
        "workflow": {
            "issue": {
                "field": "state",
                "terminal": sorted(TERMINAL),
                "actions": {name: _action(action) for name, action in ACTIONS.items()},
            }
        },
        "roles": {name: _role(role) for name, role in ROLES.items()},
    }


def sealing(scalar: bytes) -> dict[str, str]:
    """The public key that changes may be sealed to: its id, and the uncompressed P-256 point as base64url."""
    point = public_point(scalar)
    return {"key": key_id(point), "point": urlsafe_b64encode(point).decode().rstrip("=")}


def _type(record_type: RecordType) -> dict[str, Any]:
    return {
        "label": {"zh": record_type.zh, "en": record_type.en},
        "rank": record_type.rank,
        "parents": list(record_type.parents),
        "deliveries": list(record_type.deliveries),
        "natural_key": list(record_type.natural_key),
        "append_only": record_type.append_only,
        "server_made": record_type.server_made,
        "workflow": record_type.workflow,
        "fields": {name: _field(field) for name, field in record_type.fields.items()},
    }


def _field(field: Field) -> dict[str, Any]:
    codes = {code: {"zh": words.zh, "en": words.en} for code, words in field.codes.items()}
    always = {
        "kind": field.kind,
        "merge": field.merge,
        "required": field.required,
        "privacy": int(field.privacy),
        "label": {"zh": field.zh, "en": field.en},
    }
    sometimes = {
        "codes": codes or None,
        "max": field.max,
        "target": field.target,
        "tolerance_m": field.tolerance_m,
        "check": field.check,
    }
    return always | {name: value for name, value in sometimes.items() if value is not None}


def _action(action: Action) -> dict[str, Any]:
    """`who` and `wish` are codes of roles (`roles` has them), and "reporter"; `args` must be carried.

    An issue that is just being made has no state: null stands beside `draft`.
    """
    return {
        "label": {"zh": action.zh, "en": action.en},
        "from": [*action.frm, *([None] if "draft" in action.frm else [])],
        "to": action.to,
        "who": list(action.who),
        "wish": list(action.wish),
        "offline": action.offline,
        "args": list(action.needs),
        "own_level": action.own_level,
        "available": action.available,
    }


def _role(role: Role) -> dict[str, Any]:
    return {
        "code": role.code,
        "label": {"zh": role.zh, "en": role.en},
        "reads": sorted(role.reads),
        "writes": sorted(role.writes),
        "may": sorted(role.may),
        "devices": role.devices,
    }
