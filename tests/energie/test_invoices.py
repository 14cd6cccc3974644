"""Electronic invoices: what is read, what is refused, with which sentence."""

from datetime import date
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.papers.files.xml import XmlRefused
from energie.domain.invoice_checks import remarks
from energie.domain.invoices import InvoiceRefused, split_vat
from energie.imports.invoice_files import looks_like_invoice, read_invoice
from tests.energie.real import SHARED, shared
from tests.energie.samples import PRM, factur_x, invoice

VALID = sorted(p.name for p in (SHARED / "real" / "invoices" / "valid").glob("*"))
INVALID = {
    "Avoir_FR_type380_EN16931.pdf": "remise sur le prix est négative",
    "XMLinvalidV2PDF.pdf": "schéma EXTENDED qu’elle annonce : ligne 157, élément « Name »",
    "corrupt-factur-x-waytoosmall.pdf": "abîmé ou incomplet",
    "factur-x-invalid-xml-encoding-attribute.pdf": "pas un XML lisible",
    "invalidV1TooMinimal.xml": "ne suit pas le schéma ZUGFERD1",
    "invalidV2.xml": "ne suit pas le schéma EXTENDED",
    "not_validating_full_invoice_based_onTest_EeISI_300_CENfullmodel.cii.xml": (
        "1 % de 100,00 € font 1,00 € et non 10,00 €"
    ),
}


def test_an_invoice_is_read():
    found = read_invoice(invoice())
    assert (found.number, found.type_code) == ("F-2026-001", "380")
    assert found.issued_on == date(2026, 2, 5)
    assert (found.seller.siret, found.buyer.siret) == ("12345678200010", "21000000600010")
    assert (found.amount_ht, found.vat_amount, found.amount_ttc) == (D(200), D(40), D(240))
    assert found.period() == (date(2026, 1, 1), date(2026, 1, 31))
    assert found.contract_reference == "MARCHE-7"
    assert found.references() == [PRM]
    assert found.lines[0].quantity == 1000 and found.lines[0].unit_code == "KWH"


def test_a_factur_x_pdf_is_read_like_its_xml():
    assert read_invoice(factur_x(invoice())) == read_invoice(invoice())


def test_a_credit_note_written_positive_is_negative():
    found = read_invoice(invoice(type_code="381"))
    assert found.is_credit
    assert found.amount_ttc == D(-240)


def test_a_negative_invoice_is_a_credit_too():
    found = read_invoice(
        invoice(
            lines=(("Régularisation", "-1000", "0.20", "-200.00"),),
            basis="-200.00",
            tax="-40.00",
            total="-240.00",
        )
    )
    assert found.is_credit and found.amount_ttc == D(-240)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"line_total": "210.00", "basis": "210.00"}, "BR-CO-10"),
        ({"line_total": "200.00", "basis": "190.00"}, "BR-CO-13"),
        ({"vat_amount": "39.00"}, "BR-CO-14"),
        ({"total": "250.00"}, "BR-CO-15"),
        ({"vat_amount": "20.00", "tax": "20.00", "total": "220.00"}, "BR-CO-17"),
        ({"vat_base": "100.00", "vat_amount": "40.00"}, "BR-CO-17"),
        ({"lines": (("Énergie", "1000", "-0.20", "200.00"),)}, "BR-27"),
    ],
)
def test_contradicting_figures_are_refused(change, code):
    with pytest.raises(InvoiceRefused, match=code):
        read_invoice(invoice(**change))


def test_a_yearly_price_billed_by_the_month_is_accepted():
    read_invoice(invoice(lines=(("Puissance", "12", "200.00", "200.00"),)))


def test_the_schema_names_line_and_element():
    broken = invoice().replace(b"<ram:TypeCode>380</ram:TypeCode>", b"<ram:Oups>1</ram:Oups>")
    with pytest.raises(InvoiceRefused, match="EN16931.*ligne 6, élément «\u00a0Oups\u00a0»"):
        read_invoice(broken)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "vide"),
        (b"  \n", "vide"),
        (b"%PDF-1.7 rien", "abîmé"),
        (b"<a/>", "n’est pas une facture"),
        (b"bonjour", "XML lisible"),
        (factur_x(b"<a/>", "notes.txt"), "ne contient pas de facture"),
        (factur_x(b"<a/>"), "n’est pas une facture"),
    ],
)
def test_other_files_are_refused_with_a_sentence(data, sentence):
    with pytest.raises((InvoiceRefused, XmlRefused), match=sentence):
        read_invoice(data)


def test_an_entity_is_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "b">]>'
    with pytest.raises(XmlRefused, match="DOCTYPE"):
        read_invoice(invoice(doctype=bomb))


def test_invoices_are_recognised_by_content():
    assert looks_like_invoice(invoice()[:4096])
    assert looks_like_invoice(factur_x(invoice())[:4096])
    assert not looks_like_invoice(b"a;b;c")


def test_vat_is_split_to_the_cent():
    assert split_vat([D("10.00"), D("10.00"), D("10.00")], D("2.00")) == [
        D("0.67"),
        D("0.67"),
        D("0.66"),
    ]
    assert split_vat([D(0), D(0)], D("2.00")) == [D("2.00"), D(0)]


@pytest.mark.parametrize("name", VALID or ["absent"])
def test_a_valid_real_file_is_read(name):
    found = read_invoice(shared("real", "invoices", "valid", name).read_bytes())
    assert found.number and found.seller.name


@pytest.mark.parametrize(("name", "sentence"), INVALID.items())
def test_an_invalid_real_file_gets_its_sentence(name, sentence):
    data = shared("real", "invoices", "invalid", name).read_bytes()
    with pytest.raises((InvoiceRefused, XmlRefused)) as caught:
        read_invoice(data)
    assert sentence in str(caught.value).replace("\u00a0", " ")


def test_the_amounts_of_a_real_french_invoice():
    found = read_invoice(shared("real", "invoices", "valid", "Facture_F20180027.pdf").read_bytes())
    assert (found.number, found.amount_ht, found.vat_amount) == ("F20180027", D(100), D(10))
    assert found.contract_reference == "CT2018120802"
    credit = read_invoice(
        shared("real", "invoices", "valid", "Avoir_FR_type381_BASIC.pdf").read_bytes()
    )
    assert credit.amount_ttc == D("-233.47")


def test_a_wrong_number_of_a_party_is_kept_and_named():
    # From the right, every second doubled and its digits added: 0+2+0+0+0+4+8+5+6+1+4+6+2+2 = 40
    # of …10, and 41 of …11.
    wrong = read_invoice(invoice(siret="12345678200011"))
    assert wrong.seller.siret == "12345678200011"
    (found,) = remarks(wrong)
    assert found.code == "BT-30" and "12345678200011" in found.sentence
    assert remarks(read_invoice(invoice())) == []
