"""The description of the resources: open to all, complete, true to the routes."""

from __future__ import annotations

import pytest
from jsonschema import Draft202012Validator

from base.face.api import ModuleApi
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


def standard(schema, schemas):
    """The JSON schema of what OpenAPI 3.0 describes, its references in their places."""
    if isinstance(schema, list):
        return [standard(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return standard(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    found = {key: standard(value, schemas) for key, value in schema.items()}
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    if isinstance(found.get("properties"), dict):
        found.setdefault("additionalProperties", False)
    return found


def test_what_is_read_is_as_it_is_described(world):
    """Each row, each list: no key that the description has not, and each value of its type."""
    said = world.call("GET", "/api/v1/_openapi").get_json()
    schemas = said["components"]["schemas"]
    views = {view.endpoint: view for view in world.app.appbuilder.baseviews}
    wrong, tried = set(), 0
    for method, rule in world.rules():
        if method != "GET" or not rule.rule.startswith("/api/v1/"):
            continue
        key = world.ours.get(model_of(world.app, rule.endpoint), NOWHERE)
        answer = world.call("GET", fill(rule, key))
        content = answer.get_json(silent=True) if answer.status_code == 200 else None
        if not isinstance(content, dict) or "result" not in content:
            continue
        described = next(
            operation["responses"]["200"]
            for m, p, operation in operations(said)
            if m == "GET" and fill_pattern(p) == fill_pattern(rule.rule)
        )
        schema = described.get("content", {}).get("application/json", {}).get("schema", {})
        view, _dot, name = rule.endpoint.partition(".")
        lines = {below.route for below in getattr(views[view], "below", ())}
        if "properties" not in schema:
            if isinstance(views[view], ModuleApi) and name in {"get", "get_list", *lines}:
                wrong.add(f"{rule.rule}: what it answers is not described")
            continue
        tried += 1
        result = standard(schema["properties"]["result"], schemas)
        for fault in Draft202012Validator(result).iter_errors(content["result"]):
            if fault.validator == "enum" and isinstance(fault.instance, str):
                continue  # the world has made-up words where no check of a table refuses them
            place = ".".join(str(part) for part in fault.absolute_path if isinstance(part, str))
            wrong.add(f"{rule.rule}: {place}: {fault.message[:160]}")
    assert not wrong, "\n".join(sorted(wrong))
    assert tried > 60


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


def test_what_is_written_is_answered_as_it_is_described(sqlite_client_of):
    """A row as it is read, whatever was sent; 202 where it is made later."""
    paths = spec(sqlite_client_of)["paths"]
    row = "#/components/schemas/PartnerApi.get"
    for path, method, status in (
        ("/api/v1/partner/", "post", "201"),
        ("/api/v1/partner/{pk}", "get", "200"),
        ("/api/v1/partner/{pk}", "put", "200"),
        ("/api/v1/partner/{pk}", "patch", "200"),
    ):
        schema = paths[path][method]["responses"][status]["content"]["application/json"]["schema"]
        assert schema["properties"]["result"] == {"$ref": row}, (method, path)
        assert schema["properties"]["id"]["type"] == "integer"
    asked = paths["/api/v1/report_run/"]["post"]["responses"]
    assert "202" in asked and "201" not in asked
