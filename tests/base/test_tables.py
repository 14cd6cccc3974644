"""Tables of files: every honest form is read, every hostile one gets its sentence."""

import io
import json
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest

from base.papers.files.archives import ArchiveRefused, check_zip
from base.papers.tables import Column, TableRefused, features, load_json, open_tables, recognise
from base.papers.tables.geojson import JsonRefused
from base.papers.tables.headers import find_header, normalise

TEXT = 'Nom;Coût\r\n"École ""A""";1 234,50\r\n\r\n"deux\r\nlignes";2\r\n'


def written(tmp_path, data, name="f.csv"):
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows(path):
    (table,) = open_tables(path)
    return [(number, cells) for number, cells in table.rows()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_csv_of_any_make_gives_the_same_rows(tmp_path, encoding, delimiter):
    text = TEXT.replace("1 234,50", "1 234.50").replace(";", delimiter)
    path = written(tmp_path, text.encode(encoding))
    assert rows(path) == [
        (1, ["Nom", "Coût"]),
        (2, ['École "A"', "1 234.50"]),
        (4, ["deux\r\nlignes", "2"]),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_all_line_ends_are_read(tmp_path, end):
    path = written(tmp_path, end.join(["a;b", "1;2", "3;4"]))
    assert rows(path) == [(1, ["a", "b"]), (2, ["1", "2"]), (3, ["3", "4"])]


def test_an_old_macintosh_file_keeps_its_accents(tmp_path):
    path = written(tmp_path, "nom,lieu\récole,Épinay\r".encode("mac_roman"))
    assert rows(path)[1] == (2, ["école", "Épinay"])


def test_decimal_commas_do_not_hide_the_semicolon(tmp_path):
    path = written(tmp_path, "a;b;c\n1,5;2,5;3,5\n1,5;2,25;3\n")
    assert rows(path)[1] == (2, ["1,5", "2,5", "3,5"])


def test_titles_above_the_header_do_not_hide_the_delimiter(tmp_path):
    path = written(tmp_path, "Registre, 2026\n\n" + "code;nom;lieu\n" + "1;a;b\n" * 5)
    (table,) = open_tables(path)
    columns = [Column("code", "Code", required=True), Column("name", "Nom")]
    found = find_header(table.head(), columns)
    assert (found.header_row, found.columns) == (3, {"code": 0, "name": 1})


def test_the_word_sep_of_excel_is_obeyed(tmp_path):
    assert rows(written(tmp_path, "sep=;\r\na;b\r\n"))[0] == (1, ["a", "b"])


def test_a_quote_before_a_formula_is_taken_away(tmp_path):
    assert rows(written(tmp_path, "a;b\n'=1+1;'ok\n"))[1] == (2, ["=1+1", "'ok"])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "vide"),
        (b"\xef\xbb\xbf \r\n", "vide"),
        (b"a;b\n1;\x00\n", "des zéros"),
        (b"<html><table></table></html>", "page web"),
        (b"\xef\xbb\xbf <!DOCTYPE html>", "page web"),
        (b"%PDF-1.7", "pdf"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "ancien format"),
        (b"\x1f\x8b\x08", "gz"),
        (b'{"a": 1}', "json"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b'a;b\n"ouvert;1\n2;3\n', "Ligne 2\u00a0: un guillemet"),
        (b'a;b\n"x"y;1\n', "Ligne 2\u00a0: un guillemet"),
        (b"a;b\n" + b";".join([b"x"] * 201), "plus de 200 colonnes"),
        (b"a;b\n1;" + b"x" * 33_000, "colonne 2"),
        (b"a;b\n1;" + b"x" * 140_000, "Ligne 2"),
        (b"a;\x81\x8d\n", "lisible"),
        (b"\xef\xbb\xbfa;\xe9\n", "s’annonce"),
    ],
)
def test_what_is_no_table_gets_a_sentence(tmp_path, data, sentence):
    with pytest.raises(TableRefused, match=sentence):
        rows(written(tmp_path, data))


def test_a_hundred_thousand_rows_are_streamed(tmp_path):
    path = written(tmp_path, "a;b;c\n" + "12;école;2023-01-23\n" * 100_000)
    start = time.perf_counter()
    count = sum(1 for _ in open_tables(path)[0].rows())
    assert count == 100_001
    assert time.perf_counter() - start < 5


# -- XLSX ---------------------------------------------------------------------------------------


