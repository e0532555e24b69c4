"""Photos: rows, who names them, uploads under way, who looked."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = ["photo", "photo_link", "photo_upload", "photo_chunk", "photo_read"]


def upgrade() -> None:
    create_photo()
    create_links_and_reads()
    create_uploads()


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)


def create_photo() -> None:
    op.create_table(
        "photo",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("device", sa.String(36), nullable=False),
        sa.Column("record", sa.String(36), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("mime", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.String(24)),
        sa.Column("place", sa.Text()),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(24)),
        sa.Column("announced_at", sa.String(24), nullable=False),
        sa.Column("came_at", sa.String(24)),
        sa.Column("object", sa.String(64)),
        sa.Column("object_bytes", sa.BigInteger()),
        sa.Column("screen", sa.String(64)),
        sa.Column("thumb", sa.String(64)),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
    )
    for name in ("sha256", "object", "screen", "thumb"):
        op.create_index(f"photo_{name}", "photo", [name])
    op.create_index("photo_device", "photo", ["device", "state"])


def create_links_and_reads() -> None:
    op.create_table(
        "photo_link",
        sa.Column("photo", sa.String(36), primary_key=True),
        sa.Column("record", sa.String(36), primary_key=True),
        sa.Column("field", sa.String(40), primary_key=True),
    )
    op.create_table(
        "photo_read",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", sa.String(24), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("device", sa.String(36)),
        sa.Column("photo", sa.String(36), nullable=False),
        sa.Column("size", sa.String(8), nullable=False),
    )
    op.create_index("photo_read_photo", "photo_read", ["photo", "at"])
    op.create_index("photo_read_account", "photo_read", ["account", "at"])


def create_uploads() -> None:
    op.create_table(
        "photo_upload",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("photo", sa.String(36), nullable=False),
        sa.Column("account", sa.String(36), nullable=False),
        sa.Column("device", sa.String(36), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.String(24), nullable=False),
    )
    op.create_index("photo_upload_photo", "photo_upload", ["photo", "device"], unique=True)
    op.create_index("photo_upload_device", "photo_upload", ["device", "done"])
    op.create_table(
        "photo_chunk",
        sa.Column("upload", sa.String(36), primary_key=True),
        sa.Column("start", sa.BigInteger(), primary_key=True),
        sa.Column("key", sa.String(120), nullable=False),
    )
