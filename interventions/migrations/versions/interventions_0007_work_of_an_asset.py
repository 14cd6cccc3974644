"""Work orders of an asset, newest first; requests of a work order."""

from __future__ import annotations

from alembic import op

revision = "interventions_0007"
down_revision = "interventions_0006"
branch_labels = None
depends_on = None

#: Table and index -> its columns before, and now.
INDEXES: dict[tuple[str, str], tuple[list[str] | None, list[str]]] = {
    ("interventions_work_order", "ix_interventions_work_order_on_asset"): (
        None,
        [
            "asset_id",
            "entity_id",
            "id",
        ],
    ),
    ("interventions_service_request", "ix_interventions_service_request_work"): (
        None,
        [
            "work_order_id",
            "entity_id",
        ],
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
