"""Who left, what was closed or withdrawn takes nothing new, through any door.

What was done before that day is taken, however late it is told; the record changes no more, but
for its last day and its return.
"""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError
from base.desk.imports.command import import_file
from base.rules.rights.actors import job_session, system_session
from base.store.models import Department, Partner
from interventions import services
from interventions.domain import Answer
from interventions.models import Agent, ChecklistPoint, Item, Labour, Store, WorkOrder
from patrimoine.models import Asset
from tests.factories.interventions import NOON
from tests.interventions.test_api import act, opened
from tests.interventions.test_views import post

LAST = "2026-11-15"
SINCE = "dans les archives depuis le 15/11/2026"
ANYHOW = {"If-Match": "*"}
JOB = {"title": "Fuite", "kind": "corrective", "priority": "low"}


def _end(model, pk, on=LAST):
    with system_session("tests") as session:
        session.get_one(model, pk).archived_on = on and date.fromisoformat(on)


def _count(model):
    with system_session("tests", readonly=True) as session:
        return session.scalar(select(func.count(model.id)))


@pytest.fixture
def kept(app, place):
    """A department and a supplier of the same authority."""
    with system_session("tests") as session:
        department = Department(entity_id=place["entity"], code="VOI", name="Voirie")
        partner = Partner(entity_id=place["entity"], code="TDV", name="Thermique du Val")
        session.add_all([department, partner])
        session.flush()
        return place | {"service": department.id, "partner": partner.id}


def _refused(answer):
    said = answer.get_json()["message"]
    assert answer.status_code == 409 and SINCE in said, answer.get_data(as_text=True)
    return said


