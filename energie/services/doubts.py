"""What is doubtful about an invoice: compared with the others, the register and the readings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from base.basics import facts, formats
from base.basics.i18n import _
from energie import queries
from energie.domain import billing as rules
from energie.domain.billing import Bill, Doubt, Reason
from energie.domain.invoice_identity import REPLACING_TYPES, base_key
from energie.domain.invoices import CREDIT_TYPES
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.services import overlaps
from energie.services.books import Books

CURRENCY = "EUR"
#: A period longer than this is a slip of a year.
LONGEST_DAYS = 3 * 366


def doubts_of(
    invoice: Invoice, point: DeliveryPoint | None, books: Books, *, named: int = 0
) -> list[Doubt]:
    """All that a person has to decide of an invoice, the most serious first.

    ``point`` is where it would be booked; without it ``named`` says how many points of ours the
    invoice names.
    """
    bill = queries.bill_of(invoice)
    found: list[Doubt] = []
    for check in _CHECKS:
        found += check(invoice, bill, point, books)
    if point is None:
        found.append(_no_point(invoice, named))
    order = list(Reason)
    return sorted(found, key=lambda doubt: order.index(doubt.reason))


def _no_point(invoice: Invoice, named: int) -> Doubt:
    reason = Reason.UNKNOWN_POINT
    if named > 1:
        reason = Reason.SEVERAL_POINTS
        words = _("La facture cite %(n)d de nos points de livraison : dites lequel.", n=named)
    elif invoice.reference_list:
        words = _(
            "La facture cite %(r)s, que le registre n’a pas : dites pour quel point elle est.",
            r=invoice.reference_list[:100],
        )
    else:
        words = _("La facture ne cite aucun PRM ni PCE : dites pour quel point elle est.")
    return Doubt(reason, words)


def _document(invoice: Invoice, bill: Bill, point: Any, books: Books) -> Iterator[Doubt]:
    """What it is: no invoice at all, another currency, a date that cannot be."""
    if bill.type_code == rules.PRO_FORMA_TYPE:
        words = _(
            "Facture pro forma : elle annonce une dépense et n’est pas due, elle n’est "
            "jamais imputée. Écartez-la ; la facture suivra."
        )
        yield Doubt(Reason.PRO_FORMA, words)
    elif bill.type_code not in rules.INVOICE_TYPES:
        words = _(
            "Ce document est %(what)s, pas une facture : il n’est jamais imputé. "
            "Écartez-le et demandez la facture au fournisseur.",
            what=rules.other_document(bill.type_code),
        )
        yield Doubt(Reason.NO_INVOICE, words)
    if invoice.currency != CURRENCY:
        words = _(
            "La facture %(n)s est en %(c)s : seules les factures en euros sont imputées.",
            n=invoice.number,
            c=invoice.currency,
        )
        yield Doubt(Reason.CURRENCY, words)
    if (wrong := facts.sentence(bill.issued_on)) is not None:
        words = _(
            "Date d’émission impossible. %(why)s Écartez la facture et demandez-en une corrigée.",
            why=wrong,
        )
        yield Doubt(Reason.DATE, words)


def _period(invoice: Invoice, bill: Bill, point: Any, books: Books) -> Iterator[Doubt]:
    start, end = bill.start_on, bill.end_on
    wrong = facts.order_sentence(start, end)
    if wrong is None and start is not None and end is not None:
        if (end - start).days > LONGEST_DAYS:
            wrong = _(
                "Elle couvre plus de trois ans, du %(a)s au %(b)s.",
                a=formats.day(start),
                b=formats.day(end),
            )
        elif start < facts.EARLIEST:
            wrong = facts.sentence(start)
        elif (start - bill.issued_on).days > 366:
            wrong = _(
                "Elle commence plus d’un an après la facture, le %(a)s.", a=formats.day(start)
            )
    if wrong is not None:
        words = _(
            "Période de facturation impossible. %(why)s Si vous l’imputez, elle est répartie "
            "à la date d’émission.",
            why=wrong,
        )
        yield Doubt(Reason.PERIOD, words, asks=True)


def _direction(invoice: Invoice, bill: Bill, point: Any, books: Books) -> Iterator[Doubt]:
    amount = formats.euros(bill.amount_ttc)
    if invoice.direction:
        return
    if bill.type_code in CREDIT_TYPES and bill.amount_ttc < 0:
        words = _(
            "Avoir écrit avec des montants négatifs (%(amount)s) : crédit ou débit ? "
            "Dites s’il rend de l’argent ou s’il en demande.",
            amount=amount,
        )
        yield Doubt(Reason.DIRECTION, words)
    elif bill.type_code in rules.UNSURE_TYPES:
        words = _(
            "Annulation d’une note de débit ou de crédit (%(amount)s) : crédit ou débit ? "
            "Dites si elle rend de l’argent ou si elle en demande.",
            amount=amount,
        )
        yield Doubt(Reason.DIRECTION, words)


def _same_number(invoice: Invoice, bill: Bill, point: Any, books: Books) -> Iterator[Doubt]:
    for other in books.numbered(bill):
        if other.supplier_key == bill.supplier_key:
            if other.number_key == bill.number_key:
                continue
            words = _(
                "Double probable : ce fournisseur a déjà envoyé %(n)s, dont le numéro ne "
                "diffère que par l’écriture.",
                n=other.number,
            )
        elif other.issued_on == bill.issued_on and abs(other.amount_ttc) == abs(bill.amount_ttc):
            words = _(
                "Double probable : la facture %(n)s de « %(s)s » a le même numéro, la même "
                "date et le même montant.",
                n=other.number,
                s=other.supplier_name,
            )
        else:
            continue
        yield Doubt(Reason.PROBABLE_DOUBLE, words, asks=True)
        return


def _links(invoice: Invoice, bill: Bill, point: Any, books: Books) -> Iterator[Doubt]:
    """What it has to do with others of its supplier: replaced, replacing, deposit, settlement."""
    linked = books.linked(bill)
    open_ = (InvoiceState.BOOKED, InvoiceState.WAITING)
    key = base_key(bill.number_key)
    by = next(
        (b for b in linked if b.replaces_key and b.replaces_key == key and b.state in open_), None
    )
    if by is not None:
        words = _("La facture %(n)s dit qu’elle remplace celle-ci.", n=by.number)
        yield Doubt(Reason.REPLACED, words, asks=by.state == InvoiceState.BOOKED)
    if bill.type_code in REPLACING_TYPES or bill.replaces_key:
        yield _replacing(invoice, bill, books)
    elif bill.is_credit:
        yield from _credited(bill, books)
    if bill.is_deposit:
        yield _deposit(bill, linked)
    elif bill.prepaid_eur or bill.type_code in rules.FINAL_TYPES:
        yield _settlement(bill, linked, point)


def _replacing(invoice: Invoice, bill: Bill, books: Books) -> Doubt:
    named = books.replaced_by(bill)
    formers = books.replaced(bill)
    if named is not None and named.counted_by_id is not None and named in formers:
        by = books.counted_by(named)
        sentence = _(
            "Facture rectificative : elle remplace %(n)s, que la facture %(by)s compte déjà. "
            "Annulez d’abord l’imputation de celle-ci, ou écartez la rectificative.",
            n=named.number,
            by=by.number if by is not None else "?",
        )
    elif named is not None and [one.key for one in formers] == [named.key]:
        sentence = _(
            "Facture rectificative : elle remplace %(n)s (%(amount)s). Si vous l’imputez, %(n)s "
            "est retirée des coûts.",
            n=named.number,
            amount=formats.euros(named.amount_ttc),
        )
    elif named is not None:
        sentence = _(
            "Facture rectificative : elle remplace %(n)s, elle-même corrigée ou corrective. Si "
            "vous l’imputez, %(list)s ne comptent plus.",
            n=named.number,
            list=", ".join(f"{one.number} ({formats.euros(one.amount_ttc)})" for one in formers),
        )
    elif invoice.replaces:
        sentence = _(
            "Facture rectificative : elle dit remplacer %(n)s, qui n’est pas enregistrée.",
            n=invoice.replaces,
        )
    else:
        sentence = _("Facture rectificative : elle ne dit pas laquelle elle remplace.")
    return Doubt(Reason.REPLACING, sentence)


def _credited(bill: Bill, books: Books) -> Iterator[Doubt]:
    """A credit note lowers what was counted: not an invoice that is out of the costs."""
    if not bill.preceding_key:
        return
    former = books.named(bill, bill.preceding_key)
    if former is None:
        words = _(
            "L’avoir porte sur la facture %(n)s de ce fournisseur, qui n’est pas "
            "enregistrée : importez-la d’abord, ou confirmez que les coûts la comptent "
            "autrement.",
            n=bill.preceding_key.upper(),
        )
    elif former.state == InvoiceState.BOOKED:
        left = rules.left_of(former, books.linked(bill))
        if former.is_credit or -bill.amount_ttc <= left:
            return
        words = _(
            "L’avoir rend %(amount)s sur %(n)s, dont il ne reste que %(left)s dans les coûts.",
            amount=formats.euros(-bill.amount_ttc),
            n=former.number,
            left=formats.euros(max(left, Decimal(0))),
        )
    else:
        words = _(
            "L’avoir porte sur %(n)s, qui n’est pas dans les coûts : imputé, il les "
            "baisserait de ce qu’ils ne comptent pas.",
            n=former.number,
        )
    yield Doubt(Reason.CREDITED, words, asks=True)


def _deposit(bill: Bill, linked: Sequence[Bill]) -> Doubt:
    settlement = None if bill.is_credit else rules.settlement_of(bill, linked, linked)
    if settlement is not None:
        words = _(
            "Facture d’acompte : le solde %(n)s, déjà imputé, compte %(amount)s payés avant. "
            "Dites qu’elle est l’acompte de %(n)s, ou confirmez qu’elle vient en plus.",
            n=settlement.number,
            amount=formats.euros(settlement.prepaid_eur or Decimal(0)),
        )
    elif bill.is_credit:
        words = _(
            "Avoir d’acompte : imputez-le si l’acompte qu’il annule est dans les coûts ; la "
            "facture de solde prendra leur place."
        )
    else:
        words = _(
            "Facture d’acompte : imputez-la si elle doit compter dès maintenant ; la facture de "
            "solde prendra sa place."
        )
    return Doubt(Reason.DEPOSIT, words, asks=settlement is not None)


def _settlement(bill: Bill, linked: Sequence[Bill], point: DeliveryPoint | None) -> Doubt:
    paid = formats.euros(bill.prepaid_eur or Decimal(0))
    deposits = rules.deposits_of(
        bill, linked, point.reference if point else "", point.id if point else None
    )
    if deposits is None:
        sentence = _(
            "Facture de solde : %(amount)s déjà payés, sans que les acomptes connus de ce "
            "fournisseur y correspondent. Dites quels acomptes elle compte, ou aucun.",
            amount=paid,
        )
    elif deposits:
        sentence = _(
            "Facture de solde : %(amount)s déjà payés, par %(list)s. Si vous l’imputez, elle "
            "compte en entier et ces acomptes sont retirés des coûts.",
            amount=paid,
            list=", ".join(one.number for one in deposits),
        )
    else:
        sentence = _(
            "Facture de solde : %(amount)s déjà payés, par aucun acompte enregistré. Si vous "
            "l’imputez, elle compte en entier.",
            amount=paid,
        )
    return Doubt(Reason.SETTLEMENT, sentence)


_CHECKS: tuple[Callable[[Invoice, Bill, Any, Books], Iterable[Doubt]], ...] = (
    _document,
    _direction,
    _same_number,
    _links,
    _period,
    overlaps.on_point,
    overlaps.after_closing,
    overlaps.of_its_energy,
    overlaps.measured,
)
