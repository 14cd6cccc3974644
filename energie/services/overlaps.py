"""What is doubtful of an invoice at the point where it would be booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from base.basics import formats
from base.basics.i18n import _
from energie.domain import billing as rules
from energie.domain.billing import Bill, Doubt, Reason
from energie.domain.kinds import EnergyKind
from energie.domain.unit_codes import foreign_unit
from energie.models import DeliveryPoint, Invoice
from energie.services.books import Books


def on_point(
    invoice: Invoice, bill: Bill, point: DeliveryPoint | None, books: Books
) -> Iterator[Doubt]:
    """Doublets and overlaps on the point where it would be booked."""
    if point is None:
        return
    booked = books.on_point(point.id, bill)
    repeated = next((one for one in booked if rules.is_repeated(bill, one)), None)
    if repeated is not None and (bill.is_credit or repeated in rules.standing(booked)):
        sentence = _(
            "Doublon : %(n)s, du même fournisseur, est déjà imputée sur %(p)s pour la même "
            "période et le même montant (%(amount)s).",
            n=repeated.number,
            p=point.reference,
            amount=formats.euros(repeated.amount_ttc),
        )
        yield Doubt(Reason.DOUBLE, sentence, asks=True)
        return
    if bill.is_credit:
        return
    aside = _set_aside(bill, point, books)
    over = [
        one for one in rules.standing(booked) if one.key not in aside and rules.overlaps(bill, one)
    ]
    if not over:
        return
    first = over[0]
    sentence = _(
        "Chevauchement sur %(p)s : %(n)s (%(s)s) y est déjà imputée du %(a)s au %(b)s.",
        p=point.reference,
        n=first.number,
        s=first.supplier_name,
        a=formats.day(first.start_on),
        b=formats.day(first.end_on),
    )
    if all(one.supplier_key != bill.supplier_key for one in over):
        # What a line bills is told in free words only: nothing is booked on their strength.
        apart = _(
            "Deux fournisseurs : confirmez si l’un facture l’énergie et l’autre l’acheminement."
        )
        sentence = f"{sentence} {apart}"
    yield Doubt(Reason.OVERLAP, sentence, asks=True)


def _set_aside(bill: Bill, point: DeliveryPoint, books: Books) -> set[tuple[str, str]]:
    """The invoices that booking this one takes off."""
    if books.aside is not None:
        return set(books.aside)
    linked = books.linked(bill)
    aside = {one.key for one in linked if one.is_deposit} if bill.prepaid_eur else set()
    formers = books.replaced(bill) if bill.amount_ttc > 0 else []
    return aside | {former.key for former in formers}


def of_its_energy(
    invoice: Invoice, bill: Bill, point: DeliveryPoint | None, books: Books
) -> Iterator[Doubt]:
    """What is billed by a unit that the energy of the point has not: kWh of water."""
    if point is None:
        return
    lines = ((line.unit_code, line.quantity) for line in invoice.lines)
    unit = foreign_unit(point.energy_kind, lines)
    if unit is not None:
        sentence = _(
            "Unité d’une autre énergie : la facture compte des %(unit)s, et %(p)s est un point "
            "de livraison « %(kind)s ». Dites pour quel point elle est, ou confirmez.",
            unit=unit,
            p=point.reference,
            kind=EnergyKind(point.energy_kind).word,
        )
        yield Doubt(Reason.UNIT, sentence, asks=True)


def after_closing(
    invoice: Invoice, bill: Bill, point: DeliveryPoint | None, books: Books
) -> Iterator[Doubt]:
    """Days billed after those of the point: ``SITE_FERME`` of the specification.

    The last bill comes late: what counts is what it is of, not the day on which it was written.
    """
    span = bill.span()
    if point is None or point.closed_on is None or span is None or bill.is_credit:
        return
    # A period that ends on the day after the closing is that of its last day.
    if span[1] > point.closed_on + timedelta(days=1):
        sentence = _(
            "%(p)s est fermé depuis le %(d)s, et la facture va du %(a)s au %(b)s. Confirmez si "
            "elle est due.",
            p=point.reference,
            d=formats.day(point.closed_on),
            a=formats.day(span[0]),
            b=formats.day(span[1]),
        )
        yield Doubt(Reason.CLOSED, sentence, asks=True)


def measured(
    invoice: Invoice, bill: Bill, point: DeliveryPoint | None, books: Books
) -> Iterator[Doubt]:
    """Energy billed far from energy read, when the readings are whole."""
    span = bill.span()
    if point is None or span is None or bill.is_credit or bill.is_deposit:
        return
    billed = rules.billed_kwh([(ln.label, ln.unit_code, ln.quantity) for ln in invoice.lines])
    if billed is None or (read := books.read_kwh(point.id, *span)) is None:
        return
    if all(rules.is_far(billed, one) for one in read):
        sentence = _(
            "Écart avec les relevés de %(p)s : %(billed)s facturés, %(read)s relevés.",
            p=point.reference,
            billed=formats.quantity(billed, "kWh", 0),
            read=formats.quantity(read[0], "kWh", 0),
        )
        yield Doubt(Reason.MEASURED, sentence, asks=True)
