"""Links by which whoever asked follows what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "interventions_0004"
down_revision = "interventions_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "interventions_service_request",
        sa.Column(
            "follow_token",
            sa.String(length=16).with_variant(sa.String(length=16, collation="C"), "postgresql"),
            nullable=True,
        ),
    )
    op.create_index(
        "uq_interventions_service_request_follow_token",
        "interventions_service_request",
        ["follow_token"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index(
        "uq_interventions_service_request_follow_token", table_name="interventions_service_request"
    )
    op.drop_column("interventions_service_request", "follow_token")
