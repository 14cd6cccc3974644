"""Every real file of the three folders: read with the values that stand in it, or refused.

Counts, sums and dates were taken from the files themselves, with a text editor and a calculator;
a sum is in thousandths of the unit. A file that no table below names makes the test fail.
"""

import gzip
from decimal import Decimal as D  # noqa: N817 - short in tables of numbers

import pytest

from base.basics.errors import DomainError
from base.desk.imports import Options
from base.desk.imports.command import import_file
from energie.domain.blocks import series_rows
from energie.domain.days import utc_text
from energie.imports.recognise import read_file
from tests.energie.real import row_counts, shared
from tests.energie.test_real_invoices import INVALID_INVOICES, ODD_INVOICES, VALID_INVOICES

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
    "dataconnect_contract.json": "décrit un contrat\u00a0: il ne contient aucun relevé",
    "dataconnect_error_1.json": "Les API d'Enedis sont indisponible",
    "dataconnect_error_quota.json": "Limite de 50 demandes par jour atteinte",
    "enedis_affaires_X12.xml": "Flux d’affaires X12\u00a0: il suit l’avancement de demandes, il ne "
    "contient pas de relevés",
    "enedis_f12.xml": "F12 (détail d’une facture d’acheminement)",
    "grdf_temperatures.json": "donne des températures, pas des relevés",
    "bdg1_meta_open.csv": "noms de colonnes attendus",
    "seattle_benchmarking_2016_part1.csv": "noms de colonnes attendus",
    "myems_offline_meter_data.xlsx": "noms de colonnes attendus",
    "energy-sparks/with-mixed-line-endings.csv": "noms de colonnes attendus",
    "energy-sparks/with-nulls-and-empty-lines.csv": "n’est pas un texte lisible",
    "energy-sparks/row-per-day_empty-msft.csv": "ne contient aucune ligne",
    "energy-sparks/row-per-day_malformed.csv": "Ligne 3\u00a0: un guillemet n’est pas refermé",
    "energy-sparks/banes-example-file.xls": "ancien format d’Excel (.xls)",
    "energy-sparks/meteostat_historic_temperatures.json": "donne des températures",
    "energy-sparks/solar_edge_energy_details.json": "production solaire",
    "opendsm/metadata.json": "ne contient pas de relevés connus",
    "opendsm/il-tempF.csv.gz": "donne des températures",
    "opendsm/uk-tempC-sample-0.csv.gz": "donne des températures",
    "opendsm/uk-tempC-sample-1_2.csv.gz": "donne des températures",
    # Without what only a person can tell.
    **dict.fromkeys(
        (name for name in TOLD if name.endswith(".gz")),
        "L’unité de «\u00a0value\u00a0» n’est pas dite",
    ),
}
#: Files with rows that are refused: which rows, and why.
ROWS_REFUSED = {
    "energy-sparks/banes-bad-example-date-file.csv": (
        {},
        [(2, "«\u00a0KABOOM\u00a0» n’est pas une date")],
    ),
    "energy-sparks/row-per-day_valid.csv": ({"unit": "kWh"}, [(2, "année avec quatre chiffres")]),
    "energy-sparks/row-per-day_duplicate-rows.csv": (
        {"date_format": "%d/%m/%y", "unit": "kWh"},
        [(3, "Deux valeurs différentes pour la même heure")],
    ),
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


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_file_gets_its_sentence_and_leaves_nothing(sqlite_app, name):
    before = row_counts()
    with pytest.raises(DomainError) as caught:
        import_file("readings", _path(name), entity="A")
    assert REFUSED[name] in str(caught.value)
    assert row_counts() == before


@pytest.mark.parametrize("name", ROWS_REFUSED)
def test_refused_rows_are_given_back_and_nothing_is_written(sqlite_app, name):
    answers, expected = ROWS_REFUSED[name]
    parsed = read_file(_path(name), name, Options(answers=answers))
    for line, reason in expected:
        assert any(r.line == line and reason in r.reason for r in parsed.rejects), parsed.rejects


def test_a_compressed_file_that_is_cut_or_hides_too_much(sqlite_app, tmp_path, monkeypatch):
    from base.papers.tables import packed

    cut = tmp_path / "coupe.csv.gz"
    cut.write_bytes(gzip.compress(b"date;kWh\n" * 10_000)[:-20])
    with pytest.raises(DomainError, match="coupé ou abîmé"):
        import_file("readings", cut, entity="A")
    monkeypatch.setattr(packed, "MOST_OPENED", 1000)
    big = tmp_path / "gros.csv.gz"
    big.write_bytes(gzip.compress(b"date;kWh\n" * 10_000))
    with pytest.raises(DomainError, match="trop grand"):
        import_file("readings", big, entity="A")
