"""Records as they stand, their links and their history."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from server.adapters.storage.tables import metadata

record = Table(
    "record", metadata,
    Column("id", String(36), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("scope", String(64), nullable=False),  # the home scope: decides rights and locks
    Column("live", Boolean, nullable=False),
    Column("rev", String(16), nullable=False),
    Column("ver", Integer, nullable=False),
    Column("row", Text, nullable=False),  # the whole wire row as canonical JSON, sent as it is
    Column("natural_key", String(64)),  # a hash of the type's natural key fields; null: none
    Column("created_by", String(36)),
    Column("created_at", String(24), nullable=False),
    Column("updated_at", String(24), nullable=False),
    Column("alias_of", String(36)),
    Index("record_scope_type", "scope", "type"),
    Index("record_natural_key", "natural_key"),
)

record_link = Table(
    "record_link", metadata,
    Column("record", String(36), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("target", String(36), nullable=False),
    Index("record_link_target", "target", "field"),
)

record_history = Table(
    "record_history", metadata,
    Column("record", String(36), primary_key=True),
    Column("ver", Integer, primary_key=True),
    Column("rev", String(16), nullable=False),
    Column("at", String(24), nullable=False),
    Column("by", String(36)),
    Column("device", String(36)),
    Column("source", String(10), nullable=False),
    Column("op", String(12), nullable=False),
    Column("change", String(64)),
    Column("at_device", String(24)),
    Column("patch", LargeBinary, nullable=False),  # codec byte, then {field: {from, to}}
    Column("subjects", Text),
    sqlite_with_rowid=False,
)

sealed_value = Table(
    "sealed_value", metadata,
    Column("record", String(36), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("v", String(16), primary_key=True),  # current and waiting values alike
    Column("blind", String(64), nullable=False, index=True),  # keyed hash of the value, for duplicates
    Column("box", LargeBinary, nullable=False),  # suite byte, key id byte, nonce, AES-GCM box
)
