"""sign-ins that can be ended, tries whose end is not known yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "base_0003"
down_revision = "base_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "base_sign_in",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("started_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("ended_at", base.store.database.UTCDateTime(), nullable=True),
        sa.Column("refresh_jti", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
            name=op.f("fk_base_sign_in_user_id_ab_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_sign_in")),
    )
    op.create_index(
        op.f("ix_base_sign_in_started_at"), "base_sign_in", ["started_at"], unique=False
    )
    op.create_index(
        "ix_base_sign_in_user_id_address", "base_sign_in", ["user_id", "address"], unique=False
    )
    op.add_column(
        "base_login_attempt",
        sa.Column("pending", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("base_login_attempt", "pending")
    op.drop_index("ix_base_sign_in_user_id_address", table_name="base_sign_in")
    op.drop_index(op.f("ix_base_sign_in_started_at"), table_name="base_sign_in")
    op.drop_table("base_sign_in")
