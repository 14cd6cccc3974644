"""Custom fields stand on kinds and categories; more types, bounds, help, default.

Fields of before get the places where they have values; those without any stay everywhere.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "patrimoine_0009"
down_revision = "patrimoine_0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DEFINITION, _VALUE, _PLACE = (
    f"patrimoine_field_{name}" for name in ("definition", "value", "place")
)
#: Column of a value -> the table of the row it may be.
_LINKS = {"value_partner_id": "base_partner", "value_asset_id": "patrimoine_asset"}


def upgrade() -> None:
    op.create_table(
        _PLACE,
        sa.Column("id", _ID, nullable=False),
        sa.Column("field_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("category_id", _ID, nullable=True),
        sa.CheckConstraint(
            "kind IS NULL OR kind IN ('site', 'building', 'floor', 'room', 'parcel', 'vehicle',"
            " 'equipment', 'personal_equipment')",
            name=op.f("ck_patrimoine_field_place_kind"),
        ),
        sa.CheckConstraint(
            "(kind IS NULL) <> (category_id IS NULL)",
            name=op.f("ck_patrimoine_field_place_kind_or_category"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["patrimoine_category.id"],
            name=op.f("fk_patrimoine_field_place_category_id_patrimoine_category"),
        ),
        sa.ForeignKeyConstraint(
            ["field_id"],
            ["patrimoine_field_definition.id"],
            name=op.f("fk_patrimoine_field_place_field_id_patrimoine_field_definition"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patrimoine_field_place")),
        sa.UniqueConstraint(
            "field_id", "category_id", name=op.f("uq_patrimoine_field_place_field_id_category_id")
        ),
        sa.UniqueConstraint(
            "field_id", "kind", name=op.f("uq_patrimoine_field_place_field_id_kind")
        ),
    )
    op.create_index(
        op.f("ix_patrimoine_field_place_category_id"), _PLACE, ["category_id"], unique=False
    )
    for column in (
        sa.Column("value_type", sa.String(length=12), server_default="text", nullable=False),
        sa.Column("low", base.store.database.Exact(3), nullable=True),
        sa.Column("high", base.store.database.Exact(3), nullable=True),
        sa.Column("default_value", sa.String(length=2000), nullable=True),
        sa.Column("help", sa.String(length=300), nullable=True),
        sa.Column("is_importable", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("on_report", sa.Boolean(), server_default=sa.true(), nullable=False),
    ):
        op.add_column(_DEFINITION, column)
    op.execute(f"UPDATE {_DEFINITION} SET value_type = field_type")
    for name, target in _LINKS.items():
        _add_link(name, target)
        op.create_index(
            f"ix_{_VALUE}_{name}",
            _VALUE,
            [name],
            sqlite_where=sa.text(f"{name} IS NOT NULL"),
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.execute(
        f"INSERT INTO {_PLACE} (field_id, category_id) "
        f"SELECT id, category_id FROM {_DEFINITION} WHERE category_id IS NOT NULL"
    )
    op.execute(
        f"INSERT INTO {_PLACE} (field_id, kind) "
        f"SELECT DISTINCT d.id, a.kind FROM {_DEFINITION} d "
        f"JOIN {_VALUE} v ON v.field_id = d.id AND v.record_type = d.record_type "
        "JOIN patrimoine_asset a ON a.id = v.record_id "
        "WHERE d.category_id IS NULL AND d.record_type = 'patrimoine_asset'"
    )


def _add_link(name: str, target: str) -> None:
    key = f"fk_{_VALUE}_{name}_{target}"
    if op.get_bind().dialect.name == "sqlite":
        # SQLite takes a foreign key with the column, and at no other time.
        op.execute(
            f"ALTER TABLE {_VALUE} ADD COLUMN {name} INTEGER "
            f"CONSTRAINT {key} REFERENCES {target} (id)"
        )
        return
    op.add_column(_VALUE, sa.Column(name, _ID, nullable=True))
    op.create_foreign_key(key, _VALUE, target, [name], ["id"])


def downgrade() -> None:
    for name in _LINKS:
        op.drop_index(f"ix_{_VALUE}_{name}", table_name=_VALUE)
        op.drop_column(_VALUE, name)
    for name in (
        "on_report",
        "is_importable",
        "help",
        "default_value",
        "high",
        "low",
        "value_type",
    ):
        op.drop_column(_DEFINITION, name)
    op.drop_table(_PLACE)
