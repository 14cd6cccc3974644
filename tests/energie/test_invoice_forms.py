"""One verdict whatever the form of an invoice: lines, old profiles, the German profile."""

import dataclasses
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from energie.domain.invoice_checks import remarks
from energie.domain.invoices import InvoiceRefused
from energie.imports.invoice_files import read_invoice
from energie.imports.invoices import InvoiceImporter
from tests.energie.real import shared
from tests.energie.samples import factur_x, invoice

GUIDELINE = b"urn:cen.eu:en16931:2017"
GERMAN = GUIDELINE + b"#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
UBL = """<?xml version="1.0" encoding="UTF-8"?>
<{kind} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{kind}"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
<cbc:ID>U-1</cbc:ID><cbc:IssueDate>2026-02-05</cbc:IssueDate>
<cbc:{code}>{type}</cbc:{code}>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:AccountingSupplierParty><cac:Party>
<cac:PartyTaxScheme><cbc:CompanyID>22/815/0815/4</cbc:CompanyID><cac:TaxScheme><cbc:ID>FC</cbc:ID>
</cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyTaxScheme><cbc:CompanyID>FR83404833048</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID>
</cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Fournisseur</cbc:RegistrationName>
</cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyLegalEntity>
<cbc:RegistrationName>Commune</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>
</cac:AccountingCustomerParty>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">40.00</cbc:TaxAmount><cac:TaxSubtotal>
<cbc:TaxableAmount currencyID="EUR">200.00</cbc:TaxableAmount>
<cbc:TaxAmount currencyID="EUR">40.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>
<cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
</cac:TaxSubtotal></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">200.00</cbc:LineExtensionAmount>
<cbc:TaxExclusiveAmount currencyID="EUR">200.00</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">240.00</cbc:TaxInclusiveAmount>
<cbc:PayableAmount currencyID="EUR">240.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:{line}><cbc:ID>1</cbc:ID><cbc:{quantity} unitCode="KWH">900</cbc:{quantity}>
<cbc:LineExtensionAmount currencyID="EUR">200.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>Énergie</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID>
<cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
</cac:ClassifiedTaxCategory></cac:Item><cac:Price>
<cbc:PriceAmount currencyID="EUR">0.20</cbc:PriceAmount></cac:Price></cac:{line}></{kind}>"""


def ubl(credit: bool = False) -> bytes:
    """An invoice or a credit note in UBL, whose line says 900 × 0.20 = 200."""
    kind = "CreditNote" if credit else "Invoice"
    return (
        UBL.format(
            kind=kind,
            code=f"{kind}TypeCode",
            type="381" if credit else "380",
            line=f"{kind}Line",
            quantity="CreditedQuantity" if credit else "InvoicedQuantity",
        )
        .replace(f'xsd:{kind}"', f'xsd:{kind}-2"')
        .encode()
    )


def _codes(data):
    return [found.code for found in remarks(read_invoice(data))]


def test_a_price_rounded_on_paper_is_no_fault():
    # 45,000 × 0.1207 = 5,431.50; a price within 0.00005 of it gives at most 2.25 more or less.
    rounded = {"basis": "5432.10", "tax": "1086.42", "total": "6518.52"}
    assert _codes(invoice(lines=(("E", "45000", "0.1207", "5432.10"),), **rounded)) == []
    # Written with one decimal more it explains ten times less.
    assert _codes(invoice(lines=(("E", "45000", "0.12070", "5432.10"),), **rounded)) == ["BT-131"]


def test_a_larger_difference_is_a_named_warning_in_every_form():
    odd = invoice(lines=(("Énergie", "900", "0.20", "200.00"),))
    # 900 × 0.20 = 180; the decimals of the price explain 4.50 of the 20 that are missing.
    assert _codes(odd) == _codes(factur_x(odd)) == _codes(ubl()) == ["BT-131"]
    (told,) = remarks(read_invoice(odd))
    words = told.sentence.replace("\u00a0", " ")
    assert words == "Ligne 1 : 900 × 0,20 € donne 180,00 € et non 200,00 €."


def test_the_rounded_price_of_the_faults_is_read(real_data):
    found = read_invoice((real_data / "faults/invoices/r1-prix-arrondi.xml").read_bytes())
    assert (found.amount_ht, remarks(found)) == (D("5432.10"), [])


@pytest.mark.parametrize(
    "names",
    [
        ("EN16931_Betriebskostenabrechnung.cii.xml", "EN16931_Betriebskostenabrechnung.ubl.xml"),
        ("EN16931_Einfach.cii.xml", "EN16931_Einfach.pdf"),
        ("EN16931_Rabatte.pdf", "EN16931_Rabatte.ubl.xml"),
    ],
)
def test_the_forms_of_one_invoice_say_the_same(names):
    found = [read_invoice(shared("real", "invoices", "valid", n).read_bytes()) for n in names]
    told = [
        (
            one.number,
            one.type_code,
            one.issued_on,
            one.currency,
            one.amount_ht,
            one.vat_amount,
            one.amount_ttc,
            one.prepaid_amount,
            one.payable_amount,
            one.seller.vat_number,
            len(one.lines),
            remarks(one),
        )
        for one in found
    ]
    assert told[0] == told[1]


