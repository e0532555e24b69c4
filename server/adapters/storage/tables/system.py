"""One row a deployment, and numbers given to people."""

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from server.adapters.storage.tables import metadata

identity = Table(
    "identity", metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("database", Text, nullable=False),  # system identifier and oid, or the generation file's text
)

counter = Table(
    "counter", metadata,
    Column("key", String(80), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
