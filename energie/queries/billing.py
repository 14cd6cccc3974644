"""Reads of what an invoice is compared with: the others of its point, number and supplier."""

from __future__ import annotations

from collections.abc import Sequence, Set
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select

from base.basics.sessions import Session
from energie.domain.billing import DEPOSIT_TYPES, MEASURED_COMPLETENESS, Bill, InvoiceState
from energie.domain.invoice_identity import number_key
from energie.domain.kinds import Unit
from energie.models import DeliveryPoint, Invoice, Series
from energie.queries.days import batched, known_of, point_days

_MANY = 500
#: Columns of an invoice, in the order of a bill, which folds the number that is replaced.
_COLUMNS = tuple("replaces" if name == "replaces_key" else name for name in Bill._fields)


def bill_of(invoice: Invoice) -> Bill:
    """What of an invoice is compared; the invoice need not be in the database yet."""
    return _bill([getattr(invoice, name) for name in _COLUMNS])


def _bill(values: Sequence[Any]) -> Bill:
    bill = Bill(*values)
    replaces = bill.replaces_key
    return bill._replace(
        replaces_key=number_key(replaces) if replaces else "",
        preceding_key=bill.preceding_key or "",
    )


def _bills(session: Session, entity_id: int, *criteria: Any) -> list[Bill]:
    rows = session.execute(
        select(*(getattr(Invoice, name) for name in _COLUMNS))
        .where(Invoice.entity_id == entity_id, *criteria)
        .order_by(Invoice.id)
    )
    return [_bill(row) for row in rows]


def _bills_in(
    session: Session, entity_id: int, column: Any, values: Set[Any], *criteria: Any
) -> list[Bill]:
    """The invoices whose column has one of the values."""
    return [
        bill
        for some in batched(sorted(values), _MANY)
        for bill in _bills(session, entity_id, column.in_(some), *criteria)
    ]


def bills_of_points(session: Session, entity_id: int, point_ids: Set[int]) -> list[Bill]:
    """The booked invoices of points."""
    booked = Invoice.state == InvoiceState.BOOKED
    return _bills_in(session, entity_id, Invoice.point_id, point_ids, booked)


def bills_numbered(session: Session, entity_id: int, keys: Set[str]) -> list[Bill]:
    """The invoices that have one of the folded numbers, whatever their state."""
    return _bills_in(session, entity_id, Invoice.number_key, keys)


def bills_like_numbers(
    session: Session, entity_id: int, keys: Set[str], numbers: Set[str]
) -> list[Bill]:
    """The invoices that have one of the numbers, as it is written or folded."""
    found = bills_numbered(session, entity_id, keys)
    found += _bills_in(session, entity_id, Invoice.number, numbers)
    return list({bill.id: bill for bill in found}.values())


def hold_points(session: Session, point_ids: Set[int]) -> None:
    """Keep others from booking on these points until this transaction ends.

    Whether an invoice bills days that are booked already is looked up and then written: two
    people at two invoices of the same days take turns. In order, so that none waits for another
    that waits for it; where there is one writer they do so anyway.
    """
    if point_ids:
        session.execute(
            select(DeliveryPoint.id)
            .where(DeliveryPoint.id.in_(sorted(point_ids)))
            .order_by(DeliveryPoint.id)
            .with_for_update()
        )


def invoices_counted_by(session: Session, invoice: Invoice) -> Sequence[Invoice]:
    """The invoices that another stands for in the costs."""
    return session.scalars(
        select(Invoice).where(Invoice.counted_by_id == invoice.id).order_by(Invoice.id)
    ).all()


def invoices_of_supplier(session: Session, invoice: Invoice, *, limit: int) -> Sequence[Invoice]:
    """The other invoices of a supplier, the last first."""
    return session.scalars(
        select(Invoice)
        .where(
            Invoice.entity_id == invoice.entity_id,
            Invoice.supplier_key == invoice.supplier_key,
            Invoice.id != invoice.id,
        )
        .order_by(Invoice.issued_on.desc(), Invoice.id.desc())
        .limit(limit)
    ).all()


def bills_linked(session: Session, entity_id: int, suppliers: Set[str]) -> list[Bill]:
    """Of some suppliers the deposits, settlements, credit notes, and what replaces another."""
    return _bills_in(
        session,
        entity_id,
        Invoice.supplier_key,
        suppliers,
        or_(
            Invoice.type_code.in_(sorted(DEPOSIT_TYPES)),
            Invoice.prepaid_eur != Decimal(0),
            Invoice.replaces != "",
            Invoice.amount_ttc < Decimal(0),
        ),
    )


def measured_kwh(
    session: Session, point_id: int, *, start: date, end: date
) -> tuple[Decimal, Decimal] | None:
    """What was read from the first to the last day billed, in kWh: with the last day, without.

    Distributors write the day on which the next invoice begins, or the one before. None when
    less than 98 % of the points are there.
    """
    known = point_days(session, point_id, start=start, end=end + timedelta(1))
    days = {day.on: day for day in known}
    wanted = (end - start).days + 1
    whole = [on for on in days if on < end] if wanted > 1 else list(days)
    least = max(1, wanted - 1)
    expected = sum(days[on].expected for on in whole)
    received = sum(min(days[on].received, days[on].expected) for on in whole)
    if not expected:
        return None
    share = Decimal(received) / expected * len(whole) / least
    if share < MEASURED_COMPLETENESS:
        return None
    without = sum((days[on].value for on in whole), Decimal(0))
    return without + (days[end].value if end in days and wanted > 1 else Decimal(0)), without


def kwh_points(session: Session, point_ids: Sequence[int]) -> set[int]:
    """The points whose days are kWh as they are billed: of gas, kWh PCS."""
    if not point_ids:
        return set()
    other = session.scalars(
        select(Series.point_id).where(Series.point_id.in_(point_ids), Series.basis == "PCI")
    )
    found = known_of(session, point_ids)
    return {key for key, one in found.items() if one.unit is Unit.KWH} - set(other)
