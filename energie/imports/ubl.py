"""UBL 2.1 invoices and credit notes as invoices of the domain."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from energie.domain.invoices import ZERO, Invoice, LineItem, Party
from energie.imports.cii import (
    Charges,
    amount,
    every,
    first,
    french_numbers,
    local,
    price_quantity,
    text,
    vat_lines,
)

if TYPE_CHECKING:
    from lxml.etree import _Element

LINE_TEXTS = frozenset({"Name", "Description", "Note", "Value", "AccountingCost"})


def _date(node: _Element | None, path: str) -> date | None:
    try:
        return date.fromisoformat(text(node, path)[:10])
    except ValueError:
        return None


def _party(node: _Element | None) -> Party:
    party = first(node, "Party")
    siret, siren = french_numbers(
        [
            found
            for path in ("PartyLegalEntity/CompanyID", "PartyIdentification/ID", "EndpointID")
            for found in every(party, path)
        ]
    )
    vat = next(
        (
            text(scheme, "CompanyID")
            for scheme in every(party, "PartyTaxScheme")
            if text(scheme, "TaxScheme/ID").upper() in ("VAT", "")
        ),
        "",
    )
    return Party(
        name=text(party, "PartyLegalEntity/RegistrationName") or text(party, "PartyName/Name"),
        siret=siret,
        siren=siren,
        vat_number=vat,
    )


_CHARGES = Charges(
    "Amount",
    "ChargeIndicator",
    "TaxCategory/ID",
    "TaxCategory/Percent",
    "BaseAmount",
    "MultiplierFactorNumeric",
)


def _line(node: _Element) -> LineItem:
    quantity = first(node, "InvoicedQuantity|CreditedQuantity")
    tax = first(node, "Item/ClassifiedTaxCategory")
    return LineItem(
        number=text(node, "ID"),
        label=text(node, "Item/Name") or text(node, "Item/Description")[:200],
        net_amount=amount(node, "LineExtensionAmount") or ZERO,
        quantity=amount(node, "InvoicedQuantity|CreditedQuantity"),
        unit_code="" if quantity is None else quantity.get("unitCode", ""),
        net_price=amount(node, "Price/PriceAmount"),
        price_quantity=price_quantity(node, "Price/BaseQuantity", "Price/PriceAmount"),
        price_discount=_CHARGES.discount(node, "Price/AllowanceCharge"),
        adjustments=_CHARGES.net(node, "AllowanceCharge"),
        vat_category=text(tax, "ID"),
        vat_rate=amount(tax, "Percent"),
        start_on=_date(node, "InvoicePeriod/StartDate"),
        end_on=_date(node, "InvoicePeriod/EndDate"),
    )


def _texts(root: _Element, lines: list[_Element]) -> tuple[str, ...]:
    objects = [text(root, "AdditionalDocumentReference/ID")]
    objects += [text(line, "DocumentReference/ID") for line in lines]
    of_lines = [
        (found.text or "").strip()
        for line in lines
        for found in line.iter()
        if local(found) in LINE_TEXTS
    ]
    header = [text(root, "ContractDocumentReference/ID"), text(root, "BuyerReference")]
    notes = [(found.text or "").strip() for found in every(root, "Note")]
    return tuple(part for part in (*objects, *of_lines, *header, *notes) if part)


def read(root: _Element) -> Invoice:
    """The invoice of a UBL document.

    Raises:
        InvoiceRefused: an amount is not a number.
    """
    currency = text(root, "DocumentCurrencyCode")
    totals = first(root, "LegalMonetaryTotal")
    lines = every(root, "InvoiceLine|CreditNoteLine")
    taxes = [t for t in every(root, "TaxTotal") if every(t, "TaxSubtotal")]
    tax = next(iter(taxes), first(root, "TaxTotal"))
    vat = vat_lines(
        every(tax, "TaxSubtotal"),
        "TaxCategory/ID",
        "TaxCategory/Percent",
        "TaxableAmount",
        "TaxAmount",
    )
    return Invoice(
        syntax="ubl",
        profile="en16931",
        number=text(root, "ID"),
        type_code=text(root, "InvoiceTypeCode|CreditNoteTypeCode"),
        issued_on=_date(root, "IssueDate"),
        currency=currency,
        seller=_party(first(root, "AccountingSupplierParty")),
        buyer=_party(first(root, "AccountingCustomerParty")),
        lines=tuple(_line(node) for node in lines),
        vat=vat,
        adjustments=tuple(_CHARGES.adjustments(root, "AllowanceCharge")),
        percentages=_CHARGES.percentages(root, "AllowanceCharge"),
        line_total=amount(totals, "LineExtensionAmount"),
        allowance_total=amount(totals, "AllowanceTotalAmount") or ZERO,
        charge_total=amount(totals, "ChargeTotalAmount") or ZERO,
        tax_basis_total=amount(totals, "TaxExclusiveAmount") or ZERO,
        tax_total=amount(tax, "TaxAmount") or ZERO,
        grand_total=amount(totals, "TaxInclusiveAmount") or ZERO,
        prepaid=amount(totals, "PrepaidAmount") or ZERO,
        rounding=amount(totals, "PayableRoundingAmount") or ZERO,
        due=amount(totals, "PayableAmount") or ZERO,
        start_on=_date(root, "InvoicePeriod/StartDate"),
        end_on=_date(root, "InvoicePeriod/EndDate"),
        due_on=_date(root, "DueDate"),
        contract_reference=text(root, "ContractDocumentReference/ID"),
        preceding=tuple(
            number
            for item in every(root, "BillingReference/InvoiceDocumentReference")
            if (number := text(item, "ID"))
        ),
        notes="\n".join((found.text or "").strip() for found in every(root, "Note")),
        texts=_texts(root, lines),
    )
