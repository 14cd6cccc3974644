"""base: the version of what is known of people, renewed by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "base_0012"
down_revision = "base_0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    made = op.create_table(
        "base_access",
        sa.Column("id", BIG, nullable=False),
        sa.Column("version", BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_access")),
    )
    op.bulk_insert(made, [{"id": 1, "version": 0}])


def downgrade() -> None:
    op.drop_table("base_access")