def test_a_negative_discount_on_a_price_is_refused_in_ubl_too():
    odd = ubl().replace(
        b"</cbc:PriceAmount>",
        b"</cbc:PriceAmount><cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>"
        b'<cbc:Amount currencyID="EUR">-0.45</cbc:Amount></cac:AllowanceCharge>',
    )
    with pytest.raises(InvoiceRefused, match="BT-147"):
        read_invoice(odd)


def test_a_ubl_credit_note_is_recognised_and_read(tmp_path):
    path = tmp_path / "avoir.xml"
    path.write_bytes(ubl(credit=True))
    assert InvoiceImporter().guess(None, 1, path, path.name).score == 1.0
    found = read_invoice(path.read_bytes())
    assert (found.amount_ttc, found.seller.vat_number) == (D(-240), "FR83404833048")


def test_an_old_basic_invoice_whose_lines_carry_no_tax_is_read():
    pdf = shared("real", "invoices", "valid", "ZUGFeRD_1p0_COMFORT_Einfach.pdf").read_bytes()
    from energie.imports.invoice_files import _embedded

    text = _embedded(pdf)[1].decode()
    head, first, *rest = text.split("<ram:IncludedSupplyChainTradeLineItem>")
    import re

    def bare(line: str) -> str:
        return re.sub(r"<ram:ApplicableTradeTax>.*?</ram:ApplicableTradeTax>", "", line, flags=re.S)

    *inner, last = rest
    body, tail = last.split("</ram:IncludedSupplyChainTradeLineItem>")
    lines = [bare(first), *map(bare, inner), bare(body) + "</ram:IncludedSupplyChainTradeLineItem>"]
    old = "<ram:IncludedSupplyChainTradeLineItem>".join([head, *lines]) + tail
    assert old.count("ApplicableTradeTax>") < text.count("ApplicableTradeTax>")
    found = read_invoice(old.encode())
    assert (found.amount_ht, found.vat_amount, found.amount_ttc) == (
        D(473),
        D("56.87"),
        D("529.87"),
    )
    # And without the category in the totals, whose sum still has to be right.
    bad = old.replace("<ram:CategoryCode>S</ram:CategoryCode>", "").replace(">529.87<", ">539.87<")
    with pytest.raises(InvoiceRefused) as caught:
        read_invoice(bad.encode())
    assert "BR-CO-15" in str(caught.value) and "BR--" not in str(caught.value)


@pytest.mark.parametrize("wrap", [bytes, factur_x], ids=["xml", "pdf"])
def test_an_invoice_that_breaks_only_german_rules_is_read_with_their_names(wrap):
    found = read_invoice(wrap(invoice().replace(GUIDELINE, GERMAN)))
    assert found.amount_ttc == D(240)
    assert [one.code for one in remarks(found)] == [
        "BR-DE-1",
        "BR-DE-2",
        "BR-DE-3",
        "BR-DE-4",
        "BR-DE-8",
        "BR-DE-9",
        "BR-DE-15",
    ]
    assert "Leitweg-ID" in remarks(found)[-1].sentence
    assert _codes(invoice()) == []


def test_the_german_profile_is_known_by_the_name_inside_the_pdf_and_in_ubl():
    assert "BR-DE-15" in _codes(factur_x(invoice(), "xrechnung.xml"))
    assert "BR-DE-15" in _codes(ubl().replace(GUIDELINE, GERMAN))


def test_a_number_of_another_register_is_no_siren():
    duns = invoice(siret="123456789").replace(
        b'schemeID="0002">123456789', b'schemeID="0060">123456789'
    )
    assert read_invoice(duns).seller.siren == ""
    assert read_invoice(invoice(siret="123456789")).seller.siren == "123456789"


def test_a_siren_written_with_dots_or_blanks_is_one():
    assert read_invoice(invoice(siret="552.081.317")).seller.siren == "552081317"
    assert read_invoice(invoice(siret="552 081 317 66522")).seller.siret == "55208131766522"


def test_a_due_date_of_another_age_is_told():
    from datetime import date

    found = read_invoice(invoice())
    assert remarks(found) == []
    for due in (date(2062, 3, 1), date(2025, 3, 1)):
        (told,) = remarks(dataclasses.replace(found, due_on=due))
        assert told.code == "BT-9" and "05/02/2026" in told.sentence
