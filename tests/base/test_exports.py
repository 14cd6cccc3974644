"""CSV and XLSX: no live formula, exact round trip, same bytes."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from base.face.views.cells import kind_of
from base.papers.files.exports import Column, Kind, csv_bytes, prefixed, unprefix
from base.papers.files.workbooks import SheetRow, Workbook, xlsx
from base.store.mixins import CURRENCY, Said

CUT = datetime(2026, 11, 23, 9, 58, 2, tzinfo=UTC)
COLUMNS = [
    Column("code", "Code", Kind.CODE),
    Column("label", "Libellé"),
    Column("on", "Jour", Kind.DAY),
    Column("amount", "Montant HT", Kind.EUROS),
    Column("at", "Relevé le", Kind.INSTANT),
    Column("open", "Ouvert", Kind.FLAG),
]
ROWS = [
    ("BAT-0014", "École Les Tilleuls", date(2026, 10, 31), Decimal("1140.62"), CUT, True),
    ("BAT-0015", '=HYPERLINK("http://x")', date(2026, 9, 15), Decimal("-61.80"), None, False),
    ("0012", "", None, None, None, None),
]


def read_csv(data):
    text = data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def workbook(**changes):
    out = io.BytesIO()
    options = dict(title="Écritures", columns=COLUMNS, rows=ROWS, created_at=CUT) | changes
    xlsx(out, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+33 1 02",
        "-cmd|' /C calc'!A0",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "＝1",
        "－x",
        "'=1",
        "''=1",
        "\tabc",
        "\u00a0=1",
    ],
)
def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert prefixed(text) == "'" + text


@pytest.mark.parametrize(
    "text", ["-5", "+12,50", "-1.5e3", "12", "École", "", "'60", "l’été", "a=b"]
)
def test_numbers_and_ordinary_texts_stay_as_they_are(text):
    assert prefixed(text) == text


@given(st.text())
@example("'=")
@example("''-5")
@example("'-5")
def test_what_is_exported_comes_back_the_same(text):
    assert unprefix(prefixed(text)) == text


@given(st.text(alphabet="'=-+@ \t5a＝\r\n;\"", max_size=8))
def test_no_exported_cell_starts_a_formula_and_the_file_gives_the_text_back(text):
    data = b"".join(csv_bytes([Column("a", "A")], [(text,)]))
    (cell,) = read_csv(data)[1] or [""]
    assert unprefix(cell) == text
    opens = cell.lstrip().startswith(tuple("=+-@＝＋－＠")) or cell.startswith(("\t", "\r"))
    assert not opens or cell.lstrip("+-").replace(",", "").isdigit()


def test_csv_is_what_a_french_spreadsheet_opens():
    data = b"".join(csv_bytes(COLUMNS, ROWS, batch=1))
    assert data.startswith(b"\xef\xbb\xbfCode;")
    head, first, second, third = read_csv(data)
    assert head == ["Code", "Libellé", "Jour", "Montant HT", "Relevé le", "Ouvert"]
    assert first[2:] == ["31/10/2026", "1140,62", "23/11/2026 10:58:02", "oui"]
    assert second[1] == '\'=HYPERLINK("http://x")'
    assert second[3] == "-61,80"
    assert third == ["0012", "", "", "", "", ""]


def test_an_amount_of_any_currency_has_its_cents_in_a_workbook():
    from openpyxl import load_workbook

    kind = kind_of("total_ttc", Decimal, Said(unit=CURRENCY))
    data = workbook(
        columns=[Column("total_ttc", "Montant TTC", kind)], rows=[(Decimal("1087.10"),)]
    )
    cell = load_workbook(io.BytesIO(data)).active["A2"]
    assert (cell.value, cell.number_format) == (1087.1, "#,##0.00;[Red]-#,##0.00")


def test_xlsx_holds_typed_cells_and_no_formula():
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(workbook())).active
    rows = list(sheet.iter_rows())
    assert rows[1][0].value == "BAT-0014"
    assert rows[1][2].value == datetime(2026, 10, 31)
    assert rows[1][2].number_format == "dd/mm/yyyy"
    assert rows[1][3].value == 1140.62
    assert "#,##0.00" in rows[1][3].number_format and "€" in rows[1][3].number_format
    assert rows[1][4].value == datetime(2026, 11, 23, 10, 58, 2)
    assert rows[2][1].value == '=HYPERLINK("http://x")'
    assert rows[2][1].data_type == "s"
    assert rows[3][0].value == "0012"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:F4"


def test_the_same_rows_give_the_same_bytes():
    assert workbook() == workbook()
    assert workbook() != workbook(rows=ROWS[:2])


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40))
@example("\x00\x01\x1f\ufffe\ud800")
@example("_x0041_")
@example("]:*?/\\'")
@example("0" * 20 + "𐀀" * 6)
def test_any_text_makes_a_workbook_that_opens(text):
    from openpyxl import load_workbook

    data = workbook(title=text, columns=[Column("a", text)], rows=[(text,)])
    assert load_workbook(io.BytesIO(data)).active["A1"].data_type == "s"


def test_a_text_longer_than_a_cell_says_that_it_is_cut():
    from openpyxl import load_workbook

    data = workbook(columns=[Column("a", "A")], rows=[("x" * 40_000,)])
    cell = load_workbook(io.BytesIO(data)).active["A2"].value
    assert len(cell) == 32_767
    assert cell.endswith("(coupé\u00a0: la cellule dépasse ce qu’un tableur accepte)")


def test_a_table_longer_than_a_sheet_goes_on_in_the_next(monkeypatch):
    from openpyxl import load_workbook

    monkeypatch.setattr("base.papers.files.workbooks.SHEET_ROWS", 5)
    out = io.BytesIO()
    book = Workbook(out, title="Long", created_at=CUT)
    columns = [Column("n", "N", Kind.COUNT)]
    book.table("Détail", columns, (SheetRow((n,)) for n in range(7)), total=SheetRow((21,)))
    book.close()
    read = load_workbook(io.BytesIO(out.getvalue()))
    assert read.sheetnames == ["Détail", "Détail 2", "Détail 3"]
    assert [sheet.cell(2, 1).value for sheet in read] == [0, 3, 6]
    assert read["Détail 3"].cell(3, 1).value == 21
