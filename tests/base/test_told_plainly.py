"""What programs send and read means what it says, and a wrong declaration stops the start."""

from __future__ import annotations

from typing import Any

import pytest

from base.basics.i18n import _l
from base.face.views import verb_pages
from base.rules.verbs import VERBS, Ask, verb
from base.store.choice import Choice, Sign
from base.store.models import Department
from tests.patrimoine.test_api import make

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[2.0, 48.0], [2.001, 48.0], [2.001, 48.001], [2.0, 48.001], [2.0, 48.0]]],
}


def test_a_verb_on_a_version_that_is_gone_is_412(sqlite_api_of: Any, sqlite_app: Any) -> None:
    alice = sqlite_api_of("alice")
    number = make(alice, name="Préau")["id"]
    path = f"/api/v1/asset/{number}"
    old = alice("GET", path).headers["ETag"]
    changed = alice("PUT", path, json={"name": "Préau nord"}, headers={"If-Match": old})
    assert changed.status_code == 200
    stale = alice("POST", f"{path}/archive", json={}, headers={"If-Match": old})
    assert stale.status_code == 412
    assert alice("GET", path).get_json()["result"]["archived_on"] is None
    now = {"If-Match": changed.headers["ETag"]}
    assert alice("POST", f"{path}/archive", json={}, headers=now).status_code == 200
    assert alice("POST", f"{path}/restore", json={}).status_code == 200  # it need not be sent


def test_a_contour_is_taken_away_by_name_alone(sqlite_api_of: Any, sqlite_app: Any) -> None:
    alice = sqlite_api_of("alice")
    path = f"/api/v1/asset/{make(alice, name='Préau')['id']}/geometry"
    assert alice("POST", path, json={"geometry": SQUARE}).status_code == 200
    refused = alice("POST", path, json={})
    assert refused.status_code == 422 and set(refused.get_json()["errors"]) == {"geometry"}
    assert alice("POST", path, json={"geometry": SQUARE}).get_json()["area_m2"] is not None
    assert alice("POST", path, json={"geometry": None}).get_json()["area_m2"] is None


def test_the_description_says_what_is_answered(sqlite_app: Any) -> None:
    spec = sqlite_app.test_client().get("/api/v1/_openapi").get_json()
    schemas = spec["components"]["schemas"]
    written = {name for name in schemas if name.endswith("Api.put")}
    assert written and not [name for name in written if schemas[name].get("required")]
    amounts = [
        (name, key)
        for name, schema in schemas.items()
        for key, said in schema.get("properties", {}).items()
        if key.endswith("_eur") and said.get("type") in ("number", "integer")
    ]
    assert amounts == []
    archive = spec["paths"]["/api/v1/asset/{pk}/archive"]["post"]
    (match,) = [one for one in archive["parameters"] if one["name"] == "If-Match"]
    assert match["required"] is False and "412" in archive["responses"]
    body = spec["paths"]["/api/v1/asset/{pk}/geometry"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["required"] == ["geometry"]


def test_a_tone_that_no_style_has_is_refused() -> None:
    with pytest.raises(ValueError, match="'purple'"):
        Sign("Mot", "x", "purple")
    with pytest.raises(ValueError, match="'purple'"):

        class _Colour(Choice):
            MAUVE = "mauve", _l("Mauve"), "x", "purple"


def test_choices_of_what_is_not_there_stop_the_start(sqlite_app: Any) -> None:
    known = list(VERBS.get(Department, ()))
    try:
        for named in ("NowhereView.service", "AssetView.nothing"):

            @verb(Department, _l("Essai"), "x", name="essai", asks={"a": Ask(choices=named)})
            def _try(session: Any, row: Department, *, a: str) -> None:
                """Nothing."""

            with pytest.raises(RuntimeError, match=named):
                verb_pages.check()
            VERBS[Department] = list(known)
        verb_pages.check()
    finally:
        VERBS[Department] = known
