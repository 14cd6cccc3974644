"""Cross Industry Invoices (Factur-X, ZUGFeRD 1 and 2, XRechnung) as invoices of the domain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, NamedTuple

from base.basics.i18n import _
from energie.domain.invoices import (
    ZERO,
    Invoice,
    InvoiceRefused,
    LineItem,
    Party,
    VatLine,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

#: End of the guideline's name → profile. The order matters: the longest first.
PROFILES = (
    ("minimum", "minimum"),
    ("basicwl", "basicwl"),
    ("basic", "basic"),
    ("extended-ctc-fr", "extended-ctc-fr"),
    ("extended", "extended"),
)


def local(node: _Element) -> str:
    """The name of an element without its namespace."""
    name: str = node.tag
    return name.rpartition("}")[2]


def every(node: _Element | None, path: str) -> list[_Element]:
    """The elements at the end of a path of local names; ``A|B`` takes either."""
    nodes = [] if node is None else [node]
    for step in path.split("/"):
        names = step.split("|")
        nodes = [child for parent in nodes for child in parent if local(child) in names]
    return nodes


def first(node: _Element | None, path: str) -> _Element | None:
    """The first element at the end of a path, if any."""
    return next(iter(every(node, path)), None)


def text(node: _Element | None, path: str) -> str:
    """The text at the end of a path, trimmed; empty when there is none."""
    found = first(node, path)
    return "" if found is None or found.text is None else found.text.strip()


def amount(node: _Element | None, path: str) -> Decimal | None:
    """The number at the end of a path.

    Raises:
        InvoiceRefused: the text is not a number.
    """
    written = text(node, path)
    if not written:
        return None
    try:
        value = Decimal(written)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > Decimal(10) ** 13:
        raise InvoiceRefused(_("« %(text)s » n’est pas un montant.", text=written[:40]))
    return value


def _date(node: _Element | None, path: str) -> date | None:
    """A date in format 102 (``20171113``); none when it is empty or of another form."""
    written = text(node, path)
    try:
        return datetime.strptime(written[:8], "%Y%m%d").date() if written else None
    except ValueError:
        return None


def profile_of(root: _Element) -> str:
    """The profile that the document announces: minimum, basicwl, basic, en16931, extended."""
    path = (
        "ExchangedDocumentContext|SpecifiedExchangedDocumentContext/"
        "GuidelineSpecifiedDocumentContextParameter/ID"
    )
    guideline = text(root, path).lower()
    if local(root) == "CrossIndustryDocument":
        return "zugferd1"
    tail = guideline.rpartition("#")[2] if "#conformant#" in guideline else guideline
    return next((name for mark, name in PROFILES if mark in tail), "en16931")


#: Registers whose numbers are SIREN or SIRET (ISO 6523); an identifier without a register may
#: be one, one of another register (DUNS has nine digits too) is not.
FRENCH_REGISTERS = frozenset({"", "0002", "0009", "SIREN", "SIRENE", "SIRET", "FR:SIRENE"})


def french_numbers(nodes: list[_Element]) -> tuple[str, str]:
    """SIRET and SIREN among the identifiers of a party, the most official first; else empty."""
    numbers: dict[int, str] = {}
    for found in nodes:
        digits = "".join(sign for sign in found.text or "" if sign not in " \t\r\n\u00a0.-")
        is_french = found.get("schemeID", "").strip().upper() in FRENCH_REGISTERS
        if is_french and digits.isdecimal() and len(digits) in (9, 14):
            numbers.setdefault(len(digits), digits)
    siret = numbers.get(14, "")
    return siret, numbers.get(9, siret[:9])


def _party(node: _Element | None) -> Party:
    """Name, SIRET (or the SIREN in it) and VAT number of a party."""
    if node is None:
        return Party()
    vat = next(
        (
            (found.text or "").strip()
            for found in every(node, "SpecifiedTaxRegistration/ID")
            if found.get("schemeID") == "VA"
        ),
        "",
    )
    siret, siren = french_numbers(
        [
            found
            for path in ("SpecifiedLegalOrganization/ID", "GlobalID", "ID")
            for found in every(node, path)
        ]
    )
    return Party(
        name=text(node, "Name") or text(node, "SpecifiedLegalOrganization/TradingBusinessName"),
        siret=siret,
        siren=siren,
        vat_number=vat,
    )


class Charges(NamedTuple):
    """Where a syntax writes a charge or an allowance, and what it is a percentage of."""

    amount: str
    is_charge: str
    category: str
    rate: str
    base: str
    percent: str

    def adjustments(self, node: _Element | None, path: str) -> list[tuple[str, Decimal, Decimal]]:
        """Charges (positive) and allowances (negative): VAT category, rate, amount."""
        found = []
        for item in every(node, path):
            value = amount(item, self.amount) or ZERO
            sign = 1 if text(item, self.is_charge).lower() == "true" else -1
            rate = amount(item, self.rate) or ZERO
            found.append((text(item, self.category), rate, sign * value))
        return found

    def net(self, node: _Element | None, path: str) -> Decimal:
        """Charges less allowances."""
        return sum((value for *_key, value in self.adjustments(node, path)), ZERO)

    def discount(self, node: _Element | None, path: str) -> Decimal | None:
        """The discount between gross and net price; several add up, a charge takes away."""
        return -self.net(node, path) if every(node, path) else None

    def percentages(
        self, node: _Element | None, path: str
    ) -> tuple[tuple[Decimal, Decimal, Decimal], ...]:
        """Base, percentage and amount of those that tell all three."""
        told = (
            (amount(item, self.base), amount(item, self.percent), amount(item, self.amount))
            for item in every(node, path)
        )
        return tuple(
            (b, p, a) for b, p, a in told if b is not None and p is not None and a is not None
        )


_CHARGES = Charges(
    "ActualAmount",
    "ChargeIndicator/Indicator",
    "CategoryTradeTax/CategoryCode",
    "CategoryTradeTax/RateApplicablePercent|ApplicablePercent",
    "BasisAmount",
    "CalculationPercent",
)


def price_quantity(node: _Element | None, quantity: str, price: str) -> Decimal:
    """The quantity that the price is for; some grid bills repeat the price there by mistake."""
    found = amount(node, quantity)
    return Decimal(1) if not found or found == amount(node, price) else found


def vat_lines(nodes: Iterable[_Element], *paths: str) -> tuple[VatLine, ...]:
    """The VAT breakdown; ``paths`` lead to category, rate, base and amount."""
    category, *numbers = paths
    return tuple(
        VatLine(text(tax, category), *(amount(tax, path) or ZERO for path in numbers))
        for tax in nodes
    )


def _line(node: _Element, position: int) -> LineItem:
    settlement = first(node, "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement")
    agreement = first(node, "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement")
    delivery = first(node, "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery")
    quantity = first(delivery, "BilledQuantity")
    price = "NetPriceProductTradePrice/"
    total = amount(
        settlement,
        "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation/"
        "LineTotalAmount",
    )
    status = text(node, "AssociatedDocumentLineDocument/LineStatusReasonCode").upper()
    return LineItem(
        number=text(node, "AssociatedDocumentLineDocument/LineID") or str(position),
        label=text(node, "SpecifiedTradeProduct/Name")
        or text(node, "AssociatedDocumentLineDocument/IncludedNote/Content")[:200],
        net_amount=total if total is not None else ZERO,
        quantity=amount(delivery, "BilledQuantity"),
        unit_code="" if quantity is None else quantity.get("unitCode", ""),
        net_price=amount(agreement, price + "ChargeAmount"),
        price_quantity=price_quantity(agreement, price + "BasisQuantity", price + "ChargeAmount"),
        price_discount=_CHARGES.discount(
            agreement, "GrossPriceProductTradePrice/AppliedTradeAllowanceCharge"
        ),
        adjustments=_CHARGES.net(settlement, "SpecifiedTradeAllowanceCharge"),
        vat_category=text(settlement, "ApplicableTradeTax/CategoryCode"),
        vat_rate=amount(settlement, "ApplicableTradeTax/RateApplicablePercent|ApplicablePercent"),
        start_on=_date(settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString"),
        end_on=_date(settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString"),
        is_group=status in ("GROUP", "INFORMATION") or (total is None and quantity is None),
        tells_amount=total is not None,
    )


def _notes(document: _Element | None) -> list[str]:
    return [(found.text or "").strip() for found in every(document, "IncludedNote/Content|Subject")]


def _texts(
    lines: list[_Element], agreement: _Element | None, document: _Element | None
) -> tuple[str, ...]:
    """Texts that may name a delivery point: object identifiers, lines, contract, notes."""
    objects = [
        text(item, "IssuerAssignedID")
        for node in (agreement, *(first(ln, "SpecifiedLineTradeSettlement") for ln in lines))
        for item in every(node, "AdditionalReferencedDocument")
    ]
    of_lines = [
        (found.text or "").strip()
        for line in lines
        for found in line.iter()
        if local(found) in ("Name", "Description", "Content", "Value", "BuyerAssignedID")
    ]
    header = [
        text(agreement, "ContractReferencedDocument/IssuerAssignedID|ID"),
        text(agreement, "BuyerReference"),
    ]
    parts = (*objects, *of_lines, *header, *_notes(document))
    return tuple(part for part in parts if part)


def _tax_total(totals: _Element | None, currency: str) -> Decimal:
    """The tax in the invoice's currency; another may stand beside it, for the accounts."""
    for found in every(totals, "TaxTotalAmount"):
        if found.get("currencyID", currency) == currency:
            return Decimal((found.text or "0").strip() or 0)
    return ZERO