def test_who_left_works_no_more_and_what_they_did_before_is_taken(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    path = f"/api/v1/agent/{place['agent']}"
    assert alice("PATCH", path, json={"archived_on": LAST}, headers=ANYHOW).status_code == 200
    time = {"agent_id": place["agent"], "hours": 1}
    said = _refused(act(alice, pk, "labour", time | {"date_on": "2026-11-20"}))
    assert said.startswith("Agent «\u00a0Nadia") and "remettez d’abord sa fiche en service" in said
    late = act(alice, pk, "labour", time | {"date_on": "2026-11-10"})
    assert late.status_code == 201
    rate = {"hourly_rate_eur": "40"}
    _refused(alice("POST", f"{path}/rate", json=rate | {"valid_from": "2026-11-16"}))
    before = alice("POST", f"{path}/rate", json=rate | {"valid_from": "2026-11-01"})
    assert before.status_code == 201, before.get_data(as_text=True)
    # A line is put right for a day of theirs alone, and taken back.
    line = late.get_json()["result"]["id"]
    _refused(alice("POST", f"/api/v1/labour/{line}/correct", json={"date_on": "2026-11-16"}))
    answer = alice("POST", f"/api/v1/labour/{line}/correct", json={"hours": 2})
    assert answer.status_code < 300, answer.get_data(as_text=True)
    line = answer.get_json()["result"]["id"]
    assert alice("POST", f"/api/v1/labour/{line}/reverse", json={}).status_code == 200


def test_nothing_is_given_to_who_left_nor_planned_for_them(api_of, client_of, place):
    alice, desk = api_of("alice"), client_of("alice")
    theirs = opened(alice, place, assigned_to_id=place["agent"])
    free = opened(alice, place)
    _end(Agent, place["agent"])
    agent = {"assigned_to_id": place["agent"]}
    job = JOB | {"asset_id": place["asset"]}
    _refused(alice("POST", "/api/v1/work_order/", json=job | agent))
    _refused(alice("PATCH", f"/api/v1/work_order/{free}", json=agent, headers=ANYHOW))
    _refused(act(alice, free, "plan", agent))
    _refused(act(alice, theirs, "plan", {"planned_on": "2027-01-04"}))
    # The form, its verb, and the verb on ticked rows.
    number = _count(WorkOrder)
    post(desk, "/workorderview/add", **JOB, asset=place["asset"], assigned_to=place["agent"])
    assert _count(WorkOrder) == number
    post(desk, f"/workorderview/plan/{free}", assigned_to=place["agent"])
    post(desk, "/workorderview/bulk/assign", ids=free, assigned_to=place["agent"])
    with system_session("tests", readonly=True) as session:
        assert session.get_one(WorkOrder, free).assigned_to_id is None
    # No choice offers them.
    offered = desk.get("/workorderview/choices/assigned_to").get_json()
    assert str(place["agent"]) not in [row["value"] for row in offered]
    # What they had in hand comes to its end.
    assert act(alice, theirs, "start").status_code == 200
    assert act(alice, theirs, "finish").status_code == 200


@pytest.mark.parametrize(
    ("model", "key", "word"), [(Store, "store", "Magasin"), (Item, "item", "Article")]
)
def test_a_closed_store_and_a_withdrawn_item_neither_give_nor_take(
    api_of, client_of, place, model, key, word
):
    alice, desk = api_of("alice"), client_of("alice")
    pk = opened(alice, place)
    used = act(alice, pk, "part", {"item_id": place["item"], "quantity": 1})
    part = {"item_id": place["item"], "store_id": place["store"], "quantity": 1}
    store = f"/api/v1/store/{place['store']}"
    entry = {"item_id": place["item"], "quantity": 5, "unit_cost_eur": "3"}
    count = {"item_id": place["item"], "counted": 1, "reason": "Comptage"}
    _end(model, place[key])
    for day in ({"date_on": "2026-11-20"}, {}):
        assert _refused(act(alice, pk, "part", part | day)).startswith(word)
        assert _refused(alice("POST", f"{store}/receive", json=entry | day)).startswith(word)
    _refused(alice("POST", f"{store}/adjust", json=count))
    form = {"item": place["item"], "quantity": "5", "unit_cost_eur": "3", "date_on": "2026-11-20"}
    assert post(desk, f"/storeview/receive/{place['store']}", **form).status_code in (409, 422)
    assert act(alice, pk, "part", part | {"date_on": "2026-11-10"}).status_code == 201
    late = alice("POST", f"{store}/receive", json=entry | {"date_on": "2026-11-10"})
    assert late.status_code == 201, late.get_data(as_text=True)
    # What left comes back, wherever it left from.
    line = used.get_json()["result"]["id"]
    assert alice("POST", f"/api/v1/part_use/{line}/reverse", json={}).status_code == 200


@pytest.mark.parametrize("model", [Agent, Store, Item, Department, Partner])
def test_its_record_changes_no_more_but_for_its_day_and_its_return(api_of, kept, model):
    admin = api_of("admin")
    resource = {Department: "service", Partner: "partner"}.get(model, model.__name__.lower())
    path, key = f"/api/v1/{resource}/{kept[resource]}", kept[resource]
    name = {"last_name" if model is Agent else "name": "Autre"}
    _end(model, key)
    assert "sa fiche ne change plus" in _refused(admin("PATCH", path, json=name, headers=ANYHOW))
    with job_session((kept["entity"],), "user:1") as session:
        row = session.get_one(model, key)
        row.archived_on = date(2026, 11, 14)
        session.flush()
        row.archived_on = None
        session.flush()
        row.archived_on, row.code = date(2026, 11, 14), "AUTRE"


def test_a_closed_department_and_a_supplier_gone_are_named_no_more(api_of, kept):
    admin = api_of("admin")
    pk = opened(admin, kept, service_id=kept["service"])
    _end(Department, kept["service"])
    _end(Partner, kept["partner"])
    theirs = {"service_id": kept["service"]}
    job = JOB | {"asset_id": kept["asset"]} | theirs
    assert _refused(admin("POST", "/api/v1/work_order/", json=job)).startswith("Service")
    for path in (f"agent/{kept['agent']}", f"building/{kept['asset']}"):
        _refused(admin("PATCH", f"/api/v1/{path}", json=theirs, headers=ANYHOW))
    # What has it keeps it and goes on.
    words = {"title": "Autrement"}
    answer = admin("PATCH", f"/api/v1/work_order/{pk}", json=words, headers=ANYHOW)
    assert answer.status_code == 200
    told = {"label": "Pompe", "amount_ht_eur": Decimal(1), "vat_rate": Decimal(20)}
    with job_session((kept["entity"],), "user:1") as session:
        work, partner = session.get_one(WorkOrder, pk), session.get_one(Partner, kept["partner"])
        told["supplier"] = partner
        services.record_expense(session, work, date_on=date(2026, 11, 10), **told)
        with pytest.raises(DomainError, match=f"Tiers.*{SINCE}"):
            services.record_expense(session, work, date_on=date(2026, 11, 20), **told)
        session.rollback()


def test_a_failed_point_of_work_of_a_closed_department_opens_work_all_the_same(api_of, kept):
    admin = api_of("admin")
    pk = opened(admin, kept, service_id=kept["service"])
    point = act(admin, pk, "point", {"label": "Vanne"}).get_json()["result"]["id"]
    _end(Department, kept["service"])
    with job_session((kept["entity"],), "user:1") as session:
        row = session.get_one(ChecklistPoint, point)
        services.answer_point(session, row, answer=Answer.FAILED, at=NOON)
        assert row.follow_up.service_id is None


def test_an_asset_left_on_no_day_before_work_on_it(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    path = f"/api/v1/asset/{place['asset']}/archive"
    time = {"agent_id": place["agent"], "hours": 1, "date_on": "2026-11-10"}
    line = act(alice, pk, "labour", time).get_json()["result"]["id"]
    refused = alice("POST", path, json={"on": "2026-11-09"})
    assert refused.status_code == 422, refused.get_json()
    assert "du temps passé le 10/11/2026" in refused.get_json()["message"]
    # What was taken back was not done; a bill comes when it comes.
    assert alice("POST", f"/api/v1/labour/{line}/reverse", json={}).status_code == 200
    assert alice("POST", path, json={"on": "2026-11-09"}).status_code == 200


def test_a_file_of_the_past_brings_what_they_did_and_nothing_after(place, tmp_path):
    with system_session("tests") as session:
        agent, asset = (
            session.get_one(Agent, place["agent"]),
            session.get_one(Asset, place["asset"]),
        )
        agent.archived_on = date.fromisoformat(LAST)
        head = "Numéro;Bien;Objet;État;Terminée le;Matricule;Heures"
        row = f"{asset.code};Fuite;validée;%s;{agent.code};2"
    path = tmp_path / "passe.csv"
    path.write_text(f"{head}\nBT-1;{row % '10/11/2026'}\n", encoding="utf-8")
    assert import_file("work-orders", path, entity="A").created == 1
    assert _count(Labour) == 1
    path.write_text(f"{head}\nBT-2;{row % '20/11/2026'}\n", encoding="utf-8")
    (refused,) = import_file("work-orders", path, entity="A").errors
    assert refused["row"] == 2 and SINCE in refused["reason"]
    assert _count(Labour) == 1


def test_a_file_of_assets_names_no_closed_department(kept, tmp_path):
    _end(Department, kept["service"])
    path = tmp_path / "biens.csv"
    path.write_text("Code;Nom;Service\nEQ-77;Pompe;Voirie\n", encoding="utf-8")
    (refused,) = import_file("equipment", path, entity="A", partial=True).errors
    assert refused["reason"].startswith("Service") and SINCE in refused["reason"]
