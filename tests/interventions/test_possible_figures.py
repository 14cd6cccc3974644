"""Figures that cannot be are refused at every door, with the bound in the sentence.

The bounds by hand: 500 € an hour, 100 000 of a part on a line, 100 000 000 € for a part or an
expense, 24 hours of a person in a day.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from base.basics import clock
from base.basics.errors import InvalidInput
from base.desk.imports.command import import_file
from base.rules.rights.actors import job_session, system_session
from interventions import services
from interventions.models import Agent, AgentRate, Item, Labour, Store, WorkOrder
from tests.factories.interventions import agent, building, work_order
from tests.interventions.test_api import act, made
from tests.interventions.test_api import opened as told
from tests.interventions.test_views import follow, opened, post, text
from tests.patrimoine.test_archived_at_once import _elsewhere

MONDAY = date(2026, 11, 23)
RATE, PARTS, EUROS = "au plus 500 €", "au plus 100 000", "au plus 100 000 000 €"
BILL = {"supplier": "Paul", "label": "Toit", "vat_rate": "20"}


@pytest.fixture
def place(sqlite_app):
    """As that of the resources, with more seals than one line takes: a count may say so."""
    found = made(sqlite_app, "A", "bob")
    with system_session("tests") as session:
        store, item = session.get_one(Store, found["store"]), session.get_one(Item, found["item"])
        services.adjust(session, store, item, counted=Decimal(300_000), reason="Compté")
    return found


def plain(words):
    return re.sub(r"\s", " ", words)


def reasons(report):
    return [error["reason"] for error in report.errors]


def refused(answer, field, bound):
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert set(answer.get_json()["errors"]) == {field}
    assert bound in plain(answer.get_json()["message"])


def test_programs_are_told_the_bound(sqlite_api_of, place):
    alice = sqlite_api_of("alice")
    pk = told(alice, place)
    rate = f"/api/v1/agent/{place['agent']}/rate"
    refused(
        alice("POST", rate, json={"hourly_rate_eur": "500.01", "valid_from": "2027-01-01"}),
        "hourly_rate_eur",
        RATE,
    )
    given = {"hourly_rate_eur": "500.00", "valid_from": "2027-01-01"}
    assert alice("POST", rate, json=given).status_code in (200, 201)
    mine = {"agent_id": place["agent"], "hours": "1", "date_on": "2026-11-23"}
    refused(
        act(alice, pk, "labour", {**mine, "hourly_rate_eur": "500.01"}), "hourly_rate_eur", RATE
    )
    seals = {"item_id": place["item"]}
    refused(act(alice, pk, "part", {**seals, "quantity": "100000.001"}), "quantity", PARTS)
    refused(
        act(alice, pk, "expense", {**BILL, "amount_ht_eur": "100000000.01"}),
        "amount_ht_eur",
        EUROS,
    )
    receive = f"/api/v1/store/{place['store']}/receive"
    for field, beyond, bound in (
        ("quantity", "100000.001", PARTS),
        ("unit_cost_eur", "100000000.0001", EUROS),
    ):
        body = {**seals, "quantity": 1, "unit_cost_eur": 1, field: beyond}
        refused(alice("POST", receive, json=body), field, bound)
    assert act(alice, pk, "part", {**seals, "quantity": "100000"}).status_code == 201
    bill = {**BILL, "amount_ht_eur": "100000000.00"}
    assert act(alice, pk, "expense", bill).status_code == 201


def test_people_are_told_the_bound_at_the_desk(sqlite_client_of, place):
    alice = sqlite_client_of("alice")
    pk = opened(alice, place)
    level = re.search(
        r'name="level".*?<option value="(\d+)"',
        alice.get(f"/workorderview/show/{pk}").text,
        re.DOTALL,
    )
    level = level[1] if level else "1"
    store = f"/storeview/receive/{place['store']}"
    seal = {"item": place["item"]}
    new = {"code": "N-1", "last_name": "Petit", "valid_from": "2026-01-01"}
    for path, sent, bound in (
        (f"/agentview/rate/{place['agent']}", {"hourly_rate_eur": "500,01"}, RATE),
        ("/agentview/add", {**new, "hourly_rate_eur": "500,01"}, RATE),
        (f"/workorderview/part/{pk}", {"level": level, "quantity": "100000,001"}, PARTS),
        (f"/workorderview/expense/{pk}", {**BILL, "amount_ht_eur": "100000000,01"}, EUROS),
        (store, {**seal, "quantity": "100000,001", "unit_cost_eur": "1"}, PARTS),
        (store, {**seal, "quantity": "1", "unit_cost_eur": "100000000,0001"}, EUROS),
    ):
        answer = post(alice, path, **sent)
        assert answer.status_code in (409, 422), path
        assert bound in text(answer), path


def test_people_are_told_the_bound_on_the_phone(sqlite_client_of, place):
    bob = sqlite_client_of("bob")
    began = post(bob, f"/interventions/mobile/bien/{place['asset']}/commencer", title="Joint")
    job = began.headers["Location"]
    level = re.search(r'<option value="(\d+)">', bob.get(job).text)[1]
    sent = {"hours": "0.5", "level": level, "quantity": "100000,001"}
    answer = post(bob, f"{job}/terminer", **sent)
    assert answer.status_code in (409, 422) and PARTS in text(answer)
    done = post(bob, f"{job}/terminer", **{**sent, "quantity": "100000"})
    assert "est terminée" in text(follow(bob, done))


FILES = {
    "agents": ("Matricule;Nom;Taux horaire\nN-1;Petit;500,01\n", "n’est pas entre 0,01 et 500"),
    "stock": (
        "Référence;Désignation;Entrée;Reçu le;Prix unitaire HT\nX;Vis;100000,001;02/03/2026;1\n"
        "Y;Clou;1;02/03/2026;100000000,0001\n",
        "n’est pas entre 0 et 100000",
    ),
    "work-orders": (
        "Numéro;Bien;Objet;État;Terminée le;Pièce;Quantité\n"
        "B-1;BAT-0001;Fuite;Terminée;02/03/2026;J;100000,001\n",
        "n’est pas entre 0 et 100000",
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_files_are_told_the_bound(sqlite_app, place, tmp_path, kind):
    words, bound = FILES[kind]
    path = tmp_path / "f.csv"
    path.write_text(words, encoding="utf-8")
    report = import_file(kind, path, entity="A")
    assert (report.applied, report.rejected) == (False, words.count("\n") - 1)
    found = [plain(reason) for reason in reasons(report)]
    assert all(re.search(bound, reason) for reason in found), found


def test_an_expense_of_a_file_is_told_the_bound(sqlite_app, place, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(
        "Numéro;Bien;Objet;État;Terminée le;Fournisseur;Montant HT;TVA\n"
        "B-1;BAT-0001;Toit;Terminée;02/03/2026;Paul;100000000,01;20\n",
        encoding="utf-8",
    )
    report = import_file("work-orders", path, entity="A")
    assert (report.applied, report.rejected) == (False, 1)
    assert "n’est pas entre 0 et 100000000" in plain(reasons(report)[0])


def test_a_figure_that_stood_before_blocks_nothing(sqlite_session):
    """A rate of 900 € of former years: time is logged, corrected and taken back at it."""
    session = sqlite_session
    nadia = agent(session, 1)
    order = work_order(session, building(session, 1))
    session.core(update(AgentRate).values(hourly_rate_eur=Decimal("900.00")))
    session.expire_all()
    line = services.record_labour(session, order, nadia, hours=Decimal(2), date_on=MONDAY)
    right = services.correct_labour(session, line, at=line.created_at, hours=Decimal(3))
    assert right.amount_ht_eur == Decimal("2700.00")
    rate = session.scalars(select(AgentRate)).one()
    rate.hourly_rate_eur = Decimal("900.00")  # as a form gives it back
    rate.valid_from = date(2026, 2, 1)
    session.flush()
    rate.hourly_rate_eur = Decimal("901.00")
    with pytest.raises(InvalidInput, match="au plus 500"):
        session.flush()
    session.rollback()


def test_what_no_door_asked_is_refused_when_it_is_written(sqlite_session):
    session = sqlite_session
    nadia = agent(session, 1)
    rate = AgentRate(agent=nadia, valid_from=date(2027, 1, 1), hourly_rate_eur=Decimal("500.01"))
    rate.entity_id = 1
    session.add(rate)
    with pytest.raises(InvalidInput) as fault:
        session.flush()
    assert set(fault.value.errors) == {"hourly_rate_eur"}
    session.rollback()


def test_bounds_are_described_to_programs(sqlite_client_of):
    from tests.base.test_openapi import spec

    told = spec(sqlite_client_of)
    schemas = told["components"]["schemas"]
    assert schemas["LabourApi.get"]["properties"]["hourly_rate_eur"]["maximum"] == 500
    body = told["paths"]["/api/v1/agent/{pk}/rate"]["post"]["requestBody"]
    rate = body["content"]["application/json"]["schema"]["properties"]["hourly_rate_eur"]
    assert {"type": "number", "maximum": 500} in rate["oneOf"]


class TestADay:
    """23 h are logged; an hour and a half more would make 24,5 h."""

    @pytest.fixture
    def day(self, sqlite_api_of, place):
        alice = sqlite_api_of("alice")
        pk = told(alice, place)
        line = act(alice, pk, "labour", self.time(place, "23"))
        assert line.status_code == 201
        return alice, pk, line.get_json()["result"]["id"]

    @staticmethod
    def time(place, hours, on=None):
        today = on or clock.today()
        return {"agent_id": place["agent"], "hours": hours, "date_on": today.isoformat()}

    def test_every_door_counts_it(self, day, place, sqlite_client_of):
        alice, pk, line = day
        refused(act(alice, pk, "labour", self.time(place, "1.5")), "hours", "24 heures")
        refused(
            alice("POST", f"/api/v1/labour/{line}/correct", json={"hours": "24.5"}),
            "hours",
            "24 heures",
        )
        desk = sqlite_client_of("alice")
        today = clock.today().isoformat()
        sent = {"hours": "1,5", "agent": place["agent"], "date_on": today}
        assert "24 heures" in text(post(desk, f"/workorderview/labour/{pk}", **sent))
        bob = sqlite_client_of("bob")
        began = post(bob, f"/interventions/mobile/bien/{place['asset']}/commencer", title="Joint")
        job = began.headers["Location"]
        answer = post(bob, f"{job}/terminer", hours="0.25", other_hours="1,5")
        assert answer.status_code in (409, 422) and "24 heures" in text(answer)

    def test_a_line_moved_to_a_full_day_is_refused(self, day, place):
        alice, pk, _line = day
        before = clock.today() - timedelta(days=1)
        other = act(alice, pk, "labour", self.time(place, "2", before)).get_json()["result"]["id"]
        path = f"/api/v1/labour/{other}/correct"
        body = {"date_on": clock.today().isoformat()}
        refused(alice("POST", path, json=body), "hours", "24 heures")
        assert alice("POST", path, json={**body, "hours": "1"}).status_code in (200, 201)


def test_two_who_log_the_day_at_once_see_each_other(app, server):
    """23 h are logged; an hour more on each of two orders at once: the second waits, is refused."""
    if server.kind == "sqlite":
        pytest.skip("un seul écrivain à la fois")
    with job_session((1,), "user:1") as session:
        school, nadia = building(session, 1), agent(session, 1)
        orders = [work_order(session, school) for _ in range(2)]
        services.record_labour(session, orders[0], nadia, hours=Decimal(23), date_on=MONDAY)
        first, second, who = orders[0].id, orders[1].id, nadia.id

    def log(session, key=second):
        order, worker = session.get_one(WorkOrder, key), session.get_one(Agent, who)
        services.record_labour(session, order, worker, hours=Decimal(1), date_on=MONDAY)

    with job_session((1,), "user:1") as session:
        log(session, first)
        assert "lock timeout" in str(_elsewhere(app, log))
    assert isinstance(_elsewhere(app, log), InvalidInput)
    with system_session("tests", readonly=True) as session:
        assert sum(row.hours for row in session.scalars(select(Labour))) == 24
