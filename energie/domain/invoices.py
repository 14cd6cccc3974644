"""Electronic invoices as the European standard EN 16931 means them, and their checks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from base.errors import DomainError
from base.formats import euros, number
from base.i18n import _
from energie.domain.references import references_in

CENT = Decimal("0.01")
ZERO = Decimal(0)
#: Types whose amounts are credits though they are written positive (UNTDID 1001).
CREDIT_TYPES = frozenset("81 83 261 262 296 308 381 396 420 458 532".split())
#: Rules on VAT leave one unit of the currency (BR-CO-17, BR-S-08 and sisters).
VAT_TOLERANCE = Decimal(1)
#: A line may differ by this much from quantity × price, for prices rounded on paper.
LINE_TOLERANCE = Decimal("0.02")
MONTHS = 12
#: Profiles that carry totals without lines.
LINELESS = frozenset({"minimum", "basicwl"})
#: VAT categories whose rate is zero by definition.
ZERO_RATED = frozenset({"Z", "E", "AE", "K", "G", "O"})


class InvoiceRefused(DomainError):
    """An invoice that cannot be taken: unreadable, or its figures contradict each other."""


@dataclass(frozen=True)
class Party:
    """A seller or a buyer."""

    name: str = ""
    siret: str = ""
    siren: str = ""
    vat_number: str = ""


@dataclass(frozen=True)
class LineItem:
    """A line of an invoice; ``net_amount`` is what counts, the rest explains it."""

    number: str
    label: str
    net_amount: Decimal
    quantity: Decimal | None = None
    unit_code: str = ""
    net_price: Decimal | None = None
    price_quantity: Decimal = Decimal(1)
    #: What was taken off the gross price, when the sender tells it.
    price_discount: Decimal | None = None
    #: Charges less allowances of the line.
    adjustments: Decimal = ZERO
    vat_category: str = ""
    vat_rate: Decimal | None = None
    start_on: date | None = None
    end_on: date | None = None
    #: A line above others repeats their amount: it is read, not summed.
    is_group: bool = False


@dataclass(frozen=True)
class VatLine:
    """The tax of one category and rate."""

    category: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Invoice:
    """An invoice or a credit note, as its sender wrote it."""

    syntax: str
    profile: str
    number: str
    type_code: str
    issued_on: date | None
    currency: str
    seller: Party
    buyer: Party
    lines: tuple[LineItem, ...] = ()
    vat: tuple[VatLine, ...] = ()
    #: Charges less allowances of the document, by VAT category and rate.
    adjustments: tuple[tuple[str, Decimal, Decimal], ...] = ()
    #: Base, percentage and amount of the charges and allowances that tell all three.
    percentages: tuple[tuple[Decimal, Decimal, Decimal], ...] = ()
    line_total: Decimal | None = None
    allowance_total: Decimal = ZERO
    charge_total: Decimal = ZERO
    tax_basis_total: Decimal = ZERO
    tax_total: Decimal = ZERO
    grand_total: Decimal = ZERO
    prepaid: Decimal = ZERO
    rounding: Decimal = ZERO
    due: Decimal = ZERO
    start_on: date | None = None
    end_on: date | None = None
    due_on: date | None = None
    contract_reference: str = ""
    order_reference: str = ""
    buyer_reference: str = ""
    #: Texts that may name a delivery point, the most precise first.
    texts: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_credit(self) -> bool:
        """Whether the document gives money back."""
        return self.sign * self.grand_total < 0

    @property
    def sign(self) -> int:
        """−1 for a credit note written with positive amounts."""
        return -1 if self.type_code in CREDIT_TYPES else 1

    @property
    def amount_ht(self) -> Decimal:
        """The amount without tax, negative for a credit."""
        return cents(self.sign * self.tax_basis_total)

    @property
    def vat_amount(self) -> Decimal:
        """The tax, negative for a credit."""
        return cents(self.sign * self.tax_total)

    @property
    def amount_ttc(self) -> Decimal:
        """The amount with tax, negative for a credit."""
        return cents(self.sign * self.grand_total)

    def period(self) -> tuple[date | None, date | None]:
        """First and last day billed: the document's, else those that its lines span."""
        if self.start_on or self.end_on:
            return self.start_on, self.end_on
        starts = [line.start_on for line in self.lines if line.start_on]
        ends = [line.end_on for line in self.lines if line.end_on]
        return min(starts, default=None), max(ends, default=None)

    def references(self) -> list[str]:
        """The PRM and PCE that the invoice may name; the parties' SIRET are left out."""
        known = {self.seller.siret, self.buyer.siret}
        found = (reference for text in self.texts for reference in references_in(text))
        return [reference for reference in dict.fromkeys(found) if reference not in known]


