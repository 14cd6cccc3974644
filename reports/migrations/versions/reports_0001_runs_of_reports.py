"""Runs of reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "reports_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports_report_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=4), nullable=False),
        sa.Column("params", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("requested_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("verification_code", sa.String(length=16), nullable=False),
        sa.Column("cut_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("cut_at", base.store.database.UTCDateTime(), nullable=True),
        sa.Column("question", sa.String(length=64), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=True),
        sa.Column("file_digest", sa.String(length=64), nullable=True),
        sa.Column(
            "document_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("finished_at", base.store.database.UTCDateTime(), nullable=True),
        sa.Column(
            "same_as_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "entity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("created_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("changed_at", base.store.database.UTCDateTime(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "format in ('pdf','xlsx','csv')", name=op.f("ck_reports_report_run_format")
        ),
        sa.CheckConstraint(
            "(document_id is null) = (finished_at is null)",
            name=op.f("ck_reports_report_run_finished"),
        ),
        sa.CheckConstraint(
            "same_as_id is null or same_as_id <> id", name=op.f("ck_reports_report_run_not_itself")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["ab_user.id"],
            name=op.f("fk_reports_report_run_changed_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["ab_user.id"],
            name=op.f("fk_reports_report_run_created_by_id_ab_user"),
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["base_document.id"],
            name=op.f("fk_reports_report_run_document_id_base_document"),
        ),
        sa.ForeignKeyConstraint(
            ["entity_id"],
            ["base_entity.id"],
            name=op.f("fk_reports_report_run_entity_id_base_entity"),
        ),
        sa.ForeignKeyConstraint(
            ["job_id"], ["base_job.id"], name=op.f("fk_reports_report_run_job_id_base_job")
        ),
        sa.ForeignKeyConstraint(
            ["same_as_id"],
            ["reports_report_run.id"],
            name=op.f("fk_reports_report_run_same_as_id_reports_report_run"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports_report_run")),
        sa.UniqueConstraint(
            "entity_id", "number", name=op.f("uq_reports_report_run_entity_id_number")
        ),
        sa.UniqueConstraint(
            "verification_code", name=op.f("uq_reports_report_run_verification_code")
        ),
    )
    op.create_index(
        op.f("ix_reports_report_run_entity_id"), "reports_report_run", ["entity_id"], unique=False
    )
    op.create_index(
        "ix_reports_report_run_list", "reports_report_run", ["entity_id", "id"], unique=False
    )
    op.create_index(
        "ix_reports_report_run_question", "reports_report_run", ["question", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_reports_report_run_question", table_name="reports_report_run")
    op.drop_index("ix_reports_report_run_list", table_name="reports_report_run")
    op.drop_index(op.f("ix_reports_report_run_entity_id"), table_name="reports_report_run")
    op.drop_table("reports_report_run")
