"""Links by which whoever asked follows what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "patrimoine_0004"
down_revision = "patrimoine_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "patrimoine_tag_report",
        sa.Column(
            "follow_token",
            sa.String(length=16).with_variant(sa.String(length=16, collation="C"), "postgresql"),
            nullable=True,
        ),
    )
    op.create_index(
        "uq_patrimoine_tag_report_follow_token",
        "patrimoine_tag_report",
        ["follow_token"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("uq_patrimoine_tag_report_follow_token", table_name="patrimoine_tag_report")
    op.drop_column("patrimoine_tag_report", "follow_token")
