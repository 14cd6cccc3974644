"""Every real file of the three folders: read with the values that stand in it, or refused.

Counts, sums and dates were taken from the files themselves, with a text editor and a calculator;
a sum is in thousandths of the unit. A file that no table below names makes the test fail.
"""

import gzip
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError
from base.imports import Options
from base.imports.command import import_file
from base.rights.actors import system_session
from base.store.database import db
from energie.domain.blocks import series_rows
from energie.domain.days import utc_text
from energie.domain.invoice_checks import remarks
from energie.imports.invoice_files import read_invoice
from energie.imports.recognise import read_file
from tests.energie.real import shared

SUPPLIER, C4, C5 = "99147508449444", "99825340122516", "99752124359718"
EVENT, GAS = "99660599682036", "99315023105714"

#: File → series: reference, quantity, step, unit, dial, rows, empty cells, first start, sum.
READ = {
    "enedis_hdm_C4_courbe_de_charge.csv": [
        (C4, "power", "10min", "W", "", 102672, 2448, "2020-02-02T23:00Z", 1356368000000),
    ],
    "enedis_hdm_C5_index_et_pmax.csv": [
        (C5, "index", "irregular", "kWh", "TOTAL", 390, 80, "2021-01-07T23:00Z", None),
        (C5, "peak_power", "irregular", "W", "", 390, 80, "2021-01-07T12:16Z", None),
    ],
    "enedis_espace_client_courbe_30min.csv": [
        ("99092435720599", "power", "30min", "W", "", 91, 13, "2022-01-17T23:00Z", 28542000),
    ],
    "enedis_R50.xml": [(C5, "power", "30min", "W", "", 48, 0, "2022-02-01T23:00Z", 41362000)],
    "enedis_R151.xml": [
        (C5, "index", "irregular", "kWh", "TOTAL", 1, 0, "2022-02-02T23:00Z", 9744495),
    ],
    "enedis_R171.xml": [
        (C4, "index", "irregular", "kWh", "HPH", 1, 0, "2022-02-03T01:37Z", 429229000),
        (C4, "index", "irregular", "kWh", "HCB", 1, 0, "2022-02-03T01:37Z", 60091000),
        (C4, "index", "irregular", "kWh", "HCH", 1, 0, "2022-02-03T01:37Z", 175013000),
        (C4, "index", "irregular", "kWh", "HPB", 1, 0, "2022-02-03T01:37Z", 129034000),
    ],
    # Two billed indexes a month apart: 10 060 then 10 160 kWh.
    "enedis_r15.xml": [
        (SUPPLIER, "index", "irregular", "kWh", "BASE", 2, 0, "2024-06-30T22:00Z", 20220000),
    ],
    # The dial before the change of calendar, and the four after it, a minute later.
    "enedis_c15_avec_releves.xml": [
        (EVENT, "index", "irregular", "kWh", "BASE", 1, 0, "2024-10-03T22:01Z", 2531000),
        (EVENT, "index", "irregular", "kWh", "HCH", 1, 0, "2024-10-03T22:02Z", 1065000),
        (EVENT, "index", "irregular", "kWh", "HPB", 1, 0, "2024-10-03T22:02Z", 3005000),
        (EVENT, "index", "irregular", "kWh", "HCB", 1, 0, "2024-10-03T22:02Z", 2531000),
        (EVENT, "index", "irregular", "kWh", "HPH", 1, 0, "2024-10-03T22:02Z", 2967000),
    ],
    "enedis_soap_ConsultationMesures_C4.xml": [
        (C4, "energy", "irregular", "kWh", "TOTAL", 36, 0, "2019-01-08T23:00Z", 362424000),
        (C4, "energy", "irregular", "kWh", "HCB", 36, 0, "2019-01-08T23:00Z", 21564000),
        (C4, "energy", "irregular", "kWh", "HCH", 36, 0, "2019-01-08T23:00Z", 85262000),
        (C4, "energy", "irregular", "kWh", "HPB", 36, 0, "2019-01-08T23:00Z", 56945000),
        (C4, "energy", "irregular", "kWh", "HPH", 36, 0, "2019-01-08T23:00Z", 198653000),
    ],
    "enedis_soap_MesuresDetaillees_C5_energie.xml": [
        (C5, "energy", "day", "kWh", "", 7, 0, "2022-01-04T23:00Z", 176585),
    ],
    "enedis_soap_MesuresDetaillees_C5_puissance.xml": [
        (C5, "power", "30min", "W", "", 336, 0, "2022-01-04T23:00Z", 353170000),
    ],
    "dataconnect_load_curve_15min.json": [
        ("", "power", "15min", "W", "", 480, 0, "2022-02-28T23:00Z", 628228000),
    ],
    "dataconnect_daily_consumption.json": [
        ("", "energy", "day", "kWh", "", 30, 0, "2020-10-31T23:00Z", 876699),
    ],
    "grdf_donnees_informatives.json": [
        (GAS, "energy", "day", "kWh", "", 1095, 1, "2019-11-30T05:00Z", 62213000),
        (GAS, "volume", "day", "m3", "", 1095, 1, "2019-11-30T05:00Z", 5617000),
    ],
    # Three days say « Absence de Données » beside a zero: they are missing.
    "grdf_donnees_informatives_jour.xlsx": [
        ("", "energy", "day", "kWh", "", 360, 3, "2020-11-24T05:00Z", 23181000),
        ("", "volume", "day", "m3", "", 360, 3, "2020-11-24T05:00Z", 2100000),
    ],
    # The same year by month: the same sums, from the first day to the last of the export.
    "grdf_donnees_informatives_mois.xlsx": [
        ("", "energy", "month", "kWh", "", 13, 0, "2020-11-24T05:00Z", 23181000),
        ("", "volume", "month", "m3", "", 13, 0, "2020-11-24T05:00Z", 2100000),
    ],
    # Five schools; the sum of each day is the « Total Units » that stands beside it.
    **dict.fromkeys(
        ("energy-sparks/banes-example-file.csv", "energy-sparks/banes-example-file.xlsx"),
        [
            ("02200012767323", "energy", "30min", "kWh", "", 48, 0, "2019-11-12T23:00Z", 226103),
            ("02200012030374", "energy", "30min", "kWh", "", 48, 0, "2019-11-12T23:00Z", 162183),
            ("02200040922992", "energy", "30min", "kWh", "", 48, 0, "2019-11-12T23:00Z", 376700),
            ("02000006183919", "energy", "30min", "kWh", "", 48, 0, "2019-11-12T23:00Z", 89940),
            ("02200012833358", "energy", "30min", "kWh", "", 48, 0, "2019-11-12T23:00Z", 259503),
        ],
    ),
    # One cell is empty: it is missing, not zero.
    "energy-sparks/banes-bad-example-missing-data-file.csv": [
        ("02200012767323", "energy", "30min", "kWh", "", 95, 1, "2019-11-12T23:00Z", 450138),
    ],
    "energy-sparks/example-sheffield-file.csv": [
        ("02336533093112", "energy", "30min", "kWh", "", 96, 0, "2019-12-09T23:00Z", 1099850),
    ],
}
#: Files of several points, of which the first is looked at: count of points, then its series.
MANY = {
    "enedis_r67.json": (
        4,
        (
            "99054135750249",
            "energy",
            "irregular",
            "kWh",
            "TOTAL",
            9,
            0,
            "2025-10-28T23:00Z",
            1709000,
        ),
    ),
    "energy-sparks/amr_highlands_example.csv": (
        10,
        ("01710035168313", "energy", "30min", "kWh", "", 48, 0, "2019-08-25T22:00Z", 1272100),
    ),
    "energy-sparks/amr_highlands_example-missing-half-hours.csv": (
        11,
        ("01710035168313", "energy", "30min", "kWh", "", 48, 0, "2019-08-25T22:00Z", 1272100),
    ),
}
#: Files that leave something unsaid: what a person tells, then the series.
TOLD = {
    "energy-sparks/row-per-day_valid.csv": (
        {"date_format": "%d/%m/%y", "unit": "kWh"},
        [("K0229111D6", "energy", "30min", "kWh", "", 48, 0, "2018-11-11T23:00Z", 901889)],
    ),
    "energy-sparks/row-per-day_some-missing-readings.csv": (
        {"date_format": "%d/%m/%y", "unit": "kWh"},
        [("K0229111D6", "energy", "30min", "kWh", "", 124, 20, "2017-11-10T23:00Z", None)],
    ),
    "opendsm/il-electricity-cdd-hdd-billing_monthly.csv.gz": (
        {"unit": "kWh", "reference": "IL", "timezone": "America/Chicago"},
        [("IL", "energy", "irregular", "kWh", "", 26, 1, "2015-11-22T06:00Z", None)],
    ),
    "opendsm/il-electricity-cdd-hdd-billing_bimonthly.csv.gz": (
        {"unit": "kWh", "reference": "IL", "timezone": "America/Chicago"},
        [("IL", "energy", "irregular", "kWh", "", 13, 1, "2015-11-22T06:00Z", None)],
    ),
    "opendsm/il-electricity-cdd-hdd-daily.csv.gz": (
        {"unit": "kWh", "reference": "IL", "timezone": "America/Chicago"},
        [("IL", "energy", "day", "kWh", "", 809, 1, "2015-11-22T06:00Z", None)],
    ),
    "opendsm/uk-electricity-hdd-only-hourly-sample-0.csv.gz": (
        {"unit": "kWh", "reference": "UK"},
        [("UK", "energy", "1h", "kWh", "", 23508, 0, "2020-04-01T01:00Z", None)],
    ),
    "opendsm/uk-electricity-hdd-only-hourly-sample-1.csv.gz": (
        {"unit": "kWh", "reference": "UK", "timezone": "UTC"},
        [("UK", "energy", "30min", "kWh", "", 22521, 0, "2012-10-12T00:30Z", None)],
    ),
    "opendsm/uk-gas-hdd-only-hourly-sample-0.csv.gz": (
        {"unit": "kWh", "reference": "UK"},
        [("UK", "energy", "1h", "kWh", "", 23508, 0, "2020-04-01T01:00Z", None)],
    ),
}
#: Files that are refused whole, and what their sentence says.
REFUSED = {
    "dataconnect_contract.json": "décrit un contrat : il ne contient aucun relevé",
    "dataconnect_error_1.json": "Les API d'Enedis sont indisponible",
    "dataconnect_error_quota.json": "Limite de 50 demandes par jour atteinte",
    "enedis_affaires_X12.xml": "Flux d’affaires X12 : il suit l’avancement de demandes, il ne "
    "contient pas de relevés",
    "enedis_f12.xml": "F12 (détail d’une facture d’acheminement)",
    "grdf_temperatures.json": "donne des températures, pas des relevés",
    "bdg1_meta_open.csv": "noms de colonnes attendus",
    "seattle_benchmarking_2016_part1.csv": "noms de colonnes attendus",
    "myems_offline_meter_data.xlsx": "noms de colonnes attendus",
    "energy-sparks/with-mixed-line-endings.csv": "noms de colonnes attendus",
    "energy-sparks/with-nulls-and-empty-lines.csv": "n’est pas un texte lisible",
    "energy-sparks/row-per-day_empty-msft.csv": "ne contient aucune ligne",
    "energy-sparks/row-per-day_malformed.csv": "Ligne 3 : un guillemet n’est pas refermé",
    "energy-sparks/banes-example-file.xls": "ancien format d’Excel (.xls)",
    "energy-sparks/meteostat_historic_temperatures.json": "donne des températures",
    "energy-sparks/solar_edge_energy_details.json": "production solaire",
    "opendsm/metadata.json": "ne contient pas de relevés connus",
    "opendsm/il-tempF.csv.gz": "donne des températures",
    "opendsm/uk-tempC-sample-0.csv.gz": "donne des températures",
    "opendsm/uk-tempC-sample-1_2.csv.gz": "donne des températures",
    # Without what only a person can tell.
    **dict.fromkeys(
        (name for name in TOLD if name.endswith(".gz")), "L’unité de « value » n’est pas dite"
    ),
}
#: Files with rows that are refused: which rows, and why.
ROWS_REFUSED = {
    "energy-sparks/banes-bad-example-date-file.csv": ({}, [(2, "« KABOOM » n’est pas une date")]),
    "energy-sparks/row-per-day_valid.csv": ({"unit": "kWh"}, [(2, "année avec quatre chiffres")]),
    "energy-sparks/row-per-day_duplicate-rows.csv": (
        {"date_format": "%d/%m/%y", "unit": "kWh"},
        [(3, "Deux valeurs différentes pour la même heure")],
    ),
}
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


