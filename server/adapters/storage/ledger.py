"""The ledger: every change that ever came, with its verdict. Ids and verdicts stay for ever."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from server.adapters.storage.records import in_list, many


class Entry(NamedTuple):
    key: str
    id: str | None
    account: str | None
    device: str | None
    n: int | None
    hash: str
    payload: bytes
    record: str | None
    type: str | None
    scope: str | None
    source: str
    status: str
    reason: str | None
    message: str | None
    conflicts: str | None
    received_at: str


_COLUMNS = (
    "key, id, account, device, n, hash, payload, record, type, scope, source, status, reason, message, "
    "conflicts, received_at"
)
_FIND = in_list(f"SELECT {_COLUMNS} FROM change WHERE key IN :ids")
_KNOWN = in_list("SELECT key FROM change WHERE account = :account AND key IN :ids")
_INSERT = text(
    f"INSERT INTO change ({_COLUMNS}, subjects, timeline) VALUES (:key, :id, :account, :device, :n, :hash, :payload, "
    ":record, :type, :scope, :source, :status, :reason, :message, :conflicts, :received_at, :subjects, :timeline)"
)
_JUDGED = text(
    "UPDATE change SET status = :status, reason = :reason, message = :message, conflicts = :conflicts WHERE key = :key"
)
_NUMBERS = in_list("SELECT n, key FROM change WHERE device = :device AND n IN :ids")


def find(conn: Connection, keys: Iterable[str]) -> dict[str, Entry]:
    wanted = sorted(set(keys))
    return {r[0]: Entry(*r) for r in conn.execute(_FIND, {"ids": wanted})} if wanted else {}


def known_of(conn: Connection, account: str, ids: Iterable[str]) -> set[str]:
    """Which of these changes came from this account, under their own key or, where ids clashed, one beside it."""
    own = {f"{i}:{account}": i for i in ids} | {i: i for i in ids}
    rows = conn.execute(_KNOWN, {"account": account, "ids": sorted(own)}) if own else ()
    return {own[row[0]] for row in rows}


def insert(conn: Connection, entries: list[dict[str, Any]]) -> None:
    """A key that is known raises IntegrityError."""
    many(conn, _INSERT, entries)


def judged_again(conn: Connection, entries: list[dict[str, Any]]) -> None:
    """A parked or quarantined change got another verdict."""
    if entries:
        conn.execute(_JUDGED, entries)


def numbers_used(conn: Connection, device: str, numbers: Iterable[int]) -> dict[int, str]:
    """n -> ledger key, for numbers this device has used already."""
    wanted = sorted(set(numbers))
    rows: Sequence[Any] = conn.execute(_NUMBERS, {"device": device, "ids": wanted}).all() if wanted else []
    return {int(n): key for n, key in rows}
