"""Categories whose work is signed before it ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


revision = "patrimoine_0003"
down_revision = "patrimoine_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "patrimoine_category",
        sa.Column("signed_work", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("patrimoine_category", "signed_work")