def _path(name):
    folder = "energy-fr" if name.startswith(("enedis", "dataconnect", "grdf")) else None
    return shared("real", folder or "energy-buildings", name)


def _listed(folder):
    top = shared("real", folder)
    return {
        str(path.relative_to(top))
        for path in top.rglob("*")
        if path.is_file() and path.name != "README.md"
    }


def test_no_file_is_forgotten():
    named = {*READ, *MANY, *TOLD, *REFUSED, *ROWS_REFUSED}
    assert _listed("energy-fr") | _listed("energy-buildings") == named
    odd = {f"invalid/{n}" for n in (*INVALID_INVOICES, *ODD_INVOICES)}
    invoices = {f"valid/{n}" for n in VALID_INVOICES} | odd
    assert _listed("invoices") == invoices


def _told(parsed):
    found = []
    for block in parsed.blocks:
        (rows,) = series_rows(block)
        register = str(block.register or "")
        found.append(
            (
                block.reference,
                str(block.quantity),
                str(rows.step),
                str(block.unit),
                register,
                len(rows.starts),
                block.empties,
                utc_text(rows.starts[0]),
                sum(rows.values),
            )
        )
    return found


def _same(found, expected):
    """Whether series are those expected; a sum that is not expected is not looked at."""
    return [
        row[: 8 if wanted[8] is None else 9] for row, wanted in zip(found, expected, strict=True)
    ] == [wanted[: 8 if wanted[8] is None else 9] for wanted in expected]


