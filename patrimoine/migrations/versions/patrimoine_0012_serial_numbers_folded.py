"""Serial numbers that read the same are one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from base.basics.folding import CODE_KEY_LENGTH, code_key

revision = "patrimoine_0012"
down_revision = "patrimoine_0011"
branch_labels = None
depends_on = None

_TABLE = "patrimoine_asset"
#: Rows read and written at once.
_CHUNK = 5000


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("serial_key", sa.String(length=CODE_KEY_LENGTH), nullable=True))
    _fill()
    op.create_index(
        "uq_patrimoine_asset_serial_key",
        _TABLE,
        ["entity_id", "serial_key", "category_id"],
        unique=True,
    )


def _fill() -> None:
    """Give every serial number its key; of two that read the same the second keeps its own.

    Numbers of the register are never changed behind people's back: the second gets a key that no
    new number can have, and its asset stays as it is.
    """
    connection = op.get_bind()
    table = sa.table(
        _TABLE,
        sa.column("id", sa.Integer),
        sa.column("entity_id", sa.Integer),
        sa.column("category_id", sa.Integer),
        sa.column("serial_number", sa.String),
        sa.column("serial_key", sa.String),
    )
    change = (
        table.update()
        .where(table.c.id == sa.bindparam("the_id"))
        .values(serial_key=sa.bindparam("the_key"))
    )
    taken: set[tuple[int, int, str]] = set()
    last = 0
    while True:
        rows = connection.execute(
            sa.select(table.c.id, table.c.entity_id, table.c.category_id, table.c.serial_number)
            .where(table.c.id > last, table.c.serial_number.is_not(None))
            .order_by(table.c.id)
            .limit(_CHUNK)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        filled = []
        for row in rows:
            key = code_key(row.serial_number)
            # Without a category the database takes the same number twice, as it always did.
            if row.category_id is not None:
                if (row.entity_id, row.category_id, key) in taken:
                    key = f"{key[: CODE_KEY_LENGTH - 20]}\x1f{row.id}"
                taken.add((row.entity_id, row.category_id, key))
            filled.append({"the_id": row.id, "the_key": key})
        connection.execute(change, filled)


def downgrade() -> None:
    op.drop_index("uq_patrimoine_asset_serial_key", table_name=_TABLE)
    op.drop_column(_TABLE, "serial_key")
