"""Work that nobody has is counted in the index of its state."""

from __future__ import annotations

from alembic import op

revision = "interventions_0010"
down_revision = "interventions_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_interventions_work_order_lane", table_name="interventions_work_order")
    op.create_index(
        "ix_interventions_work_order_lane",
        "interventions_work_order",
        ["entity_id", "state", "id", "assigned_to_id"],
    )


def downgrade() -> None:
    op.drop_index("ix_interventions_work_order_lane", table_name="interventions_work_order")
    op.create_index(
        "ix_interventions_work_order_lane", "interventions_work_order", ["entity_id", "state", "id"]
    )
