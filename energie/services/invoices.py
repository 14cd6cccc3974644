"""Invoices: take one in, find its delivery point; what is doubtful waits for a person."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from base.basics.errors import DomainError, TransitionRefused
from base.basics.i18n import _, for_everyone
from base.basics.sessions import Session
from base.store.models import Partner
from energie import queries
from energie.domain import invoices as rules
from energie.domain.billing import Bill, Doubt, Way, in_order
from energie.domain.invoice_checks import remarks
from energie.domain.invoice_identity import (
    APART,
    base_key,
    number_key,
    replaced_number,
    seller_key,
)
from energie.models import DeliveryPoint, Invoice, InvoiceLine, InvoiceState
from energie.services.booking import AnswerNeeded, Answers, attach_invoice
from energie.services.books import Books
from energie.services.deciding import (
    count_deposit,
    detach_invoice,
    refuse_invoice,
    resume_invoice,
)
from energie.services.doubts import CURRENCY, doubts_of
from energie.services.ledger import SOURCE, InvoiceElsewhere, book, how_shared, period_of

#: The verbs on invoices, under one name.
__all__ = [
    "SOURCE",
    "AnswerNeeded",
    "Answers",
    "InvoiceElsewhere",
    "InvoiceTaken",
    "Judged",
    "Received",
    "TransitionRefused",
    "attach_invoice",
    "count_deposit",
    "detach_invoice",
    "draft",
    "how_shared",
    "is_same",
    "judge",
    "known_as",
    "known_bills",
    "period_of",
    "receive_invoice",
    "receive_invoices",
    "refuse_invoice",
    "resume_invoice",
]


class InvoiceTaken(DomainError):
    """The same invoice is in the register already."""


class Received(NamedTuple):
    """A sound invoice on its way in, with the file that it came as."""

    found: rules.Invoice
    digest: str = ""
    label: str = ""


class Judged(NamedTuple):
    """An invoice on its way in, the point it would be booked on, and what is doubtful."""

    row: Invoice
    point: DeliveryPoint | None
    doubts: list[Doubt]


def receive_invoice(
    session: Session,
    found: rules.Invoice,
    *,
    entity_id: int,
    digest: str = "",
    label: str = "",
) -> Invoice:
    """Take in a sound invoice; it is booked when it names one point of ours without any doubt.

    Any other waits for a person, with its reason.

    Raises:
        InvoiceTaken: this supplier's invoice of that number is here already.
    """
    return receive_invoices(session, [Received(found, digest, label)], entity_id=entity_id)[0]


def receive_invoices(
    session: Session, given: Sequence[Received], *, entity_id: int
) -> list[Invoice]:
    """Take in many as one, in their order; what ``receive_invoice`` does in few statements.

    Raises:
        InvoiceTaken: one is here already, or twice among them.
    """
    founds = [one.found for one in given]
    bills = known_bills(session, founds, entity_id=entity_id)
    rows = []
    suppliers = queries.suppliers_by_siret(
        session, entity_id=entity_id, sirets={found.seller.siret for found in founds}
    )
    for one in given:
        if known_as(one.found, bills) is not None:
            words = _(
                "La facture %(n)s (%(s)s) est déjà enregistrée.",
                n=one.found.number,
                s=one.found.seller.name,
            )
            raise InvoiceTaken(words)
        supplier = suppliers.get(one.found.seller.siret)
        row = draft(one.found, supplier, entity_id=entity_id, bills=bills)
        row.digest, row.label = one.digest, one.label[:150]
        rows.append(row)
    with for_everyone():  # why an invoice waits is kept
        judged = judge(session, rows, [found.references() for found in founds], hold=True)
        for found in judged:
            state_reason(found.row, found.doubts)
    session.add_all(rows)
    session.flush()
    book(session, [(j.row, j.point) for j in judged if j.point is not None and not j.doubts])
    session.flush()
    return rows


def known_bills(session: Session, founds: Iterable[rules.Invoice], *, entity_id: int) -> list[Bill]:
    """The invoices here that have one of the numbers, however it is written."""
    numbers = {found.number[:60] for found in founds}
    keys = {number_key(number) for number in numbers}
    return queries.bills_like_numbers(session, entity_id, keys, numbers)


def known_as(found: rules.Invoice, bills: Sequence[Bill]) -> Bill | None:
    """The invoice that one on its way in is: same supplier, same number.

    A number that only folds alike is the same when date and amount are too.
    """
    seller, key = seller_key(found.seller), number_key(found.number)
    theirs = [bill for bill in bills if bill.supplier_key == seller]
    for bill in theirs:
        if bill.number == found.number[:60]:
            return bill
    alike = [bill for bill in theirs if base_key(bill.number_key) == key]
    return next((bill for bill in alike if is_same(found, bill)), None)


def is_same(found: rules.Invoice, bill: Bill) -> bool:
    """Whether date and amount agree; the direction of a credit note may have been decided."""
    return bill.issued_on == found.issued_on and abs(bill.amount_ttc) == abs(found.amount_ttc)


def _own_key(row: Invoice, bills: Sequence[Bill]) -> str:
    """The folded number, told from another invoice's that folds alike."""
    taken = {b.number_key for b in bills if b.supplier_key == row.supplier_key}
    if row.number_key not in taken:
        return row.number_key
    return f"{row.number_key[:51]}{APART}{zlib.crc32(row.number.encode()):08x}"


