"""Tables as spreadsheets leave them: what is shown is read, what is not read is said."""

from decimal import Decimal
from functools import partial

import openpyxl
import pytest

from base.basics.folding import clean_code, code_key
from base.basics.identifiers import Identifier
from base.papers.tables import open_tables
from base.papers.tables import values as parsers
from base.papers.tables.shown_numbers import shown_number
from base.papers.tables.texts import ShownNumber, ValueRefused, as_text


@pytest.mark.parametrize(
    ("number", "form", "text"),
    [
        ("12", "00000", "00012"),
        ("1000", "00000", "01000"),
        ("7", '"BAT-"000', "BAT-007"),
        ("612345678", '0#" "##" "##" "##" "##', "06 12 34 56 78"),
        ("123456789", "000 000 000", "123 456 789"),
        ("123456", "00\\-00", "1234-56"),
        ("33612345678", '[>=33000000000]"+"0;00000', "+33612345678"),
        ("12", '[<=99999]00000;0" !"', "00012"),
        ("-5", "000", "-005"),
        ("0.2", "0%", "20 %"),
        ("0.055", "0.00%", "5,5 %"),
    ],
)
def test_a_number_is_read_as_its_sheet_shows_it(number, form, text):
    assert as_text(shown_number(number, form)) == text


@pytest.mark.parametrize(
    "form",
    ["General", "0", "0.00", "#,##0", '#,##0.00 "€"', "0.00E+00", "[Red]0.0", "# ?/?", "@", ";;;"],
)
def test_a_format_that_only_dresses_leaves_the_number(form):
    found = shown_number("1234", form)
    assert (type(found), found) == (Decimal, Decimal(1234))


def test_a_shown_number_still_counts(tmp_path):
    found = shown_number("12", "00000")
    assert isinstance(found, ShownNumber) and found == 12
    assert (parsers.number(found), parsers.text(found)) == (Decimal(12), "00012")


@pytest.fixture
def sheet(tmp_path):
    book = openpyxl.Workbook()

    def keep():
        path = tmp_path / "x.xlsx"
        book.save(path)
        return open_tables(path)[0]

    return book.active, keep


def test_the_workbook_gives_shown_texts(sheet):
    page, keep = sheet
    page.append(["code", "part"])
    page.append([12, 0.2])
    page["A2"].number_format, page["B2"].number_format = "00000", "0%"
    assert [as_text(c) for c in next(r for r in keep().rows() if r.number == 2).cells] == [
        "00012",
        "20 %",
    ]


def test_cells_merged_downwards_count_for_each_of_their_rows(sheet):
    page, keep = sheet
    for row in (
        ["Titre", None, None],
        ["code", "lieu", None],
        ["A", "Salle", 1],
        ["B", None, 2],
        ["C", None, 3],
        ["D", None, 4],
    ):
        page.append(row)
    for merged in ("A1:C1", "B2:C2", "B3:B5"):
        page.merge_cells(merged)
    table = keep()
    assert [row.cells[1] for row in table.rows() if row.number > 2] == [
        "Salle",
        "Salle",
        "Salle",
        None,
    ]
    # A merged title stands over each of its columns.
    assert table.titles()[1].cells == ["code", "lieu", "lieu"]
    assert sorted(table.merged) == [(1, 1, 1, 3), (2, 2, 2, 3), (3, 2, 5, 2)]


@pytest.mark.parametrize(
    "cell",
    [
        "1,23457E+13",
        "1E+14",
        "1.2e+13",
        "1,5E+9",
        "1,23457E+011",
        "1,5E-05",
        "-1.2E+13",
        Decimal("1.23456789012346E+19"),
        Decimal(10) ** 15,
    ],
)
@pytest.mark.parametrize(
    "parse",
    [parsers.code, parsers.text, partial(parsers.identifier, kind=Identifier.SIRET, limit=14)],
)
def test_a_code_that_a_spreadsheet_rounded_is_refused(cell, parse):
    with pytest.raises(ValueRefused, match="derniers chiffres sont perdus"):
        parse(cell)


