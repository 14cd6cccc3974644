"""Kinds of flows of Enedis: what they hold is read whole, and what they lack is missing."""

from datetime import date
from decimal import Decimal

import pytest

from energie.domain.blocks import UnreadableFile, series_rows
from energie.domain.days import utc_text
from energie.domain.kinds import Quantity, RegisterCode, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.imports.recognise import read_file
from tests.energie.flow_samples import PRM, midnight, r4q, r64, r151, soap, soap_months, soap_points
from tests.energie.real import shared
from tests.energie.samples import curve


def _read(tmp_path, text, name="fichier"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_file(path, name)


def _values(block):
    """Instant → value in the unit of the block."""
    pairs = zip(block.stamps, block.values, strict=True)
    return {utc_text(at): Decimal(milli) / 1000 for at, milli in pairs}


def _by_dial(parsed):
    return {block.register: _values(block) for block in parsed.blocks}


# --- a class that says nothing is missing ---------------------------------------------------


def test_a_class_without_a_value_leaves_the_day_of_r151_missing(tmp_path):
    whole = {"HCB": "1000", "HPH": "2500"}
    later = {"HCB": "1400", "HPH": "3100"}
    days = {date(2025, 2, 1): {"HCB": "900", "HPH": ""}, date(2025, 2, 2): whole}
    absent = {date(2025, 2, 3): {"HCB": "1200"}, date(2025, 2, 4): later}
    (block,) = _read(tmp_path, r151(days | absent)).blocks
    # Dated J, read at the end of J.
    assert _values(block) == {"2025-02-02T23:00Z": Decimal("3.5"), "2025-02-04T23:00Z": 4.5}
    assert block.empties == 2


def test_a_class_that_is_no_number_is_a_row_refused(tmp_path):
    parsed = _read(tmp_path, r151({date(2025, 2, 1): {"HCB": "x"}, date(2025, 2, 2): {"HCB": "5"}}))
    assert (parsed.rejected, parsed.rejects[0].reason) == (1, "Valeur illisible.")


def test_the_first_hole_of_r151(tmp_path):
    parsed = read_file(shared("faults", "readings", "r151_firsthole.xml"))
    (block,) = parsed.blocks
    assert (block.empties, list(block.values)) == (1, [38_013_000, 38_026_000])
    assert any("manquante, jamais zéro" in note for note in parsed.notes)


MONTHS = [("2025-01-01", "2025-02-01"), ("2025-02-01", "2025-03-01"), ("2025-03-01", "2025-04-01")]


@pytest.mark.parametrize("hole", ["empty", "absent"])
def test_a_class_without_a_value_leaves_the_month_missing(tmp_path, hole):
    peak = dict(zip(MONTHS, ("500", "", "700"), strict=True))
    if hole == "absent":
        del peak[MONTHS[1]]
    text = soap_months({"HPH": peak, "HCH": dict(zip(MONTHS, ("50", "60", "70"), strict=True))})
    dials = _by_dial(_read(tmp_path, text))
    assert dials[RegisterCode.TOTAL] == {"2024-12-31T23:00Z": 550, "2025-02-28T23:00Z": 770}
    assert len(dials[RegisterCode.HCH]) == 3


def test_a_class_without_a_value_in_r67(tmp_path):
    import json

    def kind(code, value):
        row = {
            "dbtMesure": "2025-01-01",
            "finMesure": "2025-02-01",
            "codeNature": "R",
            "codeStatut": "I",
            "quantite": value,
        }
        return {"idClasseTemporelle": code, "quantite": [row]}

    def flow(value):
        calendar = {"codeGrille": "D", "classeTemporelle": [kind("HPH", 4000), kind("HCH", value)]}
        quantity = {
            "grandeurMetier": "CONS",
            "grandeurPhysique": "EA",
            "unite": "Wh",
            "calendrier": [calendar],
        }
        measure = {"idPrm": PRM, "contexte": [{"grandeur": [quantity]}]}
        return json.dumps([{"header": {"codeFlux": "R67"}, "mesures": [measure]}])

    assert _by_dial(_read(tmp_path, flow(1000)))[RegisterCode.TOTAL] == {"2024-12-31T23:00Z": 5}
    assert _by_dial(_read(tmp_path, flow(None))).keys() == {RegisterCode.HPH}


def test_a_class_without_a_value_in_r15_is_counted(tmp_path):
    dial = (
        "<Classe_Temporelle_Distributeur><Id_Classe_Temporelle>{c}</Id_Classe_Temporelle>"
        "<Classe_Mesure>1</Classe_Mesure><Unite_Mesure>kWh</Unite_Mesure><Valeur>{v}</Valeur>"
        "</Classe_Temporelle_Distributeur>"
    )
    text = (
        f"<R15><PRM><Id_PRM>{PRM}</Id_PRM><Donnees_Releve><Date_Releve>2025-01-01T00:00:00+01:00"
        "</Date_Releve><Nature_Index>REEL</Nature_Index>"
        + dial.format(c="HP", v="100")
        + dial.format(c="HC", v="")
        + "</Donnees_Releve></PRM></R15>"
    )
    parsed = _read(tmp_path, text)
    assert _by_dial(parsed) == {RegisterCode.HP: {"2024-12-31T23:00Z": 100}}
    assert any("1 valeur vide" in note for note in parsed.notes)


# --- R4x, R63 to R66, SOAP ------------------------------------------------------------------


def test_r4q_is_a_curve_of_starts_in_kw(tmp_path):
    points = [
        ("2025-03-30T01:50:00+01:00", "28", "R"),
        ("2025-03-30T03:00:00+02:00", "29.5", "C"),
        ("2025-03-30T03:10:00+02:00", "", "R"),
        ("2025-03-30T03:20:00+02:00", "31", "E"),
    ]
    parsed = _read(tmp_path, r4q(points))
    (block,) = parsed.blocks
    assert (block.quantity, block.unit, block.step) == (Quantity.POWER, Unit.W, Step.MIN_10)
    assert (block.convention, block.empties) == (Stamp.START, 1)
    assert _values(block) == {
        "2025-03-30T00:50Z": 28000,
        "2025-03-30T01:00Z": 29500,
        "2025-03-30T01:20Z": 31000,
    }
    assert block.qualities == {1: Quality.CORRECTED, 2: Quality.ESTIMATED}
    assert any("1 série d’autres grandeurs" in note for note in parsed.notes)


def test_r64_keeps_the_totaliser_and_the_network_classes(tmp_path):
    at, next_day = "2026-06-01 00:00:00", "2026-06-02 00:00:00"
    network = {"HPB": [(at, 2_000_000), (next_day, 2_004_000)], "HPH": [(at, 900_000)]}
    text = r64([(at, 2_900_000), (next_day, 2_904_000)], network, {"BASE": [(at, 77)]})
    assert _by_dial(_read(tmp_path, text)) == {
        RegisterCode.TOTAL: {"2026-05-31T22:00Z": 2900, "2026-06-01T22:00Z": 2904},
        RegisterCode.HPB: {"2026-05-31T22:00Z": 2000, "2026-06-01T22:00Z": 2004},
        RegisterCode.HPH: {"2026-05-31T22:00Z": 900},
    }


def test_r64_without_a_totaliser(tmp_path):
    """The network's classes stand by themselves; the supplier's are added up, whole or missing."""
    at, next_day = "2026-06-01 00:00:00", "2026-06-02 00:00:00"
    network = _by_dial(_read(tmp_path, r64([], {"HP": [(at, 5)], "HC": [(at, None)]})))
    assert network == {RegisterCode.HP: {"2026-05-31T22:00Z": Decimal("0.005")}}
    supplier = {"BUHP": [(at, 5000), (next_day, 6000)], "BUHC": [(at, 1000), (next_day, None)]}
    parsed = _read(tmp_path, r64([], {}, supplier))
    assert _by_dial(parsed) == {RegisterCode.TOTAL: {"2026-05-31T22:00Z": 6}}
    assert parsed.blocks[0].empties == 1


def test_a_cut_r64_says_what_is_missing(tmp_path):
    with pytest.raises(UnreadableFile, match="R64 est incomplet\u00a0: il manque"):
        _read(tmp_path, '{"header": {"codeFlux": "R64"}, "mesures": [{"periode": {}}]}')


def test_r63_is_a_curve_and_r65_are_days(tmp_path):
    import json

    def flow(code, physical, unit, points):
        quantity = {
            "grandeurMetier": "CONS",
            "grandeurPhysique": physical,
            "unite": unit,
            "points": points,
        }
        measure = {
            "idPrm": PRM,
            "periode": {"dateDebut": "2026-01-01", "dateFin": "2026-01-02"},
            "grandeur": [quantity],
        }
        return json.dumps({"header": {"codeFlux": code}, "mesures": [measure]})

    points = [
        {"d": f"2026-01-01 {n // 2:02d}:{n % 2 * 30:02d}:00", "v": str(n), "p": "PT30M", "n": "R"}
        for n in range(1, 48)
    ]
    points.append({"d": "2026-01-02 00:00:00", "v": "48", "p": "PT30M", "n": "R"})
    (curve,) = _read(tmp_path, flow("R63", "PA", "W", points)).blocks
    (rows,) = series_rows(curve)
    assert (rows.starts[0], len(rows.starts)) == (midnight(date(2026, 1, 1)), 48)
    days = [{"d": "2026-01-01", "v": "12345"}, {"d": "2026-01-02", "v": ""}]
    (day,) = _read(tmp_path, flow("R65", "EA", "Wh", days)).blocks
    assert (day.quantity, day.step, day.empties) == (Quantity.ENERGY, Step.DAY, 1)
    assert _values(day) == {"2025-12-31T23:00Z": Decimal("12.345")}


R64_TITLES = (
    "Identifiant PRM;Date de début;Date de fin;Grandeur physique;Grandeur métier;Etape métier;"
    "Unité;Horodate;Valeur;Contexte relève;Type relève;Motif relève;Grille;"
    "Identifiant calendrier;Libellé calendrier;Libellé grille;Identifiant classe temporelle;"
    "Libellé classe temporelle;Cadran;Indice de vraisemblance"
)


def test_the_flat_forms_of_r63_and_r64(tmp_path):
    titles = (
        "Identifiant PRM;Date de debut;Date de fin;Grandeur physique;Grandeur metier;"
        "Etape metier;Unite;Horodate;Valeur;Nature;Pas"
    )
    start = f"{PRM};2025-01-01;2025-01-02;PA;CONS;MESURE;W"
    text = f"\ufeff{titles}\n{start};2025-01-01T00:00:00+01:00;10;R;PT5M\n" + (
        f"{start};2025-01-01T00:05:00+01:00;;R;PT5M\n{start};2025-01-01T00:10:00+01:00;30\n"
    )
    parsed = _read(tmp_path, text)
    (block,) = parsed.blocks
    assert (block.convention, block.step, block.empties) == (Stamp.START, Step.MIN_5, 1)
    assert _values(block) == {"2024-12-31T23:00Z": 10}
    assert (parsed.rejected, parsed.rejects[0].line) == (1, 4)

    start = f"{PRM};2025-01-01;2025-01-02;EA;CONS;BRUT;Wh;2025-01-01T00:00:00+01:00"
    network = "D;DI000002;HP/HC;Distributeur"
    text = f"{R64_TITLES}\n{start};3000;COL;AQ;;{network};HP;Pleines;IDX_EAS_D2;0\n" + (
        f"{start};1000;COL;AQ;;{network};HC;Creuses;IDX_EAS_D1;0\n"
        f"{start};4000;COL;AQ;;;;;;;;IDX_EAS_T;0\n"
    )
    found = _by_dial(_read(tmp_path, text))
    assert {code: set(rows.values()) for code, rows in found.items()} == {
        RegisterCode.TOTAL: {4},
        RegisterCode.HP: {3},
        RegisterCode.HC: {1},
    }


@pytest.mark.parametrize("version", [2, 3])
def test_soap_peaks_are_peaks(tmp_path, version):
    points = [("2022-01-05T21:15:16.000+01:00", "3839"), ("2022-01-07T19:25:33.000+01:00", "65535")]
    (block,) = _read(tmp_path, soap_points("PMA", "VA", points, version=version)).blocks
    assert (block.quantity, block.unit) == (Quantity.PEAK_POWER, Unit.VA)
    assert list(block.stamps) == [1641413716, 1641579933]
    assert (list(block.values), block.qualities) == ([3_839_000, 65_535_000], {1: Quality.SUSPECT})


def test_soap_days_and_other_quantities(tmp_path):
    points = [("2025-03-30T00:00:00.000+01:00", "22125"), ("2025-03-31", "16379")]
    (block,) = _read(tmp_path, soap_points("EA", "Wh", points)).blocks
    assert (block.quantity, block.step) == (Quantity.ENERGY, Step.DAY)
    assert _values(block) == {
        "2025-03-29T23:00Z": Decimal("22.125"),
        "2025-03-30T22:00Z": Decimal("16.379"),
    }
    with pytest.raises(UnreadableFile, match="1 série d’autres grandeurs"):
        _read(tmp_path, soap_points("PRI", "VAr", points))


def test_soap_indexes_of_the_third_version(tmp_path):
    def kind(code, values):
        rows = "".join(f"<valeur><d>{d}</d><v>{v}</v><iv>0</iv></valeur>" for d, v in values)
        return (
            f"<classeTemporelle><idClasseTemporelle>{code}</idClasseTemporelle>{rows}"
            "</classeTemporelle>"
        )

    at = "2023-04-01 04:24:40"
    text = soap(
        '<n:consulterMesuresDetailleesResponseV3 xmlns:n="urn:m"><pointId>99000000000017</pointId>'
        "<contexte><grandeur><grandeurMetier>CONS</grandeurMetier><grandeurPhysique>EA"
        "</grandeurPhysique><unite>Wh</unite><calendrier><idCalendrier>D</idCalendrier>"
        + kind("HPE", [(at, "146034000")])
        + kind("HCE", [(at, "68830000")])
        + "</calendrier></grandeur></contexte></n:consulterMesuresDetailleesResponseV3>"
    )
    assert _by_dial(_read(tmp_path, text)) == {
        RegisterCode.HPB: {"2023-04-01T02:24Z": 146034},
        RegisterCode.HCB: {"2023-04-01T02:24Z": 68830},
    }


def test_daily_peaks_of_data_connect_are_no_energies(tmp_path):
    import json

    rows = [{"value": "5420", "date": "2026-01-05 19:40:10"}, {"value": "", "date": "2026-01-06"}]
    kind = {
        "unit": "VA",
        "measurement_kind": "power",
        "aggregate": "maximum",
        "measuring_period": "P1D",
    }
    body = {"usage_point_id": PRM, "reading_type": kind, "interval_reading": rows}
    (block,) = _read(tmp_path, json.dumps({"meter_reading": body})).blocks
    assert (block.quantity, block.unit, block.empties) == (Quantity.PEAK_POWER, Unit.VA, 1)
    assert _values(block) == {"2026-01-05T18:40Z": 5420}


# --- what is given to the network, or is no active energy ------------------------------------


@pytest.mark.parametrize(
    ("metered", "physical"),
    [
        ("Production", "Energie active"),
        ("Consommation", "Energie réactive inductive"),
        ("Consommation", "Tension"),
    ],
)
def test_a_section_that_is_no_consumption_is_passed_over_and_said(tmp_path, metered, physical):
    text = curve()
    other = text.replace("Consommation", metered).replace("Energie active", physical)
    parsed = _read(tmp_path, other.replace(";6000", ";9000") + text.lstrip("\ufeff"))
    (block,) = parsed.blocks
    assert set(block.values) == {6_000_000}
    assert any("Ligne 3\u00a0: section" in note for note in parsed.notes)
    with pytest.raises(UnreadableFile, match="section «\u00a0.*\u00a0» non lue"):
        _read(tmp_path, other)


def test_production_of_a_large_site_is_no_consumption(tmp_path):
    def series(sense, value):
        return (
            f"<serieMesuresDatees><prmId>{PRM}</prmId><grandeurMetier>{sense}</grandeurMetier>"
            "<grandeurPhysique>EA</grandeurPhysique><codeClasseTemporelle>HPH"
            "</codeClasseTemporelle><unite>Wh</unite><mesuresDateesListe><mesureDatee><dateFin>"
            f"2025-01-01T02:00:00</dateFin><valeur>{value}</valeur></mesureDatee>"
            "</mesuresDateesListe></serieMesuresDatees>"
        )

    inner = series("CONS", 4000) + series("PROD", 9000)
    text = f"<R171><serieMesuresDateesListe>{inner}</serieMesuresDateesListe></R171>"
    parsed = _read(tmp_path, text)
    assert _by_dial(parsed) == {RegisterCode.HPH: {"2025-01-01T01:00Z": 4}}
    assert parsed.rejected == 0
