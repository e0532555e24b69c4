"""Watches the server's answers and rows: invariants I3, I4, I9, I10, I16, I18, I19, I22."""

import json
from collections import defaultdict
from typing import Any
from urllib.parse import unquote

import orjson
from sqlalchemy import text

from server.core.catalog.schema1.catalog import SCHEMA_1
from server.core.catalog.workflow import ACTIONS
from server.core.sync.cursor import Cursor, unpack
from server.services.payloads import open_kept
from server.services.verify import verify
from tests.places import TREE
from tests.simulation.child import Fetch
from tests.simulation.events import NAMES
from tests.simulation.oracle import Breach, Oracle
from tests.simulation.server import Answer, SimServer
from tests.simulation.world import account_id

_GRANTS = text("SELECT a.scope FROM access_grant a WHERE a.account = :account AND a.revoked_at IS NULL")
_PERSON = text("SELECT account FROM device WHERE id = :device")
_ORPHANS = text(
    "SELECT r.type, r.id, l.field FROM record_link l JOIN record r ON r.id = l.record "
    "LEFT JOIN record p ON p.id = l.target WHERE r.live AND (p.id IS NULL OR NOT p.live)"
)
_DELIVERED = text(
    "SELECT e.scope, e.record, r.rev, r.row FROM scope_entry e JOIN record r ON r.id = e.record WHERE e.live"
)
_BARRED = text("SELECT name FROM device WHERE revoked_at IS NOT NULL")
_DISABLED = text("SELECT id FROM account WHERE id = :account AND disabled_at IS NOT NULL")
_STATES = text("SELECT h.record, h.patch FROM record_history h JOIN record r ON r.id = h.record WHERE r.type = 'issue'")
STATE = ("record", "record_history", "change", "conflict", "parked", "scope", "scope_entry", "scope_mark")
PAGE_ROWS, PAGE_BYTES = 1_000, 1_200_000
PARENTS = {name: set(rtype.parents) for name, rtype in SCHEMA_1.types.items()}
ABOVE = {ident: parent for ident, parent, _, _ in TREE}
SCOPES = {ident: f"{kind}:{ident}" for ident, _, _, kind in TREE}
STIRRING = ("/sync/push", "/sync/quarantine", "/sync/snapshot/", "/session")


