"""What a point used each local day, whichever of its series tells it; worst quality of a day."""

from __future__ import annotations

from types import SimpleNamespace

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "energie_0006"
down_revision = "energie_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "energie_point_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("point_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("value", base.store.database.Exact(3), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("expected", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("measured", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quality", sa.SmallInteger(), nullable=False),
        sa.Column("series_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint(
            "unit IN ('W', 'kW', 'VA', 'Wh', 'kWh', 'm3', 'l', 'degC')",
            name=op.f("ck_energie_point_day_unit"),
        ),
        sa.CheckConstraint(
            "received >= 0 AND expected > 0", name=op.f("ck_energie_point_day_points")
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["base_entity.id"],
            name=op.f("fk_energie_point_day_entity_id_base_entity"),
        ),
        sa.ForeignKeyConstraint(
            ["point_id", "entity_id"],
            ["energie_delivery_point.id", "energie_delivery_point.entity_id"],
            name=op.f("fk_energie_point_day_point_id_entity_id_energie_delivery_point"),
        ),
        sa.ForeignKeyConstraint(
            ["series_id", "entity_id"],
            ["energie_series.id", "energie_series.entity_id"],
            name=op.f("fk_energie_point_day_series_id_entity_id_energie_series"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_energie_point_day")),
        sa.UniqueConstraint(
            "point_id", "day_on", name=op.f("uq_energie_point_day_point_id_day_on")
        ),
    )
    op.create_index(
        op.f("ix_energie_point_day_entity_id"), "energie_point_day", ["entity_id"], unique=False
    )
    op.add_column("energie_daily_use", sa.Column("quality", sa.SmallInteger(), nullable=True))
    # The days that are there already are chosen by the rule that keeps them up from now on.
    from energie.services.point_days import rebuild_all

    rebuild_all(SimpleNamespace(core=op.get_bind().execute))


def downgrade() -> None:
    op.drop_column("energie_daily_use", "quality")
    op.drop_index(op.f("ix_energie_point_day_entity_id"), table_name="energie_point_day")
    op.drop_table("energie_point_day")
