"""Tables of unknown make: separators, dates, units, conventions, qualities, bad rows."""

import pytest

from base.basics.errors import DomainError, InvalidInput
from base.desk.imports import Options
from base.desk.imports.answers import given_answers
from energie.domain.blocks import series_rows
from energie.domain.days import utc_text
from energie.domain.quality import Quality
from energie.imports.plain_columns import QUESTIONS, day_columns, unit_in
from energie.imports.recognise import is_plain, read_file
from tests.energie.samples import PRM, curve


def _read(tmp_path, text, name="releves.csv", encoding="utf-8", american=False, **answers):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return read_file(path, name, Options(american=american, answers=answers))


def _only(parsed):
    (block,) = parsed.blocks
    (rows,) = series_rows(block)
    return block, rows


def test_a_french_spreadsheet_with_commas(tmp_path):
    text = "PRM;Horodate;Énergie (kWh);Qualité\n" + "".join(
        f"{PRM};01/06/2025 {n // 2:02d}:{30 * (n % 2):02d};1,5;Réelle\n" for n in range(48)
    )
    block, rows = _only(_read(tmp_path, text, encoding="cp1252"))
    assert (block.reference, len(rows.starts), sum(rows.values)) == (PRM, 48, 72_000)
    assert utc_text(rows.starts[0]) == "2025-05-31T22:00Z"


def test_a_file_of_ends_is_found_by_its_first_and_last_rows(tmp_path):
    rows = [f"2025-06-01 {n:02d}:00;2\n" for n in range(1, 24)] + ["2025-06-02 00:00;2\n"]
    _block, found = _only(_read(tmp_path, "date;puissance (kW)\n" + "".join(rows)))
    assert (utc_text(found.starts[0]), len(found.starts)) == ("2025-05-31T22:00Z", 24)
    assert set(found.values) == {2_000_000}
    told = _read(tmp_path, "date;puissance (kW)\n" + "".join(rows), convention="start")
    assert utc_text(_only(told)[1].starts[0]) == "2025-05-31T23:00Z"


def test_the_unit_may_be_a_column_or_an_answer(tmp_path):
    text = "date;valeur;unité\n2025-06-01;1;MWh\n2025-06-02;2;MWh\n"
    assert list(_only(_read(tmp_path, text))[1].values) == [1_000_000, 2_000_000]
    bare = "date;valeur\n2025-06-01;1\n2025-06-02;2\n"
    with pytest.raises(DomainError, match="unit=kWh"):
        _read(tmp_path, bare)
    assert list(_only(_read(tmp_path, bare, unit="Wh"))[1].values) == [1, 2]
    with pytest.raises(DomainError, match="n’est pas une unité de relevé"):
        _read(tmp_path, "date;valeur;unité\n2025-06-01;1;°C\n")


def test_qualities_are_words(tmp_path):
    text = "date;kWh;qualité\n2025-06-01;1;estimée\n2025-06-02;2;\n2025-06-03;3;bizarre\n"
    parsed = _read(tmp_path, text)
    assert list(_only(parsed)[1].qualities) == [Quality.ESTIMATED, Quality.MEASURED]
    assert [(r.line, "bizarre" in r.reason) for r in parsed.rejects] == [(4, True)]


def test_a_number_cut_by_a_spreadsheet_is_refused_by_row(tmp_path):
    parsed = _read(tmp_path, "prm;date;kWh\n1,23457E+13;2025-06-01;1\n")
    assert [(r.line, "abîmé par un tableur" in r.reason) for r in parsed.rejects] == [(2, True)]
    assert parsed.rejects[0].cells == ("1,23457E+13", "2025-06-01", "1")


def test_a_line_of_total_is_left_aside_and_said(tmp_path):
    text = (
        "Mois;Consommation (MWh)\njanvier 2025;1,2\nfévrier 2025;1,1\n"
        "Total 2025;2,3\nMois;Consommation (MWh)\nmars;1,5\n"
    )
    parsed = _read(tmp_path, text, reference="01234567890123")
    _block, rows = _only(parsed)
    assert list(rows.values) == [1_200_000, 1_100_000]
    # What is neither a reading nor a total is still given back.
    assert [reject.line for reject in parsed.rejects] == [6]
    (note,) = [note for note in parsed.notes if "Total 2025" in note]
    assert "ligne 4" in note and "ligne 5" in note


