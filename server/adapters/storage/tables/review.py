"""Look-ups for the review desk, beside the records that carry the values; incidents."""

from sqlalchemy import Column, Index, String, Table, Text

from server.adapters.storage.tables import metadata

conflict = Table(
    "conflict", metadata,
    Column("id", String(36), primary_key=True),  # also the id of the `conflict` record
    Column("record", String(36), nullable=False),
    Column("kind", String(24), nullable=False),
    Column("field", String(40)),
    Column("author", String(36)),
    Column("change", String(36)),
    Column("state", String(8), nullable=False),
    Column("created_at", String(24), nullable=False),
    Index("conflict_record", "record", "state"),
    Index("conflict_state", "state", "created_at"),
)

parked = Table(
    "parked", metadata,
    Column("id", String(36), primary_key=True),  # also the id of the `parked` record
    Column("change", String(80), nullable=False),  # the ledger key
    Column("record", String(36)),
    Column("author", String(36)),
    Column("status", String(12), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("awaits", String(36)),  # the record whose coming applies it
    Column("state", String(8), nullable=False),
    Column("scope", String(64)),  # where the office looks for it when the record is unknown
    Column("created_at", String(24), nullable=False),
    Index("parked_awaits", "awaits"),
    Index("parked_record", "record"),
    Index("parked_state", "state", "created_at"),
)

incident = Table(
    "incident", metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("device", String(36), index=True),
    Column("account", String(36)),
    Column("scope", String(64)),
    Column("detail", Text, nullable=False),
    Column("at", String(24), nullable=False),
    Column("state", String(8), nullable=False),
)
