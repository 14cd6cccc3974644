"""The figures of an electronic invoice, recomputed: what refuses it, what is only told."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from base.basics import identifiers
from base.basics.formats import day, euros, number
from base.basics.i18n import _
from base.basics.identifiers import Identifier
from energie.domain.invoices import (
    CENT,
    ZERO,
    Finding,
    Invoice,
    InvoiceRefused,
    LineItem,
    cents,
)

#: Rules on VAT leave one unit of the currency (BR-CO-17, BR-S-08 and sisters).
VAT_TOLERANCE = Decimal(1)
#: A percentage of a base may differ by this much, for amounts rounded on paper.
PERCENT_TOLERANCE = Decimal("0.02")
MONTHS = 12
LONGEST_CREDIT_DAYS = 3 * 366
#: Profiles that carry totals without lines.
LINELESS = frozenset({"minimum", "basicwl"})
#: VAT categories whose rate is zero by definition.
ZERO_RATED = frozenset({"Z", "E", "AE", "K", "G", "O"})


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
        words = _(
            "Facture %(number)s refusée. %(faults)s Demandez au fournisseur une facture corrigée.",
            number=invoice.number or "?",
            faults=told,
        )
        raise InvoiceRefused(words)


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
        yield Finding("BR-16", _("La facture n’a aucune ligne."))
    if invoice.profile != "minimum" and not invoice.vat:
        yield Finding("BR-CO-18", _("La ventilation de la TVA manque."))


def _lines(invoice: Invoice) -> Iterable[Finding]:
    for line in invoice.lines:
        if line.net_price is not None and line.net_price < 0:
            words = _(
                "Ligne %(n)s : le prix unitaire %(price)s est négatif ; c’est la quantité "
                "qui doit l’être.",
                n=line.number,
                price=euros(line.net_price),
            )
            yield Finding("BR-27", words)
        yield from _line_price(line)


def _line_price(line: LineItem) -> Iterable[Finding]:
    """A discount on a price is written positive (BT-147): it is taken away."""
    if line.price_discount is not None and line.price_discount < 0:
        words = _(
            "Ligne %(n)s : la remise sur le prix est négative (%(discount)s).",
            n=line.number,
            discount=euros(line.price_discount),
        )
        yield Finding("BT-147", words)


def remarks(invoice: Invoice) -> list[Finding]:
    """What is odd without touching the totals: kept with the invoice, which is taken.

    The standard defines the amount of a line but tests it in no syntax, so a line that differs
    from quantity × price is told and not refused, the same way whatever the file's form.
    """
    return [
        *invoice.remarks,
        *_party_numbers(invoice),
        *_due_date(invoice),
        *(found for line in invoice.lines for found in _line_amount(line)),
    ]


def _party_numbers(invoice: Invoice) -> Iterable[Finding]:
    """Numbers of the parties whose key is wrong (BT-30, BT-31, BT-47, BT-48); kept as written."""
    for party, legal, tax in (
        (invoice.seller, "BT-30", "BT-31"),
        (invoice.buyer, "BT-47", "BT-48"),
    ):
        written = [
            (legal, Identifier.SIRET, party.siret),
            (legal, Identifier.SIREN, "" if party.siret else party.siren),
            (tax, Identifier.VAT, identifiers.plain(Identifier.VAT, party.vat_number)),
        ]
        for code, kind, value in written:
            if value and (why := identifiers.fault(kind, value)) is not None:
                yield Finding(code, why)


def _due_date(invoice: Invoice) -> Iterable[Finding]:
    """A due date lies after the issue, within a few years (BT-9); nothing is counted from it."""
    due, issued = invoice.due_on, invoice.issued_on
    if due is None or issued is None or 0 <= (due - issued).days <= LONGEST_CREDIT_DAYS:
        return
    words = _(
        "Échéance au %(due)s pour une facture du %(issued)s.",
        due=day(due),
        issued=day(issued),
    )
    yield Finding("BT-9", words)


def _line_amount(line: LineItem) -> Iterable[Finding]:
    """A line is quantity × price plus its own charges (BT-131).

    What the decimals of the price explain is no fault: a price written to the last decimal
    stands for any within half a unit of it. Two habits of sound senders are let through: a
    return written with a positive quantity and a negative amount, and a yearly price billed for
    one month, as grid bills have it.
    """
    if line.quantity is None or line.net_price is None or line.is_group or not line.tells_amount:
        return
    per = line.price_quantity or Decimal(1)
    computed = line.quantity * line.net_price / per + line.adjustments
    for habit in (computed, -computed, computed / MONTHS):
        if abs(habit - line.net_amount) <= _rounding(line.quantity, line.net_price, per):
            return
    words = _(
        "Ligne %(n)s : %(quantity)s × %(price)s donne %(computed)s et non %(said)s.",
        n=line.number,
        quantity=number(line.quantity),
        price=euros(line.net_price / per),
        computed=euros(cents(computed)),
        said=euros(line.net_amount),
    )
    yield Finding("BT-131", words)


def _rounding(quantity: Decimal, price: Decimal, per: Decimal) -> Decimal:
    """How far quantity × price may be from the amount: decimals of the price, half a cent.

    The decimals are those written: ``4.10`` stands for 4.095 to 4.105, ``4.1000`` for less. A
    price in whole euros is taken to the cent.
    """
    exponent = price.as_tuple().exponent
    decimals = max(2, -exponent if isinstance(exponent, int) else 2)
    half_unit = Decimal(5).scaleb(-decimals - 1)
    return abs(quantity) * half_unit / abs(per) + CENT / 2


def _percentages(invoice: Invoice) -> Iterable[Finding]:
    """A charge or an allowance told as a percentage of a base is that (BT-92, BT-99)."""
    for base, percent, said in invoice.percentages:
        computed = cents(base * percent / 100)
        if abs(computed - said) > PERCENT_TOLERANCE:
            words = _(
                "Remise ou frais : %(percent)s %% de %(base)s font %(computed)s et non %(said)s.",
                percent=number(percent),
                base=euros(base),
                computed=euros(computed),
                said=euros(said),
            )
            yield Finding("BT-92", words)


def _differs(one: Decimal, other: Decimal) -> bool:
    return cents(one) != cents(other)


def _totals(invoice: Invoice) -> Iterable[Finding]:
    minimum = invoice.profile == "minimum"
    told = all(line.tells_amount for line in invoice.lines)
    if invoice.lines and told and invoice.line_total is not None:
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
    words = _(
        "Le %(name)s recalculé est %(computed)s et non %(said)s.",
        name=str(name),
        computed=euros(cents(computed)),
        said=euros(said),
    )
    return Finding(code, words)


def _vat(invoice: Invoice) -> Iterable[Finding]:
    for vat in invoice.vat:
        computed = cents(vat.base * vat.rate / 100)
        if abs(computed - vat.amount) >= VAT_TOLERANCE:
            words = _(
                "TVA à %(rate)s %% sur %(base)s : %(computed)s recalculé et non %(said)s.",
                rate=number(vat.rate),
                base=euros(vat.base),
                computed=euros(computed),
                said=euros(vat.amount),
            )
            yield Finding("BR-CO-17", words)
    if not invoice.lines or any(ln.is_group or not ln.tells_amount for ln in invoice.lines):
        return
    if not any(ln.vat_category or ln.vat_rate is not None for ln in invoice.lines):
        return  # ZUGFeRD 1.0 BASIC: the lines carry no tax, the totals are all there is.
    for vat in invoice.vat:
        parts = [(ln.vat_category, ln.vat_rate, ln.net_amount) for ln in invoice.lines]
        key = _vat_key(vat.category, vat.rate)
        base = sum(
            (p for c, r, p in (*parts, *invoice.adjustments) if _vat_key(c, r) == key),
            ZERO,
        )
        if abs(base - vat.base) >= VAT_TOLERANCE:
            sentence = _(
                "Les lignes à %(rate)s %% de TVA font %(computed)s et non %(said)s.",
                rate=number(vat.rate),
                computed=euros(cents(base)),
                said=euros(vat.base),
            )
            yield Finding(f"BR-{vat.category or 'S'}-08", sentence)


def _vat_key(category: str, rate: Decimal | None) -> tuple[str, Decimal]:
    return category, ZERO if category in ZERO_RATED or rate is None else rate
