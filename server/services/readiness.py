"""What is missing before the server may be sent work."""

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from server.adapters.storage import state
from server.services.transactions import read
from server.services.world import World

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations" / "versions"


def missing(world: World) -> list[str]:
    """Some of `database`, `migrations`, `timeline`; empty when all is well."""
    try:
        with read(world) as conn:
            found = state.revision(conn)
            if found != head():
                return ["migrations"]
            return [] if state.has_timeline(conn) else ["timeline"]
    except SQLAlchemyError:
        return ["database"]


def head() -> str:
    """The revision this code was written for: the greatest number among the migrations."""
    return max((path.name[:4] for path in MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.py")), default="")
