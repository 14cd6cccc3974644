"""Long lists: whole in every order, page by page, read in their indexes, in few statements."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from base.basics import clock
from base.face.views import lists
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from interventions.models import WorkOrder
from patrimoine import domain
from patrimoine.models import Asset, Equipment
from patrimoine.services import bulk

DAY = date(2026, 1, 5)
ORDERS = ("sort_key", "code", "status", "acquired_on", "acquisition_cost_eur")


def grow(entity_id, first, count):
    """Equipment with and without a day and a cost, many of them alike."""
    drafts = []
    for n in range(first, first + count):
        values = {
            "code": f"E{entity_id}-{n:05d}",
            "name": f"Pompe {n % 7}",
            "status": "in_service" if n % 3 else "out_of_service",
        }
        if n % 4:
            values["acquired_on"] = DAY + timedelta(days=n % 5)
        if n % 5:
            values["acquisition_cost_eur"] = Decimal(n % 6)
        drafts.append(bulk.Draft(domain.Kind.EQUIPMENT, values))
    with system_session("tests") as session:
        return bulk.create_many(session, drafts, entity_id=entity_id, on=DAY)


def work_on(asset_ids, entity_id):
    """A work order on each."""
    now = clock.now()
    with system_session("tests") as session:
        session.core(
            insert(WorkOrder.__table__),
            [
                {
                    "entity_id": entity_id,
                    "asset_id": pk,
                    "number": f"INT-{pk:08d}",
                    "title": "Vérifier",
                    "state": "draft" if pk % 2 else "planned",
                    "kind": "corrective",
                    "priority": "normal",
                    "description": "",
                    "finding": "",
                    "requester": "",
                    "reason": "",
                    "worked_seconds": 0,
                    "version": 1,
                    "created_at": now,
                    "changed_at": now,
                    "due_on": DAY,
                }
                for pk in asset_ids
            ],
        )


def walked(session, model, name, criteria=(), **how):
    """All rows of a list, a page after the other, then back again."""
    order = replace(lists.order_of(model, name, [*ORDERS, "id"], "id"), **how)
    chosen = lists.Selection(list(criteria), [], "", [])
    forth, back, mark = [], [], {}
    while True:
        page = lists.page(session, model, chosen, MultiDict(mark), order=order)
        forth.append([row.id for row in page.rows])
        if page.next is None:
            break
        mark = {"after": page.next}
    while page.previous is not None:
        page = lists.page(session, model, chosen, MultiDict({"before": page.previous}), order=order)
        back.insert(0, [row.id for row in page.rows])
    assert back == forth[:-1]
    return [pk for ids in forth for pk in ids]


def sorted_by_hand(rows, name):
    """Empty values last, the id behind everything; descending turns both round."""
    key, down = name.lstrip("-"), name.startswith("-")
    filled = [row for row in rows if getattr(row, key) is not None]
    filled.sort(key=lambda row: (getattr(row, key), row.id), reverse=down)
    empty = [row for row in rows if getattr(row, key) is None]
    empty.sort(key=lambda row: row.id, reverse=down)
    return [row.id for row in [*filled, *empty]]


@pytest.mark.parametrize("scope", [(1,), (1, 2)], ids=["one entity", "two entities"])
def test_every_order_walked_in_pages_is_the_whole_list(app, scope):
    grow(1, 0, 90)
    grow(2, 0, 40)
    with job_session(scope, "tests", readonly=True) as session:
        rows = session.query(Asset).all()
        assert len(rows) == 90 + 40 * (len(scope) - 1)
        for order in [*ORDERS, *[f"-{name}" for name in ORDERS]]:
            assert walked(session, Asset, order) == sorted_by_hand(rows, order), order
        assert walked(session, Asset, "sort_key", gathered=True) == sorted_by_hand(rows, "sort_key")
        states = [Asset.status.in_(["in_service", "out_of_service"])]
        assert walked(session, Equipment, "-acquired_on", states) == sorted_by_hand(
            rows, "-acquired_on"
        )
        since = [Asset.acquired_on >= DAY + timedelta(days=3), Asset.kind == "equipment"]
        dated = [row for row in rows if row.acquired_on and row.acquired_on >= DAY + timedelta(3)]
        assert walked(session, Equipment, "acquired_on", since) == sorted_by_hand(
            dated, "acquired_on"
        )


@pytest.fixture
def statements(sqlite_app):
    """The statements of the database, as they come, with their values."""
    seen = []

    def note(connection, cursor, statement, parameters, context, many):
        if not statement.startswith(("PRAGMA", "BEGIN", "EXPLAIN")):
            seen.append((statement, parameters))

    with sqlite_app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


FILTERS = {
    "whole": [],
    "kind": [Asset.kind == "equipment"],
    "state": [Asset.status == "out_of_service"],
    "category": [Asset.category_id == 1],
    "parent": [Asset.parent_id == 1],
    "service": [Asset.service_id == 1],
    "serial number": [Asset.serial_number == "A"],
}


@pytest.mark.parametrize("name", [*FILTERS, *ORDERS[1:], *[f"-{name}" for name in ORDERS]])
def test_a_page_is_read_in_the_order_of_its_index(sqlite_app, statements, name):
    """Nothing is sorted but the two parts of a column that may be empty, a page each."""
    criteria = [Asset.archived_on.is_(None), *FILTERS.get(name, ())]
    order = lists.order_of(Asset, name, [*ORDERS, "id"], "sort_key")
    with job_session((1,), "tests", readonly=True) as session:
        statements.clear()
        lists.page(session, Asset, lists.Selection(criteria, [], "", []), MultiDict(), order=order)
        asked, values = statements[0]
        plan = [
            row[3]
            for row in Session.connection(session).exec_driver_sql(
                f"EXPLAIN QUERY PLAN {asked}", values
            )
        ]
    sorts = sum("TEMP B-TREE" in line for line in plan)
    assert sorts == (1 if inspect(Asset).columns[order.column.name].nullable else 0), plan
    assert not any(line.startswith("SCAN patrimoine_asset") for line in plan), plan


def test_pages_of_twenty_rows_and_of_two_thousand_take_as_many_statements(
    sqlite_app, sqlite_client_of, statements
):
    alice = sqlite_client_of("alice")
    work_on(grow(1, 0, 20).values(), 1)
    pages = [
        "/assetview/list/",
        "/assetview/list/?order=-acquisition_cost_eur",
        "/equipmentview/list/",
        "/assetview/list/?f.status.eq=in_service",
        "/workorderview/list/",
        "/workorderview/list/?tab=all&order=due_on",
        "/workorderview/list/?tab=late",
        "/assetview/show/1",
        "/workorderview/show/1",
        "/",
    ]

    def counts():
        found = {}
        for path in pages:
            alice.get(path)
            statements.clear()
            assert alice.get(path).status_code == 200, path
            found[path] = len(statements)
        return found

    few = counts()
    work_on(grow(1, 20, 1980).values(), 1)
    assert counts() == few
