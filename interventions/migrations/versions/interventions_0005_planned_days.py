"""an index on the planned day, for the calendar of work orders."""

from __future__ import annotations

from alembic import op

revision = "interventions_0005"
down_revision = "interventions_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_interventions_work_order_planned",
        "interventions_work_order",
        ["entity_id", "planned_on", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_interventions_work_order_planned", table_name="interventions_work_order")
