"""What is below an asset, and what it costs, in the order of their indexes."""

from __future__ import annotations

from alembic import op

revision = "patrimoine_0006"
down_revision = "patrimoine_0005"
branch_labels = None
depends_on = None

#: Table and index -> its columns before, and now.
INDEXES: dict[tuple[str, str], tuple[list[str] | None, list[str]]] = {
    ("patrimoine_asset", "ix_patrimoine_asset_branch"): (
        None,
        [
            "entity_id",
            "path",
        ],
    ),
    ("patrimoine_asset", "ix_patrimoine_asset_parent"): (
        ["parent_id", "sort_key"],
        [
            "parent_id",
            "entity_id",
            "archived_on",
            "sort_key",
            "id",
        ],
    ),
    ("patrimoine_cost_line", "ix_patrimoine_cost_line_asset"): (
        ["asset_id", "date_on"],
        [
            "asset_id",
            "entity_id",
            "date_on",
            "nature",
            "amount_ht_eur",
            "vat_eur",
            "net_eur",
        ],
    ),
    ("patrimoine_cost_line", "ix_patrimoine_cost_line_source"): (
        ["source_type", "source_id"],
        ["source_type", "source_id", "entity_id"],
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
