"""an index on state and number, for the lanes of the board."""

from __future__ import annotations

from alembic import op

revision = "interventions_0006"
down_revision = "interventions_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_interventions_work_order_lane",
        "interventions_work_order",
        ["entity_id", "state", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_interventions_work_order_lane", table_name="interventions_work_order")
