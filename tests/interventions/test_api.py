"""The resources: one job from opening to validation, rights, scope."""

import pytest

from base.rules.rights.actors import system_session
from base.store.models import Entity
from tests.factories.interventions import agent, building, stocked


@pytest.fixture
def place(app):
    """Ids of a school, an agent and an item of A; Bob is the agent."""
    return made(app, "A", "bob")


@pytest.fixture
def sqlite_place(sqlite_app):
    """As ``place``, on SQLite alone."""
    return made(sqlite_app, "A", "bob")


def made(app, entity, username):
    from flask_appbuilder.security.sqla.models import User
    from sqlalchemy import select

    with system_session("tests") as session:
        town = session.scalars(select(Entity).where(Entity.code == entity)).one()
        user = session.scalars(select(User).where(User.username == username)).one()
        school = building(session, town.id)
        nadia = agent(session, town.id, user_id=user.id)
        store, seal = stocked(session, town.id, "10", "11.00")
        return {
            "asset": school.id,
            "agent": nadia.id,
            "item": seal.id,
            "store": store.id,
            "entity": town.id,
        }


def opened(call, place, **more):
    answer = call(
        "POST",
        "/api/v1/work_order/",
        json={
            "asset_id": place["asset"],
            "title": "Fuite",
            "kind": "corrective",
            "priority": "urgent",
            **more,
        },
    )
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()["id"]


def act(call, pk, verb, json=None, **kwargs):
    return call("POST", f"/api/v1/work_order/{pk}/{verb}", json=json or {}, **kwargs)