@pytest.fixture
def workbook(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Biens"
    sheet.append(["Code", "Nom", "Acquis le", "Coût", "Vu", "Actif"])
    sheet.append([1001, "École", date(2023, 1, 23), 0.1 + 0.2, datetime(2023, 1, 2, 3, 4), True])
    sheet.append([])
    sheet.append(["B-2", "=1+1", None, 12])
    hidden = book.create_sheet("Cachée")
    hidden.sheet_state = "hidden"
    path = tmp_path / "biens.xlsx"
    book.save(path)
    return path


def test_a_workbook_gives_typed_cells_of_visible_sheets(workbook):
    (table,) = open_tables(workbook)
    assert table.name == "Biens"
    got = list(table.rows())
    assert got[1] == (
        2,
        [
            Decimal(1001),
            "École",
            date(2023, 1, 23),
            Decimal("0.3"),
            datetime(2023, 1, 2, 3, 4),
            True,
        ],
    )
    # A formula that was never computed has no value.
    assert got[2] == (4, ["B-2", None, None, Decimal(12)])


def test_a_workbook_in_the_store_has_no_ending(workbook, tmp_path):
    workbook.rename(tmp_path / "0a1b")
    assert len(list(open_tables(tmp_path / "0a1b")[0].rows())) == 3


def test_reading_a_workbook_may_stop_early(workbook):
    (table,) = open_tables(workbook)
    assert [row.number for row in table.head(1)] == [1]


def repacked(source, target, change):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            new.writestr(entry, change(entry, old.read(entry)))
    return target


def test_a_workbook_with_a_doctype_is_refused(workbook, tmp_path):
    def hostile(name, data):
        if name.endswith("sheet1.xml"):
            return b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + data
        return data

    path = repacked(workbook, tmp_path / "x.xlsx", hostile)
    with pytest.raises(ArchiveRefused, match="DOCTYPE"):
        open_tables(path)


def test_a_damaged_sheet_gets_its_sentence(workbook, tmp_path):
    def cut(name, data):
        return data[: len(data) // 2] if name.endswith("sheet1.xml") else data

    path = repacked(workbook, tmp_path / "x.xlsx", cut)
    with pytest.raises(TableRefused, match="abîmé"):
        list(open_tables(path)[0].rows())


def test_a_workbook_with_macros_is_refused(workbook, tmp_path):
    path = repacked(workbook, tmp_path / "x.xlsx", lambda n, d: d)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(TableRefused, match="macros"):
        open_tables(path)


def test_a_million_blank_rows_cost_little(workbook, tmp_path):
    def far(name, data):
        if name.endswith("sheet1.xml"):
            return data.replace(b'r="4"', b'r="1048576"').replace(b'"A4"', b'"A1048576"')
        return data

    path = repacked(workbook, tmp_path / "x.xlsx", far)
    start = time.perf_counter()
    assert len(list(open_tables(path)[0].rows())) == 3
    assert time.perf_counter() - start < 30


def zipped(entries, compression=zipfile.ZIP_DEFLATED):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return data


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([("a.xml", b"\0" * 50_000_000)], "anormalement compressé"),
        ([(f"{i}", b"x") for i in range(201)], "plus de 200"),
        ([("../evil", b"x")], "sort de l’archive"),
        ([("/etc/passwd", b"x")], "sort de l’archive"),
        ([("a\\..\\b", b"x")], "sort de l’archive"),
        ([("C:/x", b"x")], "sort de l’archive"),
        ([("inner.zip", b"x")], "archive dans l’archive"),
        ([("inner", b"PK\x03\x04rest")], "archive dans l’archive"),
        ([("a", b"<!DOCTYPE x>")], "DOCTYPE"),
        ([("a", "<!DOCTYPE x>".encode("utf-16"))], "DOCTYPE"),
        ([("a", b" " * (256 * 1024 - 4) + b"<!DOCTYPE x>")], "DOCTYPE"),
    ],
)
def test_a_hostile_archive_is_refused(entries, sentence):
    with pytest.raises(ArchiveRefused, match=sentence):
        check_zip(zipped(entries))


def test_a_big_archive_is_refused_by_its_directory():
    data = zipped([(f"{i}", bytes(range(256)) * 4096 * 6) for i in range(20)], zipfile.ZIP_STORED)
    with pytest.raises(ArchiveRefused, match="100 Mo"):
        check_zip(data)


@pytest.mark.parametrize("cut", [4, 30, 100, -30])
def test_a_cut_archive_gets_its_sentence(cut):
    data = zipped([("a", b"content" * 100)]).getvalue()[:cut]
    with pytest.raises(ArchiveRefused, match="abîmé"):
        check_zip(io.BytesIO(data))


