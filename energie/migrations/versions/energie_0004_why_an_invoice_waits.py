"""Why an invoice waits, what was paid before, and one identity of seller and number.

The keys of invoices that are here are folded like those of new ones. Where that makes two of them
one, both stay, the later under a key of its own: a person sees them side by side and decides.
"""

from __future__ import annotations

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

import base.store.database

revision = "energie_0004"
down_revision = "energie_0003"
branch_labels = None
depends_on = None

TABLE = "energie_invoice"
#: Name → (before, after). A named check of SQLite is text of the table.
CHECKS = {
    "ck_energie_invoice_state": (
        "state IN ('waiting', 'booked')",
        "state IN ('waiting', 'booked', 'detached', 'refused')",
    ),
    "ck_energie_invoice_booked_on_a_point": (
        "state = 'waiting' OR point_id IS NOT NULL",
        "state <> 'booked' OR point_id IS NOT NULL",
    ),
}
LINKS = ("replaces_id", "counted_by_id")
TEXTS = {
    "waiting_reason": sa.String(20),
    "waiting_sentence": sa.String(1000),
    "decision": sa.String(1000),
    "direction": sa.String(6),
    "replaces": sa.String(60),
    "preceding_key": sa.String(60),
}
INDEXES = {
    "ix_energie_invoice_reason": ["entity_id", "state", "waiting_reason", "issued_on"],
    "ix_energie_invoice_same": ["entity_id", "number_key"],
}
UNIQUE = "ux_energie_invoice_one"
#: What an invoice that waited when this came waited for.
UNKNOWN_POINT = "La facture ne cite aucun point de livraison connu, ou elle en cite plusieurs."

_APART = re.compile(r"[\W_]+")
_FRENCH_VAT = re.compile(r"FR[0-9A-Z]{2}(\d{9})")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _number_key(number: str) -> str:
    bare = _APART.sub("", unicodedata.normalize("NFKC", number)).casefold()
    return (bare or number.strip())[:60]


def _supplier_key(key: str, name: str) -> str:
    digits = "".join(key.split())
    if digits.isdecimal() and len(digits) in (9, 14):
        return digits[:9]
    if key == name.casefold()[:200]:
        plain = unicodedata.normalize("NFKD", name).casefold()
        bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
        return " ".join(_APART.sub(" ", bare).split())[:200]
    vat = _APART.sub("", key).upper()
    french = _FRENCH_VAT.fullmatch(vat)
    return french[1] if french else vat


def _fold() -> None:
    """Give each invoice its keys, the oldest first."""
    bind = op.get_bind()
    invoice = sa.table(
        TABLE,
        *(
            sa.column(name)
            for name in ("id", "entity_id", "supplier_key", "supplier_name", "number", "number_key")
        ),
    )
    rows = bind.execute(
        sa.select(
            invoice.c.id,
            invoice.c.entity_id,
            invoice.c.supplier_key,
            invoice.c.supplier_name,
            invoice.c.number,
        ).order_by(invoice.c.id)
    ).all()
    folded: set[tuple[int, str, str]] = set()
    exact = {(row.entity_id, row.supplier_key, row.number) for row in rows}
    for row in rows:
        supplier = _supplier_key(row.supplier_key, row.supplier_name)
        number = _number_key(row.number)
        if supplier != row.supplier_key and (row.entity_id, supplier, row.number) in exact:
            supplier = row.supplier_key
        exact.add((row.entity_id, supplier, row.number))
        if (row.entity_id, supplier, number) in folded:
            own = f"~{row.id}"
            number = number[: 60 - len(own)] + own
        folded.add((row.entity_id, supplier, number))
        bind.execute(
            sa.update(invoice)
            .where(invoice.c.id == row.id)
            .values(supplier_key=supplier, number_key=number)
        )


def _change_checks(*, back: bool) -> None:
    """Put the one wording of the checks in the place of the other.

    SQLite has no statement for it: of a check, which no index or row depends on, its
    documentation has the text of the table changed. The table and its triggers stay.
    """
    bind = op.get_bind()
    pairs = {name: pair[::-1] if back else pair for name, pair in CHECKS.items()}
    if not _is_sqlite():
        for name, (_before, after) in pairs.items():
            op.drop_constraint(op.f(name), TABLE, type_="check")
            op.create_check_constraint(op.f(name), TABLE, after)
        return
    where = {"table": TABLE}
    text = bind.execute(
        sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"), where
    ).scalar_one()
    for name, (before, after) in pairs.items():
        old, new = (f"CONSTRAINT {name} CHECK ({rule})" for rule in (before, after))
        if text.count(old) != 1:
            raise RuntimeError(f"{TABLE} has no check {name} as expected")
        text = text.replace(old, new)
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema = ON")
    bind.execute(
        sa.text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        where | {"sql": text},
    )
    bind.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema = OFF")


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("number_key", sa.String(60), nullable=False, server_default=""))
    op.add_column(TABLE, sa.Column("prepaid_eur", base.store.database.Exact(2), nullable=True))
    op.add_column(TABLE, sa.Column("payable_eur", base.store.database.Exact(2), nullable=True))
    for name, kind in TEXTS.items():
        op.add_column(TABLE, sa.Column(name, kind, nullable=False, server_default=""))
    op.add_column(TABLE, sa.Column("warnings_json", sa.Text(), nullable=False, server_default="[]"))
    for name in LINKS:
        key = f"fk_{TABLE}_{name}_{TABLE}"
        if _is_sqlite():
            # SQLite takes a foreign key with the column, and at no other time.
            op.execute(
                f"ALTER TABLE {TABLE} ADD COLUMN {name} INTEGER CONSTRAINT {key} "
                f"REFERENCES {TABLE} (id)"
            )
        else:
            op.add_column(TABLE, sa.Column(name, sa.BigInteger(), nullable=True))
            op.create_foreign_key(op.f(key), TABLE, TABLE, [name], ["id"])
    _fold()
    op.execute(
        sa.text(
            f"UPDATE {TABLE} SET waiting_reason = 'POINT_INCONNU', waiting_sentence = :words "  # noqa: S608
            "WHERE state = 'waiting'"
        ).bindparams(words=UNKNOWN_POINT)
    )
    op.execute(f"UPDATE {TABLE} SET direction = 'credit' WHERE amount_ttc < 0")  # noqa: S608
    for name, columns in INDEXES.items():
        op.create_index(name, TABLE, columns)
    op.create_index(UNIQUE, TABLE, ["entity_id", "supplier_key", "number_key"], unique=True)
    _change_checks(back=False)


def downgrade() -> None:
    """What is detached or set aside waits again; the folded keys stay."""
    op.execute(
        f"UPDATE {TABLE} SET state = 'waiting', point_id = NULL "  # noqa: S608
        "WHERE state IN ('detached', 'refused')"
    )
    _change_checks(back=True)
    op.drop_index(UNIQUE, table_name=TABLE)
    for name in INDEXES:
        op.drop_index(name, table_name=TABLE)
    for name in LINKS:
        if not _is_sqlite():
            op.drop_constraint(op.f(f"fk_{TABLE}_{name}_{TABLE}"), TABLE, type_="foreignkey")
        op.drop_column(TABLE, name)
    for name in ("warnings_json", *TEXTS, "payable_eur", "prepaid_eur", "number_key"):
        op.drop_column(TABLE, name)
