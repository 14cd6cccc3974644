"""one view of a list by name and person; also how a list finds its views."""

from __future__ import annotations

from alembic import op

revision = "base_0006"
down_revision = "base_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_base_saved_view_view", "base_saved_view", ["view", "user_id", "name"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_base_saved_view_view", table_name="base_saved_view")
