"""What a person is shown before they decide of an invoice: questions and possible answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from base.basics.sessions import Session
from energie import queries
from energie.domain import billing as rules
from energie.domain.billing import NEVER, Doubt, Reason
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.services.books import Books
from energie.services.doubts import doubts_of


class Look(NamedTuple):
    """The questions of an invoice that may be booked, at the point where it would be."""

    point: DeliveryPoint | None
    doubts: Sequence[Doubt]
    #: Nobody may book it.
    is_barred: bool
    asks_direction: bool
    #: Codes that have to be confirmed.
    asked: Sequence[str]
    #: The supplier's invoices, of which it may replace one; empty when it replaces none.
    former: Sequence[Invoice]
    former_id: int | None
    #: Deposits that it may count, and the ids of those that it does as far as can be told.
    deposits: Sequence[Invoice]
    deposit_ids: frozenset[int]
    #: Booked settlements of which it may be a deposit.
    settlements: Sequence[Invoice]


#: Invoices of a supplier that are offered as an answer.
OFFERED = 50


def look_at(session: Session, invoice: Invoice, point: DeliveryPoint | None) -> Look:
    """The questions of an invoice, booked at ``point`` or where it says itself."""
    named = queries.named_points(session, invoice)
    if point is None and len(named) == 1:
        point = named[0]
    books = Books(session, [invoice], [point])
    doubts = doubts_of(invoice, point, books, named=len(named))
    reasons = {doubt.reason for doubt in doubts}
    bill = queries.bill_of(invoice)
    linked = books.linked(bill)
    counted = rules.deposits_of(
        bill, linked, point.reference if point else "", point.id if point else None
    )
    others = (
        queries.invoices_of_supplier(session, invoice, limit=OFFERED)
        if reasons & {Reason.REPLACING, Reason.SETTLEMENT, Reason.DEPOSIT}
        else []
    )
    former = books.replaced_by(bill)
    return Look(
        point=point,
        doubts=[*_resumed(invoice), *doubts],
        is_barred=bool(reasons & NEVER),
        asks_direction=Reason.DIRECTION in reasons,
        asked=[doubt.reason for doubt in doubts if doubt.asks],
        former=others if Reason.REPLACING in reasons else [],
        former_id=former.id if former is not None and bill.amount_ttc > 0 else None,
        deposits=[
            one
            for one in others
            if one.type_code in rules.DEPOSIT_TYPES and one.state != InvoiceState.REFUSED
        ]
        if Reason.SETTLEMENT in reasons
        else [],
        deposit_ids=frozenset(one.id for one in counted or () if one.id is not None),
        settlements=[one for one in others if one.prepaid_eur and one.state == InvoiceState.BOOKED]
        if Reason.DEPOSIT in reasons
        else [],
    )


def _resumed(invoice: Invoice) -> list[Doubt]:
    """That it was taken up again: its past says so, which no comparison finds anew."""
    if invoice.waiting_reason != Reason.RESUMED:
        return []
    return [Doubt(Reason.RESUMED, invoice.waiting_sentence)]
