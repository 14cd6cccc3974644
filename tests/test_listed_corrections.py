"""One list, one correction: what a row that comes back may change, and what is refused."""

# ruff: noqa: F811 - fixtures are imported

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from base.rules.rights.actors import job_session, system_session
from interventions.domain import State
from interventions.models import Item, StockLevel, WorkOrder
from patrimoine import services
from patrimoine.domain.fields import FieldType
from patrimoine.models import Asset
from tests.listed import (
    as_csv,
    counts,
    export,
    fill,
    rows_of,
)
from tests.test_round_trip import take, town, zoe  # noqa: F401


def view_named(app, name):
    return next(view for view in app.appbuilder.baseviews if type(view).__name__ == name)


@pytest.fixture
def listed(zoe, town):
    """``listed("AssetView", cols)``: title and rows of a list, ready to be corrected."""

    def run(name, *columns, language="fr"):
        view = view_named(town, name)
        table = rows_of(export(zoe, view, "csv", columns=list(columns), language=language))
        return table[0], table[1:]

    return run


def kind_of(kind):
    from base.desk.imports import importer_of

    return importer_of(kind)


def reasons(report):
    return [error["reason"] for error in report.errors]


def test_a_list_names_its_rows_even_when_the_person_hid_their_numbers(listed):
    assert listed("AssetView", "name")[0] == ["Entité", "N° d’inventaire", "Nom"]
    assert listed("WorkOrderView", "title")[0] == ["Entité", "Numéro", "Objet"]
    assert listed("StockLevelView", "quantity")[0] == [
        "Entité",
        "Référence",
        "Code du magasin",
        "Quantité",
    ]
    assert listed("DeliveryPointView", "name")[0] == [
        "Entité",
        "Énergie",
        "Référence (PRM, PCE…)",
        "Nom",
    ]


def test_what_a_verb_sets_is_refused_when_it_was_changed(listed, take):
    header, rows = listed("WorkOrderView", "title", "state", "cost_ht_eur")
    rows[0][3], rows[1][4], rows[3][2] = "Terminée", "12,00", "Autre objet"
    report = take(kind_of("work-orders"), as_csv([header, *rows]))
    assert counts(report) == (0, 1, 2)
    assert not report.applied
    assert reasons(report)[0].startswith("«\u00a0État\u00a0» ne se change pas par un import")
    assert reasons(report)[1].startswith("«\u00a0Coût HT\u00a0» ne se change pas par un import")
    assert report.hints == [
        "Colonnes que l’import compare sans les changer, Ouvrage les tient lui-même\u00a0: État, "
        "Coût HT."
    ]


def test_an_emptied_cell_is_said_and_never_lost(listed, take):
    header, rows = listed("EquipmentView", "brand")
    rows[0][2] = " "
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert counts(report) == (0, 0, 0)
    assert report.hints == [
        "«\u00a0Marque\u00a0»\u00a0: 1 cellule vidée garde sa valeur, un import n’efface rien. "
        "Videz-la sur la fiche."
    ]


def test_a_text_cut_by_the_export_never_replaces_the_whole(listed, take, zoe, town):
    whole = "A" * 40_000
    with job_session((1,), "test", "test") as session:
        asset = session.scalars(select(Asset).where(Asset.code == "000")).one()
        asset.notes = whole
    header, rows = listed("EquipmentView", "notes", "brand")
    at = next(i for i, row in enumerate(rows) if row[1] == "000")
    assert rows[at][2].endswith("(coupé\u00a0: la cellule dépasse ce qu’un tableur accepte)")
    assert counts(take(kind_of("equipment"), as_csv([header, *rows]))) == (0, 0, 0)
    rows[at][2] = "B" + rows[at][2][1:]
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert counts(report) == (0, 0, 1)
    assert "texte coupé par l’export" in reasons(report)[0]


def test_a_row_of_another_entity_never_changes_a_record_of_the_same_number(town, client_of, take):
    with job_session((2,), "test", "test") as session:
        fill(session, 2, mark=" de Brenne")
    client = client_of("admin")
    view = view_named(town, "PartnerView")
    table = rows_of(export(client, view, "csv", columns=["code", "name"]))
    assert {row[0] for row in table[1:]} == {"A", "B"}
    report = take(kind_of("suppliers"), as_csv(table))
    assert counts(report) == (0, 0, 12)
    assert reasons(report)[0] == (
        "Cette ligne est de l’entité «\u00a0B\u00a0», et l’import est fait pour «\u00a0A\u00a0»."
    )
    report = take(kind_of("suppliers"), as_csv(table), partial=True, entity="B")
    assert counts(report) == (0, 0, 12)
    assert "«\u00a0A\u00a0», et l’import est fait pour «\u00a0B\u00a0»" in reasons(report)[0]


def test_an_archived_row_comes_back_unchanged_and_is_not_corrected_unseen(listed, take):
    with job_session((1,), "test", "test") as session:
        item = session.scalars(select(Item).where(Item.code == "03")).one()
        item.archived_on = date(2026, 1, 1)
    header, rows = listed("ItemView", "name")
    assert counts(take(kind_of("stock"), as_csv([header, *rows]))) == (0, 0, 0)
    at = next(i for i, row in enumerate(rows) if row[1] == "03")
    rows[at][2] = "Autre"
    report = take(kind_of("stock"), as_csv([header, *rows]))
    assert reasons(report) == ["Cette fiche est archivée\u00a0: restaurez-la d’abord."]


