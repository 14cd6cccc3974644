"""Agents with dated rates and stock, from files as people write them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.imports.command import import_file
from base.models import Service
from base.sessions import system_session
from interventions import queries
from interventions.models import Agent, AgentRate, Item, StockLevel, Store, WorkOrder
from tests.factories.interventions import building

AGENTS = """Matricule;Nom;Prénom;Métier;Service;Compte;Taux horaire;Date d’effet
0412;Ferhat;Nadia;Chauffagiste;Bâtiments;bob;31,00;01/01/2025
0412;Ferhat;Nadia;Chauffagiste;Bâtiments;bob;32,40 €;01/01/2026
0413;Aubry;Thierry;Maçon;BAT;;28,60;
0414;Le Goff;Marc;;;;;
"""
STOCK = """Référence;Désignation;Quantité;Prix unitaire HT;TVA
ST-04-112;Circulateur Ø 32;3;398,00;20
ST-04-027;Joint plat DN 40;10;16,80;5,5
ST-09-001;Ruban;;;
"""


@pytest.fixture
def given(tmp_path):
    def make(text, name="fichier.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return make


@pytest.fixture
def department(app):
    with system_session("test") as session:
        session.add(Service(entity_id=1, code="BAT", name="Bâtiments"))


def agents():
    with system_session("test", readonly=True) as session:
        return {
            a.code: (a.name, a.trade, a.service.code if a.service else None,
                     {r.valid_from: r.hourly_rate_eur for r in a.rates})
            for a in session.scalars(select(Agent).order_by(Agent.code))
        }


def test_agents_come_with_their_dated_rates(app, given, department):
    report = import_file("agents", given(AGENTS), entity="A")
    assert (report.created, report.rejected, report.applied) == (4, 0, True)
    assert agents() == {
        "0412": ("Nadia Ferhat", "Chauffagiste", "BAT",
                 {date(2025, 1, 1): Decimal("31.00"), date(2026, 1, 1): Decimal("32.40")}),
        "0413": ("Thierry Aubry", "Maçon", "BAT", {date(2000, 1, 1): Decimal("28.60")}),
        "0414": ("Marc Le Goff", None, None, {}),
    }


def test_the_same_agents_again_change_nothing(app, given, department):
    import_file("agents", given(AGENTS), entity="A")
    again = import_file("agents", given(AGENTS + "\n", "autre.csv"), entity="A")
    assert (again.created, again.updated, again.unchanged) == (0, 0, 4)


def test_a_later_rate_is_added_and_a_change_without_day_is_refused(app, given, department):
    import_file("agents", given(AGENTS), entity="A")
    later = "Matricule;Taux horaire;Date d’effet\n0412;33,10;01/01/2027\n"
    assert import_file("agents", given(later, "b.csv"), entity="A").updated == 1
    assert len(agents()["0412"][3]) == 3
    refused = import_file(
        "agents", given("Matricule;Taux horaire\n0413;30,00\n", "c.csv"), entity="A")
    assert (refused.rejected, refused.applied) == (1, False)
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(AgentRate)).all().__len__() == 4


@pytest.mark.parametrize(("row", "words"), [
    ("0500;;Paul;;;;20;", "nom"),
    ("0500;Petit;Paul;;Voirie;;20;", "Voirie"),
    ("0500;Petit;Paul;;;inconnu;20;", "inconnu"),
    ("0500;Petit;Paul;;;;zéro;", "zéro"),
    ("0500;Petit;Paul;;;;0;", "0"),
    (";Petit;Paul;;;;20;", "Matricule"),
    ("0500;Petit;Paul;;;;20;31/02/2026", "31/02/2026"),
])
def test_a_senseless_row_is_given_back_with_its_reason(sqlite_app, given, row, words):
    head = AGENTS.splitlines()[0]
    report = import_file("agents", given(f"{head}\n{row}\n"), entity="A")
    assert (report.rejected, report.applied) == (1, False)
    assert words in str(report.as_json()["errors"])


def test_stock_enters_at_its_price_and_a_count_corrects_it(app, given):
    report = import_file("stock", given(STOCK), entity="A")
    assert (report.created, report.rejected) == (3, 0)
    counted = STOCK.replace("Joint plat DN 40;10", "Joint plat DN 40;8")
    assert import_file("stock", given(counted, "b.csv"), entity="A").updated == 1
    again = import_file("stock", given(counted + "\n", "c.csv"), entity="A")
    assert (again.updated, again.unchanged) == (0, 3)
    with system_session("test", readonly=True) as session:
        held = {
            level.item.code: (level.quantity, level.value_eur, level.item.vat_rate)
            for level in session.scalars(select(StockLevel))
        }
        assert held == {
            "ST-04-112": (Decimal(3), Decimal("1194.00"), Decimal(20)),
            "ST-04-027": (Decimal(8), Decimal("134.40"), Decimal("5.5")),
        }
        assert [s.code for s in session.scalars(select(Store))] == ["CENTRAL"]
        assert session.scalars(select(Item.code).order_by(Item.id)).all()[2] == "ST-09-001"


def test_an_entry_without_price_is_refused(sqlite_app, given):
    report = import_file(
        "stock", given("Référence;Désignation;Quantité\nX1;Clou;5\n"), entity="A")
    assert report.rejected == 1
    assert "prix unitaire" in str(report.as_json()["errors"])


WORK = """N° intervention;Code bien;Objet;État;Réalisée le;Matricule;Temps;Entreprise;Montant;TVA
BT-1;BAT-0001;Fuite;Close;15/03/2026;0412;2,5;Thermique du Val;264,00;20
BT-2;BAT-0001;Serrure;Planifiée;;;;;;
"""


@pytest.fixture
def school(app, department, given):
    with system_session("test") as session:
        building(session, 1, code="BAT-0001")
    import_file("agents", given(AGENTS, "agents.csv"), entity="A")


def test_work_of_a_former_software_is_costed_and_closed(app, given, school):
    report = import_file("work-orders", given(WORK), entity="A")
    assert (report.created, report.rejected, report.applied) == (2, 0, True)
    with system_session("test", readonly=True) as session:
        first, second = session.scalars(select(WorkOrder).order_by(WorkOrder.id))
        assert (first.state, first.external_number) == ("validated", "BT-1")
        assert first.number == "INT-2026-00001"
        cost = queries.cost_summary(session, first)
        assert cost.amount_ht_eur == cost.ledger_ht_eur == Decimal("345.00")
        assert {line.date_on for part in cost.parts for line in part.lines} == {
            date(2026, 3, 15)}
        assert second.state == "planned"
    again = import_file("work-orders", given(WORK + "\n", "b.csv"), entity="A")
    assert (again.created, again.unchanged) == (0, 2)
    changed = WORK.replace("Serrure", "Serrure de la porte nord")
    assert import_file("work-orders", given(changed, "c.csv"), entity="A").updated == 1


@pytest.mark.parametrize(("row", "words"), [
    ("BT-9;INCONNU;Fuite;;;;;;;", "INCONNU"),
    ("BT-9;BAT-0001;;;;;;;;", "Objet"),
    ("BT-9;BAT-0001;Fuite;Perdue;;;;;;", "Perdue"),
    ("BT-9;BAT-0001;Fuite;Close;;;;;;", "date de fin"),
    ("BT-9;BAT-0001;Fuite;;15/03/2026;;2;;;", "matricule"),
    ("BT-9;BAT-0001;Fuite;;15/03/2026;9999;2;;;", "9999"),
    ("BT-9;BAT-0001;Fuite;;15/03/2026;;;;264;", "fournisseur"),
])
def test_a_senseless_work_order_is_given_back(app, given, school, row, words):
    head = WORK.splitlines()[0]
    report = import_file("work-orders", given(f"{head}\n{row}\n"), entity="A")
    assert (report.rejected, report.applied) == (1, False)
    assert words in str(report.as_json()["errors"])