def read(root: _Element) -> Invoice:
    """The invoice of a CII document, ZUGFeRD 1.0 included.

    Raises:
        InvoiceRefused: a part without which there is no invoice is missing.
    """
    transaction = first(root, "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction")
    if transaction is None:
        raise InvoiceRefused(
            _("Ce fichier XML a l’en-tête d’une facture mais aucun contenu de facture.")
        )
    document = first(root, "ExchangedDocument|HeaderExchangedDocument")
    kinds = ("Agreement", "Delivery", "Settlement")
    agreement, delivery, settlement = (
        first(transaction, f"ApplicableHeaderTrade{kind}|ApplicableSupplyChainTrade{kind}")
        for kind in kinds
    )
    totals = first(
        settlement,
        "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation",
    )
    if totals is None:
        raise InvoiceRefused(_("La facture n’a pas de totaux."))
    nodes = every(transaction, "IncludedSupplyChainTradeLineItem")
    currency = text(settlement, "InvoiceCurrencyCode")
    profile = profile_of(root)
    adjustments = _CHARGES.adjustments(settlement, "SpecifiedTradeAllowanceCharge")
    adjustments += [
        (
            text(item, "AppliedTradeTax/CategoryCode"),
            amount(item, "AppliedTradeTax/RateApplicablePercent|ApplicablePercent") or ZERO,
            amount(item, "AppliedAmount") or ZERO,
        )
        for item in every(settlement, "SpecifiedLogisticsServiceCharge")
    ]
    return Invoice(
        syntax="zugferd1" if profile == "zugferd1" else "cii",
        profile=profile,
        number=text(document, "ID"),
        type_code=text(document, "TypeCode"),
        issued_on=_date(document, "IssueDateTime/DateTimeString"),
        currency=currency,
        seller=_party(first(agreement, "SellerTradeParty")),
        buyer=_party(first(agreement, "BuyerTradeParty")),
        lines=tuple(_line(node, n) for n, node in enumerate(nodes, 1)),
        # ZUGFeRD 1.0 leaves out what is zero.
        vat=vat_lines(
            every(settlement, "ApplicableTradeTax"),
            "CategoryCode",
            "RateApplicablePercent|ApplicablePercent",
            "BasisAmount",
            "CalculatedAmount",
        ),
        adjustments=tuple(adjustments),
        percentages=_CHARGES.percentages(settlement, "SpecifiedTradeAllowanceCharge"),
        line_total=amount(totals, "LineTotalAmount"),
        allowance_total=amount(totals, "AllowanceTotalAmount") or ZERO,
        charge_total=amount(totals, "ChargeTotalAmount") or ZERO,
        tax_basis_total=amount(totals, "TaxBasisTotalAmount") or ZERO,
        tax_total=_tax_total(totals, currency),
        grand_total=amount(totals, "GrandTotalAmount") or ZERO,
        prepaid=amount(totals, "TotalPrepaidAmount") or ZERO,
        rounding=amount(totals, "RoundingAmount") or ZERO,
        due=_due(totals),
        start_on=_date(settlement, "BillingSpecifiedPeriod/StartDateTime/DateTimeString"),
        end_on=_date(settlement, "BillingSpecifiedPeriod/EndDateTime/DateTimeString"),
        due_on=_date(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString"),
        contract_reference=text(agreement, "ContractReferencedDocument/IssuerAssignedID|ID"),
        preceding=tuple(
            number
            for item in every(settlement, "InvoiceReferencedDocument")
            if (number := text(item, "IssuerAssignedID") or text(item, "ID"))
        ),
        notes="\n".join(_notes(document)),
        texts=_texts(nodes, agreement, document),
    )


def _due(totals: _Element) -> Decimal:
    """What is left to pay; ZUGFeRD 1.0 leaves it out when nothing was paid before."""
    due = amount(totals, "DuePayableAmount")
    if due is not None:
        return due
    paid = amount(totals, "TotalPrepaidAmount") or ZERO
    return (amount(totals, "GrandTotalAmount") or ZERO) - paid
