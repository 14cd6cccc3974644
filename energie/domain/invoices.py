"""Electronic invoices as the European standard EN 16931 means them, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from base.basics.errors import DomainError
from energie.domain.references import references_in

CENT = Decimal("0.01")
ZERO = Decimal(0)
#: Types whose amounts are credits though they are written positive (UNTDID 1001).
CREDIT_TYPES = frozenset("81 83 261 262 296 308 381 396 420 502 503 532".split())


class InvoiceRefused(DomainError):
    """An invoice that cannot be taken: unreadable, or its figures contradict each other."""


class Finding(NamedTuple):
    """A rule that the invoice breaks: its code in the standard, and what is wrong."""

    code: str
    sentence: str


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
    #: Old profiles may leave the amount of a line out, or its tax: only the totals count then.
    tells_amount: bool = True


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
    #: Numbers of the invoices that it refers to (BT-25): credited, replaced, paid in advance.
    preceding: tuple[str, ...] = ()
    #: What its notes say, as one text.
    notes: str = field(default="", repr=False)
    #: Rules that it breaks without harm to its figures, found by the reader of its form.
    remarks: tuple[Finding, ...] = ()
    #: Texts that may name a delivery point, the most precise first.
    texts: tuple[str, ...] = field(default=(), repr=False)

    @property
    def is_credit(self) -> bool:
        """Whether the document gives money back."""
        return self.sign * self.grand_total < 0

    @property
    def sign(self) -> int:
        """−1 for a credit note written with positive amounts.

        One written with negative amounts is kept as written until a person says what it means.
        """
        return -1 if self.type_code in CREDIT_TYPES and self.grand_total >= 0 else 1

    @property
    def prepaid_amount(self) -> Decimal:
        """What was paid before, with tax; a MINIMUM invoice tells it by what is left to pay."""
        if self.profile == "minimum" and not self.prepaid:
            return cents(self.sign * (self.grand_total - self.due)) + ZERO
        return cents(self.sign * self.prepaid) + ZERO

    @property
    def payable_amount(self) -> Decimal:
        """What is left to pay, with tax."""
        return cents(self.sign * self.due) + ZERO

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


def cents(value: Decimal) -> Decimal:
    """The amount to the cent, half up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def split_vat(parts: Sequence[Decimal], vat_eur: Decimal) -> list[Decimal]:
    """The tax shared like the amounts without tax, exactly to the cent."""
    from energie.domain.shares import largest_remainder

    if not any(parts):
        return [vat_eur, *([ZERO] * (len(parts) - 1))]
    return largest_remainder(vat_eur, [abs(part) for part in parts], unit=CENT)
