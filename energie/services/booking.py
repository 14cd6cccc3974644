"""Booking an invoice: the answers it needs, what it replaces, what it counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _, _l, for_everyone, kept
from base.basics.sessions import Session
from energie import queries
from energie.domain import billing as rules
from energie.domain.billing import Bill, Doubt, Reason, require_transition
from energie.domain.invoice_identity import REPLACING_TYPES
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.services.books import Books
from energie.services.doubts import doubts_of
from energie.services.ledger import InvoiceElsewhere, book, unbook


class AnswerNeeded(DomainError):
    """A person has to say something first; ``doubts`` are the questions."""

    def __init__(self, doubts: Sequence[Doubt], how: str) -> None:
        told = " ".join(doubt.sentence for doubt in doubts)
        super().__init__(
            f"{told} {how}",
            {"waiting_reason": [doubt.reason for doubt in doubts]},
        )
        self.doubts = list(doubts)
        # The page asks its questions below, and names no code.
        self.on_page = _("%(why)s Répondez ci-dessous pour l’imputer.", why=told)


class Answers(NamedTuple):
    """What a person says of an invoice when they book it."""

    #: Codes of the doubts that they saw and pass over.
    confirmed: frozenset[str] = frozenset()
    #: They saw all of them.
    confirms_all: bool = False
    #: A ``Way``.
    direction: str = ""
    #: The invoice that this one replaces; ``replaces_none``: it replaces none of those here.
    replaces: Invoice | None = None
    replaces_none: bool = False
    #: The deposits that it counts; None when they did not say.
    deposits: Sequence[Invoice] | None = None


def attach_invoice(
    session: Session,
    invoice: Invoice,
    point: DeliveryPoint,
    *,
    answers: Answers = Answers(),  # noqa: B008 - a value, never changed
) -> Invoice:
    """Say which delivery point an invoice is for, and book it on what the point serves.

    The amounts without tax are shared by the weights in force over the days billed, the tax
    like them, both exactly to the cent. What no weight takes goes to the point's own asset. The
    invoice that it replaces and the deposits that it counts are taken off the costs on the day
    it was issued.

    Raises:
        TransitionRefused: it is booked already, or set aside.
        InvalidInput: an answer cannot be; an invoice that it names is of other books.
        InvoiceElsewhere: the point is another authority's, or it may never be booked.
        AnswerNeeded: something is doubtful that the answers do not settle.
    """
    require_transition(invoice.number, invoice.state, InvoiceState.BOOKED)
    if point.entity_id != invoice.entity_id:
        sentence = _("Ce point de livraison est celui d’une autre entité.")
        raise InvoiceElsewhere(sentence, {"point_id": sentence})
    queries.hold_points(session, {point.id})
    _refuse_never(doubts_of(invoice, point, Books(session, [invoice], [point])))
    if answers.direction:
        _take_direction(invoice, answers.direction)
    told = [answers.replaces] if answers.replaces is not None else []
    books = Books(session, [invoice, *told], [point])
    formers = _replaced(session, invoice, books, answers)
    deposits = _deposits(session, invoice, point, books, answers)
    aside = [*formers, *deposits, *_credits_of(session, invoice, deposits, books)]
    books.aside = frozenset((one.supplier_key, one.number_key) for one in aside)
    doubts = doubts_of(invoice, point, books)
    _require_answers(doubts, answers)
    with for_everyone():
        confirmed = [d for d in doubts_of(invoice, point, books) if d.asks]
        invoice.decision = _told(answers, formers, deposits, confirmed)[:1000]
    for one in aside:
        give_way(session, one, invoice)
    if formers:
        invoice.replaces_id, invoice.replaces = formers[0].id, formers[0].number
    book(session, [(invoice, point)])
    return invoice


def _refuse_never(doubts: Sequence[Doubt]) -> None:
    for doubt in doubts:
        if doubt.reason in rules.NEVER:
            raise InvoiceElsewhere(doubt.sentence)


def _require_answers(doubts: Sequence[Doubt], answers: Answers) -> None:
    for doubt in doubts:
        if doubt.reason == Reason.DIRECTION:
            raise AnswerNeeded([doubt], _("Répondez par « direction » : credit ou debit."))
    if answers.confirms_all:
        return
    open_ = [d for d in doubts if d.asks and d.reason not in answers.confirmed]
    if open_:
        codes = ", ".join(doubt.reason for doubt in open_)
        raise AnswerNeeded(
            open_, _("Pour l’imputer malgré tout, confirmez : %(codes)s.", codes=codes)
        )


def _take_direction(invoice: Invoice, direction: str) -> None:
    """Give the amounts the sign that a person says.

    Raises:
        InvalidInput: it is neither credit nor debit, or the sign of this invoice is sure.
    """
    if direction not in set(rules.Way):
        raise InvalidInput(
            _("Répondez par credit ou debit."),
            {"direction": _("Valeurs possibles : %(values)s.", values="credit, debit")},
        )
    if invoice.direction and invoice.direction != direction:
        raise InvalidInput(_("Le sens de cette facture est déjà connu."))
    if invoice.direction == direction:
        return
    invoice.direction = direction
    if (invoice.amount_ttc < 0) == (direction == rules.Way.CREDIT):
        return
    for name in ("amount_ht", "vat_amount", "amount_ttc", "prepaid_eur", "payable_eur"):
        amount = getattr(invoice, name)
        if amount:
            setattr(invoice, name, -amount)
    for line in invoice.lines:
        line.amount_ht = -line.amount_ht


def _replaced(session: Session, invoice: Invoice, books: Books, answers: Answers) -> list[Invoice]:
    """The invoices that this one takes the place of, the last before it first.

    Raises:
        InvalidInput: the one named is itself, another supplier's or authority's, or counted by a
            settlement.
        AnswerNeeded: it replaces one, and it is not sure which, or whether in full.
    """
    if answers.replaces is not None:
        sentence = _("Choisissez une autre facture du même fournisseur.")
        require_kin(invoice, answers.replaces, at="replaces_id", sentence=sentence)
        if _is_credited(session, answers.replaces):
            sentence = _(
                "La facture %(n)s est déjà annulée par un avoir : dites que celle-ci n’en "
                "remplace aucune.",
                n=answers.replaces.number,
            )
            raise InvalidInput.at("replaces_id", sentence)
        named = queries.bill_of(answers.replaces)
        return _leaving(session, books, books.in_place_of(named, but=queries.bill_of(invoice)))
    bill = queries.bill_of(invoice)
    is_replacing = bill.type_code in REPLACING_TYPES or bool(bill.replaces_key)
    if answers.replaces_none or not is_replacing:
        return []
    replaced = books.replaced_by(bill)
    if replaced is None and bill.replaces_key:
        return []  # It takes the place of an invoice that never came: nothing to take off.
    if replaced is None or bill.amount_ttc <= 0:
        doubt = next(d for d in doubts_of(invoice, None, books) if d.reason == Reason.REPLACING)
        raise AnswerNeeded(
            [doubt],
            _("Dites laquelle elle remplace (« replaces_id »), ou aucune (« replaces_none »)."),
        )
    return _leaving(session, books, books.replaced(bill))


def _leaving(session: Session, books: Books, bills: Sequence[Bill]) -> list[Invoice]:
    """The invoices that leave the costs for a replacing one.

    What a credit note took off already is not taken off once more.

    Raises:
        InvalidInput: one is counted by a settlement, which would count beside this one.
    """
    for bill in bills:
        by = books.counted_by(bill)
        if by is not None and by.state == InvoiceState.BOOKED:
            sentence = _(
                "La facture %(n)s est déjà comptée par %(by)s : annulez d’abord l’imputation de "
                "%(by)s, ou écartez celle-ci.",
                n=bill.number,
                by=by.number,
            )
            raise InvalidInput.at("replaces_id", sentence)
    rows = [session.get_one(Invoice, bill.id) for bill in bills]
    return [row for row in rows if not _is_credited(session, row)]


def _is_credited(session: Session, invoice: Invoice) -> bool:
    """Whether a booked credit note cancels a booked invoice."""
    if invoice.state != InvoiceState.BOOKED or invoice.point_id is None:
        return False
    booked = queries.bills_of_points(session, invoice.entity_id, {invoice.point_id})
    bill = queries.bill_of(invoice)
    return not bill.is_credit and not rules.is_standing(bill, booked)


def _deposits(
    session: Session,
    invoice: Invoice,
    point: DeliveryPoint,
    books: Books,
    answers: Answers,
) -> list[Invoice]:
    """The deposits that a settlement counts.

    Raises:
        InvalidInput: one of those named is itself, or another supplier's or authority's.
        AnswerNeeded: some of this supplier's may be, and it is not sure which.
    """
    if answers.deposits is not None:
        sentence = _("Choisissez des factures d’acompte du même fournisseur.")
        for one in answers.deposits:
            require_kin(invoice, one, at="deposit_ids", sentence=sentence)
        return list(answers.deposits)
    bill = queries.bill_of(invoice)
    is_final = bool(bill.prepaid_eur) or bill.type_code in rules.FINAL_TYPES
    if bill.is_deposit or not is_final:
        return []
    found = rules.deposits_of(bill, books.linked(bill), point.reference, point.id)
    if found is None:
        doubt = next(d for d in doubts_of(invoice, point, books) if d.reason == Reason.SETTLEMENT)
        raise AnswerNeeded(
            [doubt], _("Répondez par « deposit_ids », la liste de leurs numéros de fiche, ou [].")
        )
    return [session.get_one(Invoice, one.id) for one in found]


def _credits_of(
    session: Session, invoice: Invoice, deposits: Sequence[Invoice], books: Books
) -> list[Invoice]:
    """The booked credit notes of the deposits that a settlement counts: they go with them."""
    linked = books.linked(queries.bill_of(invoice))
    named = {one.id for one in deposits}
    found = {
        credit.id: session.get_one(Invoice, credit.id)
        for one in deposits
        for credit in rules.credits_of(queries.bill_of(one), linked)
    }
    return [row for key, row in found.items() if key not in named]


def _told(
    answers: Answers,
    formers: Sequence[Invoice],
    deposits: Sequence[Invoice],
    confirmed: Sequence[Doubt],
) -> str:
    """The decision in words."""
    parts = []
    if answers.direction:
        parts.append(
            _("C’est un crédit.") if answers.direction == rules.Way.CREDIT else _("C’est un débit.")
        )
    if formers:
        listed = ", ".join(one.number for one in formers)
        parts.append(_("Elle remplace %(n)s.", n=listed))
    elif answers.replaces_none:
        parts.append(_("Elle ne remplace aucune facture."))
    if deposits:
        listed = ", ".join(one.number for one in deposits)
        parts.append(_("Elle solde les acomptes %(list)s.", list=listed))
    elif answers.deposits is not None:
        parts.append(_("Elle ne solde aucun acompte."))
    if confirmed:
        words = _(
            "Imputée après confirmation (%(codes)s). %(words)s",
            codes=", ".join(doubt.reason for doubt in confirmed),
            words=" ".join(doubt.sentence for doubt in confirmed),
        )
        parts.append(words)
    return " ".join(parts)


def require_kin(invoice: Invoice, other: Invoice, *, at: str, sentence: str) -> None:
    """Refuse to link an invoice with one that it cannot stand for.

    A person of several authorities may see both; each authority's ledger is its own.

    Raises:
        InvalidInput: at that field: the other is another authority's; or, with ``sentence``, it
            is the invoice itself or another supplier's.
    """
    if other.entity_id != invoice.entity_id:
        sentence = _(
            "La facture %(n)s est celle d’une autre entité : choisissez une facture de la même "
            "entité que celle-ci.",
            n=other.number,
        )
    elif other.id != invoice.id and other.supplier_key == invoice.supplier_key:
        return
    raise InvalidInput.at(at, sentence)


def give_way(session: Session, invoice: Invoice, to: Invoice) -> None:
    """Take an invoice off the costs because another stands for it."""
    if invoice.state == InvoiceState.REFUSED:
        return
    if invoice.state == InvoiceState.BOOKED:
        unbook(session, invoice, on=max(to.issued_on, invoice.issued_on))
        invoice.state = InvoiceState.DETACHED
    elif invoice.state == InvoiceState.WAITING:
        require_transition(invoice.number, invoice.state, InvoiceState.REFUSED)
        invoice.state = InvoiceState.REFUSED
    invoice.waiting_reason = invoice.waiting_sentence = ""
    invoice.counted_by_id = to.id
    invoice.decision = kept(_l("Comptée par la facture %(n)s.", n=to.number))
