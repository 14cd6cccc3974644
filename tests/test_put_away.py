"""An archived asset takes nothing and does not change, through any door of any module.

For each kind that hangs on an asset there is a row on one that was archived afterwards: what is
sent to its resource, each verb of it and each form is refused with the same sentence, and what
ends something is taken.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from base.basics import clock
from base.rules.rights import standing
from base.rules.rights.actors import system_session
from base.rules.verbs import Door, verbs_of
from base.store.history import belonging
from base.store.history.trail import record_name
from interventions.models import ServiceRequest
from patrimoine.models import Asset
from tests.factories import rows
from tests.sweeps import World, body_of, has_route

#: Resource -> its verbs that bring something to its end, or take it back; all others are refused.
ENDS: dict[str, set[str]] = {
    "asset": {"restore"},
    "expense": {"reverse"},
    "labour": {"reverse"},
    "part_use": {"reverse"},
    # Whoever asks to be forgotten is.
    "service_request": {"refuse", "forget_requester"},
    "tag": {"revoke"},
    "tag_report": {"close", "reject"},
    "work_order": {"cancel", "finish", "validate"},
}
#: Bills come when they come: what they are of may be archived by then.
TAKEN = {"invoice"}
#: Verbs that another rule refuses first, for the row is in no state for them; they are refused.
OTHERWISE = {
    "work_order": {"pause", "reopen", "part", "photo", "signature", "unvalidate"},
    "labour": {"correct"},
}
#: What is said: of work orders, and of what is archived already, by their own services.
SENTENCES = (
    "est archivé\u00a0: restaurez-le d’abord",
    "est archivé.",
    "est sorti de l’inventaire",
    "est déjà dans les archives",
)
SQUARE = [[2.0, 48.0], [2.001, 48.0], [2.001, 48.001], [2.0, 48.0]]
#: What the arguments of a verb alone do not tell.
BODIES: dict[str, dict[str, Any]] = {
    "move": {"parent_id": None},
    "geometry": {"geometry": {"type": "Polygon", "coordinates": [SQUARE]}},
    "accept": {},
}


def _hanging() -> list[Any]:
    return [model for model in belonging.roots() if standing.roads(model)]


@pytest.fixture(scope="module")
def world(sqlite_server: Any) -> Any:
    made = World(sqlite_server)
    with made.app.app_context(), system_session("test") as session:
        session.core(
            update(Asset.__table__)  # type: ignore[arg-type]
            .where(Asset.__table__.c.entity_id == 1)
            .values(archived_on=date(2026, 1, 5))
        )
        session.core(update(ServiceRequest.__table__).values(title="Plafond"))  # type: ignore[arg-type]
    yield made
    made.close()


def _apis(world: World) -> list[Any]:
    """The resources of assets and of all that hangs on them."""
    hanging = {record_name(model) for model in _hanging()} | {record_name(Asset)}
    return [api for api in world.resources() if record_name(api.datamodel.obj) in hanging]


def _values(world: World, declared: Any) -> dict[str, Any]:
    """A body that a verb would take."""
    if declared.name in BODIES:
        return BODIES[declared.name]
    given: dict[str, Any] = {}
    for argument in declared.asked(Door.REST):
        name = argument.field(Door.REST).name
        plain = {"text": "Un mot", "day": clock.today().isoformat(), "flag": True, "whole": 1}
        if argument.kind in plain:
            given[name] = plain[argument.kind]
        elif argument.kind == "number":
            given[name] = "1"
        elif argument.kind == "choice":
            given[name] = str(next(iter(argument.of)))
        elif argument.kind == "row":
            given[name] = world.ours.get(argument.of.__name__)
    return {name: value for name, value in given.items() if value is not None}


def _refused(answer: Any) -> bool:
    said = answer.get_json() or {}
    return answer.status_code == 409 and any(s in said.get("message", "") for s in SENTENCES)


def test_no_verb_of_a_resource_reaches_it(world: World) -> None:
    wrong, tried = [], 0
    for api in _apis(world):
        model = api.datamodel.obj
        number = world.ours[model.__name__]
        if api.resource_name in TAKEN:
            continue
        for declared in verbs_of(model, Door.REST):
            name = declared.rest or declared.name
            free = "asset" if issubclass(model, Asset) else api.resource_name
            if name in ENDS.get(free, set()) or not has_route(world, api, name):
                continue
            path = f"/api/v1/{api.resource_name}/{number}/{name}"
            answer = world.call("POST", path, json=_values(world, declared))
            tried += 1
            otherwise = name in OTHERWISE.get(free, ()) and answer.status_code in (409, 422)
            if not otherwise and not _refused(answer):
                wrong.append(
                    f"{path} -> {answer.status_code} {answer.get_data(as_text=True)[:200]}"
                )
    assert not wrong, "\n".join(wrong)
    print(f"{tried} verbs refused")


def test_no_change_and_nothing_new_by_rest(world: World) -> None:
    wrong, tried = [], 0
    for api in _apis(world):
        model = api.datamodel.obj
        path = f"/api/v1/{api.resource_name}/"
        texts = [n for n in api.edit_columns if rows.free_text(model, n)]
        if has_route(world, api, "put") and texts:
            for method in ("PUT", "PATCH"):
                one = f"{path}{world.ours[model.__name__]}"
                answer = world.call(method, one, json={texts[0]: "Autrement"})
                tried += 1
                if not _refused(answer):
                    said = answer.get_data(as_text=True)[:200]
                    wrong.append(f"{method} {one} {texts[0]} -> {answer.status_code} {said}")
        if has_route(world, api, "post") and "asset_id" in api.add_columns:
            body = {**body_of(world, api), "asset_id": world.ours["Asset"]}
            answer = world.call("POST", path, json=body)
            tried += 1
            if not _refused(answer):
                said = answer.get_data(as_text=True)[:200]
                wrong.append(f"POST {path} -> {answer.status_code} {said}")
    assert not wrong, "\n".join(wrong)
    assert tried > 10


def test_no_form_takes_it(world: World) -> None:
    """The forms of its page and of what hangs on it, as the desk sends them."""
    with world.app.app_context(), system_session("test", readonly=True) as session:
        before = session.scalar(select(Asset.name).where(Asset.id == world.ours["Building"]))
    number = world.ours["Building"]
    page = world.call("GET", f"/buildingview/edit/{number}").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)
    sent = {"name": "Autrement", "code": "X-1", "version": version[1] if version else "1"}
    for path, data in (
        (f"/buildingview/edit/{number}", sent),
        ("/servicerequestview/add", {"asset": number, "title": "Fuite", "priority": "normal"}),
        (f"/assetview/move/{number}", {"parent": "", "on": "2026-01-06"}),
        (f"/assetview/fields/{number}", {"field.x": "1"}),
    ):
        answer = world.call("POST", path, data=data, follow_redirects=True)
        assert answer.status_code < 500, path
    with world.app.app_context(), system_session("test", readonly=True) as session:
        row = session.get_one(Asset, number)
        assert (row.name, row.parent_id) == (before, row.parent_id)
        asked = session.scalars(select(ServiceRequest.title)).all()
    assert "Fuite" not in asked


def test_its_page_says_that_it_is_archived_and_not_in_service(world: World) -> None:
    page = world.call("GET", f"/buildingview/show/{world.ours['Building']}").get_data(as_text=True)
    head = page[page.index('class="ov-pagehead') :][:3000]
    assert "Archivé" in head and "En service" not in head


def test_what_ends_is_taken(world: World) -> None:
    """A request is refused, an order given up, a tag revoked; the asset comes back."""
    ours = world.ours
    for path, body in (
        (f"service_request/{ours['ServiceRequest']}/refuse", {"reason": "Vendu"}),
        (f"work_order/{ours['WorkOrder']}/cancel", {"reason": "Vendu"}),
        (f"tag/{ours['Tag']}/revoke", {}),
        (f"building/{ours['Building']}/restore", {}),
    ):
        answer = world.call("POST", f"/api/v1/{path}", json=body)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True))


def test_what_a_model_says_of_itself_stands_on_what_hangs(world: World) -> None:
    assert {model for model in standing._LETS} <= {*_hanging()}
