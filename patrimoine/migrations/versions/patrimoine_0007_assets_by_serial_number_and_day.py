"""Assets by serial number and by day of purchase."""

from __future__ import annotations

from alembic import op

revision = "patrimoine_0007"
down_revision = "patrimoine_0006"
branch_labels = None
depends_on = None

#: Table and index -> its columns before, and now.
INDEXES: dict[tuple[str, str], tuple[list[str] | None, list[str]]] = {
    ("patrimoine_asset", "ix_patrimoine_asset_serial"): (
        ["entity_id", "serial_number"],
        ["entity_id", "serial_number", "archived_on", "sort_key", "id"],
    ),
    ("patrimoine_asset", "ix_patrimoine_asset_acquired"): (
        None,
        ["entity_id", "archived_on", "acquired_on", "id"],
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
