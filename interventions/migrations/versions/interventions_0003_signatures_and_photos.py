"""Signatures of those who receive work, photographs before and after."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "interventions_0003"
down_revision = "interventions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "interventions_photo",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column(
            "entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("changed_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "moment IN ('before', 'after')", name=op.f("ck_interventions_photo_moment")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
            name=op.f("fk_interventions_photo_changed_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
            name=op.f("fk_interventions_photo_created_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["base_document.id"],
            name=op.f("fk_interventions_photo_document_id_base_document"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["base_entity.id"],
            name=op.f("fk_interventions_photo_entity_id_base_entity"),
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id", "entity_id"],
            ["interventions_work_order.id", "interventions_work_order.entity_id"],
            name=op.f("fk_interventions_photo_work_order_id_entity_id_interventions_work_order"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interventions_photo")),
        sa.UniqueConstraint("document_id", name=op.f("uq_interventions_photo_document_id")),
    )
    op.create_index(
        op.f("ix_interventions_photo_entity_id"), "interventions_photo", ["entity_id"], unique=False
    )
    op.create_index(
        "ix_interventions_photo_work_order",
        "interventions_photo",
        ["work_order_id", "id"],
        unique=False,
    )
    op.create_table(
        "interventions_signature",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "work_order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("signer_name", sa.String(length=100), nullable=False),
        sa.Column("signer_quality", sa.String(length=100), nullable=False),
        sa.Column("signed_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("replaced_at", base.store.database.UTCDateTime(), nullable=True),
        sa.Column(
            "entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("changed_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "signer_name <> ''", name=op.f("ck_interventions_signature_signer_named")
        ),
        sa.CheckConstraint(
            "(document_id is null) = (digest is null)",
            name=op.f("ck_interventions_signature_picture_has_its_digest"),
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
            name=op.f("fk_interventions_signature_changed_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
            name=op.f("fk_interventions_signature_created_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["base_document.id"],
            name=op.f("fk_interventions_signature_document_id_base_document"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["base_entity.id"],
            name=op.f("fk_interventions_signature_entity_id_base_entity"),
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id", "entity_id"],
            ["interventions_work_order.id", "interventions_work_order.entity_id"],
            name=op.f(
                "fk_interventions_signature_work_order_id_entity_id_interventions_work_order"
            ),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interventions_signature")),
    )
    op.create_index(
        op.f("ix_interventions_signature_entity_id"),
        "interventions_signature",
        ["entity_id"],
        unique=False,
    )
    op.create_index(
        "ix_interventions_signature_work_order",
        "interventions_signature",
        ["work_order_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_interventions_signature_live",
        "interventions_signature",
        ["work_order_id"],
        unique=True,
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "uq_interventions_signature_live",
        table_name="interventions_signature",
        sqlite_where=sa.text("replaced_at IS NULL"),
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.drop_index("ix_interventions_signature_work_order", table_name="interventions_signature")
    op.drop_index(
        op.f("ix_interventions_signature_entity_id"), table_name="interventions_signature"
    )
    op.drop_table("interventions_signature")
    op.drop_index("ix_interventions_photo_work_order", table_name="interventions_photo")
    op.drop_index(op.f("ix_interventions_photo_entity_id"), table_name="interventions_photo")
    op.drop_table("interventions_photo")