def test_american_dates_are_told_and_then_read(tmp_path):
    text = "date;kWh\n04/25/2025;1\n04/26/2025;2\n"
    parsed = _read(tmp_path, text)
    assert [(r.line, r.hint) for r in parsed.rejects] == [(2, "american"), (3, "american")]
    _block, rows = _only(_read(tmp_path, text, american=True))
    assert utc_text(rows.starts[0]) == "2025-04-24T22:00Z"


@pytest.mark.parametrize(
    "rows",
    [
        "03/04/2020;1\n03/13/2020;2\n",
        "03/13/2020;2\n03/04/2020;1\n",
        "03/04/2020 10:00;1\n03/13/2020 11:00;2\n",
        "03/04/20;1\n03/13/20;2\n",
        # As many have the day first as the month: nobody knows of the first.
        "03/04/2020;1\n03/13/2020;2\n25/03/2020;3\n",
    ],
)
def test_a_file_that_shows_american_days_is_not_half_read(tmp_path, rows):
    """4 March or 3 April: the row of 13 March says that the month may be first."""
    with pytest.raises(
        InvalidInput, match="se lit de deux façons\u00a0: la ligne ., «\u00a003/13/20"
    ):
        _read(tmp_path, "date;kWh\n" + rows)


def test_what_is_sure_beside_an_american_day_is_read(tmp_path):
    _block, rows = _only(_read(tmp_path, "date;kWh\n03/04/2020;1\n03/13/2020;2\n", american=True))
    assert [utc_text(at) for at in rows.starts] == ["2020-03-03T23:00Z", "2020-03-12T23:00Z"]
    # One slip among days that have the day first: the others are French.
    french = "".join(f"{d:02d}/01/2020;1\n" for d in range(1, 31))
    parsed = _read(tmp_path, f"date;kWh\n{french}01/31/2020;1\n")
    assert [reject.line for reject in parsed.rejects] == [32]
    assert utc_text(_only(parsed)[1].starts[3]) == "2020-01-03T23:00Z"
    # The same day in both orders, and days that say their year first.
    parsed = _read(tmp_path, "date;kWh\n2020-04-03;2\n04/04/2020;1\n04/13/2020;2\n")
    assert [reject.line for reject in parsed.rejects] == [4]


def test_clock_changes_lose_and_double_no_hour(tmp_path):
    spring = "date;kWh\n" + "".join(f"30/03/2025 {h:02d}:00;1\n" for h in range(24) if h != 2)
    _block, rows = _only(_read(tmp_path, spring))
    assert len(rows.starts) == 23 and rows.starts[-1] - rows.starts[0] == 22 * 3600
    jumped = _read(tmp_path, spring + "30/03/2025 02:30;1\n")
    assert "saute cette heure" in jumped.rejects[0].reason
    hours = [0, 1, 2, 2, *range(3, 24)]
    autumn = "date;kWh\n" + "".join(f"26/10/2025 {h:02d}:00;1\n" for h in hours)
    _block, rows = _only(_read(tmp_path, autumn))
    assert len(rows.starts) == 25 and rows.starts[-1] - rows.starts[0] == 24 * 3600


def test_a_row_a_day_on_the_days_of_23_and_25_hours(tmp_path):
    title = "prm;date;" + ";".join(f"{n // 2:02d}:{30 * (n % 2):02d}" for n in range(48))
    text = f"{title}\n{PRM};30/03/2025;{';'.join(['1'] * 48)}\n"
    parsed = _read(tmp_path, text, unit="kWh")
    assert len(_only(parsed)[1].starts) == 46
    assert any("2 valeurs" in note for note in parsed.notes)
    autumn = text.replace("30/03", "26/10")
    assert len(_only(_read(tmp_path, autumn, unit="kWh"))[1].starts) == 48


