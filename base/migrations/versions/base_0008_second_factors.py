"""Second factors: the secret of each account, and codes for lost phones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "base_0008"
down_revision = "base_0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for column in (
        sa.Column("totp_secret", sa.String(length=200), nullable=True),
        sa.Column("totp_since", base.store.database.UTCDateTime(), nullable=True),
        sa.Column("totp_step", _ID, server_default="0", nullable=False),
    ):
        op.add_column("base_user_security", column)
    op.create_table(
        "base_recovery_code",
        sa.Column("id", _ID, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", base.store.database.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
            name=op.f("fk_base_recovery_code_user_id_ab_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_recovery_code")),
    )
    op.create_index(
        op.f("ix_base_recovery_code_user_id"), "base_recovery_code", ["user_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("base_recovery_code")
    for name in ("totp_step", "totp_since", "totp_secret"):
        op.drop_column("base_user_security", name)
