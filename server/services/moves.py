"""Moving a record to another grid, as an admin does it from the command line."""

from typing import Any

from server.adapters.storage import records
from server.core.problems import Problem
from server.services import push
from server.services.transactions import read
from server.services.world import World


def move_record(world: World, record: str, to_scope: str) -> dict[str, Any]:
    """Move a record and all that hangs on it: the verdict. Raises Problem not_found."""
    with read(world) as conn:
        found = records.read(conn, [record])
    if not found:
        raise Problem("not_found", f"no record {record}")
    change = {
        "id": world.ids.uuid(),
        "op": "move",
        "type": found[0].type,
        "record": record,
        "scope": found[0].scope,
        "schema": world.catalog.schema,
        "base": None,
        "move": {"from": found[0].scope, "to": to_scope},
    }
    verdicts = push.import_changes(world, None, [change], "import")
    return verdicts[0]
