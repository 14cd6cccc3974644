"""A year that is not over is compared with the same days of the one before.

On 23 November 2026 a school has cost, in euros::

               to 23 November   24 November   December
    2024             80,00            4,00      16,00
    2025            110,00        1 000,00     500,00     100,00 in March, 10,00 on the 23rd
    2026            170,00                                150,00 in March, 20,00 on the 20th
"""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from base.rules.rights.actors import job_session
from patrimoine.models import Asset
from patrimoine.services import book_cost, create
from patrimoine.views import sections
from reports.domain import same_days_before
from tests.reports.test_catalogue import ask, cells, content, document
from tests.reports.test_cost_figures import check_sources
from tests.test_rates import words

YEAR = {"start": "2026-01-01", "end": "2027-01-01"}
LINES = {
    2024: {"03-10": 80, "11-24": 4, "12-20": 16},
    2025: {"03-10": 100, "11-23": 10, "11-24": 1000, "12-20": 500},
    2026: {"03-10": 150, "11-20": 20},
}
NOTE = (
    "Les données vont jusqu’au 23/11/2026 : « Avant » est le coût net des mêmes jours de la "
    "période précédente, du 01/01/2025 au 23/11/2025."
)


@pytest.fixture
def school(app: Any, still: None) -> Any:
    """The school, and the application."""
    with job_session((1,), "user:2", "test") as session:
        row = create(
            session, "building", entity_id=1, code="BAT-1", name="École", on=date(2020, 1, 1)
        )
        for year, lines in LINES.items():
            for on, amount in lines.items():
                book_cost(
                    session,
                    row,
                    date_on=date.fromisoformat(f"{year}-{on}"),
                    amount_ht_eur=Decimal(amount),
                    nature="energy",
                    label="Gaz",
                    source_type="test",
                    source_id=None,
                )
    return app


def plain(text: str) -> str:
    return " ".join(text.split())


def test_the_same_days_are_compared(school: Any) -> None:
    found, tables = content(**YEAR)
    figure = plain(found.figures[0].caption)
    assert (str(found.figures[0].value), figure) == (
        "170.00",
        "coût net, +60,00 € (+54,5 %) sur les mêmes jours d’avant",
    )
    assert ("Mêmes jours, avant", "01/01/2025 au 23/11/2025") in found.facts
    assert plain(found.notes[0]).startswith(NOTE)
    rows, total = tables["month"]
    assert [[row[0], *row[-3:]] for row in cells(rows)] == [
        ["mars 2026", "100.00", "50.00", "0.500"],
        ["novembre 2026", "10.00", "10.00", "1.000"],
    ]
    assert [str(cell) for cell in total[-3:]] == ["110.00", "60.00", "0.545"]
    for key in ("nature", "account", "service", "asset_change"):
        assert str(tables[key][1][-3]) == "110.00", key
    with job_session((1,), "user:2", "test", readonly=True) as session:
        assert check_sources(session, **YEAR) > 20


def test_a_year_that_is_over_is_compared_with_the_whole_year_before(school: Any) -> None:
    found, tables = content(start="2025-01-01", end="2026-01-01")
    assert plain(found.figures[0].caption) == (
        "coût net, +1 510,00 € (+1 510,0 %) sur la période précédente"
    )
    assert ("Période précédente", "01/01/2024 au 31/12/2024") in found.facts
    assert [(row[0], row[-3]) for row in cells(tables["month"][0])] == [
        *(("mars 2025", "80.00"), ("novembre 2025", "4.00"), ("décembre 2025", "16.00")),
    ]


def test_days_that_are_no_months_are_counted(school: Any) -> None:
    """40 days from 4 November, of which 20 are known: 20 days from 25 September."""
    found, _tables = content(start="2026-11-04", end="2026-12-14")
    assert ("Mêmes jours, avant", "25/09/2026 au 14/10/2026") in found.facts


def test_a_period_to_come_is_compared_with_nothing(school: Any) -> None:
    found, tables = content(start="2027-01-01", end="2028-01-01")
    assert ("Mêmes jours, avant", "aucun jour") in found.facts
    assert found.notes == [] and "asset_change" not in tables