def test_a_job_from_its_opening_to_its_validation(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    row = alice("GET", f"/api/v1/work_order/{pk}")
    assert row.headers["ETag"] == '"1"'
    assert {k: row.get_json()["result"][k] for k in ("state", "priority", "kind", "asset_id")} == {
        "state": "draft",
        "priority": "urgent",
        "kind": "corrective",
        "asset_id": place["asset"],
    }
    assert row.get_json()["result"]["number"].startswith("INT-")

    assert act(alice, pk, "plan", {"planned_on": "2026-11-23"}).status_code == 200
    assert act(alice, pk, "start").get_json()["result"]["state"] == "started"
    line = act(
        alice, pk, "labour", {"agent_id": place["agent"], "hours": "2.5", "date_on": "2026-11-23"}
    )
    assert line.status_code == 201, line.get_data(as_text=True)
    assert line.get_json()["result"]["hourly_rate_eur"] == "32.40"
    assert line.get_json()["result"]["amount_ht_eur"] == "81.00"
    part = act(alice, pk, "part", {"item_id": place["item"], "quantity": 2})
    assert part.get_json()["result"]["unit_cost_eur"] == "11.0000"
    spent = act(
        alice,
        pk,
        "expense",
        {
            "supplier": "Thermique du Val",
            "label": "Recherche",
            "amount_ht_eur": "264.00",
            "vat_rate": 20,
        },
    )
    assert spent.get_json()["result"]["vat_eur"] == "52.80"
    assert act(alice, pk, "finish").get_json()["result"]["state"] == "finished"
    assert act(alice, pk, "validate").get_json()["result"]["state"] == "validated"

    cost = alice("GET", f"/api/v1/work_order/{pk}/cost").get_json()["result"]
    assert cost["amount_ht_eur"] == cost["ledger_ht_eur"] == "367.00"
    assert cost["ledger_lines"] == 3
    lines = alice("GET", f"/api/v1/work_order/{pk}/labour").get_json()
    assert lines["count"] == 1


def test_a_verb_the_table_refuses_is_409_with_a_sentence(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    answer = act(alice, pk, "finish")
    assert answer.status_code == 409
    assert "Brouillon" in answer.get_json()["message"]
    assert alice("GET", f"/api/v1/work_order/{pk}").get_json()["result"]["state"] == "draft"


def test_costs_of_finished_work_are_refused(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    act(alice, pk, "start")
    act(alice, pk, "finish")
    refused = act(alice, pk, "labour", {"agent_id": place["agent"], "hours": 1})
    assert refused.status_code == 409


def test_cancelling_brings_the_ledger_back_to_nothing(api_of, place):
    alice = api_of("alice")
    pk = opened(alice, place)
    act(alice, pk, "start")
    act(alice, pk, "labour", {"agent_id": place["agent"], "hours": 3})
    assert act(alice, pk, "cancel", {"reason": "Doublon"}).status_code == 200
    cost = alice("GET", f"/api/v1/work_order/{pk}/cost").get_json()["result"]
    assert (cost["amount_ht_eur"], cost["ledger_ht_eur"]) == ("0.00", "0.00")
    assert act(alice, pk, "reopen").get_json()["result"]["state"] == "planned"


def test_another_authority_is_404_through_every_door(api_of, place):
    alice, chloe = api_of("alice"), api_of("chloe")
    pk = opened(alice, place)
    act(alice, pk, "start")
    line = act(alice, pk, "labour", {"agent_id": place["agent"], "hours": 1}).get_json()["id"]
    assert chloe("GET", f"/api/v1/work_order/{pk}").status_code == 404
    assert chloe("PUT", f"/api/v1/work_order/{pk}", json={"title": "x"}).status_code == 404
    for verb in ("plan", "start", "pause", "finish", "validate", "cancel", "reopen"):
        assert act(chloe, pk, verb).status_code == 404, verb
    for sub in ("labour", "part", "expense", "point"):
        assert act(chloe, pk, sub, {"hours": 1}).status_code == 404, sub
        assert chloe("GET", f"/api/v1/work_order/{pk}/{sub}").status_code == 404, sub
    assert chloe("GET", f"/api/v1/work_order/{pk}/cost").status_code == 404
    assert chloe("POST", f"/api/v1/labour/{line}/reverse", json={}).status_code == 404
    for kind, number in (("agent", "agent"), ("item", "item"), ("store", "store")):
        assert chloe("GET", f"/api/v1/{kind}/{place[number]}").status_code == 404, kind
    for kind in ("work_order", "labour", "agent", "item", "store", "stock_level"):
        assert chloe("GET", f"/api/v1/{kind}/").get_json()["count"] == 0, kind
    made_there = chloe(
        "POST", "/api/v1/work_order/", json={"asset_id": place["asset"], "title": "Chez les autres"}
    )
    assert made_there.status_code == 422


def test_foreign_agents_and_items_are_refused_as_unknown(api_of, place):
    there = made(None, "B", "chloe")
    alice = api_of("alice")
    pk = opened(alice, place)
    answer = act(alice, pk, "labour", {"agent_id": there["agent"], "hours": 1})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["agent_id"])
    answer = act(alice, pk, "part", {"item_id": there["item"], "quantity": 1})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["item_id"])


def test_a_reader_reads_and_an_agent_does_not_validate(api_of, place):
    alice, bob, damien = api_of("alice"), api_of("bob"), api_of("damien")
    pk = opened(bob, place)
    assert act(bob, pk, "start").status_code == 200
    assert act(bob, pk, "labour", {"hours": 1}).get_json()["result"]["agent_id"] == place["agent"]
    assert act(bob, pk, "finish").status_code == 200
    assert act(bob, pk, "validate").status_code == 403
    assert damien("GET", f"/api/v1/work_order/{pk}").status_code == 200
    assert act(damien, pk, "validate").status_code == 403
    assert (
        damien(
            "POST", "/api/v1/work_order/", json={"asset_id": place["asset"], "title": "x"}
        ).status_code
        == 403
    )
    assert act(alice, pk, "validate").status_code == 200


def test_an_agent_does_not_set_his_own_rate(api_of, place):
    alice, bob = api_of("alice"), api_of("bob")
    pk = opened(bob, place)
    body = {"agent_id": place["agent"], "hours": 1, "hourly_rate_eur": "99.00"}
    assert act(bob, pk, "labour", body).status_code == 422
    assert act(bob, pk, "labour", {**body, "hourly_rate_eur": "32.40"}).status_code == 201
    assert act(alice, pk, "labour", body).get_json()["result"]["hourly_rate_eur"] == "99.00"


@pytest.mark.parametrize(
    "body",
    [
        {"hours": "deux"},
        {"hours": -1},
        {"hours": 0},
        {"hours": 25},
        {"hours": "1.2345"},
        {"hours": True},
        {"hours": [1]},
        {"hours": {"$gt": 0}},
        {"hours": "NaN"},
        {"hours": "1e999"},
        {"hours": 1, "date_on": "2026-02-30"},
        {"hours": 1, "agent_id": "x"},
        {"hours": 1, "agent_id": 2**70},
        {"hours": 1, "agent_id": {"id": 1}},
        {},
    ],
)
def test_senseless_labour_is_422_and_books_nothing(sqlite_api_of, sqlite_place, body):
    alice = sqlite_api_of("alice")
    pk = opened(alice, sqlite_place)
    answer = act(alice, pk, "labour", {"agent_id": sqlite_place["agent"], **body})
    assert answer.status_code == 422, answer.get_data(as_text=True)
    assert answer.get_json()["errors"]
    assert alice("GET", f"/api/v1/work_order/{pk}/labour").get_json()["count"] == 0


@pytest.mark.parametrize("name", ["state", "number", "started_at", "entity_id", "version"])
def test_what_the_system_sets_is_not_written_from_outside(sqlite_api_of, sqlite_place, name):
    alice = sqlite_api_of("alice")
    answer = alice(
        "POST",
        "/api/v1/work_order/",
        json={"asset_id": sqlite_place["asset"], "title": "x", name: 1},
    )
    assert answer.status_code == 422
    pk = opened(alice, sqlite_place)
    answer = alice("PUT", f"/api/v1/work_order/{pk}", json={name: 1}, headers={"If-Match": '"1"'})
    assert answer.status_code == 422


def test_changing_needs_the_version_read(sqlite_api_of, sqlite_place):
    alice = sqlite_api_of("alice")
    pk = opened(alice, sqlite_place)
    path = f"/api/v1/work_order/{pk}"
    assert alice("PUT", path, json={"title": "Autre"}).status_code == 428
    fresh = alice("PUT", path, json={"title": "Autre"}, headers={"If-Match": '"1"'})
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] == '"2"'
    assert alice("PUT", path, json={"title": "x"}, headers={"If-Match": '"1"'}).status_code == 412


