"""Accounts, sessions, devices, grants and the tree of areas."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from server.adapters.storage.tables import metadata

account = Table(
    "account", metadata,
    Column("id", String(36), primary_key=True),
    Column("username", String(64), nullable=False, unique=True),
    Column("name", String(150), nullable=False),
    Column("role", String(24), nullable=False),  # the role a grant gives when it names none
    Column("password", Text, nullable=False),  # argon2id
    Column("demo", Integer, nullable=False, server_default="0"),
    Column("created_at", String(24), nullable=False),
    Column("disabled_at", String(24)),
)

login_failure = Table(
    "login_failure", metadata,
    Column("key", String(80), primary_key=True),  # "user:<name hash>" or "device:<id>"
    Column("count", Integer, nullable=False),
    Column("first_at", String(24), nullable=False),
    Column("locked_until", String(24)),
)

session = Table(
    "session", metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the opaque token
    Column("account", String(36), nullable=False, index=True),
    Column("device", String(36)),
    Column("created_at", String(24), nullable=False),
    Column("last_used_at", String(24), nullable=False),
    Column("ended_at", String(24)),
)

device = Table(
    "device", metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(36), nullable=False, index=True),
    Column("name", String(200), nullable=False),
    Column("app", String(40), nullable=False),
    Column("schema", Integer, nullable=False),
    Column("drain_hash", String(64), index=True),
    Column("have_n", BigInteger, nullable=False, server_default="0"),
    Column("missing", Text, nullable=False, server_default="[]"),  # [[from, to], ...] below have_n
    Column("next_n", BigInteger),  # as the device last said
    Column("last_hello", Text),  # pending, storage, client_time as last said
    Column("created_at", String(24), nullable=False),
    Column("last_seen_at", String(24), nullable=False),
    Column("revoked_at", String(24)),
    Column("wiped_at", String(24)),
    Column("share", LargeBinary),  # its part of the key of the phone's rows, encrypted; none after a revocation
)

access_grant = Table(
    "access_grant", metadata,
    Column("id", String(36), primary_key=True),  # also the id of the `grant` record shown to the user
    Column("account", String(36), nullable=False),
    Column("role", String(24), nullable=False),
    Column("scope", String(64), nullable=False),
    Column("gen", Integer, nullable=False),  # counts the grants of this account on this scope
    Column("from_at", String(24), nullable=False),
    Column("until_at", String(24)),  # an end set beforehand
    Column("revoked_at", String(24)),
    Index("access_grant_account", "account"),
    Index("access_grant_scope", "scope"),
)

grant_ack = Table(
    "grant_ack", metadata,
    Column("device", String(36), primary_key=True),
    Column("scope", String(64), primary_key=True),
    Column("gen", Integer, nullable=False),
    Column("at", String(24), nullable=False),
)

area = Table(
    "area", metadata,
    Column("id", String(36), primary_key=True),
    Column("parent", String(36), index=True),
    Column("level", String(12), nullable=False),
    Column("name", String(200), nullable=False),
    Column("code", String(40), nullable=False),
    Column("scope", String(64), nullable=False, unique=True),
    Column("path", Text, nullable=False),  # "/<root id>/.../<own id>/"
)