@pytest.mark.parametrize("name", READ)
def test_a_valid_file_is_read_with_its_values(name):
    parsed = read_file(_path(name), name)
    assert parsed.rejected == 0
    assert _same(_told(parsed), READ[name]), _told(parsed)


@pytest.mark.parametrize("name", MANY)
def test_a_file_of_several_points(name):
    count, first = MANY[name]
    parsed = read_file(_path(name), name)
    assert parsed.rejected == 0
    assert len({block.reference for block in parsed.blocks}) == count
    assert _same(_told(parsed)[:1], [first]), _told(parsed)[:1]


@pytest.mark.parametrize("name", TOLD)
def test_a_file_is_read_once_a_person_told_what_it_leaves_unsaid(name):
    answers, expected = TOLD[name]
    parsed = read_file(_path(name), name, Options(answers=answers))
    assert parsed.rejected == 0, parsed.rejects
    assert _same(_told(parsed), expected), _told(parsed)


def test_the_months_of_a_site_agree_with_its_load_curve():
    """The distributor's bill of 9 June to 9 July 2020 against 4 320 ten-minute powers."""
    months = read_file(_path("enedis_soap_ConsultationMesures_C4.xml")).blocks[0]
    curve = read_file(_path("enedis_hdm_C4_courbe_de_charge.csv")).blocks[0]
    billed = {
        utc_text(at): (value, end)
        for at, value, end in zip(months.stamps, months.values, months.ends, strict=True)
    }
    value, end = billed["2020-06-08T22:00Z"]
    start = end - 30 * 86_400
    inside = [v for at, v in zip(curve.stamps, curve.values, strict=True) if start <= at < end]
    assert len(inside) == 4320
    assert abs(sum(inside) / 6000 / value - 1) < D("0.005")


