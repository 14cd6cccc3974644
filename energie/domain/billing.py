"""Where an invoice stands, and why one waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from base.basics.errors import TransitionRefused
from base.basics.i18n import _, _l
from base.store.choice import Choice
from energie.domain.invoice_identity import REPLACING_TYPES, base_key


class InvoiceState(Choice):
    """Where an invoice stands."""

    #: A person decides: ``waiting_reason`` says what about.
    WAITING = "waiting", _l("En attente"), "clock", "late"
    #: It counts in the ledger, on what its delivery point serves.
    BOOKED = "booked", _l("Imputée"), "check", "ok"
    #: It was booked; its ledger lines are reversed.
    DETACHED = "detached", _l("Détachée"), "unlink", "run"
    #: Set aside, with a reason: it never counted, and does not.
    REFUSED = "refused", _l("Écartée"), "archive", "idle"


TRANSITIONS: dict[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.WAITING: frozenset({InvoiceState.BOOKED, InvoiceState.REFUSED}),
    InvoiceState.BOOKED: frozenset({InvoiceState.DETACHED}),
    # What was taken off because of another invoice waits again when that one is taken off.
    InvoiceState.DETACHED: frozenset(
        {InvoiceState.BOOKED, InvoiceState.REFUSED, InvoiceState.WAITING}
    ),
    InvoiceState.REFUSED: frozenset({InvoiceState.WAITING}),
}
_REFUSALS = {
    (InvoiceState.BOOKED, InvoiceState.BOOKED): _l("La facture %(n)s est déjà imputée."),
    (InvoiceState.BOOKED, InvoiceState.REFUSED): _l(
        "La facture %(n)s est imputée : annulez d’abord son imputation."
    ),
    (InvoiceState.REFUSED, InvoiceState.BOOKED): _l(
        "La facture %(n)s est écartée : reprenez-la d’abord."
    ),
    (InvoiceState.REFUSED, InvoiceState.REFUSED): _l("La facture %(n)s est déjà écartée."),
}


def require_transition(number: str, now: str, then: InvoiceState) -> None:
    """Refuse a change of state that the table has not.

    Raises:
        TransitionRefused: with the sentence of what stands in the way.
    """
    state = InvoiceState(now)
    if then in TRANSITIONS[state]:
        return
    told = _REFUSALS.get((state, then))
    if told is None and then is InvoiceState.DETACHED:
        told = _l("La facture %(n)s n’est pas imputée.")
    if told is None:
        told = _l("La facture %(n)s n’est pas écartée.")
    raise TransitionRefused(str(told) % {"n": number})


class Reason(Choice):
    """Why an invoice waits, the most serious first."""

    PRO_FORMA = "PROFORMA", _l("Pro forma")
    NO_INVOICE = "PAS_FACTURE", _l("Pas une facture")
    CURRENCY = "DEVISE", _l("Devise étrangère")
    DATE = "DATE", _l("Date impossible")
    DIRECTION = "SENS", _l("Crédit ou débit ?")
    PROBABLE_DOUBLE = "DOUBLE_PROBABLE", _l("Double probable")
    DOUBLE = "DOUBLON", _l("Doublon")
    REPLACED = "REMPLACEE", _l("Remplacée")
    REPLACING = "RECTIFICATIVE", _l("Rectificative")
    CREDITED = "AVOIR", _l("Avoir d’une facture absente des coûts")
    SETTLEMENT = "SOLDE", _l("Solde")
    DEPOSIT = "ACOMPTE", _l("Acompte")
    PERIOD = "PERIODE", _l("Période impossible")
    OVERLAP = "CHEVAUCHEMENT", _l("Chevauchement")
    CLOSED = "SITE_FERME", _l("Point de livraison fermé")
    UNIT = "UNITE", _l("Unité d’une autre énergie")
    MEASURED = "ECART_MESURE", _l("Écart avec les relevés")
    RESUMED = "REPRISE", _l("À reprendre")
    SEVERAL_POINTS = "POINTS_MULTIPLES", _l("Plusieurs points")
    UNKNOWN_POINT = "POINT_INCONNU", _l("Point inconnu")


#: Nobody may book them: the document, or its date, has to change.
NEVER = frozenset({Reason.PRO_FORMA, Reason.NO_INVOICE, Reason.CURRENCY, Reason.DATE})


class Way(Choice):
    """Whether a bill takes or gives, when a person had to say it."""

    CREDIT = "credit", _l("Crédit")
    DEBIT = "debit", _l("Débit")


#: Types of UNTDID 1001 by what they are. A partial invoice, a payment request of works and a
#: prepayment are each a part of a later whole.
DEPOSIT_TYPES = frozenset("202 203 204 211 326 386 500 503 875 876".split())
FINAL_TYPES = frozenset({"877"})
#: Whether a reversal of a debit or of a credit gives or takes is read in both ways.
UNSURE_TYPES = frozenset({"457", "458"})
INVOICE_TYPES = (
    frozenset(
        "80 81 82 83 84 130 218 219 261 262 295 296 308 331 380 381 382 383 385 387 388 389 390 "
        "393 394 395 396 420 456 501 502 527 532 575 623 633 780".split()
    )
    | DEPOSIT_TYPES
    | FINAL_TYPES
    | UNSURE_TYPES
    | REPLACING_TYPES
)
PRO_FORMA_TYPE = "325"
#: Names of documents that are sent like invoices and are none.
OTHER_DOCUMENTS = {
    "220": _l("une commande"),
    "221": _l("une commande"),
    "231": _l("une réponse à une commande"),
    "310": _l("un devis"),
    "315": _l("un contrat"),
    "351": _l("un avis d’expédition"),
    "751": _l("une information comptable"),
    "935": _l("une facture de douane"),
}


class Doubt(NamedTuple):
    """One thing that a person has to decide: its code, and what is doubtful in words."""

    reason: Reason
    sentence: str
    #: Whether it is booked only when the person says that they saw it.
    asks: bool = False


class Bill(NamedTuple):
    """What of an invoice matters to compare it with the others."""

    id: int | None
    number: str
    number_key: str
    supplier_key: str
    supplier_name: str
    type_code: str
    state: str
    issued_on: date
    start_on: date | None
    end_on: date | None
    amount_ttc: Decimal
    prepaid_eur: Decimal | None
    point_id: int | None
    reference_list: str
    #: Folded number of the invoice that it replaces, and of the one that it refers to.
    replaces_key: str
    preceding_key: str
    counted_by_id: int | None

    @property
    def key(self) -> tuple[str, str]:
        """What it is known by before it is in the register."""
        return self.supplier_key, self.number_key

    @property
    def is_credit(self) -> bool:
        """Whether it gives money back."""
        return self.amount_ttc < 0

    @property
    def is_deposit(self) -> bool:
        """Whether it asks for a part of a later whole."""
        return self.type_code in DEPOSIT_TYPES

    def span(self) -> tuple[date, date] | None:
        """First and last day billed; nothing when it tells none, or they cannot be."""
        if self.start_on is None or self.end_on is None or self.end_on < self.start_on:
            return None
        return self.start_on, self.end_on


def overlaps(one: Bill, other: Bill) -> bool:
    """Whether two invoices bill the same days; the day on which one ends is the next one's.

    An invoice of one day is that day.
    """
    mine, theirs = one.span(), other.span()
    if mine is None or theirs is None:
        return False
    (a, b), (c, d) = mine, theirs
    if a == b or c == d:
        return a <= d and c <= b
    return a < d and c < b


def standing(booked: Sequence[Bill]) -> list[Bill]:
    """The invoices that still count once each credit note is netted with what it cancels.

    A credit note cancels an invoice of the same supplier and the opposite amount that it names,
    or whose period it repeats.
    """
    rest = [bill for bill in booked if not bill.is_credit]
    for credit in (bill for bill in booked if bill.is_credit):
        for bill in rest:
            same = bill.supplier_key == credit.supplier_key
            named = credit.preceding_key and credit.preceding_key == base_key(bill.number_key)
            if (
                same
                and bill.amount_ttc == -credit.amount_ttc
                and (named or (not credit.preceding_key and bill.span() == credit.span()))
            ):
                rest.remove(bill)
                break
    return rest


def in_order(bills: Sequence[Bill]) -> list[int]:
    """The places of invoices of one file, each after the one of them that it names.

    Else they keep their order; of two that name one another the second comes first.
    """
    places: dict[tuple[str, str], int] = {}
    for place, bill in enumerate(bills):
        places.setdefault((bill.supplier_key, base_key(bill.number_key)), place)
    ordered: dict[int, None] = {}
    for start in range(len(bills)):
        chain: dict[int, None] = {}
        here: int | None = start
        while here is not None and here not in ordered and here not in chain:
            chain[here] = None
            bill = bills[here]
            named = bill.replaces_key or bill.preceding_key
            here = places.get((bill.supplier_key, base_key(named))) if named else None
        ordered |= dict.fromkeys(reversed(chain))
    return list(ordered)


def is_standing(bill: Bill, booked: Sequence[Bill]) -> bool:
    """Whether no credit note cancels a booked invoice, among those of its point."""
    return any(one.key == bill.key for one in standing(booked))


def is_repeated(one: Bill, other: Bill) -> bool:
    """Whether two invoices bill the same amount for the same days; without days, the same day."""
    if one.supplier_key != other.supplier_key or one.amount_ttc != other.amount_ttc:
        return False
    if one.span() is None and other.span() is None:
        return one.issued_on == other.issued_on
    return one.span() == other.span()


def deposits_of(
    settlement: Bill, given: Sequence[Bill], point: str, point_id: int | None = None
) -> list[Bill] | None:
    """The deposits that a settlement counts: those that come to what was paid before.

    ``point`` and ``point_id`` are the reference and the record of where it is to be booked, none
    when that is not known. A deposit is another point's only when what both cite and where it is
    booked say so: a person may put the two on a point that neither cites. A deposit is worth what
    its credit notes leave of it.

    None when some may be but it is not sure which; an empty list when there are none here.
    """
    wanted = settlement.prepaid_eur or Decimal(0)
    cited = {point, *settlement.reference_list.split()}
    able = [
        bill
        for bill in given
        if bill.is_deposit
        and not (bill.is_credit and bill.preceding_key)
        and left_of(bill, given)
        and bill.supplier_key == settlement.supplier_key
        and bill.key != settlement.key
        and bill.counted_by_id is None
        and bill.state != InvoiceState.REFUSED
        and bill.issued_on <= settlement.issued_on
        and (
            not bill.reference_list
            or not point
            or (point_id is not None and bill.point_id == point_id)
            or not cited.isdisjoint(bill.reference_list.split())
        )
    ]
    if not able:
        return []
    if sum((left_of(bill, given) for bill in able), Decimal(0)) == wanted:
        return able
    alone = [bill for bill in able if left_of(bill, given) == wanted]
    return alone if len(alone) == 1 else None


def credits_of(bill: Bill, given: Sequence[Bill]) -> list[Bill]:
    """The booked credit notes that name an invoice."""
    return [
        one
        for one in given
        if one.is_credit
        and one.state == InvoiceState.BOOKED
        and one.supplier_key == bill.supplier_key
        and one.key != bill.key
        and one.preceding_key == base_key(bill.number_key)
    ]


def left_of(bill: Bill, given: Sequence[Bill]) -> Decimal:
    """What the booked credit notes that name an invoice leave of it, in euros with tax."""
    taken = sum((one.amount_ttc for one in credits_of(bill, given)), Decimal(0))
    return bill.amount_ttc + taken


def settlement_of(deposit: Bill, given: Sequence[Bill], counted: Sequence[Bill]) -> Bill | None:
    """The booked settlement whose prepaid amount has room for a deposit, if there is one."""
    for bill in given:
        if (
            bill.state != InvoiceState.BOOKED
            or not bill.prepaid_eur
            or bill.key == deposit.key
            or bill.supplier_key != deposit.supplier_key
            or bill.issued_on < deposit.issued_on
        ):
            continue
        known = sum((one.amount_ttc for one in counted if one.counted_by_id == bill.id), Decimal(0))
        if deposit.amount_ttc <= bill.prepaid_eur - known:
            return bill
    return None


def other_document(type_code: str) -> str:
    """What a document that is no invoice is, for a sentence."""
    return str(OTHER_DOCUMENTS.get(type_code) or _("un document de type %(code)s", code=type_code))


#: Codes of UN/ECE recommendation 20 that count energy → kWh.
KWH_UNITS = {"KWH": Decimal(1), "MWH": Decimal(1000), "GWH": Decimal(1_000_000)}
#: Words of lines that repeat the same kWh for a tax, a levy or the grid.
_REPEATED = (
    "accise cspe ticfe ticgn tccfe tdcfe taxe contribution cta turpe atrd atrt achemin réseau"
    " reseau soutirage capacité capacite cee certificat garantie obligation transport stockage"
    " distribution"
).split()


def billed_kwh(lines: Sequence[tuple[str, str, Decimal | None]]) -> Decimal | None:
    """The energy that lines bill, from (label, unit code, quantity); None when none says kWh.

    Taxes and the grid bill the same kWh again: their lines count only when there is no other.
    """
    told = [
        (label.casefold(), quantity * KWH_UNITS[unit.upper()])
        for label, unit, quantity in lines
        if quantity is not None and unit.upper() in KWH_UNITS
    ]
    if not told:
        return None
    supply = [kwh for label, kwh in told if not any(word in label for word in _REPEATED)]
    return sum(supply or [kwh for _label, kwh in told], Decimal(0))


#: How far billed and read energy may differ before somebody looks: both have to be passed.
MEASURED_SHARE = Decimal("0.03")
MEASURED_KWH = Decimal(50)
MEASURED_COMPLETENESS = Decimal("0.98")


def is_far(billed: Decimal, read: Decimal) -> bool:
    """Whether billed energy is far from what was read, in kWh."""
    gap = abs(billed - read)
    return gap > MEASURED_KWH and gap > MEASURED_SHARE * abs(read)