def test_a_damaged_archive_gets_its_sentence():
    data = bytearray(zipped([("a", bytes(range(256)) * 20)], zipfile.ZIP_STORED).getvalue())
    data[1000] ^= 1
    with pytest.raises(ArchiveRefused, match="abîmé"):
        check_zip(io.BytesIO(bytes(data)))


# -- JSON ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("[" * 33 + "]" * 33, "32 niveaux"),
        ("[" * 100_000, "32 niveaux"),
        ("{", "ligne 1"),
        ('{"a":\nx}', "ligne 2"),
        ("[NaN]", "NaN"),
        ("[" + "9" * 5000 + "]", "démesuré"),
    ],
)
def test_json_is_limited(tmp_path, data, sentence):
    with pytest.raises(JsonRefused, match=sentence):
        load_json(written(tmp_path, data, "f.json"))


def test_brackets_in_texts_do_not_count(tmp_path):
    text = "[" * 50 + '\\"' + "{" * 50
    path = written(tmp_path, '{"a": "' + text + '"}', "f.json")
    assert load_json(path) == {"a": text.replace('\\"', '"')}


def test_features_are_numbered_and_checked(tmp_path):
    square = {"type": "Polygon", "coordinates": [[[2, 48], [2.1, 48], [2.1, 48.1], [2, 48]]]}
    good = {"type": "Feature", "id": "x", "properties": {"n": 1}, "geometry": square}
    far = {"type": "Point", "coordinates": [539416.13, 6225601.11]}

    def collection(*items):
        return written(
            tmp_path, json.dumps({"type": "FeatureCollection", "features": items}), "f.json"
        )

    assert [(f.number, f.id) for f in features(collection(good, good))] == [(1, "x"), (2, "x")]
    for bad in (
        dict(good, geometry=far),
        dict(good, geometry={"type": "Blob"}),
        dict(good, type=1),
        dict(good, geometry={"type": "Polygon", "coordinates": [2, 48]}),
    ):
        with pytest.raises(JsonRefused, match="L’objet 2"):
            list(features(collection(good, bad)))
    with pytest.raises(JsonRefused, match="FeatureCollection"):
        list(features(written(tmp_path, "[]", "f.json")))


# -- headers ------------------------------------------------------------------------------------

COLUMNS = [
    Column("code", "N° d’inventaire", required=True),
    Column("name", "Nom", required=True),
    Column("category", "Catégorie"),
    Column("acquired_on", "Acquis le", aliases=("date d’achat", "purchase date")),
    Column("acquisition_cost_eur", "Coût d’acquisition", aliases=("purchase cost", "valuation")),
    Column("serial_number", "Numéro de série"),
]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (["N° D'INVENTAIRE", "nom", "categorie"], {"code": 0, "name": 1, "category": 2}),
        (
            ["Asset Tag", "Item Name", "Purchase Date", "Purchase Cost"],
            {"code": 0, "name": 1, "acquired_on": 2, "acquisition_cost_eur": 3},
        ),
        (
            ["title", "valuation", "cf: Serial number, type:text", "cf: purchase date, type:date"],
            {"name": 0, "acquisition_cost_eur": 1, "serial_number": 2, "acquired_on": 3},
        ),
        (
            ["Nom", "Code-barres", "Coût d’acquisition", "Numéro de série"],
            {"name": 0, "code": 1, "acquisition_cost_eur": 2, "serial_number": 3},
        ),
        (["acquired_on", "Date  d’ACHAT"], {"acquired_on": 0}),
    ],
)
def test_headers_of_peers_are_recognised(header, expected):
    assert recognise(header, COLUMNS).columns == expected


def test_the_more_telling_header_wins_and_the_other_is_named():
    seen = recognise(["Désignation", "Nom", "Code"], COLUMNS)
    assert seen.columns["name"] == 1
    assert seen.doubles == {"Désignation": "name"}


def test_an_unknown_header_gets_suggestions_and_a_missing_one_is_named():
    seen = recognise(["Nom", "Catégories d", "zzz"], COLUMNS)
    assert seen.suggestions == {"Catégories d": ["category"]}
    assert seen.missing == ["code"]


def test_what_a_person_chose_goes_first():
    chosen = {"Libre": "code", "Nom": ""}
    seen = recognise(["Libre", "Nom", "Titre"], COLUMNS, chosen=chosen)
    assert seen.columns == {"code": 0, "name": 2}
    assert seen.mapping == {"Libre": "code", "Titre": "name"}


def test_articles_and_punctuation_do_not_count():
    assert normalise("Date de l’achat :") == normalise("date_achat") == "date achat"
