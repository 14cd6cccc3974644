"""The lists of assets in the order of their indexes, filters and rows put away included."""

from __future__ import annotations

from alembic import op

revision = "patrimoine_0005"
down_revision = "patrimoine_0004"
branch_labels = None
depends_on = None

TABLE = "patrimoine_asset"
#: Index -> its columns before, and now.
INDEXES: dict[str, tuple[list[str] | None, list[str]]] = {
    "ix_patrimoine_asset_list": (
        ["entity_id", "sort_key", "id"],
        ["entity_id", "archived_on", "sort_key", "id"],
    ),
    "ix_patrimoine_asset_kind": (
        ["entity_id", "kind", "sort_key", "id"],
        ["entity_id", "kind", "archived_on", "sort_key", "id"],
    ),
    "ix_patrimoine_asset_category": (
        ["category_id", "entity_id"],
        ["category_id", "entity_id", "archived_on", "sort_key", "id"],
    ),
    "ix_patrimoine_asset_status": (
        None,
        ["entity_id", "status", "archived_on", "sort_key", "id"],
    ),
    "ix_patrimoine_asset_service": (
        None,
        ["service_id", "entity_id", "archived_on", "sort_key", "id"],
    ),
    "ix_patrimoine_asset_serial": (None, ["entity_id", "serial_number"]),
}


def upgrade() -> None:
    for name, (before, now) in INDEXES.items():
        if before is not None:
            op.drop_index(name, table_name=TABLE)
        op.create_index(name, TABLE, now)


def downgrade() -> None:
    for name, (before, _now) in INDEXES.items():
        op.drop_index(name, table_name=TABLE)
        if before is not None:
            op.create_index(name, TABLE, before)