class Finding(NamedTuple):
    """A rule that the invoice breaks: its code in the standard, and what is wrong."""

    code: str
    sentence: str


def cents(value: Decimal) -> Decimal:
    """The amount to the cent, half up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def faults(invoice: Invoice) -> list[Finding]:
    """The rules of EN 16931 that the figures break, most telling first; empty when sound.

    Sums are compared to the cent; VAT with the tolerance that its rules give.
    """
    return [
        *_missing(invoice),
        *_totals(invoice),
        *_vat(invoice),
        *_lines(invoice),
        *_percentages(invoice),
    ]


def require_sound(invoice: Invoice) -> None:
    """Refuse an invoice whose figures contradict each other.

    Raises:
        InvoiceRefused: with the first faults in words and their codes.
    """
    found = faults(invoice)
    if found:
        told = " ".join(f"{fault.sentence} ({fault.code})" for fault in found[:3])
        raise InvoiceRefused(
            _(
                "Facture %(number)s refusée. %(faults)s Demandez au fournisseur une facture "
                "corrigée.",
                number=invoice.number or "?",
                faults=told,
            )
        )


def _missing(invoice: Invoice) -> Iterable[Finding]:
    needed = {
        "BR-02": (invoice.number, _("Le numéro manque.")),
        "BR-03": (invoice.issued_on, _("La date d’émission manque ou n’est pas une date.")),
        "BR-04": (invoice.type_code, _("Le type de document manque.")),
        "BR-05": (invoice.currency, _("La devise manque.")),
        "BR-06": (invoice.seller.name, _("Le nom du fournisseur manque.")),
        "BR-07": (invoice.buyer.name, _("Le nom du client manque.")),
    }
    for code, (value, sentence) in needed.items():
        if not value:
            yield Finding(code, str(sentence))
    if invoice.profile not in LINELESS and not invoice.lines:
        yield Finding("BR-16", str(_("La facture n’a aucune ligne.")))
    if invoice.profile != "minimum" and not invoice.vat:
        yield Finding("BR-CO-18", str(_("La ventilation de la TVA manque.")))


def _lines(invoice: Invoice) -> Iterable[Finding]:
    for line in invoice.lines:
        if line.net_price is not None and line.net_price < 0:
            yield Finding(
                "BR-27",
                str(
                    _(
                        "Ligne %(n)s : le prix unitaire %(price)s est négatif ; c’est la quantité "
                        "qui doit l’être.",
                        n=line.number,
                        price=euros(line.net_price),
                    )
                ),
            )
        yield from _line_price(line)
        # The standard defines the amount of a line but tests it in neither syntax; the
        # published UBL examples break it, so there it is left to the reader of the invoice.
        if invoice.syntax != "ubl":
            yield from _line_amount(line)


def _line_price(line: LineItem) -> Iterable[Finding]:
    """A discount on a price is written positive (BT-147): it is taken away."""
    if line.price_discount is not None and line.price_discount < 0:
        yield Finding(
            "BT-147",
            str(
                _(
                    "Ligne %(n)s : la remise sur le prix est négative (%(discount)s).",
                    n=line.number,
                    discount=euros(line.price_discount),
                )
            ),
        )


def _line_amount(line: LineItem) -> Iterable[Finding]:
    """A line is quantity × price plus its own charges (BT-131).

    Two habits of sound senders are let through: a return written with a positive quantity
    and a negative amount, and a yearly price billed for one month, as grid bills have it.
    """
    if line.quantity is None or line.net_price is None or line.is_group:
        return
    computed = line.quantity * line.net_price / (line.price_quantity or 1) + line.adjustments
    habits = (computed, -computed, computed / MONTHS)
    if min(abs(habit - line.net_amount) for habit in habits) > LINE_TOLERANCE:
        yield Finding(
            "BT-131",
            str(
                _(
                    "Ligne %(n)s : %(quantity)s × %(price)s donne %(computed)s et non %(said)s.",
                    n=line.number,
                    quantity=number(line.quantity),
                    price=euros(line.net_price / (line.price_quantity or 1)),
                    computed=euros(cents(computed)),
                    said=euros(line.net_amount),
                )
            ),
        )


def _percentages(invoice: Invoice) -> Iterable[Finding]:
    """A charge or an allowance told as a percentage of a base is that (BT-92, BT-99)."""
    for base, percent, said in invoice.percentages:
        computed = cents(base * percent / 100)
        if abs(computed - said) > LINE_TOLERANCE:
            yield Finding(
                "BT-92",
                str(
                    _(
                        "Remise ou frais : %(percent)s %% de %(base)s font %(computed)s et non "
                        "%(said)s.",
                        percent=number(percent),
                        base=euros(base),
                        computed=euros(computed),
                        said=euros(said),
                    )
                ),
            )


def _differs(one: Decimal, other: Decimal) -> bool:
    return cents(one) != cents(other)


def _totals(invoice: Invoice) -> Iterable[Finding]:
    minimum = invoice.profile == "minimum"
    if invoice.lines and invoice.line_total is not None:
        total = sum((line.net_amount for line in invoice.lines if not line.is_group), ZERO)
        if _differs(total, invoice.line_total):
            yield _sum("BR-CO-10", _("total des lignes"), total, invoice.line_total)
    if invoice.line_total is not None and not minimum:
        basis = invoice.line_total - invoice.allowance_total + invoice.charge_total
        if _differs(basis, invoice.tax_basis_total):
            yield _sum("BR-CO-13", _("total hors taxes"), basis, invoice.tax_basis_total)
    if invoice.vat:
        tax = sum((vat.amount for vat in invoice.vat), ZERO)
        if _differs(tax, invoice.tax_total):
            yield _sum("BR-CO-14", _("total de la TVA"), tax, invoice.tax_total)
    grand = invoice.tax_basis_total + invoice.tax_total
    if _differs(grand, invoice.grand_total):
        yield _sum("BR-CO-15", _("total toutes taxes comprises"), grand, invoice.grand_total)
    due = invoice.grand_total - invoice.prepaid + invoice.rounding
    if not minimum and _differs(due, invoice.due):
        yield _sum("BR-CO-16", _("net à payer"), due, invoice.due)


def _sum(code: str, name: object, computed: Decimal, said: Decimal) -> Finding:
    return Finding(
        code,
        str(
            _(
                "Le %(name)s recalculé est %(computed)s et non %(said)s.",
                name=str(name),
                computed=euros(cents(computed)),
                said=euros(said),
            )
        ),
    )


def _vat(invoice: Invoice) -> Iterable[Finding]:
    for vat in invoice.vat:
        computed = cents(vat.base * vat.rate / 100)
        if abs(computed - vat.amount) >= VAT_TOLERANCE:
            yield Finding(
                "BR-CO-17",
                str(
                    _(
                        "TVA à %(rate)s %% sur %(base)s : %(computed)s recalculé et non %(said)s.",
                        rate=number(vat.rate),
                        base=euros(vat.base),
                        computed=euros(computed),
                        said=euros(vat.amount),
                    )
                ),
            )
    if not invoice.lines or any(line.is_group for line in invoice.lines):
        return
    for vat in invoice.vat:
        parts = [(ln.vat_category, ln.vat_rate, ln.net_amount) for ln in invoice.lines]
        key = _vat_key(vat.category, vat.rate)
        base = sum(
            (p for c, r, p in (*parts, *invoice.adjustments) if _vat_key(c, r) == key),
            ZERO,
        )
        if abs(base - vat.base) >= VAT_TOLERANCE:
            yield Finding(
                f"BR-{vat.category}-08",
                str(
                    _(
                        "Les lignes à %(rate)s %% de TVA font %(computed)s et non %(said)s.",
                        rate=number(vat.rate),
                        computed=euros(cents(base)),
                        said=euros(vat.base),
                    )
                ),
            )


def _vat_key(category: str, rate: Decimal | None) -> tuple[str, Decimal]:
    return category, ZERO if category in ZERO_RATED or rate is None else rate


def split_vat(parts: Sequence[Decimal], vat_eur: Decimal) -> list[Decimal]:
    """The tax shared like the amounts without tax, exactly to the cent."""
    from energie.domain.shares import largest_remainder

    if not any(parts):
        return [vat_eur, *([ZERO] * (len(parts) - 1))]
    return largest_remainder(vat_eur, [abs(part) for part in parts], unit=CENT)
