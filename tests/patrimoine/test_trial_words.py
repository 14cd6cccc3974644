"""What the trial of an import shows: values as people write them, words instead of codes."""

import pytest

from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.models import Department

SITES = """N° d’inventaire;Nom;Nature;Catégorie;Coût d’acquisition;Prochain contrôle avant le
SIT-9;Les Tilleuls;Site;site_scolaire;1250000;
EQP-8;Chaudière;Équipement;;18400.5;2027-11-30
EQP-9;Brûleur;Équipement;;;
"""
FLEET = """N° d’inventaire;Immatriculation;Énergie;PTAC
VEH-9;AB-123-CD;GO;5200
"""


@pytest.fixture
def tried(sqlite_app, tmp_path):
    """What the trial of a file reports, and what each row's cells show."""

    def trial(kind, text):
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        report = import_file(kind, path, entity="A", dry_run=True)
        assert not report.errors, report.errors
        return report, [{k: new for k, (_old, new) in one.changes.items()} for one in report.lines]

    return trial


def test_amounts_days_and_categories_read_as_on_the_screens(tried):
    report, rows = tried("assets", SITES)
    assert rows[0]["acquisition_cost_eur"] == "1\u00a0250\u00a0000,00\u00a0€"
    assert rows[0]["category"] == "Site scolaire"
    assert rows[1]["acquisition_cost_eur"] == "18\u00a0400,50\u00a0€"
    assert rows[1]["next_inspection_on"] == "30/11/2027"
    assert report.details["created"] == "1 site, 2 équipements"


def test_codes_of_a_fleet_are_words_and_weights_have_their_unit(tried):
    report, rows = tried("vehicles", FLEET)
    assert rows[0]["energy"] == "Gazole"
    assert rows[0]["gross_weight_kg"] == "5\u00a0200\u00a0kg"
    assert report.details["created"] == "1 véhicule"


def test_a_category_that_changes_says_the_former_one(tried, tmp_path):
    path = tmp_path / "avant.csv"
    path.write_text(SITES, encoding="utf-8")
    assert import_file("assets", path, entity="A").created == 3
    report, _rows = tried("assets", SITES.replace("site_scolaire", "site_sportif"))
    (line,) = [one for one in report.lines if one.effect == "updated"]
    assert line.changes["category"] == ["Site scolaire", "Site sportif"]


def test_a_service_that_changes_says_the_former_one(tried, tmp_path):
    with system_session("tests") as session:
        session.add(Department(entity_id=1, code="BAT", name="Bâtiments"))
        session.add(Department(entity_id=1, code="SPO", name="Sports"))
    text = "N° d’inventaire;Nom;Nature;Service\nSIT-9;Les Tilleuls;Site;BAT\n"
    path = tmp_path / "avant.csv"
    path.write_text(text, encoding="utf-8")
    assert import_file("assets", path, entity="A").created == 1
    report, _rows = tried("assets", text.replace("BAT", "SPO"))
    (line,) = report.lines
    assert line.changes["service"] == ["Bâtiments", "Sports"]
