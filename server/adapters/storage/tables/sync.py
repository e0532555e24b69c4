"""Scopes and their feeds, the ledger of changes, timelines."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from server.adapters.storage.tables import metadata

scope = Table(
    "scope", metadata,
    Column("id", String(64), primary_key=True),
    Column("head", BigInteger, nullable=False, server_default="0"),
    Column("floor", BigInteger, nullable=False, server_default="0"),
    Column("live", BigInteger, nullable=False, server_default="0"),
    Column("digest", BigInteger, nullable=False, server_default="0"),  # XOR of the revs, as a signed 64-bit
)

scope_entry = Table(
    "scope_entry", metadata,
    Column("scope", String(64), primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("record", String(36), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("live", Boolean, nullable=False),
    Column("why", String(12)),  # deleted, moved, undelivered, purged
    Index("scope_entry_feed", "scope", "seq", unique=True),
    Index("scope_entry_record", "record"),
    sqlite_with_rowid=False,
)

scope_mark = Table(
    "scope_mark", metadata,
    Column("scope", String(64), primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("tag", String(16), nullable=False),
    sqlite_with_rowid=False,
)

change = Table(
    "change", metadata,
    Column("key", String(80), primary_key=True),  # the change's id; a key of its own where ids clash
    Column("id", String(36)),
    Column("account", String(36)),
    Column("device", String(36)),
    Column("n", BigInteger),
    Column("hash", String(64), nullable=False),  # of the payload, to notice another one under a known id
    Column("payload", LargeBinary, nullable=False),  # codec byte, then the change as JSON, sealed values blanked
    Column("subjects", Text),
    Column("record", String(36)),
    Column("type", String(40)),
    Column("scope", String(64)),  # home scope of the record judged
    Column("source", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    Column("reason", String(24)),
    Column("message", Text),
    Column("conflicts", Text),
    Column("received_at", String(24), nullable=False),
    Column("timeline", String(36), nullable=False),
    Index("change_device_n", "device", "n"),
    Index("change_record", "record"),
)

timeline = Table(
    "timeline", metadata,
    Column("no", Integer, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("started_at", String(24), nullable=False),
    Column("reason", String(40), nullable=False),
    Column("evidence", Text),
)
