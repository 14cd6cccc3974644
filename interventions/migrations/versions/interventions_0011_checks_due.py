"""Work of one kind in one state is found by its day, for what is due on the first page."""

from __future__ import annotations

from alembic import op

revision = "interventions_0011"
down_revision = "interventions_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_interventions_work_order_due_kind",
        "interventions_work_order",
        ["entity_id", "kind", "state", "due_on", "id"],
    )


def downgrade() -> None:
    op.drop_index("ix_interventions_work_order_due_kind", table_name="interventions_work_order")
