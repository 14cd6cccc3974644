"""What is done to records of the register is declared once: at the desk, in lists, by programs."""

from __future__ import annotations

import re

from sqlalchemy import select

from base.rules.rights.actors import system_session
from patrimoine import services
from patrimoine.models import Asset, Category, FieldDefinition, TagReport
from tests import engines
from tests.patrimoine.rows import AT

#: Routes that act on a record of the module and that no declaration makes, with why.
BY_HAND = {
    "AssetView.fields": "its inputs are the fields that an administrator made",
    "AssetView.label": "a form about a sheet of labels, which a job draws",
    "AssetView.print_labels": "the same, of many assets at once",
    "FieldDefinitionView.order_one": "stays on the list, between two other fields",
    "TagView.link": "stays on the page of the tag, which is named by its code",
    **{
        f"{kind}Api.fields": "its keys are the fields that an administrator made"
        for kind in (
            *("Asset", "Site", "Building", "Floor", "Room", "Parcel", "Vehicle"),
            *("Equipment", "PersonalEquipment"),
        )
    },
}
#: What every screen and resource has.
EVERY = {"add", "edit", "delete", "message", "action", "action_post", "post", "put", "patch"}


_FORM = "application/x-www-form-urlencoded"


def text_of(answer):
    return answer.get_data(as_text=True)


def test_every_verb_of_the_module_is_declared(sqlite_app):
    seen = {
        rule.endpoint
        for rule in sqlite_app.url_map.iter_rules()
        if "POST" in rule.methods
        for view in sqlite_app.appbuilder.baseviews
        if rule.endpoint.startswith(f"{view.endpoint}.")
        and type(view).__module__.startswith("patrimoine.")
        and hasattr(view, "datamodel")
        and rule.endpoint.partition(".")[2] not in EVERY
        and not hasattr(getattr(type(view), rule.endpoint.partition(".")[2]), "declared")
    }
    assert seen == set(BY_HAND)


def test_the_list_of_a_kind_asks_the_view_of_all_assets_for_the_right(sqlite_app):
    views = {view.endpoint: view for view in sqlite_app.appbuilder.baseviews}
    for name in ("AssetView", "BuildingView"):
        assert [verb.name for verb in views[name].verbs] == ["service", "status", "archive"]
    right = {verb.name: verb.method for verb in views["BuildingView"].verbs}
    assert right == {"service": "edit", "status": "edit", "archive": "AssetView.archive"}
    assert not hasattr(views["BuildingView"], "move")


def test_the_form_of_a_move_keeps_what_was_typed(client_of, town):
    alice, path = client_of("alice"), f"/assetview/move/{town['building']}"
    page = text_of(alice.get(path))
    assert "Déplacer «\u00a0Bien building\u00a0»" in page and "Ce qu’il contient le suit." in page
    sent = {"csrf_token": engines.csrf(alice, path), "reason": "Travaux", "on": "2999-01-01"}
    refused = alice.post(path, data={**sent, "parent": str(town["site"])})
    assert refused.status_code == 422
    said = text_of(refused)
    assert 'role="alert"' in said and 'value="Travaux"' in said and 'value="2999-01-01"' in said
    assert re.search(rf'<option value="{town["site"]}"[^>]* selected>', said)
    once = {**sent, "parent": str(town["site"]), "on": "", "form_key": "once"}
    assert [alice.post(path, data=once).status_code for _n in range(2)] == [302, 302]
    assert "«\u00a0Bien building\u00a0» est déplacé." in text_of(alice.get("/assetview/list/"))
    # It begins where the asset is: sent as it is, it does not go to the top of the tree.
    assert re.search(rf'<option value="{town["site"]}"[^>]* selected>', text_of(alice.get(path)))


