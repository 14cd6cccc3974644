"""A text in which nothing can be seen is an empty field, at every door."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from base.basics.folding import seen
from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from interventions.models import Agent, ServiceRequest
from patrimoine.models import Asset, TagReport
from patrimoine.views import strangers
from tests import engines
from tests.patrimoine.test_api import make
from tests.patrimoine.test_public_reports import fields, send

#: No width, joiners, a mark of byte order, a soft hyphen, an accent on nothing, and fillers.
UNSEEN = [
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u0301", "\u3164", "\u2800"),
    " \u200b\u00a0\u2060 ",
]
WORD = "\u200b\u2060"


@pytest.mark.parametrize("text", UNSEEN)
def test_nothing_can_be_seen_in_it(text):
    assert seen(text) == ""


@pytest.mark.parametrize("text", ["é", "e\u0301", "co\u00adopérer", "🧑‍🚒", "!", "\u200bx", "0"])
def test_what_can_be_seen_stays_as_it_is(text):
    assert seen(text) == text


def rows_of(model):
    with system_session("test", readonly=True) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_programs_are_told_that_the_field_is_empty(sqlite_api_of):
    alice = sqlite_api_of("alice")
    number = make(alice, name="Préau")["id"]
    before = rows_of(Asset), rows_of(Agent), rows_of(ServiceRequest)
    for path, body, field in (
        ("building/", {"name": WORD}, "name"),
        ("agent/", {"code": "A1", "last_name": WORD, "first_name": "Luc"}, "last_name"),
    ):
        unseen = alice("POST", f"/api/v1/{path}", json=body)
        empty = alice("POST", f"/api/v1/{path}", json={**body, field: " "})
        assert unseen.status_code == empty.status_code == 422, path
        assert unseen.get_json()["errors"].keys() == empty.get_json()["errors"].keys(), path
    assert (rows_of(Asset), rows_of(Agent), rows_of(ServiceRequest)) == before
    asked = {"asset_id": number, "title": "Fuite"}
    made = alice("POST", "/api/v1/service_request/", json=asked).get_json()["id"]
    refused = alice("POST", f"/api/v1/service_request/{made}/refuse", json={"reason": WORD})
    assert refused.status_code == 422 and "reason" in refused.get_json()["errors"]


def test_forms_and_phones_are_told_too(sqlite_api_of, sqlite_client_of):
    number = make(sqlite_api_of("alice"), name="Préau")["id"]
    desk = sqlite_client_of("alice")
    token = {"csrf_token": engines.csrf(desk)}
    before = rows_of(Asset), rows_of(ServiceRequest)
    for path, data in (
        ("/buildingview/add", {"name": WORD}),
        ("/servicerequestview/add", {"asset": number, "title": WORD, "priority": "normal"}),
        (f"/interventions/mobile/bien/{number}/signaler", {"title": WORD}),
    ):
        answer = desk.post(path, data={**token, **data})
        assert answer.status_code in (409, 422), path
    assert (rows_of(Asset), rows_of(ServiceRequest)) == before


def test_a_stranger_has_to_say_something(sqlite_api_of, sqlite_client_of, monkeypatch):
    monkeypatch.setattr(strangers, "MIN_SECONDS", 0)
    alice = sqlite_api_of("alice")
    number = make(alice, "equipment", name="Balançoire", category="aire_jeux")["id"]
    town = {"swing tag": alice("POST", f"/api/v1/asset/{number}/tag", json={}).get_json()["token"]}
    stranger = sqlite_client_of(None)
    hidden = fields(stranger, town)
    for description, status in ((WORD, 422), ("Cassée", 302)):
        answer = send(stranger, town, hidden=hidden, description=description)
        assert answer.status_code == status, description
    assert rows_of(TagReport) == 1


def test_an_import_reads_an_empty_cell(sqlite_app, tmp_path):
    path = tmp_path / "biens.csv"
    path.write_text(f"nature;nom;numéro\nbâtiment;{WORD};B-1\nbâtiment;École;B-2\n", "utf-8")
    report = import_file("assets", path, entity="A", partial=True)
    assert (report.created, report.rejected) == (1, 1), report.errors
