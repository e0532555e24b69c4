"""One process of several that write to one SQLite file: `python -m tests.contract.sqlite_writer URL ACCOUNT DEVICE N`.

Prints `{"committed": [record ids], "errors": [texts]}`; every error of the database counts, retried or not.
"""

import json
import sys

from sqlalchemy import event

from server.adapters.storage.database import LOCK_TIMEOUT_MS
from tests.contract.writers import buildings
from tests.places import G1, Clock, Device, Place, make_world


def main(url: str, account: str, device: str, pushes: int) -> None:
    assert LOCK_TIMEOUT_MS >= 1_000
    place = Place(make_world(url, Clock()), Clock(), {"worker1": account})
    errors: list[str] = []
    event.listen(place.world.engine, "handle_error", lambda context: errors.append(str(context.original_exception)))
    phone, committed = Device(place, "worker1", device), []
    for _ in range(pushes):
        changes = buildings(G1, 5)
        verdicts = phone.push(*changes)
        committed += [c["record"] for c, v in zip(changes, verdicts, strict=True) if v["status"] == "applied"]
    json.dump({"committed": committed, "errors": errors}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