@pytest.mark.parametrize("cell", ["12E3", "1E-05", "E+14", "BAT 1E+1 bis", "A1E+14", "2,5"])
def test_an_honest_code_is_kept(cell):
    assert parsers.code(cell) == cell


def test_a_day_or_a_yes_in_a_column_of_codes():
    import datetime

    with pytest.raises(ValueRefused, match="a transformé le code"):
        parsers.code(datetime.date(2026, 2, 1))
    assert parsers.code(True) == "VRAI"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Q\u200b1", "Q1"),
        ("Q\xad1", "Q1"),
        ("Q\u20601", "Q1"),
        ("\u202eQ9", "Q9"),
        ("Q\xa0\xa01", "Q 1"),
        (" Q  1 ", "Q 1"),
        ("\ufeffBAT-1", "BAT-1"),
    ],
)
def test_what_the_eye_does_not_see_is_no_part_of_a_code(typed, kept):
    assert clean_code(typed) == kept


@pytest.mark.parametrize(
    "same", ["bat-1", "BAT\u20111", "BAT\u20131", "ＢＡＴ-1", "Bat-1\u200b", "BAT-1 "]
)
def test_codes_that_read_the_same_have_one_key(same):
    assert code_key(same) == code_key("BAT-1")
    assert code_key("BAT 1") != code_key("BAT1")


WORDS = "N° d'inventaire;Nom;Nature\nE1;École œuvre Šaška;bâtiment\nE2;12 €;cœur à Noël\n"


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", WORDS),
        ("utf-8-sig", WORDS),
        ("utf-16", WORDS),
        ("utf-16-le", WORDS),
        ("utf-16-be", WORDS),
        ("cp1252", WORDS),
        ("iso8859-15", WORDS),
        ("mac_roman", "code;nom\nE1;École élémentaire à Noël, où être\n"),
        ("cp1252", "code;nom\nE1;vanne ½ pouce, 1 ¼ et 3¾\n"),
        ("cp1252", "code;nom\nE1;Mairie\u2019s ½ — “été”\n"),
        ("iso8859-15", "code;nom\nE1;12 €\n"),
        ("latin-1", "code;nom\nE1;Hôtel de ville à vendre\n"),
    ],
)
def test_bytes_are_read_as_the_words_they_make(tmp_path, encoding, text):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = open_tables(path)
    read = "\n".join(";".join(row.cells) for row in table.rows()) + "\n"
    assert read == text
    # What was found out from words is said; what a mark or UTF-8 tells is not in doubt.
    assert bool(table.notes) == (encoding in ("iso8859-15", "mac_roman"))


def test_text_converted_twice_is_said(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes("code;nom\nE1;École\n".encode().decode("cp1252").encode())
    (table,) = open_tables(path)
    assert "mal converti" in table.notes[0]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp850", "code;nom\nE1;École élémentaire à Noël\n"),
        ("cp850", "N° d'inventaire;Nom;Nature\nE1;Chaise;équipement\n"),
        ("cp850", "code;nom\nE1;Pompe n° 3\nE2;Crèche\n"),
        ("mac_roman", "N° d'inventaire;Nom;Nature\nE1;Œuvre à l’été – 12 €;équipement\n"),
        ("cp1252", "code;nom\nE1;Košice été\n"),
    ],
)
def test_words_of_dos_and_of_an_old_macintosh_are_found_out(tmp_path, encoding, text):
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode(encoding))
    (table,) = open_tables(path)
    read = "\n".join(";".join(row.cells) for row in table.rows()) + "\n"
    assert read == text
    assert bool(table.notes) == (encoding != "cp1252")


@pytest.mark.parametrize(
    "text",
    ["1,23457E+13", "1,23 E+13", "1,23457E 13", "1.23457e13", "1 E + 14", "1,2 x 10^13"],
)
def test_a_rounded_code_is_refused_with_blanks_in_it_too(text):
    with pytest.raises(ValueRefused, match="tableur a arrondi"):
        parsers.code(text)


@pytest.mark.parametrize("text", ["12E3", "A1.5E3", "2.5E", "12 E 3"])
def test_an_honest_code_with_an_e_is_kept(text):
    assert parsers.code(text) == text
