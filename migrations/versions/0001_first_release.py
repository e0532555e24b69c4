"""The tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# fmt: off
TABLES = [
    "record", "record_link", "record_history", "sealed_value", "scope", "scope_entry", "scope_mark", "timeline",
    "change", "conflict", "parked", "incident", "account", "login_failure", "session", "device", "grant_ack", "area",
    "access_grant", "identity", "counter",
]
# fmt: on


def upgrade() -> None:
    create_records()
    create_sealed_values()
    create_feeds()
    create_ledger()
    create_review()
    create_accounts()
    create_devices()
    create_areas_and_grants()
    create_system()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def create_records() -> None:
    op.create_table(
        "record",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("rev", sa.String(16), nullable=False),
        sa.Column("ver", sa.Integer(), nullable=False),
        sa.Column("row", sa.Text(), nullable=False),
        sa.Column("natural_key", sa.String(64)),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("updated_at", sa.String(24), nullable=False),
        sa.Column("alias_of", sa.String(36)),
    )
    op.create_index("record_natural_key", "record", ["natural_key"])
    op.create_index("record_scope_type", "record", ["scope", "type"])
    op.create_table(
        "record_link",
        sa.Column("record", sa.String(36), primary_key=True),
        sa.Column("field", sa.String(40), primary_key=True),
        sa.Column("target", sa.String(36), nullable=False),
    )
    op.create_index("record_link_target", "record_link", ["target", "field"])
    op.create_table(
        "record_history",
        sa.Column("record", sa.String(36), primary_key=True),
        sa.Column("ver", sa.Integer(), primary_key=True),
        sa.Column("rev", sa.String(16), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("by", sa.String(36)),
        sa.Column("device", sa.String(36)),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("op", sa.String(12), nullable=False),
        sa.Column("change", sa.String(64)),
        sa.Column("at_device", sa.String(24)),
        sa.Column("patch", sa.LargeBinary(), nullable=False),
        sa.Column("subjects", sa.Text()),
        sqlite_with_rowid=False,
    )


def create_sealed_values() -> None:
    op.create_table(
        "sealed_value",
        sa.Column("record", sa.String(36), primary_key=True),
        sa.Column("field", sa.String(40), primary_key=True),
        sa.Column("v", sa.String(16), primary_key=True),
        sa.Column("blind", sa.String(64), nullable=False),
        sa.Column("box", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_sealed_value_blind", "sealed_value", ["blind"])


def create_feeds() -> None:
    op.create_table(
        "scope",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("head", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("floor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("live", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("digest", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "scope_entry",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("rank", sa.Integer(), primary_key=True),
        sa.Column("record", sa.String(36), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(12)),
        sqlite_with_rowid=False,
    )
    op.create_index("scope_entry_feed", "scope_entry", ["scope", "seq"], unique=True)
    op.create_index("scope_entry_record", "scope_entry", ["record"])
    op.create_table(
        "scope_mark",
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("seq", sa.BigInteger(), primary_key=True),
        sa.Column("tag", sa.String(16), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timeline",
        sa.Column("no", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("started_at", sa.String(24), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("evidence", sa.Text()),
        sa.UniqueConstraint("id"),
    )


def create_ledger() -> None:
    op.create_table(
        "change",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("id", sa.String(36)),
        sa.Column("account", sa.String(36)),
        sa.Column("device", sa.String(36)),
        sa.Column("n", sa.BigInteger()),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("subjects", sa.Text()),
        sa.Column("record", sa.String(36)),
        sa.Column("type", sa.String(40)),
        sa.Column("scope", sa.String(64)),
        sa.Column("source", sa.String(10), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("message", sa.Text()),
        sa.Column("conflicts", sa.Text()),
        sa.Column("received_at", sa.String(24), nullable=False),
        sa.Column("timeline", sa.String(36), nullable=False),
    )
    op.create_index("change_device_n", "change", ["device", "n"])
    op.create_index("change_record", "change", ["record"])


def create_review() -> None:
    op.create_table(
        "conflict",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("record", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("field", sa.String(40)),
        sa.Column("author", sa.String(36)),
        sa.Column("change", sa.String(36)),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", sa.String(24), nullable=False),
    )
    op.create_index("conflict_record", "conflict", ["record", "state"])
    op.create_index("conflict_state", "conflict", ["state", "created_at"])
    op.create_table(
        "parked",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("change", sa.String(80), nullable=False),
        sa.Column("record", sa.String(36)),
        sa.Column("author", sa.String(36)),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("awaits", sa.String(36)),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("scope", sa.String(64)),
        sa.Column("created_at", sa.String(24), nullable=False),
    )
    op.create_index("parked_awaits", "parked", ["awaits"])
    op.create_index("parked_record", "parked", ["record"])
    op.create_index("parked_state", "parked", ["state", "created_at"])
    op.create_table(
        "incident",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("device", sa.String(36)),
        sa.Column("account", sa.String(36)),
        sa.Column("scope", sa.String(64)),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
    )
    op.create_index("ix_incident_device", "incident", ["device"])


def create_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("name", sa.String(150), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("demo", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("disabled_at", sa.String(24)),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "login_failure",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.String(24), nullable=False),
        sa.Column("locked_until", sa.String(24)),
    )
    op.create_table(
        "session",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("device", sa.String(36)),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("last_used_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24)),
    )
    op.create_index("ix_session_account", "session", ["account"])


def create_devices() -> None:
    op.create_table(
        "device",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("app", sa.String(40), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("drain_hash", sa.String(64)),
        sa.Column("have_n", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("missing", sa.Text(), nullable=False, server_default="[]"),
        sa.Column("next_n", sa.BigInteger()),
        sa.Column("last_hello", sa.Text()),
        sa.Column("created_at", sa.String(24), nullable=False),
        sa.Column("last_seen_at", sa.String(24), nullable=False),
        sa.Column("revoked_at", sa.String(24)),
        sa.Column("wiped_at", sa.String(24)),
    )
    op.create_index("ix_device_account", "device", ["account"])
    op.create_index("ix_device_drain_hash", "device", ["drain_hash"])
    op.create_table(
        "grant_ack",
        sa.Column("device", sa.String(36), primary_key=True),
        sa.Column("scope", sa.String(64), primary_key=True),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(24), nullable=False),
    )


def create_areas_and_grants() -> None:
    op.create_table(
        "area",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("parent", sa.String(36)),
        sa.Column("level", sa.String(12), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.UniqueConstraint("scope"),
    )
    op.create_index("ix_area_parent", "area", ["parent"])
    op.create_table(
        "access_grant",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("scope", sa.String(64), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.String(24), nullable=False),
        sa.Column("until_at", sa.String(24)),
        sa.Column("revoked_at", sa.String(24)),
    )
    op.create_index("access_grant_account", "access_grant", ["account"])
    op.create_index("access_grant_scope", "access_grant", ["scope"])


def create_system() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("database", sa.Text(), nullable=False),
    )
    op.create_table(
        "counter",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("value", sa.BigInteger(), nullable=False),
    )
