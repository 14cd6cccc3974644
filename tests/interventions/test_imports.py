"""Agents with dated rates and stock, from files as people write them."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.basics.errors import DomainError
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from base.store.models import Department
from interventions import queries
from interventions.domain import State, next_state
from interventions.models import (
    Agent,
    AgentRate,
    Item,
    ServiceRequest,
    StockLevel,
    StockMove,
    Store,
    WorkOrder,
)
from interventions.services.past import PATHS
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
        session.add(Department(entity_id=1, code="BAT", name="Bâtiments"))


def agents():
    with system_session("test", readonly=True) as session:
        return {
            a.code: (
                a.name,
                a.trade,
                a.service.code if a.service else None,
                {r.valid_from: r.hourly_rate_eur for r in a.rates},
            )
            for a in session.scalars(select(Agent).order_by(Agent.code))
        }


def test_agents_come_with_their_dated_rates(app, given, department):
    report = import_file("agents", given(AGENTS), entity="A")
    assert (report.created, report.rejected, report.applied) == (4, 0, True)
    assert agents() == {
        "0412": (
            "Nadia Ferhat",
            "Chauffagiste",
            "BAT",
            {date(2025, 1, 1): Decimal("31.00"), date(2026, 1, 1): Decimal("32.40")},
        ),
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
        "agents", given("Matricule;Taux horaire\n0413;30,00\n", "c.csv"), entity="A"
    )
    assert (refused.rejected, refused.applied) == (1, False)
    with system_session("test", readonly=True) as session:
        assert session.scalars(select(AgentRate)).all().__len__() == 4


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("0500;;Paul;;;;20;", "nom"),
        ("0500;Petit;Paul;;Voirie;;20;", "Voirie"),
        ("0500;Petit;Paul;;;inconnu;20;", "inconnu"),
        ("0500;Petit;Paul;;;;zéro;", "zéro"),
        ("0500;Petit;Paul;;;;0;", "0"),
        (";Petit;Paul;;;;20;", "Matricule"),
        ("0500;Petit;Paul;;;;20;31/02/2026", "31/02/2026"),
    ],
)
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
    report = import_file("stock", given("Référence;Désignation;Quantité\nX1;Clou;5\n"), entity="A")
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
        assert {line.date_on for part in cost.parts for line in part.lines} == {date(2026, 3, 15)}
        assert second.state == "planned"
    again = import_file("work-orders", given(WORK + "\n", "b.csv"), entity="A")
    assert (again.created, again.unchanged) == (0, 2)
    changed = WORK.replace("Serrure", "Serrure de la porte nord")
    assert import_file("work-orders", given(changed, "c.csv"), entity="A").updated == 1


@pytest.fixture
def school_sqlite(sqlite_app, given):
    with system_session("test") as session:
        session.add(Department(entity_id=1, code="BAT", name="Bâtiments"))
        building(session, 1, code="BAT-0001")
    import_file("agents", given(AGENTS, "agents.csv"), entity="A")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("BT-9;INCONNU;Fuite;;;;;;;", "INCONNU"),
        ("BT-9;BAT-0001;;;;;;;;", "Objet"),
        ("BT-9;BAT-0001;Fuite;Perdue;;;;;;", "Perdue"),
        ("BT-9;BAT-0001;Fuite;Close;;;;;;", "date de fin"),
        ("BT-9;BAT-0001;Fuite;;15/03/2026;;2;;;", "matricule"),
        ("BT-9;BAT-0001;Fuite;;15/03/2026;9999;2;;;", "9999"),
        ("BT-9;BAT-0001;Fuite;;15/03/2026;;;;264;", "fournisseur"),
        ("BT-9;BAT-0001;Fuite;;15/03/2026;;;Roux;264;", "taux de TVA"),
    ],
)
def test_a_senseless_work_order_is_given_back(app, given, school, row, words):
    head = WORK.splitlines()[0]
    report = import_file("work-orders", given(f"{head}\n{row}\n"), entity="A")
    assert (report.rejected, report.applied) == (1, False)
    assert words in str(report.as_json()["errors"])


def test_all_that_is_wrong_with_a_row_is_said_at_once(sqlite_app, given, school_sqlite):
    head = WORK.splitlines()[0]
    report = import_file(
        "work-orders", given(f"{head}\nBT-9;INCONNU;;Close;;9999;2;;;\n"), entity="A"
    )
    assert [error["reason"] for error in report.errors] == [
        "Le bien «\u00a0INCONNU\u00a0» n’existe pas.",
        "L’agent «\u00a09999\u00a0» n’existe pas.",
        "Objet\u00a0: la cellule est vide.",
        "Une intervention terminée a une date de fin.",
    ]
    # What cannot be read and what cannot have happened, too.
    text = "Bien;Objet;Reçue le;Priorité\nBAT-0001;Fuite;01/01/2030;Perdue\n"
    report = import_file("requests", given(text, "d.csv"), entity="A")
    assert [error["column"] for error in report.errors] == ["Priorité", "Reçue le"]


def test_work_names_assets_agents_and_items_as_people_write_them(sqlite_app, given, school_sqlite):
    agent = "Matricule;Nom;Taux horaire\nM-1;Roy;30\n"
    assert import_file("agents", given(agent, "m.csv"), entity="A").created == 1
    stock = "Référence;Désignation;Quantité;Prix unitaire HT\nP-1;Clou;5;1\n"
    assert import_file("stock", given(stock, "p.csv"), entity="A").created == 1
    text = (
        "N° intervention;Code bien;Objet;État;Réalisée le;Matricule;Temps;Article;Quantité\n"
        "BT-9;bat\u20110001;Fuite;Close;15/03/2026;m\u20111;2;p\u20111;1\n"
    )
    report = import_file("work-orders", given(text), entity="A", dry_run=True)
    assert (report.created, report.errors) == (1, [])


HISTORY = """N° intervention;Code bien;Objet;État;Ouverte le;Terminée le;Matricule;Temps;Article;Quantité;Jour;Entreprise;Montant;TVA;Point de contrôle;Réponse
BT-1;BAT-0001;Fuite;Validée;02/02/2026;04/02/2026;0412;2,5;;;04/02/2026;;;;;
BT-1;;;;;;0413;1;;;05/02/2026;;;;;
BT-1;;;;;;;;ST-04-027;3;04/02/2026;;;;;
BT-1;;;;;;;;;;06/02/2026;Thermique du Val;264,00;10;;
BT-1;;;;;;;;;;;;;;Pression rétablie;Fait
BT-2;BAT-0001;Abandon;Annulée;03/02/2026;05/02/2026;;;;;;;;;;
BT-3;BAT-0001;Reprise;En pause;03/02/2026;;0412;1;;;05/02/2026;;;;;
BT-4;BAT-0001;Ronde;En cours;03/02/2026;;0412;;;;;;;;;
"""  # noqa: E501 - a file is as wide as it is


def test_time_parts_bills_and_points_of_one_order_come_on_lines_of_their_own(app, given, school):
    import_file("stock", given(STOCK, "stock.csv"), entity="A")
    report = import_file("work-orders", given(HISTORY), entity="A")
    assert (report.created, report.rejected, report.applied) == (8, 0, True)
    with system_session("test", readonly=True) as session:
        rows = {row.external_number: row for row in session.scalars(select(WorkOrder))}
        first = rows["BT-1"]
        cost = queries.cost_summary(session, first)
        # 2.5 h at 32.40, 1 h at 28.60, 3 joints at 16.80, the bill; taxes 5.5 % and 10 %.
        assert cost.amount_ht_eur == cost.ledger_ht_eur == Decimal("424.00")
        assert [
            line.vat_eur for part in cost.parts for line in part.lines if hasattr(line, "vat_eur")
        ] == [Decimal("2.77"), Decimal("26.40")]
        assert [(p.label, p.answer) for p in first.points] == [("Pression rétablie", "done")]
        assert first.finished_at.date() == date(2026, 2, 4)
        states = {number: row.state for number, row in rows.items()}
        assert states == {
            "BT-1": "validated",
            "BT-2": "cancelled",
            "BT-3": "paused",
            "BT-4": "started",
        }
        assert rows["BT-3"].worked_seconds == 3600
        assert rows["BT-4"].running_since_at is not None
        assert [row.number for row in rows.values()] == [f"INT-2026-{n:05d}" for n in (1, 2, 3, 4)]
        level = session.scalars(select(StockLevel).join(Item).where(Item.code == "ST-04-027")).one()
        assert (level.quantity, level.value_eur) == (Decimal(7), Decimal("117.60"))
    again = import_file("work-orders", given(HISTORY + "\n", "b.csv"), entity="A")
    assert (again.created, again.unchanged) == (0, 8)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("BT-9;BAT-0001;Fuite;Annulée;;;0412;2;;;;;;;;", "annulée ne garde aucun coût"),
        ("BT-9;BAT-0001;Fuite;;;;;;;2;;;;;;", "de quoi"),
        ("BT-9;BAT-0001;Fuite;;;;;;RIEN;2;;;;;;", "RIEN"),
        ("BT-9;;;;;;0412;2;;;;;;;;", "Bien"),
        ("BT-9;BAT-0001;Fuite;;;;0412;1;;;;;;;;\nBT-9;;;;;;9999;2;;;;;;;;", "ligne 3"),
    ],
)
def test_an_order_is_taken_whole_or_not_at_all(sqlite_app, given, school_sqlite, rows, words):
    head = HISTORY.splitlines()[0]
    report = import_file("work-orders", given(f"{head}\n{rows}\n"), entity="A", partial=True)
    assert report.created == 0
    assert words in str(report.as_json()["errors"])


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("BT-9;BAT-0001;Fuite;Validée;;05/02/2026;;;ST-04-027;30;;;;;;", "il en reste"),
        ("BT-9;BAT-0001;Fuite;Validée;;05/02/2026;0414;2;;;;;;;;", "taux horaire"),
        ("BT-9;BAT-0001;Fuite;Validée;;05/02/2026;;;;;;;;;Purge;", "Purge"),
    ],
)
def test_the_rules_of_the_verbs_hold_for_the_past(sqlite_app, given, school_sqlite, row, words):
    import_file("stock", given(STOCK, "stock.csv"), entity="A")
    head = HISTORY.splitlines()[0]
    with pytest.raises(DomainError, match=f"Ligne 2\u00a0: .*{words}"):
        import_file("work-orders", given(f"{head}\n{row}\n"), entity="A")


DELIVERIES = """Référence;Désignation;Entrée;Reçu le;Bon de livraison;Prix unitaire HT;TVA
ST-04-112;Circulateur Ø 32;3;05/01/2026;BL-1;398,00;20
ST-04-112;Circulateur Ø 32;1;05/03/2026;BL-2;410,00;20
"""


def test_deliveries_are_dated_entries_and_come_once(app, given):
    report = import_file("stock", given(DELIVERIES), entity="A")
    assert (report.created, report.rejected) == (2, 0)
    again = import_file("stock", given(DELIVERIES + "\n", "b.csv"), entity="A")
    assert (again.updated, again.unchanged) == (0, 2)
    with system_session("test", readonly=True) as session:
        moves = session.scalars(select(StockMove).order_by(StockMove.id)).all()
        assert [(m.date_on, m.quantity, m.label) for m in moves] == [
            (date(2026, 1, 5), Decimal(3), "BL-1"),
            (date(2026, 3, 5), Decimal(1), "BL-2"),
        ]
        level = session.scalars(select(StockLevel)).one()
        assert (level.quantity, level.value_eur) == (Decimal(4), Decimal("1604.00"))
    undated = "Référence;Désignation;Entrée;Prix unitaire HT\nX;Clou;3;1\n"
    refused = import_file("stock", given(undated, "c.csv"), entity="A")
    assert "a son jour" in str(refused.as_json()["errors"])


REQUESTS = """Bien;Objet;Reçue le;Demandeur;Canal;État;N° intervention;Motif du refus
BAT-0001;Fuite au plafond;01/02/2026;Mme Delorme;Téléphone;Traitée;BT-1;
BAT-0001;Porte bloquée;03/02/2026;M. Castel;Étiquette;À trier;;
BAT-0001;Repeindre le mur;04/02/2026;M. Boyer;Portail;Refusée;;Propriété privée
"""


def test_requests_of_the_past_find_their_work(app, given, school):
    import_file("work-orders", given(WORK, "travaux.csv"), entity="A")
    report = import_file("requests", given(REQUESTS), entity="A")
    assert (report.created, report.rejected) == (3, 0)
    with system_session("test", readonly=True) as session:
        rows = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id)).all()
        assert [(r.number, r.state, r.channel) for r in rows] == [
            ("DEM-2026-00001", "closed", "phone"),
            ("DEM-2026-00002", "new", "tag"),
            ("DEM-2026-00003", "refused", "portal"),
        ]
        assert rows[0].work_order.external_number == "BT-1"
        assert rows[2].refusal_reason == "Propriété privée"
    again = import_file("requests", given(REQUESTS + "\n", "b.csv"), entity="A")
    assert (again.created, again.unchanged) == (0, 3)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("INCONNU;Fuite;01/02/2026;;;;;", "INCONNU"),
        ("BAT-0001;Fuite;01/02/2026;;;;BT-404;", "BT-404"),
        ("BAT-0001;Fuite;01/02/2026;;;Traitée;;", "son intervention"),
        ("BAT-0001;Fuite;01/02/2026;;Pigeon;;;", "Pigeon"),
    ],
)
def test_a_senseless_request_is_given_back(sqlite_app, given, school_sqlite, row, words):
    head = REQUESTS.splitlines()[0]
    report = import_file("requests", given(f"{head}\n{row}\n"), entity="A")
    assert (report.rejected, report.applied) == (1, False)
    assert words in str(report.as_json()["errors"])


def test_each_state_of_the_past_is_reached_along_the_table():
    for wanted, verbs in PATHS.items():
        state = State.DRAFT
        for verb in verbs:
            state = next_state(state, verb)
        assert state is wanted
    assert set(PATHS) == set(State)
