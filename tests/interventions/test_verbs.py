"""Declared verbs at their doors: the desk, the list, programs, a queue of commands."""

from __future__ import annotations

import re

import jsonschema
import pytest

from base.rules import verbs
from interventions.models import WorkOrder
from tests.engines import csrf
from tests.interventions.test_api import made
from tests.interventions.test_views import follow, post, text


@pytest.fixture
def place(sqlite_app):
    return made(sqlite_app, "A", "bob")


def asked(client, place, title="Porte bloquée"):
    answer = post(
        client,
        "/servicerequestview/add",
        asset=place["asset"],
        title=title,
        channel="phone",
        priority="normal",
    )
    return answer.headers["Location"].rsplit("/", 1)[1]


def test_a_double_click_opens_one_work_order(sqlite_client_of, sqlite_api_of, place):
    alice = sqlite_client_of("alice")
    pk = asked(alice, place)
    page = alice.get(f"/servicerequestview/show/{pk}").get_data(as_text=True)
    assert 'name="form_key"' in page
    sent = {"csrf_token": csrf(alice, "/compte/"), "form_key": "once", "due_on": "2026-12-24"}
    first, second = (alice.post(f"/servicerequestview/accept/{pk}", data=sent) for _n in range(2))
    assert first.status_code == second.status_code == 302
    assert first.headers["Location"] == second.headers["Location"]
    assert "/workorderview/show/" in first.headers["Location"]
    assert "est ouverte" in text(alice.get(first.headers["Location"]))
    listed = sqlite_api_of("alice")("GET", "/api/v1/work_order/").get_json()
    assert listed["count"] == 1 and listed["result"][0]["due_on"] == "2026-12-24"
    # Without a key it is a second try, and refused.
    again = text(follow(alice, post(alice, f"/servicerequestview/accept/{pk}")))
    assert "déjà été triée" in again


def test_the_record_offers_what_the_state_and_the_person_allow(sqlite_client_of, place):
    alice, bob = sqlite_client_of("alice"), sqlite_client_of("bob")
    pk = asked(alice, place)
    page = f"/servicerequestview/show/{pk}"
    assert "Ouvrir l’intervention" in text(alice.get(page))
    assert "Le demandeur le lira." in text(alice.get(page))
    assert "Ouvrir l’intervention" not in text(bob.get(page))
    said = text(follow(alice, post(alice, f"/servicerequestview/refuse/{pk}", reason="Privé")))
    assert "1 demande refusée." in said and "Ouvrir l’intervention" not in said


def test_a_program_is_refused_field_by_field(sqlite_client_of, sqlite_api_of, place):
    alice = sqlite_api_of("alice")
    pk = asked(sqlite_client_of("alice"), place)
    path = f"/api/v1/service_request/{pk}"
    wrong = alice(
        "POST",
        f"{path}/accept",
        json={"assigned_to_id": 999999, "due_on": "demain", "colour": "red"},
    )
    assert wrong.status_code == 422
    assert set(wrong.get_json()["errors"]) == {"assigned_to_id", "due_on", "colour"}
    assert "reason" in alice("POST", f"{path}/refuse", json={}).get_json()["errors"]
    good = alice("POST", f"{path}/accept", json={"due_on": "2026-12-24"})
    assert good.status_code == 200
    answer = good.get_json()
    assert answer["result"]["state"] == "accepted"
    assert answer["work_order_number"].startswith("INT-")
    order = alice("GET", f"/api/v1/work_order/{answer['work_order_id']}").get_json()["result"]
    assert order["due_on"] == "2026-12-24"


def command(**more):
    return {
        "key": "k1",
        "verb": "interventions_service_request.accept",
        "id": 3,
        "version": 1,
        "at": "2026-11-23T10:42:00Z",
        "arguments": {"due_on": "2026-12-24"},
        **more,
    }


