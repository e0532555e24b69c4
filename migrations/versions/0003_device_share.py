"""The server's part of the key that a phone's rows lie under."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("device", sa.Column("share", sa.LargeBinary()))


def downgrade() -> None:
    with op.batch_alter_table("device") as table:
        table.drop_column("share")
