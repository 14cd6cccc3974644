"""numbers of former software."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "interventions_0002"
down_revision = "interventions_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "interventions_work_order",
        sa.Column("external_number", sa.String(length=60), nullable=True),
    )
    op.create_index(
        "ix_interventions_work_order_external",
        "interventions_work_order",
        ["entity_id", "external_number"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_index("ix_interventions_work_order_external", table_name="interventions_work_order")
    op.drop_column("interventions_work_order", "external_number")
