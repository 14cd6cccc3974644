"""What the operator's examination asks of this module: cut files, invoices against the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import String, bindparam, case, func, or_, select, type_coerce

from base.basics import clock
from base.checks import Finding
from energie.domain.invoice_identity import number_key
from energie.models import BatchState, Invoice, InvoiceState, ReadingBatch
from energie.services.ledger import SOURCE
from patrimoine.models import CostLine

CUT_AFTER = timedelta(hours=2)
#: Invoices named in one sentence.
NAMED = 5


def cut_files(app: Any, engine: Any, connection: Any) -> Iterator[Finding]:
    """No file of readings has been half written for long."""
    table = ReadingBatch.__table__
    labels = connection.execute(
        select(table.c.label).where(
            table.c.state == BatchState.LOADING, table.c.received_at < clock.now() - CUT_AFTER
        )
    ).scalars()
    found = list(labels)
    if found:
        yield Finding(
            "readings",
            "warning",
            f"Imports de relevés interrompus, qui ne comptent dans aucune somme : "
            f"{', '.join(found[:NAMED])}. La tâche horaire les annule.",
        )
    else:
        yield Finding("readings", "ok", "Aucun import de relevés n’est resté en chemin.")


def invoices_and_ledger(app: Any, engine: Any, connection: Any) -> Iterator[Finding]:
    """Each booked invoice equals its ledger lines, any other has none left."""
    invoice, line = Invoice.__table__, CostLine.__table__
    source = bindparam("source", SOURCE, String)
    sums = (
        select(
            line.c.source_id,
            func.sum(line.c.amount_ht_eur).label("ht"),
            func.sum(line.c.vat_eur).label("vat"),
        )
        .where(line.c.source_type == source)
        .group_by(line.c.source_id)
        .subquery()
    )
    booked = invoice.c.state == InvoiceState.BOOKED
    # In the smallest unit of the engine, which is the same on both sides.
    differs = or_(
        func.coalesce(sums.c.ht, 0) != case((booked, invoice.c.amount_ht), else_=0),
        func.coalesce(sums.c.vat, 0) != case((booked, invoice.c.vat_amount), else_=0),
    )
    wrong = list(
        connection.execute(
            select(invoice.c.number)
            .select_from(invoice.outerjoin(sums, sums.c.source_id == invoice.c.id))
            .where(differs)
            .order_by(invoice.c.id)
        ).scalars()
    )
    orphans = list(
        connection.execute(
            select(type_coerce(line.c.id, String))
            .select_from(line.outerjoin(invoice, invoice.c.id == line.c.source_id))
            .where(line.c.source_type == source, invoice.c.id.is_(None))
            .order_by(line.c.id)
        ).scalars()
    )
    if wrong:
        yield Finding(
            "invoices",
            "fault",
            f"Factures d’énergie qui ne valent pas leurs écritures : {', '.join(wrong[:NAMED])}.",
        )
    if orphans:
        listed = ", ".join(str(key) for key in orphans[:NAMED])
        yield Finding("invoices", "fault", f"Écritures d’énergie sans facture : n° {listed}.")
    if not wrong and not orphans:
        yield Finding("invoices", "ok", "Chaque facture d’énergie vaut ses écritures.")


def doubled_invoices(app: Any, engine: Any, connection: Any) -> Iterator[Finding]:
    """No invoice of a supplier is booked twice under numbers that are one."""
    table = Invoice.__table__
    rows = connection.execute(
        select(
            table.c.id,
            table.c.entity_id,
            table.c.supplier_key,
            table.c.supplier_siret,
            table.c.number,
            table.c.issued_on,
            table.c.amount_ttc,
        )
        .where(table.c.state == InvoiceState.BOOKED)
        .order_by(table.c.id)
    )
    seen: dict[tuple[Any, ...], str] = {}
    doubled = []
    for row in rows:
        seller = (row.supplier_siret or row.supplier_key)[:9]
        key = (row.entity_id, seller, number_key(row.number), row.issued_on, row.amount_ttc)
        if key in seen:
            doubled.append(f"{row.number} ({seen[key]})")
        seen.setdefault(key, row.number)
    if doubled:
        yield Finding(
            "invoices_twice",
            "warning",
            f"Factures d’énergie imputées deux fois : {', '.join(doubled[:NAMED])}. Annulez "
            "l’imputation de l’une des deux.",
        )
    else:
        yield Finding("invoices_twice", "ok", "Aucune facture d’énergie n’est imputée deux fois.")


CHECKS = (cut_files, invoices_and_ledger, doubled_invoices)
