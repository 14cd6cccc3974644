"""The description of the resources: open to all, complete, true to the routes."""

from __future__ import annotations

import pytest

from tests.sweeps import NOWHERE, World, fill, model_of


def spec(client_of):
    answer = client_of(None).get("/api/v1/_openapi")
    assert answer.status_code == 200
    return answer.get_json()


def operations(said):
    for path, kinds in sorted(said["paths"].items()):
        for method, operation in sorted(kinds.items()):
            yield method.upper(), path, operation


def properties(said, operation):
    """Names and required names of the body of an operation, JSON or form."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = next(iter(content.values()), {}).get("schema", {})
    if "$ref" in schema:
        schema = said["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_the_resources_of_the_contract_are_described(sqlite_client_of):
    paths = spec(sqlite_client_of)["paths"]
    named = (
        "entity asset building parcel vehicle equipment tag cost_line service_request work_order "
        "meter reading report_run trail"
    ).split()
    missing = [n for n in named if f"/api/v1/{n}/" not in paths and f"/api/v1/{n}" not in paths]
    assert missing == []


def test_the_verbs_of_a_work_order_are_described(sqlite_client_of):
    paths = spec(sqlite_client_of)["paths"]
    for verb in ("plan", "start", "pause", "finish", "validate", "cancel", "reopen"):
        assert f"/api/v1/work_order/{{pk}}/{verb}" in paths, verb


def test_every_route_of_the_api_is_described_with_its_answers_and_arguments(
    sqlite_app, sqlite_client_of
):
    said = spec(sqlite_client_of)
    described = {(m, p) for m, p, _o in operations(said)}
    missing = []
    for rule in sqlite_app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/"):
            continue
        path = rule.rule
        for argument in rule.arguments:
            path = "".join(
                f"{{{argument}}}" if part.rpartition(":")[2] == argument else part
                for part in path.replace("<", "\0").replace(">", "\0").split("\0")
            )
        missing += [
            f"{method} {path}"
            for method in rule.methods - {"HEAD", "OPTIONS"}
            if (method, path) not in described
        ]
    assert missing == []
    wrong = []
    for method, path, operation in operations(said):
        answers = operation.get("responses", {})
        if not any(status.startswith("2") for status in answers):
            wrong.append(f"{method} {path}: no good answer")
        if not all("description" in a or "$ref" in a for a in answers.values()):
            wrong.append(f"{method} {path}: an answer that says nothing")
        names = [p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"]
        if sorted(names) != sorted(part[1:-1] for part in path.split("/") if part.startswith("{")):
            wrong.append(f"{method} {path}: arguments {names}")
        if not all(
            "schema" in p or "content" in p or "$ref" in p for p in operation.get("parameters", [])
        ):
            wrong.append(f"{method} {path}: an argument without schema")
        if method in ("PUT", "PATCH") and "requestBody" not in operation:
            wrong.append(f"{method} {path}: no body")
        if method in ("PUT", "PATCH", "DELETE"):
            headers = [p["name"] for p in operation["parameters"] if p.get("in") == "header"]
            if "If-Match" not in headers or not {"412", "428"} <= set(answers):
                wrong.append(f"{method} {path}: If-Match")
    assert not wrong, "\n".join(wrong)


#: POST operations that take nothing: what they do is in the token that they are sent with.
BODILESS = {"/api/v1/security/logout", "/api/v1/security/refresh"}


def test_every_verb_says_what_it_takes_and_what_it_answers(sqlite_client_of):
    posts = {p: o for m, p, o in operations(spec(sqlite_client_of)) if m == "POST"}
    assert {p for p, o in posts.items() if "requestBody" not in o} == BODILESS
    silent = [
        path
        for path, operation in posts.items()
        if not {"200", "201", "202"} & set(operation["responses"])
        or ("{pk}" in path and not {"401", "403", "404", "422"} <= set(operation["responses"]))
    ]
    assert silent == []


def test_every_reference_of_the_description_leads_somewhere(sqlite_client_of):
    said = spec(sqlite_client_of)

    def references(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "$ref":
                    yield inner
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    for reference in set(references(said)):
        place = said
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def test_bodies_are_described_with_the_fields_that_the_routes_read(world):
    """An empty body is refused for fields of the description; one unknown field by its name."""
    said = world.call("GET", "/api/v1/_openapi").get_json()
    request = f"/api/v1/service_request/{world.ours['ServiceRequest']}"
    assert world.call("PATCH", request, json={"title": "Une fuite"}).status_code == 200
    wrong, tried = [], 0
    for method, rule in world.rules():
        if not rule.rule.startswith("/api/v1/") or method not in ("POST", "PUT", "PATCH"):
            continue
        if rule.endpoint.startswith(("SecurityApi.", "ImportApi.", "DocumentApi.")):
            continue  # forms and tokens, described by hand beside their own tests
        key = world.ours.get(model_of(world.app, rule.endpoint), NOWHERE)
        path = fill(rule, key)
        described = next(
            operation
            for m, p, operation in operations(said)
            if m == method and fill_pattern(p) == fill_pattern(rule.rule)
        )
        schema = properties(said, described)
        known, free = set(schema.get("properties", {})), schema.get("additionalProperties") is True
        empty = world.call(method, path, json={}, headers={"If-Match": "*"})
        tried += 1
        faults = set((empty.get_json() or {}).get("errors", {}))
        if empty.status_code == 422 and not faults <= known:
            wrong.append(f"{method} {path}: {sorted(faults - known)} not in {sorted(known)}")
        if required := set(schema.get("required", ())) - faults:
            if method == "POST":
                wrong.append(f"{method} {path}: {sorted(required)} were not asked for")
        strange = world.call(method, path, json={"inconnu": 1}, headers={"If-Match": "*"})
        errors = (strange.get_json() or {}).get("errors", {})
        if not free and (strange.status_code != 422 or "inconnu" not in errors):
            wrong.append(f"{method} {path}: an unknown field -> {strange.status_code}")
    assert not wrong, "\n".join(wrong)
    assert tried > 60


def fill_pattern(path):
    """A path with the same mark in place of every argument, as Flask or OpenAPI writes them."""
    parts = path.replace("<", "{").replace(">", "}").split("/")
    return "/".join("{}" if part.startswith("{") else part for part in parts)


def test_numbers_are_described_with_their_units(sqlite_client_of):
    schemas = spec(sqlite_client_of)["components"]["schemas"]
    building = schemas["BuildingApi.get"]["properties"]
    assert building["floor_area_m2"]["x-unit"] == "m²"
    assert building["acquisition_cost_eur"]["x-unit"] == "€"
    assert "x-unit" not in building["built_year"]
    labour = schemas["LabourApi.get"]["properties"]
    assert (labour["hours"]["x-unit"], labour["hourly_rate_eur"]["x-unit"]) == ("h", "€/1")
