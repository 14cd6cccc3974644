"""What columns and records are called stands on the models; every door reads it there."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import inspect

from base.basics.i18n import speaking
from base.store.database import Model
from base.store.history import wording
from base.store.history.trail import FOREIGN_TRACKED, record_name, tracked_columns


def _tracked():
    for mapper in Model.registry.mappers:
        for attribute in tracked_columns(mapper):
            yield mapper.class_, attribute


def test_every_tracked_column_has_a_word(sqlite_app):
    missing = {
        f"{record_name(model)}.{attribute.key}"
        for model, attribute in _tracked()
        if wording.said_in(record_name(model), attribute.key).label is None
    }
    assert missing == set()


def test_every_record_with_history_has_a_word(sqlite_app):
    tables = {record_name(model) for model, _attribute in _tracked()} - set(FOREIGN_TRACKED)
    missing = {table for table in tables if wording.record_word(table) == table}
    assert tables and missing == set()


def test_a_relation_is_called_as_its_foreign_key(sqlite_app):
    from interventions.models import Agent, ServiceRequest, WorkOrder
    from patrimoine.models import Building

    with sqlite_app.test_request_context(), speaking("fr"):
        assert wording.label_of(ServiceRequest, "asset") == "Bien"
        assert wording.label_of(ServiceRequest, "asset_id") == "Bien"
        assert wording.label_of(Building, "category.code") == "Catégorie (Code)"
        assert wording.label_of(Agent, "archived_on") == "Parti le"
        assert wording.label_of(Agent, "name") == "Nom"
        assert wording.label_of(WorkOrder, "absent") == "absent"
    with sqlite_app.test_request_context(), speaking("en"):
        assert wording.label_of(WorkOrder, "due_on") == "Due date"


def test_a_number_leads_to_the_record_that_its_column_names(sqlite_app):
    from base.store.models import Department
    from interventions.models import Agent
    from patrimoine.models import Asset, Category

    assert wording.led_to("patrimoine_asset", "parent_id") is Asset
    assert wording.led_to("patrimoine_category", "parent_id") is Category
    assert wording.led_to("base_service", "parent_id") is Department
    assert wording.led_to("interventions_checklist_point", "answered_by_id") is Agent
    assert wording.led_to("patrimoine_asset", "cadastral_id") is None
    assert wording.led_to("of_no_model", "asset_id") is None


@pytest.mark.parametrize(
    ("word", "within"),
    [
        ("Objet", "objet"),
        ("Échéance", "échéance"),
        ("N° de série", "N° de série"),
        ("TVA en %", "TVA en %"),
        ("CO2 (g/km)", "CO2 (g/km)"),
        ("À trier", "à trier"),
        ("", ""),
    ],
)
def test_a_word_within_a_line(word, within):
    assert wording.within_a_line(word) == within


def test_screens_and_resources_say_the_word_of_the_model(sqlite_app):
    """No screen or resource keeps a word of its own for a column that has one."""
    from base.face.api import ModuleApi
    from base.face.views import ModuleView

    wrong = []
    for view in sqlite_app.appbuilder.baseviews:
        if not isinstance(view, ModuleView | ModuleApi):
            continue
        model = view.datamodel.obj
        for attribute in inspect(model).column_attrs:
            said = wording.said_of(model, attribute.key).label
            if said is not None and view.label_columns[attribute.key] is not said:
                wrong.append(f"{type(view).__name__}.{attribute.key}")
    assert not wrong


def test_a_number_is_written_as_its_column_says(sqlite_app):
    from base.face.views import cells
    from interventions.models import AgentRate, Labour
    from patrimoine.models import Building, Vehicle

    def shown(model, name, value):
        with sqlite_app.test_request_context():
            return cells.shown(value, wording.said_of(model, name)).replace("\u00a0", " ")

    assert shown(Building, "floor_area_m2", Decimal("1240.50")) == "1 240,5 m²"
    # "_km" ends the name, and yet these are no kilometres.
    assert shown(Vehicle, "co2_g_per_km", 120) == "120 g/km"
    assert shown(Building, "built_year", 1998) == "1998"
    assert shown(Labour, "amount_ht_eur", Decimal("1234.5")) == "1 234,50 €"
    assert shown(AgentRate, "hourly_rate_eur", Decimal(32)) == "32,00 €"
    assert shown(Labour, "hours", Decimal("2.5")) == "2,50 h"
    with sqlite_app.test_request_context():
        assert wording.label_of(Vehicle, "co2_g_per_km") == "CO2 (g/km)"


def test_the_history_is_read_as_its_columns_hold_it(sqlite_app):
    read = wording.read_back
    assert read("interventions_labour", "hours", "2.500") == Decimal("2.5")
    assert read("interventions_labour", "date_on", "2026-03-02") == date(2026, 3, 2)
    assert read("patrimoine_asset", "name", "2026-03-02") == "2026-03-02"
    assert read("of_no_model", "date_on", "2026-03-02") == "2026-03-02"
    # What no longer fits its column stays what was written.
    assert read("interventions_labour", "hours", "deux") == "deux"


def test_an_argument_is_called_as_the_column_that_it_fills(sqlite_app):
    from base.rules.verbs import Door, verb_of
    from interventions.models import WorkOrder
    from patrimoine.models import Asset

    def words(model, name):
        with sqlite_app.test_request_context(), speaking("fr"):
            asked = verb_of(model, name, Door.DESK).asked(Door.DESK)
            return {a.name: str(a.ask.label) for a in asked}

    # Of what is made (time), of the record itself, and what only the verb says.
    assert words(WorkOrder, "labour") == {"hours": "Heures", "agent": "Agent", "date_on": "Jour"}
    assert words(WorkOrder, "plan")["planned_on"] == "Prévue le"
    assert words(WorkOrder, "plan")["assigned_to"] == "Agent"
    assert words(Asset, "move")["parent"] == "Nouvel emplacement"


def test_no_verb_says_again_what_the_column_says(sqlite_app):
    """Word, length and decimals, where the argument is a column of what is made or of the row."""
    from base.rules.verbs import VERBS

    again = set()
    with sqlite_app.test_request_context(), speaking("fr"):
        for declared in (one for known in VERBS.values() for one in known):
            for name, ask in declared.asks.items():
                word, kind = declared.column_of(name)
                if ask.label is not None and str(ask.label) == str(word):
                    again.add(f"{declared.key}: {name}: {word}")
                if ask.limit and ask.limit == getattr(kind, "length", None):
                    again.add(f"{declared.key}: {name}: {ask.limit}")
                if ask.places is not None and ask.places == getattr(kind, "scale", None):
                    again.add(f"{declared.key}: {name}: {ask.places}")
    assert again == set()


def test_an_argument_is_as_long_and_as_fine_as_its_column(sqlite_app):
    from base.rules.verbs import Door, verb_of
    from interventions.models import WorkOrder

    asked = {a.name: a.ask for a in verb_of(WorkOrder, "expense", Door.DESK).asked(Door.DESK)}
    assert (asked["reference"].limit, asked["supplier"].limit) == (60, 200)
    assert (asked["amount_ht_eur"].places, asked["vat_rate"].places) == (2, 3)
    finding = {a.name: a.ask for a in verb_of(WorkOrder, "finish", Door.REST).asked(Door.REST)}
    assert (finding["finding"].limit, finding["hours"].places) == (5000, 3)
