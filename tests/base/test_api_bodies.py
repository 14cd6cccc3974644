"""REST bodies: PATCH, the version, and refusals in the reader's language."""

from __future__ import annotations

import json

import marshmallow
import pytest
from marshmallow import fields, validate
from sqlalchemy import inspect

from tests.sweeps import World


@pytest.fixture(scope="module")
def world(sqlite_server):
    made = World(sqlite_server)
    yield made
    made.close()


def _has(world, api, method):
    return any(r.endpoint == f"{api.endpoint}.{method}" for r in world.app.url_map.iter_rules())


def test_one_row_of_every_resource_has_an_etag_that_stands(world):
    for api in world.resources():
        number = world.ours.get(api.datamodel.obj.__name__)
        if number is None or not _has(world, api, "get"):
            continue
        if api.resource_name == "trail":  # an event of a kind that nobody declares is nobody's
            listed = world.call("GET", "/api/v1/trail/").get_json()["result"]
            number = listed[0]["seq"]
        path = f"/api/v1/{api.resource_name}/{number}"
        first, again = world.call("GET", path), world.call("GET", path)
        assert first.status_code == 200, path
        assert first.headers["ETag"] == again.headers["ETag"], path


def test_patch_and_put_ask_for_the_version_and_change_what_is_sent(world):
    wrong, tried = [], 0
    for api in world.resources():
        number = world.ours.get(api.datamodel.obj.__name__)
        if number is None or not _has(world, api, "put"):
            continue
        assert _has(world, api, "patch"), api.resource_name
        path = f"/api/v1/{api.resource_name}/{number}"
        before = world.call("GET", path)
        for method in ("PUT", "PATCH"):
            tried += 1
            bare = world.program.open(path, method=method, json={}, headers=world.headers)
            stale = world.call(method, path, json={}, headers={"If-Match": '"999"'})
            strange = world.call(method, path, json={"inconnu": 1, "version": 7})
            if (bare.status_code, stale.status_code) != (428, 412):
                wrong.append(f"{method} {path}: {bare.status_code}, {stale.status_code}")
            if strange.status_code != 422 or set(strange.get_json()["errors"]) != {
                "inconnu",
                "version",
            }:
                wrong.append(f"{method} {path}: {strange.get_data(as_text=True)}")
            empty = world.call(method, path, json={})
            if empty.status_code != 200:
                wrong.append(f"{method} {path}: {empty.get_data(as_text=True)}")
        after = world.call("GET", path)
        dull = {"changed_at", "version"}
        changed = {
            name
            for name, value in before.get_json()["result"].items()
            if name not in dull and after.get_json()["result"][name] != value
        }
        if changed:
            wrong.append(f"{path}: an empty change changed {changed}")
    assert not wrong, "\n".join(wrong)
    assert tried > 20


def test_patch_changes_one_field_and_gives_the_next_version(world):
    path = f"/api/v1/partner/{world.ours['Partner']}"
    first = world.call("GET", path)
    tag = {"If-Match": first.headers["ETag"]}
    done = world.call("PATCH", path, json={"address": "1 rue Neuve"}, headers=tag)
    assert done.status_code == 200 and done.get_json()["result"]["address"] == "1 rue Neuve"
    assert done.get_json()["result"]["name"] == first.get_json()["result"]["name"]
    assert done.headers["ETag"] == world.call("GET", path).headers["ETag"] != tag["If-Match"]
    assert world.call("PATCH", path, json={"address": "2"}, headers=tag).status_code == 412


#: The library's own sentences, as they are or as patterns.
ENGLISH = (
    {
        message.split("{")[0].strip()
        for kind in vars(fields).values()
        if isinstance(kind, type) and issubclass(kind, fields.Field)
        for message in kind.default_error_messages.values()
    }
    | {
        m
        for m in (
            validate.Length.message_max,
            validate.Length.message_min,
            validate.OneOf.default_message,
            validate.Range.message_min,
        )
    }
    | set(marshmallow.Schema._default_error_messages.values())
)
VALUES = [
    None,
    True,
    1,
    1.5,
    -(2**70),
    "",
    "x",
    "x" * 5000,
    "2026-13-45",
    [],
    {},
    [1],
    "NaN",
    "\x00",
    "1e99",
    {"a": {"b": 1}},
]


def texts(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    else:
        yield str(value)


def test_refusals_of_fields_are_in_the_language_asked_for(world):
    english, seen, wrong = {m for m in ENGLISH if len(m) > 4}, {"fr": set(), "en": set()}, []
    for api in world.resources():
        if not _has(world, api, "post"):
            continue
        names = list(api.add_model_schema.fields)
        bodies = [{}] + [{name: value for name in names} for value in VALUES]
        for body in bodies:
            for code in ("fr", "en"):
                answer = world.call(
                    "POST",
                    f"/api/v1/{api.resource_name}/",
                    json=body,
                    headers={"Accept-Language": code},
                )
                if answer.status_code >= 500:
                    wrong.append(f"{api.resource_name} {json.dumps(body)[:200]}")
                    continue
                if answer.status_code != 422:
                    continue
                seen[code] |= set(texts(answer.get_json().get("errors", {})))
    assert not wrong, "\n".join(wrong)
    for said in seen["fr"]:
        assert not any(said.startswith(m.split("{")[0].strip()) for m in english), said
    assert "Ce champ est obligatoire." in seen["fr"] and len(seen["fr"]) > 8
    both = {said for said in seen["fr"] & seen["en"] if " " in said}
    assert not both, f"said in French to an English reader: {both}"


def test_descriptions_of_info_are_words(world):
    for api in world.resources():
        answer = world.call("GET", f"/api/v1/{api.resource_name}/_info")
        if answer.status_code == 404:
            continue
        for key in ("add_columns", "edit_columns"):
            for column in answer.get_json().get(key, []):
                for name in ("label", "description"):
                    assert "Project-Id-Version" not in column[name], (api.resource_name, column)
                    assert "POT" not in column[name]
                assert " at 0x" not in str(column.get("validate")), (api.resource_name, column)
        assert inspect(api.datamodel.obj)


def test_columns_and_titles_are_named_in_the_language_of_the_reader(world):
    wrong, operators = [], set()
    for api in world.resources():
        for place in ("", "_info"):
            answer = world.call("GET", f"/api/v1/{api.resource_name}/{place}")
            told = answer.get_json() if answer.status_code == 200 else {}
            named = dict(told.get("label_columns", {}))
            for key in ("add_columns", "edit_columns"):
                named |= {column["name"]: column["label"] for column in told.get(key, [])}
            wrong += [(api.resource_name, name) for name, word in named.items() if word == name]
            for filters in told.get("filters", {}).values():
                operators |= {one["name"] for one in filters}
            for key in ("list_title", "add_title", "edit_title"):
                assert not told.get(key, "").startswith(("List ", "Add ", "Edit ")), told[key]
    assert not wrong, str(sorted({name for _r, name in wrong}))
    assert {"Égal à", "Inférieur à", "Parmi", "Finit par"} <= operators
    assert not operators & {"In", "Not In", "Egal à", "Inferieur à"}
    path, english = "/api/v1/work_order/", {"Accept-Language": "en"}
    told = world.call("GET", path).get_json()
    assert told["list_title"] == "Interventions" and told["label_columns"]["due_on"] == "Échéance"
    told = world.call("GET", path, headers=english).get_json()
    assert told["label_columns"]["due_on"] == "Due date"