def test_programs_are_told_what_a_verb_takes_and_answers(api_of, client_of, town):
    paths = client_of(None).get("/api/v1/_openapi").get_json()["paths"]

    def body(address):
        content = paths[f"/api/v1/{address}"]["post"]["requestBody"]["content"]
        return content["application/json"]["schema"]

    assert set(body("vehicle/{pk}/move")["properties"]) == {"parent_id", "on", "reason"}
    assert set(body("asset/{pk}/archive")["properties"]) == {"on", "reason"}
    assert body("asset/{pk}/geometry")["properties"]["geometry"]["type"] == "object"
    assert body("tag/{pk}/link")["required"] == ["asset_id"]
    alice = api_of("alice")
    wrong = alice("POST", f"/api/v1/asset/{town['room']}/move", json={"on": "hier", "floor": 1})
    assert set(wrong.get_json()["errors"]) == {"on", "floor"}
    tag = alice("POST", f"/api/v1/asset/{town['room']}/tag", json={}).get_json()
    assert tag["state"] == "claimed" and len(tag["token"]) == 16
    again = alice("POST", f"/api/v1/tag/{tag['id']}/revoke", json={}).get_json()
    assert again["result"]["state"] == "revoked"
    assert alice("POST", f"/api/v1/tag/{tag['id']}/revoke", json={}).status_code == 409


def test_a_body_that_is_no_json_is_refused_and_changes_nothing(api_of, town):
    alice, path = api_of("alice"), f"/api/v1/asset/{town['room']}/archive"
    for told in ({"data": {"reason": "x"}}, {"data": '{"reason": "x"}', "content_type": _FORM}):
        answer = alice("POST", path, **told)
        assert answer.status_code == 422, answer.get_json()
        assert "Un objet JSON est attendu" in answer.get_json()["message"]
    with system_session("test", readonly=True) as session:
        assert session.get(Asset, town["room"]).archived_on is None


def test_settings_are_put_away_and_brought_back(sqlite_app, sqlite_client_of):
    with system_session("tests") as session:
        field = services.define_field(
            session, label="Combustible", field_type="choice", choices="Gaz\nBois"
        )
        number = field.id
        leaf = select(Category.id).where(Category.code == "aire_jeux")
        pks = {"categoryview": session.scalar(leaf), "fielddefinitionview": number}
    admin = sqlite_client_of("admin")
    token = {"csrf_token": engines.csrf(admin, "/compte/")}
    for view, pk in pks.items():
        page = f"/{view}/show/{pk}"
        assert f"/{view}/archive/{pk}" in text_of(admin.get(page))
        admin.post(f"/{view}/archive/{pk}", data=token)
        shown = text_of(admin.get(page))
        assert f"/{view}/archive/{pk}" not in shown and f"/{view}/restore/{pk}" in shown
        assert admin.post(f"/{view}/restore/{pk}", data=token).headers["Location"] == page
    sent = {**token, "old": "Gaz", "new": " Gaz naturel "}
    admin.post(f"/fielddefinitionview/choice/{number}", data=sent)
    assert "«\u00a0Gaz\u00a0» s’appelle maintenant «\u00a0Gaz naturel\u00a0»." in text_of(
        admin.get("/categoryview/list/")
    )
    with system_session("tests", readonly=True) as session:
        assert session.get(FieldDefinition, number).choice_list == ("Gaz naturel", "Bois")


def test_a_report_is_shown_under_the_usual_words_unless_others_are_given(client_of, town):
    with system_session("tests") as session:
        pk = services.receive_report(
            session,
            asset_id=session.get(Asset, town["swing"]).id,
            entity_id=1,
            tag_id=None,
            description="Siège fissuré",
            contact=None,
            at=AT,
        ).id
    alice = client_of("alice")
    page = f"/tagreportview/show/{pk}"
    forms = [f"/tagreportview/{name}/{pk}" for name in ("accept", "close", "reject")]
    assert all(form in text_of(alice.get(page)) for form in forms)
    token = {"csrf_token": engines.csrf(alice, page)}
    alice.post(forms[0], data=token)
    shown = text_of(alice.get(page))
    assert "Problème pris en compte" in shown and forms[0] not in shown and forms[2] in shown
    alice.post(forms[2], data={**token, "reason": "Déjà signalé"})
    assert not any(form in text_of(alice.get(page)) for form in forms)
    with system_session("tests", readonly=True) as session:
        assert session.get(TagReport, pk).state == "rejected"
