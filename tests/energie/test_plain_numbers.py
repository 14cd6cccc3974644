"""Plain tables: which mark begins the decimals, months in words, titles with units, lone values."""

from decimal import Decimal as D  # noqa: N817
from pathlib import Path

import pytest

from base.basics.errors import DomainError
from base.desk.imports import Options
from base.papers.tables import Row, ValueRefused
from base.papers.tables import values as cells
from base.papers.tables.numbers import decimal_mark
from energie.domain.blocks import series_rows
from energie.domain.days import utc_text
from energie.domain.kinds import Basis, Step
from energie.imports.plain_numbers import Marks, number, told_by
from energie.imports.plain_values import moment
from energie.imports.recognise import read_file

NARROW, BROAD = "\u202f", "\u00a0"


def _read(tmp_path, text, name="releves.csv", **answers):
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_file(path, name, Options(answers=answers))


def _values(parsed):
    return [D(value).scaleb(-3) for block in parsed.blocks for value in block.values]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        (["950", "1 234,5", "1 300"], [950, D("1234.5"), 1300]),
        (["950", f"1{BROAD}234,5", f"1{NARROW}300"], [950, D("1234.5"), 1300]),
        (["12 345,678", "9,5"], [D("12345.678"), D("9.5")]),
        (["1 234,567", "1,234"], [D("1234.567"), D("1.234")]),
        (["0,500", "1,234"], [D("0.5"), D("1.234")]),
        (["0.500", "1.234"], [D("0.5"), D("1.234")]),
        (["1.234,5", "1.000"], [D("1234.5"), 1000]),
        (["1,234.5", "1,000"], [D("1234.5"), 1000]),
        (["1.234.567", "1.000"], [1234567, 1000]),
        (["1'234.5", "2'000"], [D("1234.5"), 2000]),
        ([",5", "1,25"], [D("0.5"), D("1.25")]),
        (["1,2E-01", "3,0"], [D("0.12"), 3]),
    ],
)
def test_a_column_says_its_decimal_mark_by_any_of_its_cells(tmp_path, written, right):
    rows = [f"{n:02d}/06/2025;{cell}" for n, cell in enumerate(written, 1)]
    for title in ("kWh", "Index kWh", "Volume m3"):
        text = "\n".join([f"date;{title}", *rows]) + "\n"
        parsed = _read(tmp_path, text)
        assert (_values(parsed), parsed.rejected) == ([D(v) for v in right], 0)


def test_a_mark_far_down_the_file_counts(tmp_path):
    days = [f"2025-{1 + n // 28:02d}-{1 + n % 28:02d}" for n in range(300)]
    rows = [f"{day};1,234" for day in days] + ["2025-12-01;2,5"]
    assert sum(_values(_read(tmp_path, "\n".join(["date;kWh", *rows])))) == 300 * D("1.234") + D(
        "2.5"
    )


@pytest.mark.parametrize("written", [["1.234", "987", "2.010"], ["1,234", "987"]])
def test_what_reads_in_two_ways_is_asked(tmp_path, written):
    rows = [f'{n:02d}/06/2025;"{cell}"' for n, cell in enumerate(written, 1)]
    text = "\n".join(["date;kWh", *rows])
    with pytest.raises(DomainError, match=r"Ligne 2 : « 1[.,]234 ».*Marque décimale"):
        _read(tmp_path, text)
    mark = written[0][1]
    assert _values(_read(tmp_path, text, decimal=mark))[0] == D("1.234")
    assert _values(_read(tmp_path, text, decimal=",."[mark == ","]))[0] == 1234


def test_two_ways_in_one_column_are_refused_with_both_lines(tmp_path):
    text = "date;kWh\n01/06/2025;1,5\n02/06/2025;2\n03/06/2025;2.5\n"
    with pytest.raises(DomainError, match="lignes 2 et 4"):
        _read(tmp_path, text)
    told = _read(tmp_path, text, decimal=",")
    assert (_values(told), [r.line for r in told.rejects]) == ([D("1.5"), D(2)], [4])


@pytest.mark.parametrize("cell", ["1 2 3", "12 34", "1,2,3", "1.5,5,", "1e", ".", "12 3456,7"])
def test_a_number_that_is_not_well_formed_is_none(cell):
    with pytest.raises(ValueRefused):
        number(cell, ",")


def test_a_silent_column_takes_the_mark_of_the_others():
    rows = [Row(1, ["a", "b"]), Row(2, ["1,234", "0,5"])]
    assert Marks(lambda: rows, (0, 1), after=1, told="").of(0) == ","
    assert told_by("#REF!") == told_by(3) == ""


@pytest.mark.parametrize(
    ("mark", "cell", "right"),
    [
        (",", "1.234,5", D("1234.5")),
        (",", "1 234,5", D("1234.5")),
        (",", "1.234", D(1234)),
        (".", "1,234.5", D("1234.5")),
        (",", "1.5", None),
        (".", "1,5", None),
        (",", "1,234.5", None),
        (".", "12,34.5", None),
    ],
)
def test_numbers_of_every_import_follow_the_mark_that_was_told(mark, cell, right):
    """Stock, work orders, assets: « 1.5 » under a comma is no fifteen."""
    with decimal_mark(mark):
        if right is None:
            with pytest.raises(ValueRefused):
                cells.number(cell)
        else:
            assert cells.number(cell) == right


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ("janv.-25", "2025-01-01"),
        ("janvier 2025", "2025-01-01"),
        ("Févr. 2025", "2025-02-01"),
        ("févr.-25", "2025-02-01"),
        ("août-24", "2024-08-01"),
        ("déc-24", "2024-12-01"),
        ("Sept 2024", "2024-09-01"),
        ("May-25", "2025-05-01"),
        ("01/2025", "2025-01-01"),
        ("2025-01", "2025-01-01"),
    ],
)
def test_months_in_words_are_their_first_day(written, first):
    found = moment(written)
    assert (found.at.date().isoformat(), found.is_month) == (first, True)