def test_a_change_of_step_is_cut_and_doubles_nothing(tmp_path):
    hours = [f"2025-06-01 {h:02d}:00;2\n" for h in range(12)]
    halves = [f"2025-06-01 {h:02d}:{m};2\n" for h in range(12, 24) for m in ("00", "30")]
    parsed = _read(tmp_path, "début;puissance kW\n" + "".join(hours + halves))
    found = {str(rows.step): len(rows.starts) for rows in series_rows(parsed.blocks[0])}
    assert found == {"1h": 12, "30min": 24}


def test_periods_with_both_dates(tmp_path):
    text = "date de début;date de fin;kWh\n01/01/2025;15/01/2025;140\n20/01/2025;01/02/2025;120\n"
    block, rows = _only(_read(tmp_path, text))
    assert [utc_text(at)[:10] for at in rows.ends] == ["2025-01-14", "2025-01-31"]
    bad = _read(tmp_path, "date de début;date de fin;kWh\n15/01/2025;01/01/2025;1\n")
    assert "n’est pas après son début" in bad.rejects[0].reason


def test_months_last_until_the_next_one(tmp_path):
    _block, rows = _only(_read(tmp_path, "date;volume (m3)\n01/01/2025;3\n01/02/2025;4\n"))
    assert (str(rows.step), utc_text(rows.ends[-1])) == ("month", "2025-02-28T23:00Z")


def test_repeated_and_contradictory_rows(tmp_path):
    text = "date;kWh\n2025-06-01;1\n2025-06-02;2\n2025-06-01;1\n2025-06-02;3\n"
    parsed = _read(tmp_path, text)
    assert [r.line for r in parsed.rejects] == [5]
    assert list(_only(parsed)[1].values) == [1000]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("date;couleur\n2025-01-01;bleu\n", "aucune colonne de relevé"),
        ("kWh\n1\n", "pas de colonne de date"),
        ("date;température\n2025-01-01;12\n", "températures"),
        ("date;kWh\n", "aucun relevé sous ses titres"),
        ("rien;du;tout\n1;2;3\n", "n’est pas reconnu"),
    ],
)
def test_other_tables_say_what_they_lack(tmp_path, text, sentence):
    with pytest.raises(DomainError, match=sentence):
        _read(tmp_path, text)


@pytest.mark.parametrize("cell", ["abc", "1e400", "#REF!", "--3"])
def test_a_bad_number_is_a_row_refused(tmp_path, cell):
    parsed = _read(tmp_path, f"date;kWh\n2025-06-01;{cell}\n2025-06-02;2\n")
    assert [r.line for r in parsed.rejects] == [2]


def test_answers_are_checked():
    assert given_answers(QUESTIONS, {"unit": "kWh", "convention": ""}) == {"unit": "kWh"}
    with pytest.raises(DomainError, match="attend"):
        given_answers(QUESTIONS, {"unit": "BTU"})
    with pytest.raises(DomainError, match="n’est pas une option"):
        given_answers(QUESTIONS, {"couleur": "bleu"})


def test_a_wrong_zone_is_a_sentence(tmp_path):
    with pytest.raises(DomainError, match="Fuseau"):
        _read(tmp_path, "date;kWh\n2025-06-01;1\n", timezone="Mars/Olympus")


def test_titles_tell_units_and_times():
    assert (unit_in("Énergie (MWh)"), unit_in("Volume m³"), unit_in("Valeur")) == ("MWh", "m3", "")
    assert day_columns(["a", "[00:30]", "[24:00]"]) is None
    assert day_columns([f"kWh_{n}" for n in range(1, 49)]).step_minutes == 30


def test_known_files_are_not_plain(tmp_path):
    path = tmp_path / "x"
    path.write_text(curve(), encoding="utf-8")
    assert not is_plain(path)
    path.write_text("date;kWh\n", encoding="utf-8")
    assert is_plain(path)
