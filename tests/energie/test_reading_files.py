"""Distributor files: conventions, clock changes, holes, sentinels."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from energie.domain.blocks import UnreadableFile, series_rows
from energie.domain.curves import milli_kwh
from energie.domain.days import day_bounds, local_day, utc_text
from energie.domain.kinds import Quantity, Stamp, Step, Unit
from energie.domain.quality import Quality
from energie.imports.recognise import read_file
from tests.energie.real import shared
from tests.energie.samples import PRM, curve


def _read(tmp_path: Path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "fichier"
    path.write_bytes(text.encode(encoding))
    return read_file(path)


def test_a_curve_of_starts_keeps_its_stamps(tmp_path):
    parsed = _read(tmp_path, curve())
    (rows,) = series_rows(parsed.blocks[0])
    assert parsed.blocks[0].reference == PRM
    assert rows.step is Step.MIN_10
    assert utc_text(rows.starts[0]) == "2025-03-28T23:00Z"
    assert len(rows.starts) == 144 + 138 + 144
    assert set(rows.values) == {6_000_000}


def test_a_curve_of_ends_is_brought_back_to_starts(tmp_path):
    parsed = _read(tmp_path, curve(minutes=30, end_stamps=True))
    (rows,) = series_rows(parsed.blocks[0])
    assert parsed.blocks[0].convention is Stamp.END
    assert utc_text(rows.starts[0]) == "2025-03-28T23:00Z"
    assert len(rows.starts) == 48 + 46 + 48


def test_an_empty_value_is_missing_and_a_zero_is_kept(tmp_path):
    parsed = _read(tmp_path, curve(blank=(3, 4), power="0"))
    block = parsed.blocks[0]
    assert (len(block.stamps), block.empties) == (424, 2)
    assert set(block.values) == {0}
    assert any("manquantes, jamais zéro" in note for note in parsed.notes)


def test_an_unsaid_unit_is_told(tmp_path):
    assert any("W supposé" in note for note in _read(tmp_path, curve()).notes)
    assert not any("supposé" in note for note in _read(tmp_path, curve(unit="W")).notes)
    parsed = _read(tmp_path, curve(unit="kW", power="6,5"))
    assert set(parsed.blocks[0].values) == {6_500_000}


def test_bad_rows_are_given_back_with_their_reason(tmp_path):
    text = curve() + "2025-03-30T02:30:00;5\nhier;5\n2025-04-02T00:00:00+02:00;abc\n"
    parsed = _read(tmp_path, text)
    assert parsed.rejected == 3
    assert ["saute" in r.reason or "illisible" in r.reason for r in parsed.rejects] == [True] * 3
    assert parsed.rejects[0].line == 430


def test_repeated_rows_count_once_and_contradictions_are_refused(tmp_path):
    text = curve() + "2025-03-29T00:00:00+01:00;6000\n2025-03-29T00:10:00+01:00;7\n"
    parsed = _read(tmp_path, text)
    assert len(parsed.blocks[0].stamps) == 425
    assert (parsed.rejected, parsed.rejects[0].reason) == (
        1,
        "Deux valeurs différentes pour la même heure.",
    )


def test_a_file_of_windows_is_read(tmp_path):
    text = curve().lstrip("\ufeff").replace("Comptage Brut", "Mesuré")
    assert _read(tmp_path, text, "cp1252").blocks[0].reference == PRM


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "vide"),
        ("a;b\n1;2\n", "pas reconnu"),
        ("Identifiant PRM;Type de donnees\n", "s’arrête"),
        ("Identifiant PRM;Type de donnees\n99000000000017;Courbe de charge\nx\n", "Horodate"),
        ("{", "JSON est coupé"),
        ('{"a": 1}', "pas de relevés connus"),
        ('{"error_code": 500, "description": "Limite atteinte"}', "Limite atteinte"),
        ("<C15/>", "C15"),
        ("<x/>", "pas de relevés connus"),
    ],
)
def test_other_files_are_refused_with_a_sentence(tmp_path, text, sentence):
    with pytest.raises(UnreadableFile, match=sentence):
        _read(tmp_path, text)


def test_the_real_c4_curve():
    parsed = read_file(shared("real", "energy-fr", "enedis_hdm_C4_courbe_de_charge.csv"))
    (block,) = parsed.blocks
    assert (block.reference, len(block.stamps), block.empties) == ("99825340122516", 102672, 2448)
    assert 0 in block.values
    (rows,) = series_rows(block)
    assert (rows.step, utc_text(rows.starts[0])) == (Step.MIN_10, "2020-02-02T23:00Z")
    counts = Counter(local_day(at) for at in rows.starts)
    assert counts[date(2020, 3, 29)] == 138
    assert counts[date(2020, 10, 25)] == 150
    assert counts[date(2021, 3, 28)] == 138
    assert counts[date(2020, 6, 1)] == 144


def test_the_real_customer_curve_has_its_holes():
    parsed = read_file(shared("real", "energy-fr", "enedis_espace_client_courbe_30min.csv"))
    (block,) = parsed.blocks
    assert (block.convention, len(block.stamps), block.empties) == (Stamp.END, 91, 13)
    (rows,) = series_rows(block)
    assert (rows.step, rows.values[0]) == (Step.MIN_30, 218_000)
    assert utc_text(rows.starts[0]) == "2022-01-17T23:00Z"


def test_the_real_stacked_sections():
    parsed = read_file(shared("real", "energy-fr", "enedis_hdm_C5_index_et_pmax.csv"))
    index, peaks = parsed.blocks
    assert (index.quantity, index.unit, len(index.stamps), index.empties) == (
        Quantity.INDEX,
        Unit.KWH,
        390,  # 31/10/2021 is stamped twice
        80,
    )
    assert (peaks.quantity, len(peaks.stamps), peaks.empties) == (Quantity.PEAK_POWER, 390, 80)
    assert list(peaks.qualities.values()) == [Quality.SUSPECT]


def test_two_sources_of_one_meter_agree_on_the_day():
    history = read_file(shared("real", "energy-fr", "enedis_hdm_C5_index_et_pmax.csv")).blocks[0]
    daily = read_file(
        shared("real", "energy-fr", "enedis_soap_MesuresDetaillees_C5_energie.xml")
    ).blocks[0]
    flow = read_file(shared("real", "energy-fr", "enedis_R151.xml")).blocks[0]
    half_hours = read_file(shared("real", "energy-fr", "enedis_R50.xml")).blocks[0]
    indexes = dict(zip(history.stamps, history.values, strict=True))
    for at, energy in zip(daily.stamps, daily.values, strict=True):
        start, end = day_bounds(local_day(at))
        assert indexes[end] - indexes[start] == energy
    start, end = day_bounds(date(2022, 2, 2))
    assert flow.stamps[0] == end
    (rows,) = series_rows(half_hours)
    assert (rows.starts[0], len(rows.starts)) == (start, 48)
    assert flow.values[0] - indexes[start] == milli_kwh(sum(rows.values), 1800) == 20681


@pytest.mark.parametrize(
    ("name", "step", "count", "first"),
    [
        ("dataconnect_load_curve_15min.json", Step.MIN_15, 480, "2022-02-28T23:00Z"),
        ("dataconnect_daily_consumption.json", Step.DAY, 30, "2020-10-31T23:00Z"),
        ("enedis_soap_MesuresDetaillees_C5_puissance.xml", Step.MIN_30, 336, "2022-01-04T23:00Z"),
        ("grdf_donnees_informatives.json", Step.DAY, 1095, "2019-11-30T05:00Z"),
        ("grdf_donnees_informatives_jour.xlsx", Step.DAY, 360, "2020-11-24T05:00Z"),
    ],
)
def test_other_real_files(name, step, count, first):
    parsed = read_file(shared("real", "energy-fr", name))
    rows = series_rows(parsed.blocks[0])[0]
    assert (rows.step, len(rows.starts), utc_text(rows.starts[0])) == (step, count, first)