def test_a_month_alone_is_a_month_and_no_day(tmp_path):
    (block,) = _read(tmp_path, "Mois;Consommation (kWh)\njanvier 2025;310\n").blocks
    (rows,) = series_rows(block)
    assert (rows.step, utc_text(rows.starts[0]), utc_text(rows.ends[0])) == (
        Step.MONTH,
        "2024-12-31T23:00Z",
        "2025-01-31T23:00Z",
    )
    with pytest.raises(DomainError, match="Ligne 3"):
        _read(tmp_path, "Mois;kWh\njanvier 2025;310\n12/02/2025;3\n")
    with pytest.raises(DomainError, match="unité"):
        _read(tmp_path, "Mois;Consommation\njanvier 2025;310\n")


@pytest.mark.parametrize(
    ("title", "written", "right"),
    [
        ("consommation_mwh", "1,5", 1500),
        ("Consommation (MWh)", "1,5", 1500),
        ("Volume hm³", "0,5", 500_000),
        ("Consommation m3", "1,5", D("1.5")),
        ("kWh PCS", "1,5", D("1.5")),
        ("Conso (therm)", "1,5", D("43.961")),
        ("Consommation (Wh)", "1500", D("1.5")),
        ("Consommation en kWh", "1,5", D("1.5")),
        ("Consommation totale (MWh)", "1,5", 1500),
        ("Conso. élec. [kWh]", "1,5", D("1.5")),
        ("Énergie active soutirée en Wh", "1500", D("1.5")),
        ("kWh consommés", "1,5", D("1.5")),
        ("Consommation mesurée, m³", "1,5", D("1.5")),
    ],
)
def test_a_title_carries_its_unit(tmp_path, title, written, right):
    assert _values(_read(tmp_path, f"date;{title}\n2025-06-01;{written}\n")) == [D(right)]


@pytest.mark.parametrize(
    "title",
    [
        "Prix du kWh",
        "kWh/m²",
        "Énergie active injectée (kWh)",
        "Consommation HP (kWh)",
        "Consommation moyenne (kWh)",
        "Consommation N-1 (kWh)",
        "Consommation par jour (kWh)",
    ],
)
def test_a_title_that_says_something_else_beside_its_unit_is_not_read(tmp_path, title):
    with pytest.raises(DomainError, match="aucune colonne de relevé"):
        _read(tmp_path, f"date;{title}\n2025-06-01;1,5\n")


def test_two_titles_of_one_kind_are_no_choice_of_ours(tmp_path):
    text = "date;Consommation électricité (kWh);Consommation gaz en kWh\n2025-06-01;1,5;2,5\n"
    with pytest.raises(DomainError, match="aucune colonne de relevé"):
        _read(tmp_path, text.replace("gaz en", "facturée en"))


def test_a_title_names_its_heating_value(tmp_path):
    (block,) = _read(tmp_path, "date;Énergie (kWh PCI)\n2025-06-01;1\n").blocks
    assert block.basis is Basis.PCI
    with pytest.raises(DomainError, match="index"):
        _read(tmp_path, "date;Index\n2025-06-01;1\n", unit="kW")


def test_one_value_at_midnight_is_no_day(tmp_path):
    halves = [f"A;2025-09-05 {h // 2:02d}:{30 * (h % 2):02d}:00;1\n" for h in range(48)]
    text = "prm;date;kWh\n" + "".join(halves) + "B;2025-09-05 00:00:00;20.2\n"
    blocks = _read(tmp_path, text).blocks
    steps = {b.reference: [str(r.step) for r in series_rows(b)] for b in blocks}
    assert steps == {"A": ["30min"], "B": ["30min"]}
    alone = "prm;date;kWh\nB;2025-09-05 00:00:00;20.2\n"
    with pytest.raises(DomainError, match="step=30min"):
        _read(tmp_path, alone)
    (block,) = _read(tmp_path, alone, step="day").blocks
    assert block.step is Step.DAY
    (block,) = _read(tmp_path, "date;kWh\n2025-09-05;20.2\n").blocks
    assert block.step is Step.DAY


def test_a_lone_value_ends_where_its_neighbours_end(tmp_path):
    rows = [f"A;05/09/2025 {h:02d}:00;1\n" for h in range(1, 24)] + ["A;06/09/2025 00:00;1\n"]
    parsed = _read(tmp_path, "prm;date;kWh\n" + "".join(rows) + "B;06/09/2025 00:00;2\n")
    (alone,) = (block for block in parsed.blocks if block.reference == "B")
    assert utc_text(series_rows(alone)[0].starts[0]) == "2025-09-05T21:00Z"


def test_the_real_file_of_half_hours_with_a_lone_midnight(real_data, tmp_path):
    found = list(Path(real_data).rglob("with-nulls-and-empty-lines.csv"))
    if not found:
        pytest.skip("with-nulls-and-empty-lines.csv est absent")
    # The zeros of its broken lines are another matter.
    path = tmp_path / "sans-zeros.csv"
    path.write_bytes(found[0].read_bytes().replace(b"\0", b""))
    parsed = read_file(path, path.name, Options(answers={"unit": "kWh"}))
    assert {str(rows.step) for block in parsed.blocks for rows in series_rows(block)} == {"30min"}
