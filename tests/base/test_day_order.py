"""A file whose days have the month first is not half read as if they had the day first."""

from datetime import date

import pytest
from sqlalchemy import select

from base.desk.imports.command import import_file
from base.papers.tables.days import order_shown
from base.rules.rights.actors import job_session
from patrimoine.models import Asset

TITLES = "N° d’inventaire;Nature;Nom;Date d’acquisition\n"


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("25/03/2020", "day"),
        ("03/25/2020", "month"),
        ("3-13-20", "month"),
        ("03/04/2020", "either"),
        ("03.04.2020 10:30", "either"),
        ("04/04/2020", ""),
        ("2020-03-04", ""),
        ("13/13/2020", ""),
        ("4 mars 2020", ""),
        ("", ""),
        (None, ""),
        (date(2020, 3, 4), ""),
    ],
)
def test_what_a_cell_tells_of_its_order(cell, order):
    assert order_shown(cell) == order


def _bought():
    with job_session((1,), "user:1", readonly=True) as session:
        return dict(session.execute(select(Asset.code, Asset.acquired_on)).all())


def test_what_an_american_day_makes_doubtful_is_refused_too(app, tmp_path):
    path = tmp_path / "biens.csv"
    path.write_text(
        TITLES + "B-1;bâtiment;Un;03/04/2020\nB-2;bâtiment;Deux;03/13/2020\n"
        "B-3;bâtiment;Trois;2020-04-03\nB-4;bâtiment;Quatre;04/04/2020\n",
        encoding="utf-8",
    )
    report = import_file("assets", path, entity="A", partial=True)
    assert [told["row"] for told in report.errors] == [2, 3]
    assert (
        "la ligne 3, «\u00a003/13/2020\u00a0», a le mois en premier" in report.errors[0]["reason"]
    )
    assert any("américaines" in hint for hint in report.hints)
    assert _bought() == {"B-3": date(2020, 4, 3), "B-4": date(2020, 4, 4)}


def test_a_slip_among_french_days_is_alone_refused(app, tmp_path):
    path = tmp_path / "biens.csv"
    path.write_text(
        TITLES + "B-1;bâtiment;Un;03/04/2020\nB-2;bâtiment;Deux;03/13/2020\n"
        "B-3;bâtiment;Trois;25/04/2020\nB-4;bâtiment;Quatre;30/04/2020\n",
        encoding="utf-8",
    )
    report = import_file("assets", path, entity="A", partial=True)
    assert [told["row"] for told in report.errors] == [3]
    assert _bought()["B-1"] == date(2020, 4, 3)
