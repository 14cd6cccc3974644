"""Reads of invoices: by number, waiting, by point, by asset."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date
from decimal import Decimal

from sqlalchemy import extract, func, select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from base.store.models import Partner
from energie.models import DeliveryPoint, Invoice, InvoiceShare, InvoiceState
from patrimoine.models import Asset, CostLine
from patrimoine.queries.tree import in_branch


def suppliers_by_siret(session: Session, *, entity_id: int, sirets: Set[str]) -> dict[str, Partner]:
    """The third parties of an authority that have one of the SIRET."""
    wanted = sorted(siret for siret in sirets if siret)
    if not wanted:
        return {}
    rows = session.scalars(
        select(Partner).where(Partner.entity_id == entity_id, Partner.siret.in_(wanted))
    )
    return {row.siret: row for row in rows if row.siret}


def waiting_invoices(session: Session) -> Sequence[Invoice]:
    """Invoices that no delivery point was found for, oldest first."""
    return session.scalars(
        select(Invoice)
        .where(Invoice.state == InvoiceState.WAITING)
        .order_by(Invoice.issued_on, Invoice.id)
    ).all()


def invoices_of_point(session: Session, point_id: int, *, limit: int) -> Sequence[Invoice]:
    """The last invoices booked on a point."""
    return session.scalars(
        select(Invoice)
        .where(Invoice.point_id == point_id)
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(limit)
    ).all()


def shares_of_asset(session: Session, asset_id: int, *, limit: int) -> Sequence[InvoiceShare]:
    """The last parts of invoices that an asset bears, with their invoices."""
    return session.scalars(
        select(InvoiceShare)
        .join(Invoice, Invoice.id == InvoiceShare.invoice_id)
        .where(InvoiceShare.asset_id == asset_id)
        .options(selectinload(InvoiceShare.invoice))
        .order_by(Invoice.issued_on.desc(), InvoiceShare.id.desc())
        .limit(limit)
    ).all()


def costs_by_month(
    session: Session, *, path: str, start: date, source: str
) -> dict[tuple[int, int], dict[str, Decimal]]:
    """Net euros of the invoices booked in a branch since a day: (year, month), then energy.

    Sums of ledger lines, so a credited or detached invoice counts with its reversal.
    """
    year, month = extract("year", CostLine.date_on), extract("month", CostLine.date_on)
    rows = session.execute(
        select(year, month, DeliveryPoint.energy_kind, func.sum(CostLine.net_eur))
        .join(Invoice, Invoice.id == CostLine.source_id)
        .join(DeliveryPoint, DeliveryPoint.id == Invoice.point_id)
        .where(
            CostLine.source_type == source,
            CostLine.date_on >= start,
            CostLine.asset_id.in_(select(Asset.id).where(in_branch(path))),
        )
        .group_by(year, month, DeliveryPoint.energy_kind)
    )
    found: dict[tuple[int, int], dict[str, Decimal]] = {}
    for when, which, kind, net in rows:
        found.setdefault((int(when), int(which)), {})[kind] = net
    return found


def named_points(session: Session, invoice: Invoice) -> Sequence[DeliveryPoint]:
    """The points of ours that an invoice names, when they are several."""
    names = invoice.reference_list.split()
    if not names:
        return []
    return session.scalars(
        select(DeliveryPoint).where(
            DeliveryPoint.entity_id == invoice.entity_id, DeliveryPoint.reference.in_(names)
        )
    ).all()


def invoice(session: Session, invoice_id: int | None) -> Invoice | None:
    """The invoice, when there is one that the session may see."""
    return None if invoice_id is None else session.get(Invoice, invoice_id)
