"""Indexes of the days that the first page looks ahead to: warranties, expiries."""

from __future__ import annotations

from alembic import op


revision = "patrimoine_0010"
down_revision = "patrimoine_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_patrimoine_equipment_warranty",
        "patrimoine_equipment",
        ["warranty_ends_on"],
        unique=False,
    )
    op.create_index(
        "ix_patrimoine_personal_equipment_expiry",
        "patrimoine_personal_equipment",
        ["expires_on"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(
        "ix_patrimoine_personal_equipment_expiry", table_name="patrimoine_personal_equipment"
    )
    op.drop_index("ix_patrimoine_equipment_warranty", table_name="patrimoine_equipment")
