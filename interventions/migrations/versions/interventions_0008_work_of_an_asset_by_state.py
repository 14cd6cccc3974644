"""Work orders of an asset by state, inside its authority."""

from __future__ import annotations

from alembic import op

revision = "interventions_0008"
down_revision = "interventions_0007"
branch_labels = None
depends_on = None

#: Table and index -> its columns before, and now.
INDEXES: dict[tuple[str, str], tuple[list[str] | None, list[str]]] = {
    ("interventions_work_order", "ix_interventions_work_order_asset"): (
        ["asset_id", "state", "id"],
        ["asset_id", "entity_id", "state", "id"],
    ),
}


def upgrade() -> None:
    for (table, name), (before, now) in INDEXES.items():
        if before is not None:
            op.drop_index(name, table_name=table)
        op.create_index(name, table, now)


def downgrade() -> None:
    for (table, name), (before, _now) in INDEXES.items():
        op.drop_index(name, table_name=table)
        if before is not None:
            op.create_index(name, table, before)
