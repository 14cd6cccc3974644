"""Another authority's row does not exist, through any door of any module (T2, T3, T4, T15)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import inspect

from base.face.api.checking import key_targets
from base.rules.verbs.fields import Row, Several
from tests import engines
from tests.factories import rows
from tests.sweeps import (
    BOTH,
    NOWHERE,
    OURS,
    SHARED,
    THEIRS,
    World,
    body_of,
    fill,
    has_route,
    model_of,
    stranger_in,
)

#: Routes that answer 403 or 404 by design before looking at the row.
NOT_A_ROW = {"TrailApi.get"}


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def test_a_foreign_row_is_404_through_every_route_that_takes_one(world):
    wrong, unlisted, tried = [], [], 0
    for method, rule in world.rules():
        if not {"pk", "key"} & rule.arguments:
            continue
        model = model_of(world.app, rule.endpoint)
        if model is None or model in SHARED:
            continue
        if model not in world.theirs:
            unlisted.append(f"{rule.endpoint} ({model})")
            continue
        path = fill(rule, world.theirs[model])
        answer = world.call(method, path)
        tried += 1
        if answer.status_code != 404 or stranger_in(answer):
            shown = " and shows it" if stranger_in(answer) else ""
            wrong.append(f"{method} {path} -> {answer.status_code}{shown}")
    assert not unlisted, "say in ROWS_OF whose rows these are: " + ", ".join(unlisted)
    assert not wrong, f"{len(wrong)} of {tried}:\n" + "\n".join(wrong)
    print(f"{tried} routes tried with a foreign row")


def test_no_list_export_or_choice_shows_a_foreign_row(world):
    leaks, tried = [], 0
    for method, rule in world.rules():
        if method != "GET" or {"pk", "key", "filename", "token", "code"} & rule.arguments:
            continue
        if rule.endpoint.startswith(("static", "AuthDBView", "UserAdminView")):
            continue
        columns = [None]
        if "column" in rule.arguments:
            view = world.view_of(rule.endpoint)
            columns = sorted({*view.add_columns, *view.edit_columns, *view.search_columns})
        for column in columns:
            path = fill(rule, column=column)
            questions = ("", f"?q={THEIRS}") if column else (f"?q={THEIRS}&archived=1",)
            for question in ("",) if path.startswith("/api/") else questions:
                answer = world.call(method, path + question)
                tried += 1
                shown = answer.get_data().replace(f"q={THEIRS}".encode(), b"")
                shown = shown.replace(f'value="{THEIRS}"'.encode(), b"").lower()
                if f"{THEIRS.lower()}1".encode() in shown or any(
                    f"{THEIRS.lower()}{n}".encode() in shown for n in range(2, 10)
                ):
                    leaks.append(path + question)
                if answer.status_code >= 500 and not path.startswith("/ready"):
                    leaks.append(f"{path}{question} -> {answer.status_code}")
    assert not leaks, "\n".join(leaks)
    print(f"{tried} lists tried")


def q(**kwargs):
    """A question as the resources take it."""
    return {"q": json.dumps(kwargs)}


def test_lists_of_resources_count_only_the_scope(world):
    for api in world.resources():
        path = f"/api/v1/{api.resource_name}/"
        model = api.datamodel.obj
        if model.__name__ in SHARED:
            continue
        found = world.call("GET", path)
        if found.status_code == 404:
            continue
        assert found.status_code == 200, path
        key = inspect(model).get_property_by_column(inspect(model).primary_key[0]).key
        foreign = world.theirs.get(model.__name__)
        assert foreign not in found.get_json()["ids"], path
        if key in api.search_columns:
            asked = q(filters=[{"col": key, "opr": "eq", "value": foreign}])
            assert world.call("GET", path, query_string=asked).get_json()["count"] == 0, path


#: Never written from outside, by these names, in any schema.
SYSTEM_FIELDS = {
    "version",
    "created_at",
    "changed_at",
    "created_by_id",
    "changed_by_id",
    "created_by",
    "changed_by",
    "state",
    "path",
    "sort_key",
    "search_text",
    "seq",
    "digest",
    "storage_key",
    "booked_at",
    "finished_at",
    "validated_at",
    "validated_by_id",
    "worked_seconds",
    "running_since_at",
    "reversal_of_id",
    "verification_code",
    "id",
    "auth_epoch",
}
#: Resource.column -> why it may be written all the same.
ALLOWED = {
    "TrailApi.seq": "FAB asks for one column; there is no POST and no PUT",
}


def test_no_schema_takes_a_field_of_the_system(world):
    found = [
        f"{v.__class__.__name__}.{name}"
        for v in [*world.screens(), *world.resources()]
        for name in {*v.add_columns, *v.edit_columns} & SYSTEM_FIELDS
        if any(
            rule.endpoint in (f"{v.endpoint}.{m}" for m in ("add", "edit", "post", "put"))
            for rule in world.app.url_map.iter_rules()
        )
    ]
    assert sorted(set(found) - set(ALLOWED)) == []


#: Taken by resources beside their columns: the code of a shared category; where a row is made.
TAKEN = {"post": ("category", "entity_id"), "put": ("category",)}


def test_columns_that_are_not_declared_are_refused_by_name(world):
    """Every other column of the model, every relation as an object, and an unknown one."""
    wrong, tried = [], 0
    for api in world.resources():
        mapper = inspect(api.datamodel.obj)
        names = [*mapper.column_attrs.keys(), *mapper.relationships.keys(), "__class__", "inconnu"]
        for method, verb, columns, path in (
            ("post", "POST", api.add_columns, f"/api/v1/{api.resource_name}/"),
            (
                "put",
                "PUT",
                api.edit_columns,
                f"/api/v1/{api.resource_name}/{world.ours.get(api.datamodel.obj.__name__)}",
            ),
        ):
            if not has_route(world, api, method) or api.datamodel.obj.__name__ in SHARED:
                continue
            extra = [n for n in names if n not in columns and n not in TAKEN.get(method, ())]
            body = {n: ({"name": "x"} if n in mapper.relationships else 1) for n in extra}
            answer = world.call(verb, path, json=body)
            tried += len(extra)
            said = (answer.get_json() or {}).get("errors", {})
            if answer.status_code != 422 or set(extra) - set(said):
                unsaid = sorted(set(extra) - set(said))
                wrong.append(f"{verb} {path}: {answer.status_code} {unsaid}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} columns refused")


@pytest.mark.parametrize("body", [[], [{}], "x", 1, None, {"a": {"b": {}}}])
def test_bodies_that_are_no_flat_object_are_422_or_400(world, body):
    for api in world.resources():
        if has_route(world, api, "post"):
            answer = world.call("POST", f"/api/v1/{api.resource_name}/", json=body)
            assert answer.status_code in (400, 422), (api.resource_name, answer.status_code)


def test_a_foreign_key_to_a_foreign_row_is_refused(world):
    """As id, in each declared column; as object, text and list too."""
    wrong, tried = [], 0
    for api in world.resources():
        model = api.datamodel.obj
        if not has_route(world, api, "post") or model.__name__ in SHARED:
            continue
        for name in api.add_columns:
            if name not in inspect(model).column_attrs or name == "entity_id":
                continue
            target = rows.target_of(model, name)
            if target is None or target.__name__ not in world.theirs:
                continue
            foreign = world.theirs[target.__name__]
            for value in (foreign, str(foreign), {"id": foreign}, [foreign], 2**70, -1, 1.5):
                path = f"/api/v1/{api.resource_name}/"
                answer = world.call("POST", path, json={**body_of(world, api), name: value})
                tried += 1
                if answer.status_code not in (404, 409, 422) or stranger_in(answer):
                    wrong.append(f"POST {path} {name}={value!r} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} foreign keys refused")


#: Resource and key that need no row of the same entity.
ANY_ENTITY = {("entity", "parent_id")}
#: What is done to a row that says by itself whose the new row, or the file, is.
SAYS_ENTITY = {
    ("/api/v1/delivery_point/", "asset_id"),
    ("/api/v1/meter/", "point_id"),
    ("/api/v1/reading/batch", "point_id"),
    ("/api/v1/service_request/", "asset_id"),
    ("/api/v1/work_order/", "asset_id"),
}


def keys_of_resources(world):
    """Method, path, body and key of each key that a resource takes: field, its model."""
    for api in world.resources():
        model, name = api.datamodel.obj, api.resource_name
        entity = {"entity_id": 1} if "entity_id" in api.add_model_schema.fields else {}
        ways = (
            ("post", "POST", api.add_columns, "", {**body_of(world, api), **entity}),
            ("put", "PUT", api.edit_columns, world.ours.get(model.__name__), {}),
        )
        for route, method, columns, pk, body in ways:
            if model.__name__ in SHARED or not has_route(world, api, route):
                continue
            for key, target in key_targets(model).items():
                if key in columns and key != "entity_id" and (name, key) not in ANY_ENTITY:
                    path = f"/api/v1/{name}/{pk}"
                    yield method, path, key, target, lambda n, b=body, k=key: {**b, k: n}


def keys_of_verbs(world):
    """The same of each verb; what else a verb must be told is left out, for all is said at once."""
    for _method, rule in world.rules():
        takes = getattr(world.app.view_functions[rule.endpoint], "takes", None)
        if not rule.rule.startswith("/api/") or "POST" not in rule.methods or not takes:
            continue
        model = getattr(getattr(world.view_of(rule.endpoint), "datamodel", None), "obj", None)
        path = fill(rule, world.ours.get(model.__name__, 1) if model else 1)
        for field in takes.fields:
            several = isinstance(field, Several)
            one = field.one if several else field
            if isinstance(one, Row):
                name = field.name
                needed = {f.name: needs(world, f) for f in takes.fields if f.required}
                yield (
                    "POST",
                    path,
                    name,
                    one.model,
                    lambda n, b=needed, k=name, s=several: {**b, k: [n] if s else n},
                )


def needs(world, field):
    """Something that a field takes."""
    kind = field.kind()
    if isinstance(field, Row):
        return world.ours.get(field.model.__name__, 1)
    if kind.get("format") == "date":
        return "2026-01-01"
    if kind.get("type") == "array":
        return []
    return kind.get("enum", ["1"])[0]


def test_a_key_that_leads_nowhere_is_named(world):
    """Unknown or of another authority, and of the other of one's own two: 422 at its field.

    The same sentence for all three. Only the id in an address is 404.
    """
    wrong, tried = [], 0
    both = engines.token_headers(world.program, BOTH)
    cases = [*keys_of_resources(world), *keys_of_verbs(world)]
    for method, path, name, target, body in cases:
        foreign = world.theirs.get(target.__name__)
        asked = [(NOWHERE, {})]
        if foreign is not None:  # users are of no authority
            asked.append((foreign, {}))
        if foreign is not None and (path, name) not in SAYS_ENTITY:
            asked.append((foreign, both))
        said = []
        for number, headers in asked:
            answer = world.call(method, path, json=body(number), headers=headers)
            tried += 1
            said.append((answer.status_code, str(answer.get_json().get("errors", {}).get(name))))
        if said[0][0] != 422 or said[0][1] == "None" or len(set(said)) != 1:
            wrong.append(f"{method} {path} {name}: {said}")
    assert len(cases) > 70
    assert not wrong, "\n".join(wrong)
    print(f"{tried} keys refused by name")


def test_a_row_cannot_be_made_in_or_moved_to_another_entity(world):
    wrong = []
    for api in world.resources():
        model = api.datamodel.obj
        if "entity_id" in inspect(model).column_attrs and has_route(world, api, "post"):
            path = f"/api/v1/{api.resource_name}/"
            answer = world.call("POST", path, json={**body_of(world, api), "entity_id": 2})
            if answer.status_code not in (404, 422):
                wrong.append(f"POST {path} -> {answer.status_code}")
        if "entity_id" in api.edit_columns and has_route(world, api, "put"):
            path = f"/api/v1/{api.resource_name}/{world.ours[model.__name__]}"
            answer = world.call("PUT", path, json={"entity_id": 2})
            if answer.status_code not in (404, 422):
                wrong.append(f"PUT {path} -> {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_hidden_columns_can_be_neither_filtered_nor_ordered(world):
    """The answer to a true and to a false guess is the same."""
    wrong, tried = [], 0
    for api in world.resources():
        path = f"/api/v1/{api.resource_name}/"
        if world.call("GET", path).status_code != 200:
            continue
        mapper = inspect(api.datamodel.obj)
        names = [*mapper.column_attrs.keys(), *mapper.relationships.keys()]
        for name in names:
            if name not in api.search_columns:
                said = {
                    world.call(
                        "GET",
                        path,
                        query_string=q(filters=[{"col": name, "opr": opr, "value": value}]),
                    ).status_code
                    for opr, value in (("sw", OURS),)
                }
                tried += 1
                if not said <= {400, 422}:
                    wrong.append(f"{path} filter {name} -> {said}")
            if name not in api.order_columns:
                asked = q(order_column=name, order_direction="asc")
                status = world.call("GET", path, query_string=asked).status_code
                tried += 1
                if status not in (400, 422):
                    wrong.append(f"{path} order {name} -> {status}")
        for name in ("entity.users.password", "created_by.password", "__class__", "id;drop"):
            for asked in (
                q(filters=[{"col": name, "opr": "eq", "value": 1}]),
                q(order_column=name),
                q(columns=[name]),
            ):
                status = world.call("GET", path, query_string=asked).status_code
                tried += 1
                if status >= 500 or (status == 200 and "columns" not in asked["q"]):
                    wrong.append(f"{path} {asked} -> {status}")
    for view in world.screens():
        path = f"{view.route_base or '/' + view.endpoint.lower()}/list/"
        same = world.call("GET", path).get_data(as_text=True)
        if "<tbody" not in same:
            continue
        hidden = [
            name
            for name in inspect(view.datamodel.obj).column_attrs.keys()
            if name not in view.search_columns
        ]
        # Each of them alone would empty the list.
        asked = "&".join(f"f.{name}.eq=987654" for name in hidden)
        page = world.call("GET", f"{path}?{asked}").get_data(as_text=True)
        tried += len(hidden)
        if page.count("<tr") != same.count("<tr"):
            wrong.append(f"{path} {hidden}")
    assert not wrong, "\n".join(wrong[:60])
    print(f"{tried} guesses tried")


def test_the_world_is_whole(world):
    """The sweeps above would say little on an empty world."""
    assert len(world.ours) == len(world.theirs) >= 30
    assert engines.PEOPLE["alice"][1] == ["A"]
