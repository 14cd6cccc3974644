"""A column of a file says what the column of its model says; an importer adds names alone."""

from datetime import date
from decimal import Decimal

import pytest

from base.basics import facts
from base.basics.i18n import SOURCE, speaking
from base.desk.imports import importers
from base.desk.imports.columns import column_from
from base.papers.tables.texts import ValueRefused
from base.store.history.wording import said_of


def _models():
    """Root table -> the models below it."""
    from base.store.database import Model
    from base.store.history.trail import record_name

    found = {}
    for mapper in Model.registry.mappers:
        found.setdefault(record_name(mapper.class_), []).append(mapper.class_)
    return found


def test_no_importer_says_again_what_a_column_is_called(sqlite_session):
    """A word of its own is another word, because the file means it otherwise."""
    models, again, read = _models(), [], 0
    for importer in importers():
        for column in importer.columns(sqlite_session, 1):
            words = [said_of(model, column.key).label for model in models.get(importer.record, ())]
            words = [word for word in words if word is not None]
            read += bool(words)
            if all(word is not column.label for word in words) and any(
                str(word) == str(column.label) for word in words
            ):
                again.append(f"{importer.kind}.{column.key}: {column.label}")
    assert again == []
    assert read > 100


def test_a_column_is_read_as_its_model_keeps_it(sqlite_app):
    from interventions.models import AgentRate, ServiceRequest, WorkOrder
    from patrimoine.models import Asset, Building

    with sqlite_app.test_request_context(), speaking(SOURCE):
        area = column_from(Building, "floor_area_m2", "surface | superficie", low=0)
        assert (area.key, str(area.label)) == ("floor_area_m2", "Surface de plancher (m²)")
        assert area.aliases == ("surface", "superficie")
        assert area.parse("1 240,5 m²") == Decimal("1240.50")
        with pytest.raises(ValueRefused):
            area.parse("-1")
        with pytest.raises(ValueRefused):
            area.parse("1,234")  # a hundredth is what the column keeps
        assert column_from(AgentRate, "hourly_rate_eur").parse("32,5 €") == Decimal("32.50")
        brand = column_from(Asset, "brand")
        assert brand.parse("x" * 120) == "x" * 120
        with pytest.raises(ValueRefused):
            brand.parse("x" * 121)
        due = column_from(WorkOrder, "planned_on")
        assert due.parse("12/11/2026") == date(2026, 11, 12) and due.dated == facts.plan()
        # A record is named by its code, under the word of what leads to it.
        asset = column_from(ServiceRequest, "asset", key="lieu")
        assert (asset.key, str(asset.label), asset.parse(" BAT-1 ")) == ("lieu", "Bien", "BAT-1")
        with pytest.raises(RuntimeError):
            column_from(Asset, "colour")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_words_of_a_list_are_the_readers_and_those_of_a_french_file(language, sqlite_app):
    from interventions.domain import Kind
    from interventions.models import WorkOrder

    with sqlite_app.test_request_context(), speaking(language):
        read = column_from(WorkOrder, "kind", also={"Curatif": Kind.CORRECTIVE}).parse
        assert read("Préventif") == read(str(Kind.PREVENTIVE.word)) == Kind.PREVENTIVE
        assert read("curatif") == read("corrective") == Kind.CORRECTIVE


def test_a_file_of_work_orders_may_say_english_words_to_an_english_reader(sqlite_session):
    work = next(one for one in importers() if one.kind == "work-orders")
    with speaking("en"):
        columns = {column.key: column for column in work.columns(sqlite_session, 1)}
        assert columns["state"].parse("Finished") == columns["state"].parse("Terminée")