def _tables():
    return [table for table in db.metadata.sorted_tables if table.name != "alembic_version"]


def _rows():
    with system_session("tests", readonly=True) as session:
        return {
            table.name: session.core(select(func.count()).select_from(table)).scalar()
            for table in _tables()
        }


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_gets_its_sentence_and_leaves_nothing(sqlite_app, name):
    before = _rows()
    with pytest.raises(DomainError) as caught:
        import_file("readings", _path(name), entity="A")
    assert REFUSED[name] in str(caught.value)
    assert _rows() == before


@pytest.mark.parametrize("name", ROWS_REFUSED)
def test_refused_rows_are_given_back_and_nothing_is_written(sqlite_app, name):
    answers, expected = ROWS_REFUSED[name]
    parsed = read_file(_path(name), name, Options(answers=answers))
    for line, reason in expected:
        assert any(r.line == line and reason in r.reason for r in parsed.rejects), parsed.rejects


@pytest.mark.parametrize("name", INVALID_INVOICES)
def test_an_invalid_invoice_gets_its_sentence_and_leaves_nothing(sqlite_app, name):
    before = _rows()
    with pytest.raises(DomainError) as caught:
        import_file("invoices", shared("real", "invoices", "invalid", name), entity="A")
    assert INVALID_INVOICES[name] in str(caught.value).replace("\u00a0", " ")
    assert _rows() == before


@pytest.mark.parametrize("name", ODD_INVOICES)
def test_lines_that_differ_from_their_price_are_told_and_not_refused(name):
    found = read_invoice(shared("real", "invoices", "invalid", name).read_bytes())
    told = [one.sentence.replace("\u00a0", " ") for one in remarks(found)]
    assert told == ODD_INVOICES[name]


@pytest.mark.parametrize("name", VALID_INVOICES)
def test_a_valid_invoice_is_read_with_its_amounts(name):
    found = read_invoice(shared("real", "invoices", "valid", name).read_bytes())
    number, kind, currency, ht, vat, ttc, lines = VALID_INVOICES[name]
    assert (found.number, found.type_code, found.currency) == (number, kind, currency)
    assert (found.amount_ht, found.vat_amount, found.amount_ttc) == (D(ht), D(vat), D(ttc))
    assert len(found.lines) == lines


def test_a_compressed_file_that_is_cut_or_hides_too_much(sqlite_app, tmp_path, monkeypatch):
    from base.tables import packed

    cut = tmp_path / "coupe.csv.gz"
    cut.write_bytes(gzip.compress(b"date;kWh\n" * 10_000)[:-20])
    with pytest.raises(DomainError, match="coupé ou abîmé"):
        import_file("readings", cut, entity="A")
    monkeypatch.setattr(packed, "MOST_OPENED", 1000)
    big = tmp_path / "gros.csv.gz"
    big.write_bytes(gzip.compress(b"date;kWh\n" * 10_000))
    with pytest.raises(DomainError, match="trop grand"):
        import_file("readings", big, entity="A")