def test_a_line_of_a_later_day_is_compared_with_its_day(school: Any, monkeypatch: Any) -> None:
    """Written as if its day had come: all days up to it are compared."""
    from datetime import timedelta

    from base.basics import clock
    from tests.reports import town

    monkeypatch.setattr(clock, "now", lambda: town.NOW + timedelta(days=30))
    with job_session((1,), "user:2", "test") as session:
        row = session.query(Asset).filter_by(code="BAT-1").one()
        book_cost(
            session,
            row,
            date_on=date(2026, 12, 20),
            amount_ht_eur=Decimal(30),
            nature="energy",
            label="Gaz",
            source_type="test",
            source_id=None,
        )
    found, _tables = content(**YEAR)
    assert ("Mêmes jours, avant", "01/01/2025 au 23/12/2025") in found.facts
    assert "-1 410,00 €" in plain(found.figures[0].caption).replace("−", "-")  # 200 - 1 610


def test_page_pdf_and_workbook_say_it(school: Any, client_of: Any) -> None:
    page = client_of("alice").get("/rapports/cost?start=2026-01-01&end=2027-01-01")
    assert NOTE in plain(page.get_data(as_text=True))
    assert "sur les mêmes jours d’avant" in plain(page.get_data(as_text=True))
    paper = PdfReader(io.BytesIO(document(ask(form="pdf", **YEAR))))
    assert NOTE in plain(" ".join(sheet.extract_text() for sheet in paper.pages))
    assert NOTE in plain(words(document(ask(form="xlsx", **YEAR))))


@pytest.mark.parametrize(
    "start, end, until, before",
    [
        (date(2026, 1, 1), date(2027, 1, 1), date(2027, 1, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 11, 24), date(2025, 11, 24)),
        (date(2026, 1, 1), date(2027, 1, 1), date(2026, 1, 1), date(2025, 1, 1)),
        # Known to 28 February of a leap year: all of February before.
        (date(2024, 1, 1), date(2025, 1, 1), date(2024, 2, 29), date(2023, 3, 1)),
        (date(2024, 1, 1), date(2025, 1, 1), date(2024, 3, 1), date(2023, 3, 1)),
        # A month known to its 29th day, after a shorter one.
        (date(2026, 3, 1), date(2026, 4, 1), date(2026, 3, 30), date(2026, 3, 1)),
        (date(2026, 11, 4), date(2026, 12, 14), date(2026, 11, 24), date(2026, 10, 15)),
        (date(1, 3, 1), date(1, 9, 1), date(1, 5, 1), date(1, 1, 1)),
    ],
)
def test_the_days_before_that_are_the_same(
    start: date, end: date, until: date, before: date
) -> None:
    assert same_days_before(start, end, until) == before


def test_a_year_without_costs_stands_in_the_chart(app: Any, still: None) -> None:
    """2023: 5,00 €, 2025: 7,00 €; nothing in 2024, and nothing yet in 2026."""
    with job_session((1,), "user:2", "test") as session:
        row = create(
            session, "building", entity_id=1, code="BAT-1", name="École", on=date(2020, 1, 1)
        )
        for year, amount in ((2023, 5), (2025, 7)):
            book_cost(
                session,
                row,
                date_on=date(year, 5, 1),
                amount_ht_eur=Decimal(amount),
                nature="energy",
                label="Gaz",
                source_type="test",
                source_id=None,
            )
        with app.test_request_context():
            found = sections._by_year(session, row, sections.WIDE)
    years = [(line["year"], str(line["total"])) for line in found["years"]]
    assert years == [(2026, "0.00"), (2025, "7.00"), (2024, "0.00"), (2023, "5.00")]
    assert found["total"] == Decimal(0)
    drawn = str(found["chart"])
    assert [year for year in ("2022", "2023", "2024", "2025", "2026") if year in drawn] == [
        *("2023", "2024", "2025", "2026"),
    ]