def test_a_request_is_accepted_as_work(api_of, place):
    alice = api_of("alice")
    made_ = alice(
        "POST",
        "/api/v1/service_request/",
        json={"asset_id": place["asset"], "title": "Plus de chauffage", "requester": "Mme Delorme"},
    )
    assert made_.status_code == 201, made_.get_data(as_text=True)
    pk = made_.get_json()["id"]
    answer = alice("POST", f"/api/v1/service_request/{pk}/accept", json={})
    assert answer.get_json()["result"]["state"] == "accepted"
    work = alice("GET", f"/api/v1/work_order/{answer.get_json()['work_order_id']}").get_json()
    assert work["result"]["requester"] == "Mme Delorme"
    again = alice("POST", f"/api/v1/service_request/{pk}/refuse", json={"reason": "Non"})
    assert again.status_code == 409


def test_rates_are_added_never_overwritten(api_of, place):
    alice = api_of("alice")
    path = f"/api/v1/agent/{place['agent']}/rate"
    later = {"valid_from": "2027-01-01", "hourly_rate_eur": "33.10"}
    assert alice("POST", path, json=later).status_code == 201
    assert alice("POST", path, json={**later, "hourly_rate_eur": "34.00"}).status_code == 409
    assert [r["hourly_rate_eur"] for r in alice("GET", path).get_json()["result"]] == [
        "32.40",
        "33.10",
    ]


def test_an_agent_is_made_by_rest(api_of, place):
    alice = api_of("alice")
    answer = alice(
        "POST",
        "/api/v1/agent/",
        json={"code": "0500", "last_name": "Aubry", "first_name": "Thierry"},
    )
    assert answer.status_code == 201, answer.get_data(as_text=True)
    twice = alice("POST", "/api/v1/agent/", json={"code": "0500", "last_name": "Autre"})
    assert twice.status_code == 422
    assert "matricule" in twice.get_json()["message"]


