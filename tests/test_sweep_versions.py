"""Every resource and form: the same key has one effect, and an old version is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect

from tests.factories import rows
from tests.sweeps import SHARED, World, body_of, fill, has_route, model_of

#: Resources that a generic body cannot make, and where their test is.
MADE_ELSEWHERE: dict[str, str] = {"entity": "tests/base/test_entities.py, by administrators"}


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def test_every_post_of_the_api_keeps_idempotency_keys(world):
    wrong = []
    for method, rule in world.rules():
        if method != "POST" or not rule.rule.startswith("/api/v1/"):
            continue
        if rule.endpoint.startswith("SecurityApi."):
            continue
        path = fill(rule, world.ours.get(model_of(world.app, rule.endpoint), 1))
        answer = world.call("POST", path, headers={"Idempotency-Key": "x" * 129})
        if answer.status_code != 422 or "idempotence" not in answer.get_json()["message"]:
            wrong.append(f"{rule.endpoint}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def made(world, api, **headers):
    body = body_of(world, api)
    return world.call("POST", f"/api/v1/{api.resource_name}/", json=body, headers=headers), body


def test_the_same_key_has_one_effect_and_one_answer(world):
    wrong, done = [], []
    for api in world.resources():
        if not has_route(world, api, "post") or api.resource_name in MADE_ELSEWHERE:
            continue
        path, key = f"/api/v1/{api.resource_name}/", {"Idempotency-Key": f"k-{api.resource_name}"}
        before = world.call("GET", path).get_json()["count"]
        first, body = made(world, api, **key)
        if first.status_code not in (201, 202):
            wrong.append(f"{path} {first.status_code} {first.get_data(as_text=True)[:200]} {body}")
            continue
        again = world.call("POST", path, json=body, headers=key)
        other = world.call("POST", path, json={**body, "autre": 1}, headers=key)
        after = world.call("GET", path).get_json()["count"]
        if (again.status_code, again.get_json()) != (first.status_code, first.get_json()):
            wrong.append(f"{path}: another answer")
        if other.status_code != 422 or after != before + 1:
            wrong.append(f"{path}: {other.status_code}, {before} -> {after}")
        done.append(api.resource_name)
    assert not wrong, "\n".join(wrong)
    print(f"{len(done)} resources")


def test_a_resource_asks_for_the_version_and_refuses_an_old_one(world):
    wrong = []
    for api in world.resources():
        if not has_route(world, api, "put") or api.datamodel.obj.__name__ in SHARED:
            continue
        path = f"/api/v1/{api.resource_name}/{world.ours[api.datamodel.obj.__name__]}"
        tag = world.call("GET", path).headers.get("ETag")
        bare = world.program.put(path, json={}, headers=world.headers)
        stale = world.call("PUT", path, json={}, headers={"If-Match": '"999"'})
        if tag is None or bare.status_code != 428 or stale.status_code != 412:
            wrong.append(f"{path}: ETag {tag}, {bare.status_code}, {stale.status_code}")
        if has_route(world, api, "delete"):
            bare = world.program.delete(path, headers=world.headers)
            stale = world.call("DELETE", path, headers={"If-Match": '"999"'})
            if (bare.status_code, stale.status_code) != (428, 412):
                wrong.append(f"DELETE {path}: {bare.status_code}, {stale.status_code}")
    assert not wrong, "\n".join(wrong)


def test_a_form_with_an_old_version_keeps_what_was_typed(world):
    wrong, tried = [], 0
    for view in world.screens():
        if not has_route(world, view, "edit"):
            continue
        model = view.datamodel.obj
        number = world.ours.get(model.__name__)
        rules = world.app.url_map.iter_rules()
        rule = next(r for r in rules if r.endpoint == f"{view.endpoint}.edit")
        path = fill(rule, number)
        text = next(
            (
                n
                for n in view.edit_columns
                if n in inspect(model).column_attrs and rows.free_text(model, n)
            ),
            None,
        )
        page = world.call("GET", path)
        if number is None or page.status_code != 200 or not hasattr(model, "version"):
            if number is not None:
                wrong.append(f"{path} -> {page.status_code} or no version")
            continue
        typed = {"version": "998", **({text: "Tapé avec peine"} if text else {})}
        answer = world.call("POST", path, data=typed)
        tried += 1
        shown = answer.get_data(as_text=True)
        if answer.status_code != 409 or (text and "Tapé avec peine" not in shown):
            wrong.append(f"{path} -> {answer.status_code}, {text}")
    assert not wrong, "\n".join(wrong)
    print(f"{tried} forms")
