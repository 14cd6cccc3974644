"""The history tells each person what they may read on the records, and nothing else.

For every kind of record with history and every tracked column of it stands an event in the trail;
people of each role ask for them through the resource, the timeline and the counts.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import prison
import pytest
from sqlalchemy import select

from base.rules.rights import withheld
from base.rules.rights.actors import job_session, system_session
from base.store.database import Model
from base.store.history.trail import note_change, record_name, tracked_columns
from base.store.models import Document, Event, NextAction
from tests import engines
from tests.factories import rows
from tests.told import told

#: Person -> role. None of them has any other.
PEOPLE = {
    "damien": "Lecteur",
    "bob": "Agent",
    "alice": "Responsable",
    "franck": "Finances",
    "elsa": "Énergie",
    "nina": "Rien",
}
READER, AGENT, STEWARD, FINANCE, ENERGY = list(PEOPLE.values())[:5]
EVERYBODY = {READER, AGENT, STEWARD, FINANCE, ENERGY}
TOWN = EVERYBODY - {ENERGY}
DESK = {READER, STEWARD, FINANCE}
#: Table of each kind with history -> the roles that read its events. A kind that is not here fails.
READ_BY: dict[str, set[str]] = {
    "base_document": EVERYBODY,
    "base_entity": EVERYBODY,
    "base_import_batch": {STEWARD},  # a file of assets
    "base_next_action": EVERYBODY,
    "base_partner": EVERYBODY,
    "base_service": EVERYBODY,
    "base_setting": {STEWARD, FINANCE},
    "energie_allocation": EVERYBODY,
    "energie_delivery_point": EVERYBODY,
    "energie_invoice": {READER, STEWARD, FINANCE, ENERGY},
    "energie_meter": EVERYBODY,
    "energie_reading_batch": {STEWARD, FINANCE, ENERGY},
    "energie_register": EVERYBODY,
    "energie_series": EVERYBODY,
    "interventions_agent": {AGENT, STEWARD, FINANCE},
    "interventions_agent_rate": {AGENT, STEWARD, FINANCE},
    "interventions_checklist_point": EVERYBODY,
    "interventions_expense": EVERYBODY,
    "interventions_item": TOWN,
    "interventions_labour": EVERYBODY,
    "interventions_part_use": EVERYBODY,
    "interventions_photo": EVERYBODY,
    "interventions_service_request": {READER, AGENT, STEWARD, ENERGY},
    "interventions_signature": EVERYBODY,
    "interventions_stock_move": DESK,
    "interventions_store": TOWN,
    "interventions_work_order": EVERYBODY,
    "patrimoine_asset": EVERYBODY,
    "patrimoine_category": DESK,
    "patrimoine_cost_line": DESK | {ENERGY},
    "patrimoine_field_definition": DESK,
    "patrimoine_tag": {READER, AGENT, STEWARD},
    "patrimoine_tag_report": {AGENT, STEWARD},
    "reports_report_run": {STEWARD, FINANCE},  # a report on costs, with those of labour
} | told("HISTORY_READ_BY")


def _kinds() -> dict[str, list[Any]]:
    """Root table -> the mappers with tracked columns of a kind that belongs to authorities."""
    found: dict[str, list[Any]] = {}
    for mapper in Model.registry.mappers:
        if tracked_columns(mapper):
            found.setdefault(record_name(mapper), []).append(mapper)
    return found


@pytest.fixture(scope="module")
def town(sqlite_server: Any) -> Any:
    """One row of each kind, and an event for each of its tracked columns, all in A."""
    from base.desk.accounts.making import create_user
    from base.rules.rights.actors import security

    sqlite_server.reset()
    app = sqlite_server.app
    ids: dict[str, int] = {}
    with app.app_context():
        manager = app.appbuilder.sm
        manager.builtin_roles.setdefault("Rien", [])
        manager.add_role("Rien")
        for name, role in PEOPLE.items():
            if name not in engines.PEOPLE:
                create_user(name, engines.PASSWORD, roles=[role], entities=["A"], must_change=False)
        security.remove()
        for table, mappers in sorted(_kinds().items()):
            model = mappers[0].base_mapper.class_
            if table.startswith("ab_"):
                ids[table] = 1
                continue
            if table == "base_entity":
                ids[table] = 1
                continue
            with system_session("test") as session:
                row = rows.make(session, model, 1, "Bienvenu")
                if model in (Document, NextAction):
                    row.record, row.record_id = "patrimoine_asset", 1
                if model is Document:
                    of_an_agent = rows.make(session, model, 1, "Bienvenu")
                    of_an_agent.record, of_an_agent.record_id = "interventions_agent", 1
                    session.flush()
                    ids["agent's file"] = of_an_agent.id
                session.flush()
                ids[table] = row.id
        with system_session("probe") as session:
            _write(session, ids)
    yield app, ids
    manager.builtin_roles.pop("Rien", None)


def _write(session: Any, ids: dict[str, int]) -> None:
    for table, mappers in sorted(_kinds().items()):
        columns = sorted({a.key for mapper in mappers for a in tracked_columns(mapper)})
        whole = {key: [None, f"{table}.{key}"] for key in columns}
        changes = [("I", whole), *(("U", {key: ["", f"{table}.{key}"]}) for key in columns)]
        for op, change in changes:
            note_change(
                session, op=op, record=table, record_id=ids[table], entity_id=1, changes=change
            )


def test_each_kind_with_history_says_who_reads_it() -> None:
    unsaid = set(_kinds()) - set(READ_BY) - {"ab_user", "ab_role"}
    assert not unsaid, f"say in READ_BY who reads the events of {sorted(unsaid)}"


@pytest.mark.parametrize("person", PEOPLE)
def test_no_event_of_a_kind_that_a_person_may_not_open(town: Any, person: str) -> None:
    app, _ids = town
    with app.app_context(), job_session((1,), f"user:{_number(person)}", "test") as session:
        seen = set(session.scalars(select(Event.record).distinct()))
    expected = {table for table, roles in READ_BY.items() if PEOPLE[person] in roles}
    assert {t: PEOPLE[person] for t in seen ^ expected} == {}


@pytest.mark.parametrize("person", PEOPLE)
def test_no_event_of_a_file_of_what_a_person_may_not_open(town: Any, person: str) -> None:
    app, ids = town
    with app.app_context(), job_session((1,), f"user:{_number(person)}", "test") as session:
        mine = (Event.record == "base_document", Event.record_id == ids["agent's file"])
        seen = session.scalars(select(Event.seq).where(*mine)).all()
    assert bool(seen) == (PEOPLE[person] in READ_BY["interventions_agent"])


def _columns(app: Any, client: Any, headers: Any, browser: Any, table: str) -> set[str]:
    """The tracked columns that the screens and resources which open to a person show."""
    shown: set[str] = set()
    for view in app.appbuilder.baseviews:
        model = getattr(getattr(view, "datamodel", None), "obj", None)
        if model is None or record_name(model) != table:
            continue
        if hasattr(view, "resource_name"):
            answer = client.get(f"/api/v1/{view.resource_name}/", headers=headers)
            parts = ("list", "show", "add", "edit", "search", "order")
        else:
            answer = browser.get(f"{view.route_base}/list/")
            parts = ("list", "show", "cartouche", "add", "edit", "search", "order", "word")
        if answer.status_code != 200:
            continue
        names = {name for part in parts for name in getattr(view, f"{part}_columns") or ()}
        shown |= names | {f"{name}_id" for name in names}
    return shown


@pytest.mark.parametrize("person", [p for p in PEOPLE if p != "nina"])
def test_no_column_that_a_person_does_not_see_on_the_record(town: Any, person: str) -> None:
    """Neither in an entry, nor an entry that says nothing else."""
    app, _ids = town
    client, browser = app.test_client(), app.test_client()
    headers = engines.token_headers(client, person)
    engines.sign_in(browser, person)
    by_table: dict[str, set[str]] = {}
    alone: dict[str, set[str]] = {}
    with app.app_context(), job_session((1,), f"user:{_number(person)}", "test") as session:
        events = session.scalars(select(Event).where(Event.door == "probe")).all()
        for event in events:
            told = withheld.concealed(session, event.record, json.loads(event.changes))
            by_table.setdefault(event.record, set()).update(told)
            if event.op == "U":
                assert told, f"{event.record}: {event.changes}"
                alone.setdefault(event.record, set()).update(told)
    checked = 0
    for table, told in by_table.items():
        shown = _columns(app, client, headers, browser, table)
        if not shown:  # shown with what it hangs on
            continue
        assert told - shown - {"entity_id", "archived_on"} == set(), table
        assert alone[table] == told, table
        checked += 1
    assert checked > 5


def test_the_resource_shows_counts_and_filters_the_same(town: Any) -> None:
    app, _ids = town
    client = app.test_client()
    headers = engines.token_headers(client, "damien")

    def asked(**question: Any) -> Any:
        answer = client.get("/api/v1/trail/?q=" + json.dumps(question), headers=headers)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()

    shown, after = set(), {}
    while True:
        page = asked(page_size=100, **after)
        shown |= {event["record"] for event in page["result"]}
        if page["next"] is None:
            break
        after = {"after": prison.loads(parse_qs(urlsplit(page["next"]).query)["q"][0])["after"]}
    assert "patrimoine_asset" in shown
    assert not {t for t in shown if PEOPLE["damien"] not in READ_BY[t]}
    for table, roles in READ_BY.items():
        filtered = asked(filters=[{"col": "record", "opr": "eq", "value": table}])
        assert bool(filtered["count"]) == (PEOPLE["damien"] in roles), table
    closed = [t for t, roles in READ_BY.items() if PEOPLE["damien"] not in roles]
    assert asked(filters=[{"col": "record", "opr": "in", "value": closed}])["count"] == 0


def test_one_event_that_may_not_be_read_is_not_there(town: Any) -> None:
    app, _ids = town
    with app.app_context(), system_session("test", readonly=True) as session:
        seqs = session.scalars(select(Event.seq).where(Event.record == "interventions_agent")).all()
    client = app.test_client()
    headers = engines.token_headers(client, "damien")
    assert {client.get(f"/api/v1/trail/{seq}", headers=headers).status_code for seq in seqs} == {
        404
    }
    headers = engines.token_headers(client, "alice")
    assert client.get(f"/api/v1/trail/{seqs[0]}", headers=headers).status_code == 200


def _number(person: str) -> int:
    from flask_appbuilder.security.sqla.models import User

    with system_session("test", readonly=True) as session:
        return int(session.scalars(select(User.id).where(User.username == person)).one())
