"""What tests of decisions on invoices share."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

from sqlalchemy import func, select

from energie.imports.invoice_files import read_invoice
from energie.services import invoices
from patrimoine.models import CostLine
from tests.energie.samples import invoice

DAY = date(2025, 1, 1)


FAULTS_PRM = "01234567890123"


def ledger(session):
    """The sum of the ledger, without tax."""
    return session.scalar(select(func.sum(CostLine.amount_ht_eur))) or D(0)


def receive(session, **changes):
    return invoices.receive_invoice(
        session,
        read_invoice(invoice(**({"note": f"PRM {FAULTS_PRM}"} | changes))),
        entity_id=1,
    )


def amounts(total):
    """An invoice of this amount without tax, at 20 %."""
    tax = (D(total) / 5).quantize(D("0.01"))
    return {
        "lines": (("Énergie active", "1", total, total),),
        "basis": total,
        "tax": str(tax),
        "total": str(D(total) + tax),
    }


def reasons(row):
    return row.state, row.waiting_reason
