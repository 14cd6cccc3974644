"""imports that are taken back: who did, by which job, and what became of each record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "base_0010"
down_revision = "base_0009"
branch_labels = None
depends_on = None

_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("base_import_batch", sa.Column("undone_by", sa.String(length=80)))
    op.add_column("base_import_batch", sa.Column("undo_job_id", _WHOLE))
    op.add_column("base_import_batch", sa.Column("deeds", _WHOLE))
    op.add_column("base_import_row", sa.Column("fate", sa.String(length=10)))
    op.add_column("base_import_row", sa.Column("note", sa.Text()))
    op.create_index("ix_base_import_row_fate", "base_import_row", ["batch_id", "fate", "id"])


def downgrade() -> None:
    op.drop_index("ix_base_import_row_fate", table_name="base_import_row")
    op.drop_column("base_import_row", "note")
    op.drop_column("base_import_row", "fate")
    op.drop_column("base_import_batch", "deeds")
    op.drop_column("base_import_batch", "undo_job_id")
    op.drop_column("base_import_batch", "undone_by")