def faulty(*commands):
    checker = jsonschema.Draft202012Validator(
        verbs.commands(), format_checker=jsonschema.FormatChecker()
    )
    return not checker.is_valid(list(commands))


def test_a_queue_of_commands_is_described(sqlite_app):
    refuse = {"verb": "interventions_service_request.refuse"}
    jsonschema.Draft202012Validator.check_schema(verbs.commands())
    assert not faulty() and not faulty(command())
    assert not faulty(command(), command(**refuse, arguments={"reason": "Privé"}))
    assert not faulty(command(arguments={"work_order_id": 12, "assigned_to_id": 4}))
    for wrong in (
        command(verb="interventions_service_request.burn"),
        command(verb=3),
        command(id=0),
        command(key=""),
        command(further=1),
        command(arguments={"reason": "Privé"}),
        command(arguments={"due_on": "demain"}),
        command(arguments={"work_order_id": "12"}),
        command(**refuse, arguments={}),
        command(**refuse, arguments={"reason": "x" * 301}),
        {k: v for k, v in command().items() if k != "at"},
    ):
        assert faulty(wrong), wrong


def test_what_a_verb_takes_and_answers_is_described(sqlite_client_of):
    paths = sqlite_client_of(None).get("/api/v1/_openapi").get_json()["paths"]
    accept = paths["/api/v1/service_request/{pk}/accept"]["post"]
    body = accept["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"work_order_id", "assigned_to_id", "due_on"}
    assert body["additionalProperties"] is False and "required" not in body
    assert set(accept["responses"]) == {"200", "401", "403", "404", "409", "412", "422"}
    shown = accept["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown["properties"]["result"] == {"$ref": "#/components/schemas/ServiceRequestApi.get"}
    assert "work_order_number" in shown["properties"]


def test_a_work_order_has_no_verbs_by_inheritance_of_another_model():
    assert {v.model for v in verbs.verbs_of(WorkOrder)} <= {WorkOrder}


#: Moves of a work order that the contract names, written out: (state, state) -> verb.
MOVES = {
    ("draft", "planned"): "plan",
    ("draft", "started"): "start",
    ("draft", "cancelled"): "cancel",
    ("planned", "started"): "start",
    ("planned", "cancelled"): "cancel",
    ("started", "paused"): "pause",
    ("started", "finished"): "finish",
    ("started", "cancelled"): "cancel",
    ("paused", "started"): "start",
    ("paused", "cancelled"): "cancel",
    ("finished", "validated"): "validate",
    ("finished", "planned"): "reopen",
    ("validated", "planned"): "reopen",
    ("cancelled", "planned"): "reopen",
}


def test_the_moves_of_the_board_are_those_of_the_verbs(sqlite_app):
    view = next(v for v in sqlite_app.appbuilder.baseviews if v.endpoint == "WorkOrderView")
    assert dict(view.board.moves) == MOVES
    assert "cancelled" not in dict(view.board.lanes())
    bar = [verb.name for verb in view.verbs if verb.in_bulk]
    assert bar == ["assign", "plan", "priority", "validate", "cancel"]


#: Routes that act on a record of the module and that no declaration makes, with why.
BY_HAND = {
    "AgentApi.account": "an account is no record of an authority",
    "AgentView.account": "the same, and nothing chosen unlinks it",
    "WorkOrderView.photo": "a file is sent",
    "ServiceRequestView.from_report": "acts on a report of the register",
}
#: What every screen and resource has.
EVERY = {"add", "edit", "delete", "message", "action", "action_post", "post", "put", "patch"}


def test_every_verb_of_the_module_is_declared(sqlite_app):
    seen = {
        rule.endpoint
        for rule in sqlite_app.url_map.iter_rules()
        if "POST" in rule.methods
        for view in sqlite_app.appbuilder.baseviews
        if rule.endpoint.startswith(f"{view.endpoint}.")
        and type(view).__module__.startswith("interventions.")
        and hasattr(view, "datamodel")
        and rule.endpoint.partition(".")[2] not in EVERY
        and not hasattr(getattr(type(view), rule.endpoint.partition(".")[2]), "declared")
    }
    assert seen == set(BY_HAND)


def order(api, place, **more):
    return api(
        "POST", "/api/v1/work_order/", json={"asset_id": place["asset"], "title": "Fuite", **more}
    ).get_json()["id"]


def test_the_desk_plans_again_and_a_program_is_refused(sqlite_client_of, sqlite_api_of, place):
    """A program plans a draft; at the desk the same button gives what is planned another day."""
    alice, desk = sqlite_api_of("alice"), sqlite_client_of("alice")
    pk = order(alice, place)
    path = f"/api/v1/work_order/{pk}"
    assert alice("POST", f"{path}/plan", json={"planned_on": "2026-12-01"}).status_code == 200
    assert alice("POST", f"{path}/plan", json={"planned_on": "2026-12-04"}).status_code == 409
    post(desk, f"/workorderview/plan/{pk}", planned_on="2026-12-04")
    row = alice("GET", path).get_json()["result"]
    assert (row["planned_on"], row["state"]) == ("2026-12-04", "planned")


def test_the_door_knows_the_agent_who_starts(sqlite_api_of, place):
    alice, bob = sqlite_api_of("alice"), sqlite_api_of("bob")
    path = f"/api/v1/work_order/{order(alice, place)}"
    started = bob("POST", f"{path}/start", json={})
    assert started.get_json()["result"]["assigned_to_id"] == place["agent"]
    # Nobody says who it is instead of the account.
    told = bob("POST", f"{path}/labour", json={"hours": "1.5", "me": 4})
    assert set(told.get_json()["errors"]) == {"me"}
    own = bob("POST", f"{path}/labour", json={"hours": "1.5"})
    assert own.status_code == 201 and own.get_json()["result"]["hours"] == "1.500"
    assert own.get_json()["result"]["agent_id"] == place["agent"]


def test_a_line_of_another_work_order_is_not_taken_back(sqlite_client_of, sqlite_api_of, place):
    alice, desk = sqlite_api_of("alice"), sqlite_client_of("alice")
    mine, other = order(alice, place), order(alice, place)
    line = alice(
        "POST", f"/api/v1/work_order/{mine}/labour", json={"hours": "1", "agent_id": place["agent"]}
    ).get_json()["id"]
    page = text(follow(desk, post(desk, f"/workorderview/reverse/{other}/labour/{line}")))
    assert "Cette ligne n’existe pas." in page
    page = text(follow(desk, post(desk, f"/workorderview/reverse/{mine}/labour/{line}")))
    assert "une écriture contraire la compense" in page


def test_a_count_that_was_right_moves_nothing(sqlite_api_of, place):
    alice, path = sqlite_api_of("alice"), f"/api/v1/store/{place['store']}/adjust"
    right = alice(
        "POST", path, json={"item_id": place["item"], "counted": "10", "reason": "Inventaire"}
    )
    assert right.status_code == 200 and "rien n’a bougé" in right.get_json()["message"]
    moved = alice(
        "POST", path, json={"item_id": place["item"], "counted": "9", "reason": "Inventaire"}
    )
    assert moved.status_code == 201 and moved.get_json()["result"]["quantity"] == "-1.000"


def test_commands_of_work_on_site_are_described(sqlite_app):
    def told(verb, **arguments):
        return command(verb=f"interventions_work_order.{verb}", arguments=arguments)

    for good in (
        told("start"),
        told("finish", finding="Joint changé"),
        told("labour", hours="1.5"),
        told("labour", hours=1.5, agent_id=3, date_on="2026-11-23"),
        told("part", item_id=3, quantity="2"),
        told("expense", supplier="Val", label="x", amount_ht_eur="264.00", vat_rate="20"),
        told("sign", signer_name="Mme Delorme"),
        command(
            verb="interventions_checklist_point.answer",
            arguments={"answer": "failed", "measure": "7.25"},
        ),
        command(verb="interventions_labour.reverse", arguments={}),
    ):
        assert not faulty(good), good
    for wrong in (
        told("start", agent=3),
        told("finish", signed=False),
        told("labour"),
        told("labour", hours="une heure"),
        told("labour", hours="1.5", hourly_rate_eur="99"),
        told("part", level=3, quantity="2"),
        told("part", quantity="2"),
        told("part", item_id=3, quantity="1.2345"),
        told("rate", hourly_rate_eur="30"),
        told("assign", assigned_to_id=3),
        command(verb="interventions_checklist_point.answer", arguments={"answer": "peut-être"}),
        command(verb="interventions_checklist_point.answer", arguments={"agent": 3}),
    ):
        assert faulty(wrong), wrong


def test_what_is_made_is_answered_with_its_columns(sqlite_client_of):
    paths = sqlite_client_of(None).get("/api/v1/_openapi").get_json()["paths"]
    labour = paths["/api/v1/work_order/{pk}/labour"]["post"]
    body = labour["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["hours"]
    assert set(body["properties"]) == {"hours", "agent_id", "date_on", "hourly_rate_eur"}
    made_ = labour["responses"]["201"]["content"]["application/json"]["schema"]["properties"]
    assert made_["result"]["properties"]["date_on"]["format"] == "date"
    empty = paths["/api/v1/work_order/{pk}/start"]["post"]["requestBody"]
    assert empty["content"]["application/json"]["schema"]["properties"] == {}
    assert empty["required"] is False


def test_finishing_on_site_is_all_or_nothing(sqlite_client_of, sqlite_api_of, place):
    """Time, a part that the store has not, and the end: the part refuses, so nothing is kept."""
    alice, bob = sqlite_api_of("alice"), sqlite_client_of("bob")
    pk = order(alice, place)
    level = alice("GET", "/api/v1/stock_level/").get_json()["result"][0]["id"]
    path = f"/interventions/mobile/{pk}"
    sent = {"csrf_token": csrf(bob, "/compte/"), "hours": "1.5", "level": level}
    refused = bob.post(f"{path}/terminer", data={**sent, "quantity": "11"})
    page = refused.get_data(as_text=True)
    assert refused.status_code == 409 and "il en reste 10" in text(refused)
    assert 'value="11"' in re.search(r'<input[^>]*name="quantity"[^>]*>', page)[0]
    row = alice("GET", f"/api/v1/work_order/{pk}").get_json()["result"]
    assert row["state"] == "draft"
    assert alice("GET", f"/api/v1/work_order/{pk}/labour").get_json()["count"] == 0
    bob.post(f"{path}/terminer", data={**sent, "quantity": "2"})
    row = alice("GET", f"/api/v1/work_order/{pk}").get_json()["result"]
    assert row["state"] == "finished"
    # 1.5 h at 32.40 and two parts at 11.00: 48.60 + 22.00.
    cost = alice("GET", f"/api/v1/work_order/{pk}/cost").get_json()["result"]
    assert cost["amount_ht_eur"] == "70.60"


def test_a_device_asks_what_it_may_queue(sqlite_api_of):
    def verbs_for(name):
        answer = sqlite_api_of(name)("GET", "/api/v1/command/")
        assert answer.status_code == 200, name
        found = answer.get_json()["result"]["items"]["oneOf"]
        return {one["properties"]["verb"]["const"] for one in found}

    head, worker = verbs_for("alice"), verbs_for("bob")
    assert worker < head
    assert {"interventions_work_order.finish", "interventions_checklist_point.answer"} <= worker
    refuse = "interventions_service_request.refuse"
    assert refuse in head and refuse not in worker
    assert sqlite_api_of("damien")("GET", "/api/v1/command/").status_code == 403
