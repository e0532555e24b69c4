"""What must hold after a crash was mended, judged by the list of what the phones committed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, text

from server.core.sync.cursor import signed, xor_hex
from server.services.payloads import open_kept
from server.services.transactions import read
from server.services.verify import verify
from server.services.world import World
from tests.crash.phones import Phone, Written


def findings(world: World, phones: Sequence[Phone], before: Counter[str]) -> list[str]:
    """One sentence for each thing lost, doubled or different; none when all is well."""
    found = [f"verify: {sentence}" for sentence in verify(world)]
    with read(world) as conn:
        return found + findings_within(world, conn, phones, before)


def findings_within(world: World, conn: Connection, phones: Sequence[Phone], before: Counter[str]) -> list[str]:
    """The same without `verify`, as this transaction sees the database."""
    found = list(_kept(world, conn, {change: w for phone in phones for change, w in phone.written.items()}))
    made = before + Counter(w.type for phone in phones for w in phone.written.values() if w.made)
    if (now := counts(conn)) != made:
        found.append(f"records: {now} where {made} were made")
    heads = {row.id: row for row in conn.execute(text("SELECT id, live, digest FROM scope"))}
    for phone in phones:
        found += [f"{phone.name}: {sentence}" for sentence in (*_phone(phone), *_agrees(phone, heads))]
    return found


def counts(conn: Connection) -> Counter[str]:
    """Live records of the types that phones make here."""
    statement = "SELECT type, count(*) AS n FROM record WHERE live AND type IN ('household', 'visit') GROUP BY type"
    return Counter({row.type: row.n for row in conn.execute(text(statement))})


def _phone(phone: Phone) -> Iterator[str]:
    """Each change has its verdict, and is there once."""
    if waiting := phone.ask("outbox"):
        yield f"{len(waiting)} changes wait"
    journal = Counter(item["change"] for item in phone.ask("journal"))
    if journal != Counter(phone.written.keys()):
        yield f"journal: {journal.total()} changes where {len(phone.written)} were typed"
    status = phone.ask("status")
    if status["missing"] or status["sent"]["n"] != len(phone.written):
        yield f"sent {status['sent']}, missing {status['missing']}, typed {len(phone.written)}"
    for problem in status["problems"]:
        if problem["kind"] != "answer_refused":
            yield f"problem {problem}"


def _kept(world: World, conn: Connection, typed: dict[str, Written]) -> Iterator[str]:
    """The server has each change with what was typed, and wrote it into the record's history once."""
    sent = "FROM {} WHERE device IS NOT NULL AND source = 'device'"
    ledger = _by_change(conn, "SELECT id, status, reason, message, payload " + sent.format('"change"'))
    # a conflict's record is written in the name of the change that made it: it counts for itself
    history = _by_change(conn, "SELECT record, change AS id, patch " + sent.format("record_history"))
    for change in ledger.keys() - typed.keys():
        yield f"nobody typed {change}"
    for change, written in typed.items():
        rows = ledger.get(change, [])
        if len(rows) != 1:
            yield f"{change} is {len(rows)} times in the ledger"
            continue
        [row] = rows
        if row.status in ("quarantined", "parked"):
            yield f"{change} was {row.status}: {row.reason} {row.message}"
        if _typed(open_kept(row.payload, world.keys.sealed)) != written.values:
            yield f"{change}: the ledger holds other values than were typed"
        own = [one for one in history.get(change, []) if one.record == written.record]
        yield from _once(world, change, row.status, written, own)


def _once(world: World, change: str, status: str, written: Written, rows: list[Any]) -> Iterator[str]:
    if len(rows) > 1 or (status == "applied" and len(rows) != 1):
        yield f"{change} ({status}) is {len(rows)} times in the history"
    if status == "applied" and rows:
        patch = open_kept(rows[0].patch, world.keys.sealed)
        if any(name not in patch or patch[name]["to"] != value for name, value in written.values.items()):
            yield f"{change}: the history holds other values than were typed"


def _typed(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: patch["to"] for name, patch in payload["set"].items()}


def _by_change(conn: Connection, statement: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in conn.execute(text(statement)):
        found.setdefault(row.id, []).append(row)
    return found


def _agrees(phone: Phone, heads: dict[str, Any]) -> Iterator[str]:
    """What the phone holds of each scope is what the server has: as many rows, the same revisions."""
    held: dict[str, list[str]] = {}
    for member in phone.ask("memberships"):
        held.setdefault(member["scope"], []).append(member["rev"])
    for scope, revs in held.items():
        digest = 0
        for rev in revs:
            digest ^= signed(rev)
        head = heads[scope]
        if (len(revs), xor_hex(digest)) != (head.live, xor_hex(head.digest)):
            yield f"{scope}: {len(revs)} rows where the server has {head.live}, or other revisions"