def test_an_account_is_linked_by_rest(api_of, place):
    alice = api_of("alice")
    made = alice("POST", "/api/v1/agent/", json={"code": "0501", "last_name": "Durand"})
    path = f"/api/v1/agent/{made.get_json()['id']}"
    bob = alice("GET", f"/api/v1/agent/{place['agent']}").get_json()["result"]["user_id"]
    taken = alice("POST", f"{path}/account", json={"user_id": bob})
    assert taken.status_code == 422 and "user_id" in taken.get_json()["errors"]
    assert alice("POST", f"{path}/account", json={"user_id": 10**6}).status_code == 422
    assert alice("POST", f"{path}/account", json={}).status_code == 422
    assert alice("GET", path).get_json()["result"]["user_id"] is None


def test_addresses_end_with_a_slash_or_not(sqlite_api_of, sqlite_place):
    alice = sqlite_api_of("alice")
    body = {"asset_id": sqlite_place["asset"], "title": "Fuite"}
    assert alice("POST", "/api/v1/work_order", json=body).status_code == 201
    assert alice("POST", "/api/v1/work_order/", json=body).status_code == 201
    assert alice("GET", "/api/v1/work_order").get_json()["count"] == 2


def test_a_machine_may_leave_the_title_out(sqlite_api_of, sqlite_place):
    alice = sqlite_api_of("alice")

    def title(**body):
        made_ = alice(
            "POST", "/api/v1/work_order/", json={"asset_id": sqlite_place["asset"], **body}
        )
        return made_.get_json()["result"]["title"]

    assert title(kind="inspection") == "Contrôle"
    assert title(description="Fuite au sous-sol\nprès du compteur") == "Fuite au sous-sol"


def test_a_signature_and_photographs_by_rest(api_of, place):
    import io

    from tests.interventions.test_signatures import drawn
    from tests.interventions.test_views import picture

    bob, chloe, damien = api_of("bob"), api_of("chloe"), api_of("damien")
    pk = opened(bob, place)
    assert act(bob, pk, "signature", {"signer_name": "Mme Delorme"}).status_code == 409
    act(bob, pk, "start")
    sent = {"signer_name": "Mme Delorme", "signer_quality": "directrice", "picture": drawn()}
    made = act(bob, pk, "signature", sent, headers={"Idempotency-Key": "s1"})
    assert made.status_code == 201
    row = made.get_json()["result"]
    again = act(bob, pk, "signature", sent, headers={"Idempotency-Key": "s1"})
    assert again.get_json()["id"] == row["id"]
    document = bob("GET", f"/api/v1/document/{row['document_id']}").get_json()["result"]
    assert document["digest"] == row["digest"] and document["media_type"] == "image/png"
    assert act(bob, pk, "signature", {"signer_name": "M. Petit"}).status_code == 409
    listed = damien("GET", f"/api/v1/work_order/{pk}/signature").get_json()
    assert listed["count"] == 1 and listed["result"][0]["signer_name"] == "Mme Delorme"
    assert act(damien, pk, "signature", {"signer_name": "Moi"}).status_code == 403
    removed = api_of("alice")(
        "DELETE", f"/api/v1/document/{row['document_id']}", headers={"If-Match": "*"}
    )
    assert removed.status_code == 409 and "signature" in removed.get_json()["message"]

    file = bob(
        "POST",
        "/api/v1/document/",
        data={
            "record": "work_order",
            "record_id": str(pk),
            "file": (io.BytesIO(picture("red").read()), "a.jpg"),
        },
    ).get_json()["id"]
    shown = act(bob, pk, "photo", {"document_id": file, "moment": "before"})
    assert shown.status_code == 201 and shown.get_json()["result"]["moment"] == "before"
    for wrong in (
        {},
        {"document_id": file, "moment": "during"},
        {"document_id": 999999},
        {"document_id": row["document_id"]},
    ):
        assert act(bob, pk, "photo", wrong).status_code == 422, wrong
    for sub in ("signature", "photo"):
        assert chloe("GET", f"/api/v1/work_order/{pk}/{sub}").status_code == 404
        assert act(chloe, pk, sub, {"signer_name": "x", "document_id": file}).status_code == 404
