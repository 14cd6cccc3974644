"""A nul in a text is refused by every form alike, on both engines, with what was typed kept."""

from __future__ import annotations

import re
from typing import Any

import pytest

from base.engine.edge.doors import SHOWN_AGAIN
from tests.base.test_conflicts import fields
from tests.sweeps import World, fill, model_of
from tests.test_forms import FIELDS, _counts, _of_form

NUL = "Vu\x00 sur place"


@pytest.fixture(scope="module")
def world(server: Any) -> Any:
    server.reset()
    made = World(server)
    yield made
    made.close()
    server.reset()


def test_every_field_of_every_form_refuses_it(world: World) -> None:
    wrong, tried = [], 0
    before = _counts(world.app)
    for method, rule in world.rules():
        if method != "POST" or rule.rule.startswith("/api/"):
            continue
        given = {"code": "cost", "kind": "assets", "name": "BuildingView"}
        path = fill(rule, world.ours.get(model_of(world.app, rule.endpoint) or "", 1), **given)
        view = world.view_of(rule.endpoint)
        new = rule.endpoint.endswith(".add") and hasattr(view, "add_columns")
        names = {*FIELDS, *(_of_form(world, view) if new else ()), "field.1", "update.reason"}
        answer = world.call(
            "POST",
            path,
            data={name: NUL for name in names},
            headers={"X-Ouvrage-Form": "1"},
        )
        tried += 1
        told = (answer.get_json(silent=True) or {}).get("errors", {})
        # Strangers have a form of their own, shown again by itself.
        if answer.status_code != 422 or ({*told} != names and rule.endpoint not in SHOWN_AGAIN):
            wrong.append(f"{rule.endpoint} {path} -> {answer.status_code} {told}")
    assert not wrong, "\n".join(wrong)
    assert tried > 80
    assert _counts(world.app) == before


@pytest.mark.parametrize(
    ("page", "path", "field"),
    [
        ("/partnerview/show/{0}", "/partnerview/message/{0}", "body"),
        ("/partnerview/show/{0}", "/boite/fiche/base_partner/{0}/action", "title"),
        ("/partnerview/edit/{0}", "/partnerview/edit/{0}", "name"),
        ("/partnerview/add", "/partnerview/add", "name"),
    ],
)
def test_the_text_comes_back_without_it(world: World, page: str, path: str, field: str) -> None:
    number = world.ours["Partner"]
    number_page = page.format(number)
    # As a browser sends it: with all that the form says by itself.
    own = fields(world.call("GET", number_page).text) if path == page else {}
    own.pop("csrf_token", None)
    answer = world.call(
        "POST",
        path.format(number),
        data={**own, field: NUL},
        headers={"Referer": "http://localhost" + number_page},
    )
    assert answer.status_code == 422
    assert "Vu sur place" in answer.text and "\x00" not in answer.text
    assert re.search(r'class="ov-err"[^>]*>Ce texte contient des caractères interdits', answer.text)