class Watcher:
    def __init__(self, server: SimServer, oracle: Oracle) -> None:
        self.server, self.oracle = server, oracle
        self.wrote = False
        self.still = True  # nothing moved since somebody said so
        self.held: dict[str, set[str]] = {}  # what accounts may read, until a grant changes
        self.pushes: list[Fetch] = []

    def went_back(self) -> None:
        self.pushes.clear()
        self.held.clear()

    # answers

    def answered(self, fetch: Fetch, answer: Answer) -> None:
        if answer.status >= 500 and answer.status != 503:
            raise Breach(f"I22 {fetch.path} was answered {answer.status}")
        if answer.status not in (200, 304) or any(part in fetch.path for part in STIRRING):
            self.still = False
        if answer.status != 200:
            return
        if fetch.path.endswith("/sync/push"):
            self._push(fetch, orjson.loads(answer.body))
        elif fetch.path.endswith("/sync/pull"):
            self._pull(fetch, answer)
        elif "/sync/snapshot/" in fetch.path:
            self._snapshot(fetch, answer)

    def _push(self, fetch: Fetch, said: dict[str, Any]) -> None:
        self.wrote = True
        self.pushes = [*self.pushes[-3:], fetch]
        asked = orjson.loads(fetch.body)
        if [c.get("id") for c in asked["changes"]] != [v["id"] for v in said["verdicts"]]:
            raise Breach("I10 the verdicts are not those of the changes")
        allowed = self.allowed(asked["device"])
        for row in (v["row"] for v in said["verdicts"] if v.get("row")):
            if row["scope"] not in allowed:
                raise Breach(f"I16 a verdict carried a row of {row['scope']}")

    def _pull(self, fetch: Fetch, answer: Answer) -> None:
        said, allowed = orjson.loads(answer.body), self.allowed(orjson.loads(fetch.body)["device"])
        rows = 0
        for page in said["pages"]:
            found = page.get("rows") or []
            rows += len(found)
            if found or page.get("more") or "cursor" not in page:
                self.still = False
            if "cursor" in page and page["scope"] not in allowed:
                raise Breach(f"I16 a page of {page['scope']} went to somebody without it")
            cursor = unpack(self.server.world.keys.mac, page.get("cursor"), Cursor)
            if found and cursor.seq != cursor.mark:
                raise Breach("I9 a page ends in the middle of what one batch wrote")
        if rows > PAGE_ROWS or len(answer.body) > PAGE_BYTES:
            raise Breach(f"I22 {rows} rows, {len(answer.body)} bytes in one answer")

    def _snapshot(self, fetch: Fetch, answer: Answer) -> None:
        scope = unquote(fetch.path.partition("/snapshot/")[2].partition("?")[0])
        if scope not in self.allowed_to(account_id(NAMES[fetch.phone.rstrip("x")])):
            raise Breach(f"I16 a snapshot of {scope} went to somebody without it")

    def allowed(self, device: str) -> set[str]:
        with self.server.world.engine.connect() as conn:
            account = conn.execute(_PERSON, {"device": device}).scalar()
        return self.allowed_to(account) if account else set()

    def allowed_to(self, account: str) -> set[str]:
        if account not in self.held:
            self.held[account] = self._allowed_to(account)
        return self.held[account]

    def _allowed_to(self, account: str) -> set[str]:
        with self.server.world.engine.connect() as conn:
            granted = [r[0] for r in conn.execute(_GRANTS, {"account": account})]
        found = {"config", f"user:{account}", *granted}
        for scope in granted:
            area = scope.partition(":")[2]
            while area := ABOVE.get(area):
                found.add(SCOPES[area])
        return found

    def same(self, fetch: Fetch, first: Answer, second: Answer) -> Answer:
        """I3: a second copy gets the stored verdicts."""
        if fetch.path.endswith("/sync/push") and first.status == second.status == 200:
            one, other = (orjson.loads(a.body)["verdicts"] for a in (first, second))
            if [_word(v) for v in one] != [_word(v) for v in other] or not all(v["replayed"] for v in other):
                raise Breach("I3 a replay was judged otherwise")
        return second

    def same_five(self, fetch: Fetch, answers: list[Answer]) -> None:
        for answer in answers:
            self.answered(fetch, answer)
        if not fetch.path.endswith("/sync/push"):
            return
        said = [orjson.loads(a.body)["verdicts"] for a in answers if a.status == 200]
        fresh: dict[str, int] = defaultdict(int)
        for verdicts in said:
            for verdict in verdicts:
                fresh[verdict["id"]] += not verdict["replayed"]
            if [_word(v) for v in verdicts] != [_word(v) for v in said[0]]:
                raise Breach("I3 five copies were judged differently")
        if any(count > 1 for count in fresh.values()):
            raise Breach("I3 one change was taken in twice at once")

    # rows

    def always(self) -> None:
        """After every event that wrote: no orphan by a parent reference (I19)."""
        if not self.wrote:
            return
        self.wrote = False
        with self.server.world.engine.connect() as conn:
            for kind, record, name in conn.execute(_ORPHANS):
                if name in PARENTS[kind]:
                    raise Breach(f"I19 {kind} {record} hangs on nothing by {name}")

    def everything(self) -> None:
        found = verify(self.server.world)
        if found:
            raise Breach(f"verify: {found[:3]}")
        self._steps()
        self._replays()

    def _steps(self) -> None:
        """I18: only steps that the workflow's table lists."""
        legal = legal_steps()
        with self.server.world.engine.connect() as conn:
            for record, patch in conn.execute(_STATES):
                step = open_kept(patch, self.server.world.keys.sealed).get("state")
                if step and (step["from"], step["to"]) not in legal:
                    raise Breach(f"I18 issue {record} went from {step['from']} to {step['to']}")

    def _replays(self) -> None:
        """I3: sending again what was sent changes nothing."""
        if not self.pushes:
            return
        before = _state(self.server)
        for fetch in self.pushes[-2:]:
            headers = [h for h in fetch.headers if h[0] != "cookie"]
            self.server.request("replay", fetch.method, fetch.path, headers, fetch.body)
        if _state(self.server) != before:
            raise Breach("I3 sending again changed something")

    def converged(self, name: str, user: str, status: dict[str, Any], held: dict[str, Any], aes: bool) -> None:
        """I4: the phone holds exactly the live rows of its scopes, as the server has them."""
        with self.server.world.engine.connect() as conn:
            if name.rstrip("x") in {r[0].rstrip("x") for r in conn.execute(_BARRED)}:
                return
            if conn.execute(_DISABLED, {"account": account_id(user)}).first():
                return
            delivered = [tuple(r) for r in conn.execute(_DELIVERED)]
        if status["wiped"]:
            return
        for problem in status["problems"]:
            if problem["kind"] == "digest_mismatch":
                raise Breach(f"I4 {name} noticed that its rows differed")
        wanted_scopes = self.allowed_to(account_id(user))
        cursors = {scope: state for scope, state, _ in held["cursors"]}
        if set(cursors) != wanted_scopes or set(cursors.values()) != {"ready"}:
            raise Breach(f"I4 {name} holds {cursors} and not {sorted(wanted_scopes)}")
        wanted = sorted((s, r, rev) for s, r, rev, _ in delivered if s in wanted_scopes)
        if wanted != sorted(tuple(m) for m in held["memberships"]):
            raise Breach(f"I4 {name}: its memberships are not the server's rows")
        rows = {r: (rev, json.loads(row)["data"]) for s, r, rev, row in delivered if s in wanted_scopes}
        base = {ident: (rev, data) for ident, rev, _, data in held["base"]}
        if base.keys() != rows.keys():
            raise Breach(f"I4 {name}: {len(base)} rows here, {len(rows)} there")
        differing = [i for i in rows if base[i][0] != rows[i][0] or (not aes and base[i][1] != rows[i][1])]
        if differing:
            raise Breach(f"I4 {name}: row {differing[0]} differs")


def _word(verdict: dict[str, Any]) -> tuple[Any, ...]:
    return verdict["id"], verdict["status"], verdict.get("reason"), json.dumps(verdict.get("conflicts"))


def _state(server: SimServer) -> dict[str, Any]:
    dump = server.dump()
    return {name: dump[name] for name in STATE}


def legal_steps() -> set[tuple[str | None, str]]:
    """(from, to) of every step in the workflow's table; a report is born out of nothing."""
    return {
        (before if before != "draft" else None, action.to)
        for action in ACTIONS.values()
        if action.to
        for before in action.frm
    }