def test_a_place_borne_twice_is_told_apart_by_its_number(listed, take):
    header, rows = listed("EquipmentView", "parent")
    with system_session("test", readonly=True) as session:
        rooms = session.scalars(
            select(Asset).where(Asset.name == "Chaufferie").order_by(Asset.id)
        ).all()
        codes = [room.code for room in rooms]
    assert rows[0][2] == "Chaufferie"
    rows[0][2] = codes[1]
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert counts(report) == (0, 1, 0)
    with system_session("test", readonly=True) as session:
        moved = session.scalars(select(Asset).where(Asset.code == rows[0][1])).one()
        assert moved.parent.code == codes[1]
    # The file still says in "Lieu" where it was: that follows from the place, and is left alone.
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert counts(report) == (0, 0, 0)
    assert any("Lieu" in hint for hint in report.hints)
    rows[0][2], rows[1][2] = "Chaufferie", "École"
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert reasons(report) == [
        "Plusieurs biens s’appellent «\u00a0École\u00a0»\u00a0: donnez le n° d’inventaire."
    ]


def test_a_number_that_does_not_exist_is_refused_not_created(listed, take):
    header, rows = listed("WorkOrderView", "title")
    rows[0][1] = "INT-2026-99999"
    report = take(kind_of("work-orders"), as_csv([header, *rows]))
    assert counts(report) == (0, 0, 1)
    assert reasons(report) == ["L’intervention «\u00a0INT-2026-99999\u00a0» n’existe pas."]
    header, rows = listed("ServiceRequestView", "title")
    rows[0][1] = "DEM-2026-99999"
    report = take(kind_of("requests"), as_csv([header, *rows]))
    assert reasons(report)[0].startswith("Aucune fiche ne porte ce numéro")


def test_a_count_lower_and_higher_moves_the_stock_at_average_cost(listed, take):
    header, rows = listed("StockLevelView", "quantity")
    assert [rows[1][3], rows[2][3]] == ["1,125", "2,125"]
    rows[1][3], rows[2][3] = "0", "5"
    report = take(kind_of("stock"), as_csv([header, *rows]))
    assert counts(report) == (0, 2, 0)
    with system_session("test", readonly=True) as session:
        level = session.scalars(select(StockLevel).where(StockLevel.quantity == 5)).one()
        # 2.125 at 1.2345 are 2.62; 2.875 more at their average of 2.62 / 2.125 are 3.54.
        assert (level.item.code, level.value_eur) == ("02", Decimal("6.16"))


def test_an_agent_is_assigned_by_the_name_that_the_list_shows(listed, take):
    header, rows = listed("WorkOrderView", "assigned_to", "state", "planned_on")
    at = next(i for i, row in enumerate(rows) if row[3] == "Planifiée")
    number, rows[at][2], rows[at][4] = rows[at][1], "Nadia 007", "24/12/2026"
    report = take(kind_of("work-orders"), as_csv([header, *rows]))
    assert counts(report) == (0, 1, 0)
    with system_session("test", readonly=True) as session:
        order = session.scalars(select(WorkOrder).where(WorkOrder.number == number)).one()
        assert order.assigned_to.last_name == "007"
        assert order.planned_on == date(2026, 12, 24)
        assert order.state == State.PLANNED
    # What is validated stays as it was signed.
    at = next(i for i, row in enumerate(rows) if row[3] == "Validée")
    rows[at][4] = "25/12/2026"
    report = take(kind_of("work-orders"), as_csv([header, *rows]))
    assert reasons(report) == [
        f"{rows[at][1]} est à l’état «\u00a0Validée\u00a0»\u00a0: elle ne se modifie plus."
    ]


def test_two_rows_of_one_record_are_not_both_taken(listed, take):
    header, rows = listed("PartnerView", "name")
    report = take(kind_of("suppliers"), as_csv([header, *rows, [*rows[0][:2], "Autre"]]))
    assert reasons(report) == ["Cette fiche est déjà à la ligne 2 de ce fichier."]


def test_the_first_of_two_rows_counts_whichever_of_them_is_corrected(listed, take):
    header, rows = listed("PartnerView", "name")
    report = take(kind_of("suppliers"), as_csv([header, [*rows[0][:2], "Autre"], *rows]))
    assert reasons(report) == ["Cette fiche est déjà à la ligne 2 de ce fichier."]
    assert (report.updated, report.unchanged) == (1, len(rows) - 1)


def test_custom_fields_come_back_with_their_units(listed, take):
    with job_session((1,), "test", "test") as session:
        kinds = [domain_kind("equipment")]
        services.define_field(
            session, label="Débit", field_type=FieldType.NUMBER, kinds=kinds, unit="m³/h"
        )
        services.define_field(session, label="Marque", field_type=FieldType.TEXT, kinds=kinds)
        services.define_field(session, label="Révisé", field_type=FieldType.YES_NO, kinds=kinds)
    names = ["brand", "field_debit", "field_marque", "field_revise"]
    header, rows = listed("EquipmentView", *names)
    assert header[2:] == ["Marque", "Débit (m³/h)", "Marque (2)", "Révisé"]
    rows[0][3:] = ["2,5", "Dalkia", "oui"]
    report = take(kind_of("equipment"), as_csv([header, *rows]))
    assert (counts(report), report.ignored) == ((0, 1, 0), [])
    again = listed("EquipmentView", *names)[1]
    assert again[0] == [*rows[0][:3], "2,500", "Dalkia", "oui"]
    assert again[1:] == rows[1:]
    assert counts(take(kind_of("equipment"), as_csv([header, *again]))) == (0, 0, 0)


def domain_kind(word):
    from patrimoine.domain import Kind

    return Kind(word)
