"""the index by day holds what the sums of the ledger need."""

from __future__ import annotations

from alembic import op

revision = "patrimoine_0002"
down_revision = "patrimoine_0001"
branch_labels = None
depends_on = None

_NAME, _TABLE = "ix_patrimoine_cost_line_day", "patrimoine_cost_line"
_SUMS = [
    *("entity_id", "date_on", "asset_id", "nature", "account", "service_id"),
    *("reversal_of_id", "amount_ht_eur", "vat_eur", "net_eur"),
]


def upgrade() -> None:
    op.drop_index(_NAME, table_name=_TABLE)
    op.create_index(_NAME, _TABLE, _SUMS, unique=False)


def downgrade() -> None:
    op.drop_index(_NAME, table_name=_TABLE)
    op.create_index(_NAME, _TABLE, ["entity_id", "date_on"], unique=False)
