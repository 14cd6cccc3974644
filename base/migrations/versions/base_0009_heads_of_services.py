"""Who heads a department."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "base_0009"
down_revision = "base_0008"
branch_labels = None
depends_on = None

_KEY = "fk_base_service_head_id_ab_user"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes a foreign key with the column, and at no other time.
        op.execute(
            f"ALTER TABLE base_service ADD COLUMN head_id INTEGER CONSTRAINT {_KEY} "
            "REFERENCES ab_user (id)"
        )
        return
    op.add_column("base_service", sa.Column("head_id", sa.Integer(), nullable=True))
    op.create_foreign_key(_KEY, "base_service", "ab_user", ["head_id"], ["id"])


def downgrade() -> None:
    op.drop_column("base_service", "head_id")
