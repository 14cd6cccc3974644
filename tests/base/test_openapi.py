"""The description of the resources: open to all, complete, true to the routes."""

from __future__ import annotations


def test_the_resources_of_the_contract_are_described(sqlite_client_of):
    answer = sqlite_client_of(None).get("/api/v1/_openapi")
    assert answer.status_code == 200
    paths = answer.get_json()["paths"]
    named = (
        "entity asset building parcel vehicle equipment tag cost_line service_request work_order "
        "meter reading report_run trail"
    ).split()
    missing = [n for n in named if f"/api/v1/{n}/" not in paths and f"/api/v1/{n}" not in paths]
    assert missing == []


def test_the_verbs_of_a_work_order_are_described(sqlite_client_of):
    paths = sqlite_client_of(None).get("/api/v1/_openapi").get_json()["paths"]
    for verb in ("plan", "start", "pause", "finish", "validate", "cancel", "reopen"):
        assert f"/api/v1/work_order/{{pk}}/{verb}" in paths, verb
