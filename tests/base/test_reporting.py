"""One content, four faces: the same figures, the same digest, the same bytes."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from base.basics.errors import InvalidInput, NotFound
from base.papers import reporting
from base.papers.reporting import (
    Chart,
    Column,
    Content,
    Edition,
    Figure,
    Kind,
    Line,
    Param,
    ParamKind,
    Reading,
    Table,
)
from base.papers.reporting.render import render

CUT = datetime(2026, 11, 23, 9, 58, 2, tzinfo=UTC)
EDITION = Edition(
    number="RAP-2026-00412",
    code="K7QF-2M9T-XH4D-P8WB",
    address="https://ouvrage.saint-maurin.fr/verifier/K7QF-2M9T-XH4D-P8WB",
    entity="Ville de Saint-Maurin-sur-Aubre",
    service="Direction des finances",
    asked_by="Claire Vasseur",
    issued_at=CUT,
    cut_at=CUT,
    cut_label="n° 1 187 du 23/11/2026 10:41",
    zone="Europe/Paris",
)
COLUMNS = [
    Column("on", "Jour", Kind.DAY),
    Column("label", "Libellé"),
    Column("amount", "Montant HT, €", Kind.EUROS),
]
DETAIL = [
    Line(["Énergie", None, None], "group"),
    Line([date(2026, 10, 31), "Gaz, octobre", Decimal("1140.62")]),
    Line([date(2026, 9, 15), "=Avoir", Decimal("-61.80")]),
    Line(["Total énergie", None, Decimal("1078.82")], "sub"),
]


def content(**changes):
    detail = Table(
        "lines", "Détail", COLUMNS, lambda: iter(DETAIL), [None, "Total", Decimal("1078.82")]
    )
    nature = [Column("nature", "Nature"), Column("amount", "HT, €", Kind.EUROS)]
    summary = Table("nature", "Par nature", nature, lambda: [Line(["Énergie", Decimal("1078.82")])])
    values = dict(
        title="Coûts par bien et par nature",
        subtitle="Tous les biens",
        perimeter="Tous les biens : 12 biens",
        period="01/01/2026 au 31/10/2026",
        amounts="Hors taxes, en euros",
        tables=[summary, detail],
        facts=[("Écritures lues", "2")],
        figures=[Figure(Decimal("1078.82"), "hors taxes")],
        charts=[Chart("Coût", "€ HT", ["Énergie"], [("Écoles", [Decimal("1078.82")])])],
        statement="Chaque montant est une somme d’écritures.",
        notes=["Les montants négatifs sont des avoirs."],
    )
    return Content(**values | changes)


def made(form, **changes):
    out = io.BytesIO()
    digest = render(content(**changes), EDITION, form, out)
    return out.getvalue(), digest


@pytest.mark.parametrize("form", ["pdf", "xlsx", "csv"])
def test_the_same_content_gives_the_same_bytes(form):
    assert made(form) == made(form)


def test_the_digest_is_that_of_the_content_whatever_the_form():
    digests = {made(form)[1] for form in ("pdf", "xlsx", "csv")}
    assert len(digests) == 1
    other = replace(EDITION, number="RAP-2026-00413", asked_by="Bob")
    assert render(content(), other, "csv", io.BytesIO()) in digests


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Coûts"},
        {"notes": []},
        {"facts": [("Écritures lues", "3")]},
        {"figures": [Figure(Decimal("1078.83"), "hors taxes")]},
        {"tables": [Table("lines", "Détail", COLUMNS, lambda: DETAIL[:3])]},
    ],
)
def test_any_change_of_the_content_changes_the_digest(change):
    assert Reading(content(**change)).digest() != Reading(content()).digest()


def test_the_pdf_says_what_it_stands_on():
    data, digest = made("pdf")
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    for part in (
        "Ville de Saint-Maurin-sur-Aubre",
        "Document établi le 23/11/2026 à 10:58",
        "RAP-2026-00412",
        "01/01/2026 au 31/10/2026",
        "Tous les biens : 12 biens",
        "23/11/2026 10:58:02",
        "Claire Vasseur",
        "K7QF-2M9T-XH4D-P8WB",
        "1 078,82 €",
        "\u221261,80",
        digest[:8],
        "1/1",
    ):
        assert part in text.replace("\u00a0", " "), part


def test_the_workbook_has_a_title_page_and_typed_tables():
    book = load_workbook(io.BytesIO(made("xlsx")[0]))
    assert book.sheetnames == ["Rapport", "Par nature", "Détail"]
    values = {row[0].value: row[1].value for row in book["Rapport"].iter_rows() if row[0].value}
    assert values["N° du rapport"] == "RAP-2026-00412"
    assert values["hors taxes"] == 1078.82
    rows = [[cell.value for cell in row] for row in book["Détail"].iter_rows()]
    assert rows[1] == [datetime(2026, 10, 31), "Gaz, octobre", 1140.62]
    assert rows[2][1:] == ["=Avoir", -61.8]
    assert rows[3:] == [[None, "Total", 1078.82]]


def test_the_csv_holds_the_detail_alone_so_that_its_sum_is_the_total():
    text = made("csv")[0].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert rows[0] == ["Jour", "Libellé", "Montant HT, €"]
    assert rows[1:] == [
        ["31/10/2026", "Gaz, octobre", "1140,62"],
        ["15/09/2026", "'=Avoir", "-61,80"],
    ]
    assert sum(Decimal(row[2].replace(",", ".")) for row in rows[1:]) == Decimal("1078.82")


def test_a_table_without_rows_says_so():
    empty = Table("none", "Détail", COLUMNS, lambda: [], empty="Aucune écriture sur la période.")
    text = PdfReader(io.BytesIO(made("pdf", tables=[empty])[0])).pages[0].extract_text()
    assert "Aucune écriture sur la période." in text
    assert "Libellé" not in text


def test_an_unknown_form_is_refused():
    with pytest.raises(InvalidInput, match="docx"):
        render(content(), EDITION, "docx", io.BytesIO())


TODAY = date(2026, 11, 22)


@pytest.fixture
def example(monkeypatch):
    monkeypatch.setattr(reporting, "CATALOGUE", {})

    def check(values):
        return {} if values["end"] > values["start"] else {"end": "La fin doit suivre le début."}

    @reporting.report(
        code="example",
        title="Exemple",
        params=[
            Param(
                "start", "Du", ParamKind.DAY, default=lambda today: today.replace(month=1, day=1)
            ),
            Param("end", "Au", ParamKind.DAY, required=True),
            Param("by", "Par", ParamKind.CHOICE, choices=[("month", "mois"), ("year", "an")]),
        ],
        check=check,
    )
    def example(session, params, progress):
        raise AssertionError("not run here")

    return reporting.get("example")


def test_parameters_are_read_in_both_notations_with_their_defaults(example):
    read = example.read({"end": "31/10/2026", "by": "month"}, today=TODAY)
    assert read == {"start": date(2026, 1, 1), "end": date(2026, 10, 31), "by": "month"}
    assert example.read({"end": "2026-10-31"}, today=TODAY)["end"] == date(2026, 10, 31)
    assert reporting.plain_params(read) == {
        "by": "month",
        "end": "2026-10-31",
        "start": "2026-01-01",
    }


@pytest.mark.parametrize(
    "given, field",
    [
        ({"end": "2026-13-01"}, "end"),
        ({"end": "2026-10-31", "by": "week"}, "by"),
        ({"end": "2026-10-31", "colour": "red"}, "colour"),
        ({}, "end"),
        ({"start": "2026-05-01", "end": "2026-04-01"}, "end"),
    ],
)
def test_a_wrong_parameter_is_named(example, given, field):
    with pytest.raises(InvalidInput) as refused:
        example.read(given, today=TODAY)
    assert list(refused.value.errors) == [field]


def test_an_unknown_report_is_refused_with_those_there_are(example):
    with pytest.raises(NotFound, match="Rapports connus\u00a0: example"):
        reporting.get("costs")


def test_a_code_declared_twice_stops_the_start(example):
    with pytest.raises(RuntimeError, match="declared twice"):

        @reporting.report(code="example", title="Autre")
        def other(session, params, progress):
            raise AssertionError("not run here")


def test_bars_stand_on_their_axis_and_say_their_sums(sqlite_app):
    from base.papers.reporting.pictures import CARD, bars

    chart = Chart("Coûts", "€", ["Énergie", "Pièces"], [("2025", [Decimal(60), Decimal(20)])])
    with sqlite_app.app_context():
        drawn = bars(chart, CARD)
        assert bars(Chart("Coûts", "€", ["Énergie"], [("2025", [Decimal(-5)])]), CARD) is None
    low, high = drawn["rects"]
    base = drawn["grid"][0][0]
    assert low["y"] + low["height"] == pytest.approx(base - 1, abs=0.2)
    assert low["height"] == pytest.approx(3 * high["height"], abs=3)
    assert drawn["labels"][0][2:] == ("80", "2025")
    assert low["title"] == "2025, Énergie\u00a0: 60,00\u00a0€"
    named = bars(chart, CARD, totals=False, ticks=["A"])["labels"][0]
    assert named[2:] == ("", "A")


def test_a_long_table_is_folded_on_screen_until_it_is_asked_for():
    from base.papers.reporting import screen

    def rows(number):
        lines = [Line([date(2026, 1, 1), f"Ligne {n}", Decimal(1)]) for n in range(number)]
        return content(tables=[Table("lines", "Détail", COLUMNS, lambda: iter(lines))])

    def shown(number, opened):
        (table,) = screen.tables(
            rows(number), zone="Europe/Paris", address=lambda href: "", opened=opened
        )
        return len(table.rows), table.folded, table.cut

    assert shown(25, []) == (25, 0, False)  # five rows more are not worth a click
    assert shown(60, []) == (20, 40, False)
    assert shown(60, ["lines"]) == (60, 0, False)
    assert shown(500, []) == (20, 180, False)
    assert shown(500, ["lines"]) == (200, 0, True)
    assert shown(500, None) == (200, 0, True)
