"""the time zone in which a person is shown instants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "base_0007"
down_revision = "base_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("base_user_security", sa.Column("timezone", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("base_user_security", "timezone")