def judge(
    session: Session,
    rows: Sequence[Invoice],
    references: Sequence[Sequence[str]],
    *,
    hold: bool = False,
) -> list[Judged]:
    """Where each invoice would be booked and what is doubtful, the earlier ones being counted.

    What an invoice of the file names is looked at before it. The rows are not in the database
    yet; nothing is written. With ``hold`` nobody else books on these points until the
    transaction ends.
    """
    if not rows:
        return []
    cited = queries.points_cited(session, references, entity_id=rows[0].entity_id)
    points = [found[0] if len(found) == 1 else None for found in cited]
    if hold:
        queries.hold_points(session, {point.id for point in points if point is not None})
    books = Books(session, rows, points)
    judged: dict[int, Judged] = {}
    for place in in_order([queries.bill_of(row) for row in rows]):
        row, point = rows[place], points[place]
        doubts = doubts_of(row, point, books, named=len(cited[place]))
        judged[place] = Judged(row, point, doubts)
        books.add(row, point if not doubts else None)
    return [judged[place] for place in range(len(rows))]


def state_reason(invoice: Invoice, doubts: Sequence[Doubt]) -> None:
    """Keep why an invoice waits: the most serious reason as a code, all of them in words."""
    invoice.waiting_reason = doubts[0].reason if doubts else ""
    invoice.waiting_sentence = " ".join(doubt.sentence for doubt in doubts)[:1000]


def draft(
    found: rules.Invoice, supplier: Partner | None, *, entity_id: int, bills: list[Bill]
) -> Invoice:
    """The row that an invoice would be, not in a session yet; it is added to ``bills``.

    Raises:
        InvoiceElsewhere: it has no date.
    """
    start_on, end_on = found.period()
    if found.issued_on is None:
        raise InvoiceElsewhere(_("La facture n’a pas de date."))
    in_euros = found.currency == CURRENCY
    with for_everyone():
        told = [list(remark) for remark in remarks(found)]
    row = Invoice(
        entity_id=entity_id,
        number=found.number[:60],
        number_key=number_key(found.number),
        type_code=found.type_code[:4],
        syntax=found.syntax,
        profile=found.profile,
        supplier_key=seller_key(found.seller),
        supplier_name=found.seller.name[:200],
        supplier_siret=found.seller.siret,
        supplier_id=supplier.id if supplier else None,
        buyer_name=found.buyer.name[:200],
        buyer_siret=found.buyer.siret,
        issued_on=found.issued_on,
        due_on=found.due_on,
        start_on=start_on,
        end_on=end_on,
        currency=found.currency,
        amount_ht=found.amount_ht,
        vat_amount=found.vat_amount,
        amount_ttc=found.amount_ttc,
        prepaid_eur=found.prepaid_amount if in_euros else None,
        payable_eur=found.payable_amount if in_euros else None,
        contract_reference=found.contract_reference[:100],
        reference_list=" ".join(found.references())[:400],
        state=InvoiceState.WAITING,
        direction=Way.CREDIT if found.sign < 0 else "",
        replaces=replaced_number(found)[:60],
        preceding_key=number_key(found.preceding[0]) if found.preceding else "",
        warnings_json=json.dumps(told, ensure_ascii=False),
        lines=[_line(line, found.sign) for line in found.lines],
    )
    row.number_key = _own_key(row, bills)
    bills.append(queries.bill_of(row))
    return row


def _line(line: rules.LineItem, sign: int) -> InvoiceLine:
    price = None
    if line.net_price is not None:
        price = (line.net_price / (line.price_quantity or 1)).quantize(Decimal("0.0001"))
    quantity = None if line.quantity is None else line.quantity.quantize(Decimal("0.001"))
    rate = None if line.vat_rate is None else line.vat_rate.quantize(Decimal("0.000001"))
    return InvoiceLine(
        number=line.number[:20],
        label=line.label[:300],
        quantity=quantity,
        unit_code=line.unit_code[:8],
        unit_price=price,
        amount_ht=rules.cents(sign * line.net_amount),
        vat_rate=rate,
    )
