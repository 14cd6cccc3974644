"""Every real invoice: read with the amounts that stand in it, or refused.

Amounts and counts were taken from the files themselves, with a text editor.
"""

from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.basics.errors import DomainError
from base.desk.imports.command import import_file
from energie.domain.invoice_checks import remarks
from energie.imports.invoice_files import read_invoice
from tests.energie.real import row_counts, shared

INVALID_INVOICES = {
    "Avoir_FR_type380_EN16931.pdf": "la remise sur le prix est négative",
    "XMLinvalidV2PDF.pdf": "schéma EXTENDED qu’elle annonce : ligne 157, élément « Name »",
    "corrupt-factur-x-waytoosmall.pdf": "PDF est abîmé",
    "factur-x-invalid-xml-encoding-attribute.pdf": "n’est pas un XML lisible",
    "invalidV1TooMinimal.xml": "schéma ZUGFERD1 qu’elle annonce",
    "invalidV2.xml": "schéma EXTENDED qu’elle annonce",
    "not_validating_full_invoice_based_onTest_EeISI_300_CENfullmodel.cii.xml": "Remise ou frais",
}
#: Filed as failing by their source for lines that differ from quantity × price, their totals being
#: sound: read, with the rule that they break when the decimals of the price do not explain it.
ODD_INVOICES = {
    "Facture_FR_EN16931.pdf": [],
    "Facture_UE_EN16931.pdf": [],
    "invalidArithmetics.xml": ["Ligne 1 : 2 × 160,00 € donne 320,00 € et non 160,00 €."],
}
#: File → number, kind, currency, without tax, tax, with tax, lines.
VALID_INVOICES = {
    "Avoir_FR_type381_BASIC.pdf": ("AV-2017-0005", "381", "EUR", "-218.48", "-14.99", "-233.47", 2),
    "CII-BR-CO-10-RoundingIssue.xml": ("0", "380", "EUR", "0", "0", "0", 4),
    "CII_example1.xml": ("12115118", "380", "EUR", "229.60", "20.73", "250.33", 20),
    "CII_example5.xml": ("TOSL110", "380", "DKK", "4000", "675", "4675", 3),
    "CII_example7.xml": ("INVOICE_test_7", "380", "SEK", "3200", "0", "3200", 2),
    "CII_example8.xml": ("1100512149", "380", "EUR", "908.91", "190.87", "1099.78", 10),
    "EN16931_Betriebskostenabrechnung.cii.xml": (
        "471102",
        "380",
        "EUR",
        "15387.08",
        "2923.55",
        "18310.63",
        1,
    ),
    "EN16931_Betriebskostenabrechnung.ubl.xml": (
        "471102",
        "380",
        "EUR",
        "15387.08",
        "2923.55",
        "18310.63",
        1,
    ),
    "EN16931_Einfach.cii.xml": ("471102", "380", "EUR", "473", "56.87", "529.87", 2),
    "EN16931_Einfach.pdf": ("471102", "380", "EUR", "473", "56.87", "529.87", 2),
    "EN16931_Einfach_negativePaymentDue.ubl.xml": (
        "471102",
        "380",
        "EUR",
        "473",
        "56.87",
        "529.87",
        2,
    ),
    "EN16931_Elektron.cii.xml": ("181301674", "204", "EUR", "252.10", "47.90", "300", 2),
    "EN16931_Gutschrift.pdf": ("471102", "389", "EUR", "473", "56.87", "529.87", 2),
    "EN16931_Rabatte.pdf": ("471102", "380", "EUR", "193.77", "21.30", "215.07", 4),
    "EN16931_Rabatte.ubl.xml": ("471102", "380", "EUR", "193.77", "21.30", "215.07", 4),
    "EN16931_Rechnungskorrektur.cii.xml": (
        "RK21012345",
        "384",
        "EUR",
        "-7.67",
        "-1.12",
        "-8.79",
        2,
    ),
    "Facture_DOM_BASICWL.pdf": ("FA-2017-0009", "380", "EUR", "530.75", "0", "530.75", 0),
    "Facture_F20180027.pdf": ("F20180027", "380", "EUR", "100", "10", "110", 3),
    "Facture_FR_BASICWL.pdf": ("FA-2017-0010", "380", "EUR", "624.90", "46.25", "671.15", 0),
    "Facture_FR_MINIMUM.pdf": ("FA-2017-0010", "380", "EUR", "624.90", "46.25", "671.15", 0),
    "MustangGnuaccountingBeispielRE-20201121_508_withBOM.pdf": (
        "RE-20201121/508",
        "380",
        "EUR",
        "496",
        "75.04",
        "571.04",
        3,
    ),
    "UC10_F202600004_EXTENDED_FX_CII_Commentee.xml": (
        "F202600004",
        "380",
        "EUR",
        "5500",
        "650",
        "6150",
        6,
    ),
    "ZUGFeRD_1p0_COMFORT_Einfach.pdf": ("471102", "380", "EUR", "473", "56.87", "529.87", 2),
    "facturFrMinimum.xml": ("FA-2017-0010", "380", "EUR", "624.90", "46.25", "671.15", 0),
    "line-total-4-decimals.xml": ("DEMO-1", "380", "EUR", "47.05", "8.94", "55.99", 1),
    "ubl-tc434-example2.xml": ("TOSL108", "380", "NOK", "1436.50", "365.28", "1801.78", 5),
    "ubl-tc434-example5.xml": ("TOSL110", "380", "DKK", "4000", "675", "4675", 3),
}


@pytest.mark.parametrize("name", INVALID_INVOICES)
def test_an_invalid_invoice_gets_its_sentence_and_leaves_nothing(sqlite_app, name):
    before = row_counts()
    with pytest.raises(DomainError) as caught:
        import_file("invoices", shared("real", "invoices", "invalid", name), entity="A")
    assert INVALID_INVOICES[name] in str(caught.value).replace("\u00a0", " ")
    assert row_counts() == before


@pytest.mark.parametrize("name", ODD_INVOICES)
def test_lines_that_differ_from_their_price_are_told_and_not_refused(name):
    found = read_invoice(shared("real", "invoices", "invalid", name).read_bytes())
    # Their senders are invented, and so are the numbers of some.
    parties = {"BT-30", "BT-31", "BT-47", "BT-48"}
    lines = [one for one in remarks(found) if one.code not in parties]
    told = [one.sentence.replace("\u00a0", " ") for one in lines]
    assert told == ODD_INVOICES[name]


@pytest.mark.parametrize("name", VALID_INVOICES)
def test_a_valid_invoice_is_read_with_its_amounts(name):
    found = read_invoice(shared("real", "invoices", "valid", name).read_bytes())
    number, kind, currency, ht, vat, ttc, lines = VALID_INVOICES[name]
    assert (found.number, found.type_code, found.currency) == (number, kind, currency)
    assert (found.amount_ht, found.vat_amount, found.amount_ttc) == (D(ht), D(vat), D(ttc))
    assert len(found.lines) == lines
