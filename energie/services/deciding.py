"""What people and programs decide of an invoice: book it, take it off, set it aside, take it up."""

from __future__ import annotations

from datetime import date

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l, for_everyone, kept
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door, verb
from energie import queries
from energie.domain.billing import Doubt, Reason, Way, require_transition
from energie.models import DeliveryPoint, Invoice, InvoiceState
from energie.services.booking import Answers, attach_invoice, give_way, require_kin
from energie.services.books import Books
from energie.services.doubts import doubts_of
from energie.services.ledger import unbook

_DOORS = Door.DESK | Door.REST
_OPEN = (InvoiceState.WAITING, InvoiceState.DETACHED)


@verb(
    Invoice,
    _l("Imputer la facture"),
    "check",
    name="attach",
    doors=_DOORS,
    moves=[(state, InvoiceState.BOOKED) for state in _OPEN],
    asks={
        "point": Ask(name="point_id", wire="point"),
        "confirm": Ask(about="the codes of what was looked at, a list, or true for all of them"),
        "direction": Ask(about="credit or debit, of what lowers or raises costs"),
        "replaces": Ask(
            name="replaces_id", wire="replaces", about="the invoice that it takes the place of"
        ),
        "replaces_none": Ask(about="it takes the place of none"),
        "deposits": Ask(
            name="deposit_ids", wire="deposit", about="the deposits that it counts, empty for none"
        ),
    },
    said=_l("La facture est imputée."),
)
def attach_as_told(
    session: Session,
    invoice: Invoice,
    point: DeliveryPoint,
    *,
    confirm: list[Reason] | None = None,
    direction: Way | None = None,
    replaces: Invoice | None = None,
    replaces_none: bool = False,
    deposits: list[Invoice] | None = None,
) -> None:
    """Book it on what a delivery point serves.

    What is doubtful is refused (409) with its sentence and codes until it is answered. With
    ``replaces_none`` it takes the place of none, whatever else a form holds.

    Raises:
        DomainError: as ``attach_invoice``.
    """
    answers = Answers(
        confirmed=frozenset(confirm or ()),
        direction=direction or "",
        replaces=None if replaces_none else replaces,
        replaces_none=replaces_none,
        deposits=deposits,
    )
    attach_invoice(session, invoice, point, answers=answers)


@verb(
    Invoice,
    _l("Annuler l’imputation"),
    "unlink",
    name="detach",
    doors=_DOORS,
    moves=[(InvoiceState.BOOKED, InvoiceState.DETACHED)],
    known={"on": lambda session, invoice: clock.today()},
    said=_l("La facture est détachée, ses écritures sont annulées."),
)
def detach_invoice(session: Session, invoice: Invoice, *, on: date) -> Invoice:
    """Take an invoice off its delivery point: its ledger lines are reversed on that day.

    What it stood for, an invoice that it replaced or deposits, waits again for a person. What
    was decided of them and of it no longer holds: the trail alone keeps it.

    Raises:
        TransitionRefused: it is not booked.
    """
    require_transition(invoice.number, invoice.state, InvoiceState.DETACHED)
    unbook(session, invoice, on=on)
    invoice.state = InvoiceState.DETACHED
    invoice.replaces_id, invoice.decision = None, ""
    for one in queries.invoices_counted_by(session, invoice):
        require_transition(one.number, one.state, InvoiceState.WAITING)
        one.state, one.counted_by_id, one.decision = InvoiceState.WAITING, None, ""
        one.waiting_reason = Reason.RESUMED
        one.waiting_sentence = kept(
            _l("La facture %(n)s, qui comptait celle-ci, n’est plus imputée.", n=invoice.number)
        )
    session.flush()
    return invoice


@verb(
    Invoice,
    _l("Écarter la facture"),
    "archive",
    name="refuse",
    doors=_DOORS,
    moves=[(state, InvoiceState.REFUSED) for state in _OPEN],
    asks={"reason": Ask(_l("Motif"), limit=500)},
    button=_l("Écarter"),
    said=_l("La facture est écartée."),
)
def refuse_invoice(session: Session, invoice: Invoice, *, reason: str) -> Invoice:
    """Set an invoice aside: it is not booked, and no longer waits. The reason is kept.

    Raises:
        TransitionRefused: it is booked, or set aside already.
        InvalidInput: no reason is given.
    """
    require_transition(invoice.number, invoice.state, InvoiceState.REFUSED)
    if not reason.strip():
        raise InvalidInput.at("reason", _("Dites pourquoi : le motif est gardé avec la facture."))
    why = f" ({Reason(invoice.waiting_reason).word})" if invoice.waiting_reason else ""
    invoice.decision = f"{reason.strip()}{why}"[:1000]
    invoice.state = InvoiceState.REFUSED
    invoice.waiting_reason = invoice.waiting_sentence = ""
    session.flush()
    return invoice


@verb(
    Invoice,
    _l("Reprendre la facture"),
    "arrow-back-up",
    name="resume",
    doors=_DOORS,
    moves=[(InvoiceState.REFUSED, InvoiceState.WAITING)],
    said=_l("La facture attend de nouveau."),
)
def resume_invoice(session: Session, invoice: Invoice) -> Invoice:
    """Take an invoice up again that was set aside: it waits, with what is doubtful now.

    Raises:
        TransitionRefused: it is not set aside.
    """
    require_transition(invoice.number, invoice.state, InvoiceState.WAITING)
    invoice.state, invoice.counted_by_id, invoice.decision = InvoiceState.WAITING, None, ""
    points = queries.named_points(session, invoice)
    point = points[0] if len(points) == 1 else None
    with for_everyone():
        doubts = doubts_of(
            invoice, point, Books(session, [invoice], [point]), named=len(points)
        ) or [Doubt(Reason.RESUMED, _("Facture reprise après avoir été écartée."))]
        invoice.waiting_reason = doubts[0].reason
        invoice.waiting_sentence = " ".join(doubt.sentence for doubt in doubts)[:1000]
    session.flush()
    return invoice


@verb(
    Invoice,
    _l("De quelle facture est-ce l’acompte ?"),
    "check",
    name="deposit",
    doors=_DOORS,
    stays=_OPEN,
    asks={"settlement": Ask(_l("Facture de solde"), name="settlement_id", wire="settlement")},
    button=_l("Compter dans le solde"),
    said=_l("L’acompte est compté par la facture de solde."),
)
def count_deposit(session: Session, deposit: Invoice, *, settlement: Invoice) -> Invoice:
    """Say that a deposit is part of a booked settlement, which counts it: it leaves the costs.

    Raises:
        TransitionRefused: the deposit was set aside.
        InvalidInput: the settlement is itself, another supplier's or authority's, or not booked.
    """
    sentence = _("Choisissez une autre facture du même fournisseur.")
    require_kin(deposit, settlement, at="settlement_id", sentence=sentence)
    if settlement.state != InvoiceState.BOOKED:
        sentence = _("Imputez d’abord la facture de solde %(n)s.", n=settlement.number)
        raise InvalidInput.at("settlement_id", sentence)
    if deposit.state == InvoiceState.REFUSED:
        require_transition(deposit.number, deposit.state, InvoiceState.REFUSED)
    give_way(session, deposit, settlement)
    session.flush()
    return deposit
