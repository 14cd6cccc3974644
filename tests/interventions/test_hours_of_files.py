"""Hours of a file of work orders, and what its report says of rows that are new."""

from decimal import Decimal
from typing import Any

import pytest

from base.desk.imports.command import import_file
from base.papers.tables.texts import ValueRefused
from interventions.imports.work_columns import hours
from tests.base.test_imports import given  # noqa: F401


@pytest.mark.parametrize(
    ("typed", "decimal"),
    [
        ("2h30", "2,5"),
        ("2 h 30", "2,5"),
        ("2:30", "2,5"),
        ("02:30:00", "2,5"),
        ("90 min", "1,5"),
        ("20 mn", "0,333"),
    ],
)
def test_minutes_are_refused_with_the_hours_that_they_are(typed: str, decimal: str) -> None:
    with pytest.raises(ValueRefused, match=f"heures décimales, ici {decimal}\\."):
        hours(typed)


@pytest.mark.parametrize(("typed", "read"), [("2,5", "2.5"), ("1h", "1"), ("1.5 h", "1.5")])
def test_decimal_hours_are_read(typed: str, read: str) -> None:
    assert hours(typed) == Decimal(read)


def test_new_orders_of_a_file_with_titles_of_our_list_are_not_called_compared(
    sqlite_app: Any,
    given: Any,  # noqa: F811
) -> None:
    import_file("assets", given("N° d’inventaire;Nom;Nature\nZ-1;École;bâtiment\n"), entity="A")
    text = "Numéro;Bien;Objet;Commencée le;Terminée le;État\n"
    text += "X1;Z-1;OT1;25/10/2025 23:00;26/10/2025 02:30;Terminée\n"
    report = import_file("work-orders", given(text), entity="A")
    assert report.created == 1 and report.hints == []
