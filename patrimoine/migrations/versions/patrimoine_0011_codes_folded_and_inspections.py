"""Inspection days of assets; codes that read the same are one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from base.basics.folding import CODE_KEY_LENGTH, code_key

revision = "patrimoine_0011"
down_revision = "patrimoine_0010"
branch_labels = None
depends_on = None

_TABLE = "patrimoine_asset"
#: Rows read and written at once.
_CHUNK = 5000


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("last_inspection_on", sa.Date(), nullable=True))
    op.add_column(_TABLE, sa.Column("next_inspection_on", sa.Date(), nullable=True))
    op.add_column(
        _TABLE,
        sa.Column("code_key", sa.String(length=CODE_KEY_LENGTH), server_default="", nullable=False),
    )
    _fill()
    op.create_index("uq_patrimoine_asset_code_key", _TABLE, ["entity_id", "code_key"], unique=True)
    op.create_index(
        "ix_patrimoine_asset_inspection",
        _TABLE,
        ["entity_id", "next_inspection_on", "id", "archived_on", "kind"],
        unique=False,
    )


def _fill() -> None:
    """Give every code its key; one that was taken already by another spelling keeps its own.

    Codes of the register are never changed behind people's back: the second of two keeps a key
    that no new code can have, and its asset stays as it is.
    """
    connection = op.get_bind()
    table = sa.table(
        _TABLE,
        sa.column("id", sa.Integer),
        sa.column("entity_id", sa.Integer),
        sa.column("code", sa.String),
        sa.column("code_key", sa.String),
    )
    change = (
        table.update()
        .where(table.c.id == sa.bindparam("the_id"))
        .values(code_key=sa.bindparam("the_key"))
    )
    taken: set[tuple[int, str]] = set()
    last = 0
    while True:
        rows = connection.execute(
            sa.select(table.c.id, table.c.entity_id, table.c.code)
            .where(table.c.id > last)
            .order_by(table.c.id)
            .limit(_CHUNK)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        filled = []
        for row in rows:
            key = code_key(row.code)
            if (row.entity_id, key) in taken:
                key = f"{key[: CODE_KEY_LENGTH - 20]}\x1f{row.id}"
            taken.add((row.entity_id, key))
            filled.append({"the_id": row.id, "the_key": key})
        connection.execute(change, filled)


def downgrade() -> None:
    op.drop_index("ix_patrimoine_asset_inspection", table_name=_TABLE)
    op.drop_index("uq_patrimoine_asset_code_key", table_name=_TABLE)
    op.drop_column(_TABLE, "code_key")
    op.drop_column(_TABLE, "next_inspection_on")
    op.drop_column(_TABLE, "last_inspection_on")
