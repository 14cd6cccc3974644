"""What an authority decides for itself, and its departments."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from base.basics.errors import InvalidInput
from base.desk import own_settings
from base.rules.rights.actors import system_session
from base.store.models import Department, Entity, Event, Setting
from tests import engines

KEY = "patrimoine.contacts_days"


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_setting_counts_for_its_authority_alone_and_goes_back(session):
    assert own_settings.value_of(session, KEY, 1) == 61
    own_settings.choose(session, KEY, "90", entity_id=2)
    assert own_settings.value_of(session, KEY, 1) == 61
    assert own_settings.value_of(session, KEY, 2) == 90
    assert own_settings.value_of(session, KEY) == 90
    own_settings.choose(session, KEY, " 61 ", entity_id=2)
    assert session.scalars(select(Setting).where(Setting.key == KEY)).all() == []
    for bad in ("0", "366", "beaucoup", "-1", "1,5", "9" * 30):
        with pytest.raises(InvalidInput) as refusal:
            own_settings.choose(session, KEY, bad, entity_id=1)
        assert "de 1 à 365" in refusal.value.errors[KEY]


def test_the_page_changes_all_or_nothing_and_says_who(client_of):
    admin = client_of("admin")
    page = text_of(admin.get("/reglages/"))
    assert 'name="patrimoine.contacts_days"' in page and "OUVRAGE_BASE_URL" in page
    data = {"csrf_token": engines.csrf(admin, "/reglages/"), "entity": "1", KEY: "30"}
    refused = admin.post("/reglages/change", data={**data, "energie.silent_days": "3"})
    assert refused.status_code == 422
    assert "un nombre entier de 7 à 400" in text_of(refused)
    with system_session("tests", readonly=True) as session:
        assert own_settings.value_of(session, KEY, 1) == 61
    assert admin.post("/reglages/change", data=data).status_code == 302
    with system_session("tests", readonly=True) as session:
        assert own_settings.value_of(session, KEY, 1) == 30
        event = session.scalars(select(Event).where(Event.record == "base_setting")).one()
        assert json.loads(event.changes) == {"key": [None, KEY], "value": [None, "30"]}
    assert "Changé par" in text_of(admin.get("/reglages/"))
    # A manager reads them; only an administrator changes them, and sees the installation's.
    alice = client_of("alice")
    page = text_of(alice.get("/reglages/"))
    assert "30" in page and "OUVRAGE_BASE_URL" not in page
    token = engines.csrf(alice)
    alice.post("/reglages/change", data={**data, "csrf_token": token, KEY: "40"})
    with system_session("tests", readonly=True) as session:
        assert own_settings.value_of(session, KEY, 1) == 30
    assert alice.get("/reglages/?entity=2").status_code == 404


def test_departments_are_a_tree_with_heads(client_of):
    admin = client_of("admin")
    token = engines.csrf(admin, "/serviceview/add")
    with system_session("tests") as session:
        from flask_appbuilder.security.sqla.models import User

        people = dict(session.execute(select(User.username, User.id)).all())
        rows = {
            name: Department(entity_id=1, code=name[:3].upper(), name=name)
            for name in ("Technique", "Voirie")
        }
        session.add_all(rows.values())
        session.flush()
        ids = {name: row.id for name, row in rows.items()}
    data = {"csrf_token": token, "version": "1", "code": "VOI", "name": "Voirie"}
    path = f"/serviceview/edit/{ids['Voirie']}"
    good = {**data, "parent": ids["Technique"], "head_id": people["alice"]}
    assert admin.post(path, data=good).status_code == 302
    page = text_of(admin.get("/serviceview/list/"))
    assert "ov-tree-1" in page and "Alice" in page
    top = f"/serviceview/edit/{ids['Technique']}"
    circle = admin.post(
        top, data={**data, "code": "TEC", "name": "Technique", "parent": ids["Voirie"]}
    )
    assert circle.status_code == 422 and "lui-même sous celui-ci" in text_of(circle)
    foreign = admin.post(path, data={**data, "version": "2", "head_id": people["chloe"]})
    assert foreign.status_code == 422 and "ne travaille pas pour" in text_of(foreign)
    admin.post(f"/serviceview/archive/{ids['Technique']}", data={"csrf_token": token})
    with system_session("tests", readonly=True) as session:
        assert session.get(Department, ids["Technique"]).archived_on is None
        assert session.get(Department, ids["Voirie"]).head_id == people["alice"]


def test_an_authority_has_sound_numbers_and_no_circle(client_of):
    admin = client_of("admin")
    with system_session("tests") as session:
        rows = session.scalars(select(Entity).order_by(Entity.id)).all()
        rows[1].parent_id = rows[0].id
        first, second = rows[0], rows[1]
        ids, name, code = (first.id, second.id), first.name, first.code
        session.flush()
        version = first.version
    path = f"/entityview/edit/{ids[0]}"
    data = {
        "csrf_token": engines.csrf(admin, path),
        "version": str(version),
        "code": code,
        "name": name,
    }
    page = text_of(admin.post(path, data={**data, "insee": "1032", "siren": "123"}))
    assert "Cinq chiffres" in page
    circle = admin.post(path, data={**data, "parent": str(ids[1])})
    assert circle.status_code == 422 and "elle-même rattachée" in text_of(circle)
    good = admin.post(path, data={**data, "insee": "2A004", "siren": "200000172"})
    assert good.status_code == 302


def test_addresses_stay_as_they_are_and_switches_are_words(client_of, monkeypatch):
    monkeypatch.setenv("OUVRAGE_REQUIRE_MFA", "TRUE")
    monkeypatch.delenv("OUVRAGE_ACCESS_LOG", raising=False)
    page = text_of(client_of("admin").get("/reglages/"))
    assert "<b>postgresql+psycopg://… pour un serveur</b>" in page
    assert "<b>redis://…, rediss://… ou unix://…</b>" in page
    assert "<b>Port d’écoute</b>" in page
    asked = page.partition("OUVRAGE_REQUIRE_MFA")[2].partition("</li>")[0]
    assert "<b>oui</b>" in asked
    kept = page.partition("OUVRAGE_ACCESS_LOG")[2].partition("</li>")[0]
    assert "par défaut : oui" in kept.replace("\u00a0", " ")
    monkeypatch.setenv("OUVRAGE_ACCESS_LOG", "0")
    page = text_of(client_of("admin").get("/reglages/"))
    assert "<b>non</b>" in page.partition("OUVRAGE_ACCESS_LOG")[2].partition("</li>")[0]
