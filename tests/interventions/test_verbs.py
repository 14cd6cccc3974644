"""Declared verbs at their doors: the desk, the list, programs, a queue of commands."""

from __future__ import annotations

import jsonschema
import pytest

from base import verbs
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
        "key": "k1", "verb": "interventions_service_request.accept", "id": 3, "version": 1,
        "at": "2026-11-23T10:42:00Z", "arguments": {"due_on": "2026-12-24"}, **more,
    }  # fmt: skip


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
    assert set(accept["responses"]) == {"200", "401", "403", "404", "409", "422"}
    shown = accept["responses"]["200"]["content"]["application/json"]["schema"]
    assert shown["properties"]["result"] == {
        "$ref": "#/components/schemas/ServiceRequestApi.get"}  # fmt: skip
    assert "work_order_number" in shown["properties"]


def test_a_work_order_has_no_verbs_by_inheritance_of_another_model():
    assert {v.model for v in verbs.verbs_of(WorkOrder)} <= {WorkOrder}
