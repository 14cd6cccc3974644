"""base: shares of people without an account, counted in the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "base_0011"
down_revision = "base_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "base_share",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("until", base.store.database.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_base_share")),
    )
    op.create_index("ix_base_share_until", "base_share", ["until"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_base_share_until", table_name="base_share")
    op.drop_table("base_share")
