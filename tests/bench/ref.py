"""The limit the server is compared with: the least that stores and sends the same bytes, without login, rights,
scopes' rules, merging or timelines. Text joined in SQL; ledger, current rows, history, one `executemany` each,
one marshmallow load a change. Served by gunicorn like the product: `tests.bench.ref:create_app()`.
"""

import os
import sqlite3
import threading
import zlib
from typing import Any

import orjson
import psycopg
from flask import Flask, Response, request
from marshmallow import Schema, fields
from marshmallow.validate import Length

TABLES = (
    "CREATE TABLE record (id TEXT PRIMARY KEY, scope TEXT NOT NULL, seq BIGINT NOT NULL, row TEXT NOT NULL)",
    "CREATE INDEX record_feed ON record (scope, seq)",
    "CREATE TABLE record_history (record TEXT, ver INTEGER, change TEXT, patch TEXT, PRIMARY KEY (record, ver))",
    "CREATE TABLE change (id TEXT PRIMARY KEY, payload TEXT NOT NULL, verdict TEXT NOT NULL)",
    "CREATE TABLE scope (id TEXT PRIMARY KEY, head BIGINT NOT NULL)",
)
COLUMNS = {"record": "id scope seq row", "scope": "id head"}


class Household(Schema):
    household_no = fields.String()
    dwelling = fields.UUID(required=True)
    household_type = fields.String(validate=Length(max=20))
    declared_count = fields.Integer()
    contact_person = fields.String(validate=Length(max=150))
    contact_phone = fields.String(validate=Length(max=40))
    preferred_contact = fields.String()
    preferred_time = fields.String()
    e_bike = fields.Integer()
    gas_bottle = fields.Boolean()
    moved_in_on = fields.Date()
    note = fields.String(validate=Length(max=4096))


HOUSEHOLD = Household()


class Postgres:
    def __init__(self, url: str) -> None:
        self.conn = psycopg.connect(url)
        self.execute, self.commit = self.conn.execute, self.conn.commit
        self.cursor = self.conn.cursor()

    def many(self, sql: str, rows: list[tuple[Any, ...]]) -> None:
        self.cursor.executemany(sql, rows)

    joined = "SELECT string_agg(row, %s ORDER BY seq), max(seq) FROM record WHERE scope = %s AND seq > %s"
    ledger = "SELECT id FROM change WHERE id = ANY(%s)"
    current = "SELECT id, row FROM record WHERE id = ANY(%s) ORDER BY id FOR UPDATE"
    mark = "%s"

    def ids(self, ids: list[str]) -> Any:
        return ids

    def begin(self) -> None:
        """psycopg begins by itself."""


class Sqlite:
    def __init__(self, url: str) -> None:
        self.conn = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=8000"):
            self.conn.execute(f"PRAGMA {pragma}")
        self.execute, self.commit, self.many = self.conn.execute, self.conn.commit, self.conn.executemany

    joined = (
        "SELECT group_concat(row, ?), max(seq) FROM "
        "(SELECT row, seq FROM record WHERE scope = ? AND seq > ? ORDER BY seq)"
    )
    ledger = "SELECT id FROM change WHERE id IN (SELECT value FROM json_each(?))"
    current = "SELECT id, row FROM record WHERE id IN (SELECT value FROM json_each(?))"
    mark = "?"

    def ids(self, ids: list[str]) -> Any:
        return orjson.dumps(ids).decode()

    def begin(self) -> None:
        self.conn.execute("BEGIN IMMEDIATE")


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)
    url = os.environ["DATABASE_URL"]
    kind, mine, memory = (Sqlite if url.startswith("sqlite") else Postgres), threading.local(), dict[str, bytes]()

    def database() -> Any:
        if not hasattr(mine, "database"):
            mine.database = kind(url)
        return mine.database

    @app.get("/readyz")
    def ready() -> str:
        return "ok"

    @app.get("/snapshot/<scope>")
    def snapshot(scope: str) -> Response:
        db = database()
        found = db.execute(db.joined, ("\n", scope, 0)).fetchone()[0]
        db.commit()
        return sent((found or "").encode())

    @app.get("/memory/<scope>")
    def from_memory(scope: str) -> Response:
        if scope not in memory:
            memory[scope] = snapshot(scope).get_data()
        return Response(memory[scope])

    @app.post("/pull")
    def pull() -> Response:
        db, pages = database(), []
        for scope, after in orjson.loads(request.get_data())["scopes"].items():
            rows, seq = db.execute(db.joined, (",", scope, after)).fetchone()
            pages.append(
                b'{"scope":"%s","cursor":%d,"rows":[%s]}' % (scope.encode(), seq or after, (rows or "").encode())
            )
        db.commit()
        return sent(b'{"pages":[' + b",".join(pages) + b"]}")

    @app.post("/push")
    def push() -> Response:
        return sent(orjson.dumps({"verdicts": store(database(), orjson.loads(request.get_data())["changes"])}))

    return app


def sent(body: bytes) -> Response:
    if not request.accept_encodings["gzip"]:
        return Response(body, content_type="application/json")
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    packed = packer.compress(body) + packer.flush()
    return Response(packed, content_type="application/json", headers={"Content-Encoding": "gzip"})


def store(db: Any, changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One transaction: what is new is laid over the current rows; a verdict each."""
    db.begin()
    known = {row[0] for row in db.execute(db.ledger, (db.ids([c["id"] for c in changes]),))}
    fresh = [c for c in changes if c["id"] not in known]
    current = dict(db.execute(db.current, (db.ids([c["record"] for c in fresh]),)).fetchall())
    rows, history, ledger = [], [], []
    for change in fresh:
        row = orjson.loads(current[change["record"]])
        row["data"] |= {name: patch["to"] for name, patch in change["set"].items()}
        HOUSEHOLD.load(row["data"])
        row["ver"] += 1
        rows.append(row)
        patch = orjson.dumps(change["set"]).decode()
        history.append((row["id"], row["ver"], change["id"], patch))
        ledger.append((change["id"], orjson.dumps(change).decode(), "applied"))
    seqs = taken(db, [row["scope"] for row in rows])
    stored = [(r["id"], r["scope"], seq, orjson.dumps(r).decode()) for r, seq in zip(rows, seqs, strict=True)]
    write(db, stored, history, ledger)
    db.commit()
    return [{"id": c["id"], "status": "applied", "replayed": c["id"] in known} for c in changes]


def taken(db: Any, scopes: list[str]) -> list[int]:
    """The next number of each scope's counter."""
    next_of = {}
    for scope in sorted(set(scopes)):
        sql = f"UPDATE scope SET head = head + {db.mark} WHERE id = {db.mark} RETURNING head"
        count = scopes.count(scope)
        next_of[scope] = db.execute(sql, (count, scope)).fetchone()[0] - count
    numbers = []
    for scope in scopes:
        next_of[scope] += 1
        numbers.append(next_of[scope])
    return numbers


def write(db: Any, rows: list[Any], history: list[Any], ledger: list[Any]) -> None:
    m = db.mark
    if rows:
        upsert = "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, row = excluded.row"
        db.many(f"INSERT INTO record (id, scope, seq, row) VALUES ({m}, {m}, {m}, {m}) {upsert}", rows)
        db.many(f"INSERT INTO record_history (record, ver, change, patch) VALUES ({m}, {m}, {m}, {m})", history)
        db.many(f"INSERT INTO change (id, payload, verdict) VALUES ({m}, {m}, {m})", ledger)
