"""The examination names a cost that left its ledger, and a stock that left its moves."""

from decimal import Decimal

import pytest
from sqlalchemy import delete

from base.rules.rights.actors import system_session
from base.upkeep.doctor import examine
from interventions import services
from interventions.domain import State
from interventions.models import Labour, StockLevel
from tests.factories.interventions import MONDAY, NOON, agent, building, stocked, work_order


@pytest.fixture
def number(app):
    """A work order with time taken back, time that counts, and a part."""
    with system_session("test") as session:
        row = work_order(session, building(session, 1), State.STARTED)
        nadia = agent(session, 1)
        for _n in range(2):
            line = services.record_labour(session, row, nadia, hours=Decimal(1), date_on=MONDAY)
        services.reverse_line(session, line, at=NOON)
        store, seal = stocked(session, 1)
        services.consume_part(session, row, seal, store=store, quantity=Decimal(1), date_on=MONDAY)
        return row.number


def findings(app):
    return {f.check: (f.state, f.sentence) for f in examine(app) if f.check in ("costs", "stock")}


def change(statement):
    """Past the services: what an operator with the database in hand can do."""
    with system_session("test") as session:
        session.core(statement)


def test_all_is_well_after_ordinary_work(app, number):
    assert {state for state, _words in findings(app).values()} == {"ok"}


def test_a_changed_line_is_named_by_its_work_order(app, number):
    change(Labour.__table__.update().values(amount_ht_eur=Decimal("99.00")))
    state, words = findings(app)["costs"]
    assert state == "fault" and number in words


def test_a_ledger_line_without_its_source_is_counted(app, number):
    change(delete(Labour.__table__))
    state, words = findings(app)["costs"]
    assert state == "fault" and words.endswith("\u00a0: 3.")


def test_an_edited_stock_is_named_by_its_item(app, number):
    change(StockLevel.__table__.update().values(quantity=Decimal(42)))
    state, words = findings(app)["stock"]
    assert state == "fault" and "ST-04-027" in words
