"""What belongs to an asset, as the models say it: nothing is left out unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from base.face.attached.documents import attach
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session
from base.store.database import db
from base.store.history import belonging
from base.store.models.inbox import NextAction
from energie.imports.invoice_files import read_invoice
from energie.models import Meter, Series
from energie.services import allocate, receive_invoice
from interventions.models import Labour, WorkOrder
from patrimoine.models import Asset
from tests.energie.samples import invoice as invoice_file
from tests.factories import energie
from tests.factories.interventions import MONDAY, building

ASSET = "patrimoine_asset"


def test_every_table_with_history_is_reached_or_says_why_not(sqlite_app: Any) -> None:
    assert belonging.unplaced(ASSET) == []


def test_a_table_that_says_nothing_is_named_with_all_that_hangs_on_it(
    sqlite_app: Any, monkeypatch: Any
) -> None:
    monkeypatch.delattr(WorkOrder, "__hangs_on__")
    assert belonging.unplaced(ASSET) == [
        "interventions_checklist_point",
        "interventions_expense",
        "interventions_labour",
        "interventions_part_use",
        "interventions_photo",
        "interventions_signature",
        "interventions_work_order",
    ]


@pytest.mark.parametrize(
    "said", ["hours", "nothing", "work_order.id", "nothing.asset_id", "created_by"]
)
def test_a_word_that_leads_nowhere_is_refused(sqlite_app: Any, monkeypatch: Any, said: str) -> None:
    monkeypatch.setattr(Labour, "__hangs_on__", said)
    with pytest.raises(belonging.Unreachable, match="Labour"):
        belonging.edges_from(ASSET)


def test_tables_that_hang_on_each_other_are_refused(sqlite_app: Any, monkeypatch: Any) -> None:
    there, back = belonging.owners(Labour)[0], belonging.owners(WorkOrder)[0]
    circle = {Labour: [there], WorkOrder: [back, belonging.Edge(there.parent, there.table, 0, 0)]}
    monkeypatch.setattr(belonging, "owners", lambda model: circle.get(model, []))
    with pytest.raises(belonging.Unreachable, match="interventions_labour"):
        belonging.edges_from(ASSET)


def test_a_relation_says_the_same_as_its_column(sqlite_app: Any, monkeypatch: Any) -> None:
    before = belonging.edges_from(ASSET)
    monkeypatch.setattr(WorkOrder, "__hangs_on__", "asset")
    assert belonging.edges_from(ASSET) == before


@pytest.fixture
def served(app: Any) -> dict[str, int]:
    """A hall with a delivery point that serves it and a school: each bears half of the invoice."""
    with job_session((1,), "user:2", "test") as session:
        hall, school = building(session, 1, code="BAT-1"), building(session, 1, code="BAT-2")
        point = energie.point(session, asset=hall)
        allocate(session, point, school, weight=Decimal(1), valid_from=date(2025, 1, 1))
        session.add(
            Series(entity_id=1, point_id=point.id, quantity="energy", step="day", unit="Wh")
        )
        invoice = receive_invoice(session, read_invoice(invoice_file()), entity_id=1)
        assert invoice.state == "booked"
        stored = current_store().put(b"<x/>", media_type="application/xml", label="facture.xml")
        attach(session, invoice, stored)
        attach(session, hall, stored)
        session.add(
            NextAction(
                entity_id=1,
                record="energie_invoice",
                record_id=invoice.id,
                title="Vérifier",
                due_on=MONDAY,
                assignee_id=2,
            )
        )
        return {"hall": hall.id, "school": school.id, "invoice": invoice.id}


def found(asset_id: int, scope: tuple[int, ...] = (1,)) -> dict[str, int]:
    """How many records of each table belong to an asset."""
    with job_session(scope, "user:2", "test", readonly=True) as session:
        records = belonging.records_of(session, session.get(Asset, asset_id))
        assert all(ids == sorted(set(ids)) for ids in records.values())
        return {table: len(ids) for table, ids in records.items() if ids}


def test_what_is_told_by_a_road_of_several_steps_is_found(served: Any) -> None:
    hall, school = found(served["hall"]), found(served["school"])
    assert school == {
        "patrimoine_asset": 1,
        "patrimoine_cost_line": 1,
        "energie_allocation": 1,
        "energie_invoice": 1,  # by its share, for the point is the hall's
        "base_document": 1,
        "base_next_action": 1,
    }
    # The meter is an asset of its own: it is the hall's by its point. The file of the hall and
    # that of the invoice are two documents.
    assert hall == {
        "patrimoine_asset": 1,
        "patrimoine_cost_line": 1,
        "energie_delivery_point": 1,
        "energie_allocation": 2,
        "energie_meter": 1,
        "energie_register": 1,
        "energie_series": 1,
        "energie_invoice": 1,
        "base_document": 2,
        "base_next_action": 1,
    }


def test_what_the_session_may_not_see_does_not_belong(served: Any) -> None:
    with job_session((1,), "user:2", "test", readonly=True) as session:
        hall = session.get(Asset, served["hall"])
        with job_session((2,), "user:4", "test", readonly=True) as other:
            records = belonging.records_of(other, hall)
    assert {table: ids for table, ids in records.items() if ids} == {ASSET: [served["hall"]]}


def test_a_table_may_hang_on_itself(served: Any, monkeypatch: Any) -> None:
    with job_session((1,), "user:2", "test") as session:
        meter = session.query(Meter).one()
        above, asset_id = meter.id, meter.asset_id
        for number in range(3):
            below = Meter(
                entity_id=1,
                point_id=meter.point_id,
                parent_id=above,
                serial_number=f"V{number}",
                kind="virtual",
            )
            session.add(below)
            session.flush()
            above = below.id
    assert found(asset_id)["energie_meter"] == 1
    monkeypatch.setattr(Meter, "__hangs_on__", ("asset_id", "parent_id"))
    assert found(asset_id)["energie_meter"] == 4


def test_statements_are_of_bounded_size_and_number(sqlite_app: Any) -> None:
    """1,001 work orders are three statements for each kind of line; other assets cost nothing."""
    with job_session((1,), "user:2", "test") as session:
        school, hall = building(session, 1, code="BAT-1"), building(session, 1, code="BAT-2")
        for asset in (school, hall):
            session.add_all(
                WorkOrder(entity_id=1, number=f"{asset.code}-{n}", asset_id=asset.id, title="X")
                for n in range(1001)
            )
        session.flush()
        chosen = school.id
    with statements() as seen, job_session((1,), "user:2", "test", readonly=True) as session:
        school = session.get(Asset, chosen)
        seen.clear()
        records = belonging.records_of(session, school)
    assert len(records["interventions_work_order"]) == 1001
    roads = 9  # the tables and roads that lead from the asset itself
    lines = 6  # kinds of lines of a work order
    naming = 2  # documents and next actions, of 1,002 records each
    assert len(seen) == roads + 3 * lines + 3 * naming
    assert all(" IN (" in statement and len(values) <= 600 for statement, values in seen)


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """The statements of the database, as they come, with their values."""
    seen: list[tuple[str, Any]] = []

    def note(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        if statement.startswith("SELECT"):
            seen.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)
