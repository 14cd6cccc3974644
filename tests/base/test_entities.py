"""Several authorities: made by screen, REST and command; own numbers; people of both."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from base.basics.i18n import speaking
from base.engine.edge.interface import sentence
from base.processes import cli
from base.processes.cli import installed
from base.rules.rights.actors import system_session
from base.store.models import Entity
from tests import engines


@pytest.fixture
def at_home(app, monkeypatch):
    """The commands on the application of the test."""
    for name in ("whole", "plain"):
        monkeypatch.setattr(installed, name, lambda: app)
    return app


def ids():
    with system_session("test", readonly=True) as session:
        return dict(session.execute(select(Entity.code, Entity.id)).all())


def person(name, *codes):
    from base.desk.accounts.making import create_user

    create_user(name, engines.PASSWORD, roles=["Responsable"], entities=codes, must_change=False)


def test_an_administrator_makes_one_by_rest_once_per_key(app, api_of):
    admin = api_of("admin")
    body = {"code": "CCAS", "name": "Centre  communal ", "parent_id": 1}
    key = {"Idempotency-Key": "e-1"}
    made = admin("POST", "/api/v1/entity/", json=body, headers=key)
    assert made.status_code == 201, made.get_data(as_text=True)
    assert made.get_json()["result"]["name"] == "Centre communal"
    assert admin("POST", "/api/v1/entity/", json=body, headers=key).get_json() == made.get_json()
    number = made.get_json()["id"]
    row = admin("GET", f"/api/v1/entity/{number}")
    assert row.get_json()["result"]["parent_id"] == 1
    assert admin("GET", "/api/v1/entity/").get_json()["count"] == 3
    path, tag = f"/api/v1/entity/{number}", {"If-Match": row.headers["ETag"]}
    renamed = admin("PATCH", path, json={"name": "CCAS d’Aubre"}, headers=tag)
    assert renamed.get_json()["result"]["name"] == "CCAS d’Aubre"
    events = admin(
        "GET",
        "/api/v1/trail/",
        query_string={
            "q": json.dumps(
                {
                    "filters": [
                        {"col": "record", "opr": "eq", "value": "base_entity"},
                        {"col": "record_id", "opr": "eq", "value": number},
                    ]
                }
            )
        },
    ).get_json()["result"]
    assert len(events) == 2 and {e["entity_id"] for e in events} == {number}


def test_codes_are_words_told_apart_without_their_capitals(app, api_of):
    admin = api_of("admin")
    for code in ("", " ", "a", "A ", "é", "un deux", "x/y", "-x", "x" * 33, None, 1):
        answer = admin("POST", "/api/v1/entity/", json={"code": code, "name": "Nom"})
        assert answer.status_code == 422 and "code" in answer.get_json()["errors"], code
    for body in ({}, {"code": "X"}, {"code": "X", "name": " "}, {"name": "X"}):
        answer = admin("POST", "/api/v1/entity/", json=body)
        assert answer.status_code == 422 and answer.get_json()["errors"], body
    wrong = {"code": "X", "name": "X", "parent_id": 99}
    assert admin("POST", "/api/v1/entity/", json=wrong).status_code == 422
    bad = {"code": "X", "name": "X", "siren": "12"}
    assert "siren" in admin("POST", "/api/v1/entity/", json=bad).get_json()["errors"]
    assert set(ids()) == {"A", "B"}


def test_nobody_stands_below_oneself(app, api_of):
    admin, any_version = api_of("admin"), {"If-Match": "*"}
    for child, parent in ((2, 1),):
        answer = admin(
            "PATCH", f"/api/v1/entity/{child}", json={"parent_id": parent}, headers=any_version
        )
        assert answer.status_code == 200
    for child, parent in ((1, 2), (1, 1), (2, 2)):
        answer = admin(
            "PATCH", f"/api/v1/entity/{child}", json={"parent_id": parent}, headers=any_version
        )
        assert answer.status_code == 422 and "parent_id" in answer.get_json()["errors"]


def test_others_make_none(app, api_of, client_of):
    for name in ("alice", "bob", "damien"):
        body = {"code": "X", "name": "X"}
        assert api_of(name)("POST", "/api/v1/entity/", json=body).status_code == 403
        browser = client_of(name)
        assert browser.get("/entityview/add").status_code in (302, 403)
    assert set(ids()) == {"A", "B"}


def test_the_screen_makes_one_and_shows_it(app, client_of):
    admin = client_of("admin")
    page = admin.get("/entityview/add")
    assert page.status_code == 200
    assert "/entityview/add" in admin.get("/entityview/list/").get_data(as_text=True)
    form = {"csrf_token": engines.csrf(admin), "code": "EPCI", "name": "Communauté", "parent": "1"}
    done = admin.post("/entityview/add", data=form)
    assert done.status_code == 302, done.get_data(as_text=True)[:3000]
    shown = admin.get(done.headers["Location"])
    assert shown.status_code == 200 and "Communauté" in shown.get_data(as_text=True)
    again = admin.post("/entityview/add", data={**form, "code": "epci"})
    assert again.status_code != 302 and "epci" in again.get_data(as_text=True)
    assert set(ids()) == {"A", "B", "EPCI"}


def test_the_command_makes_one_and_says_what_is_wrong(at_home, capsys):
    assert cli.run(["entity", "add", "CCAS", "Centre communal", "--parent", "a", "--json"]) == 0
    made = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert made["parent_id"] == 1 and made["id"] == ids()["CCAS"]
    for arguments, code in (
        (["entity", "add", "ccas", "Autre"], 1),
        (["entity", "add", "x y", "Autre"], 1),
        (["entity", "add", "X", " "], 1),
        (["entity", "add", "X", "Autre", "--parent", "rien"], 2),
        (["entity", "add", "X"], 2),
        (["entity"], 2),
    ):
        assert cli.run(arguments) == code, arguments
        assert capsys.readouterr().err.startswith("run.py"), arguments
    assert cli.run(["entity", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["entities"]
    assert [row["code"] for row in told] == ["A", "B", "CCAS"]
    assert (
        cli.run(
            ["user", "add", "deux", "--role", "Responsable", "--entity", "a", "--entity", "CCAS"]
        )
        == 0
    )


def test_everything_works_in_an_entity_made_so_and_its_numbers_begin_at_one(
    app, api_of, client_of, tmp_path
):
    made = api_of("admin")("POST", "/api/v1/entity/", json={"code": "C", "name": "Cernay"})
    third = made.get_json()["id"]
    person("carole", "C")
    person("deux", "A", "C")
    carole, alice, both = api_of("carole"), api_of("alice"), api_of("deux")
    for call, entity_id in ((alice, 1), (carole, third)):
        body = {"code": "BAT-1", "name": "Mairie", "kind": "building"}
        asset = call("POST", "/api/v1/asset/", json=body)
        assert asset.status_code == 201, asset.get_data(as_text=True)
        assert asset.get_json()["result"]["entity_id"] == entity_id
        for words in ("Fuite", "Panne"):
            order = call(
                "POST",
                "/api/v1/work_order/",
                json={"asset_id": asset.get_json()["id"], "title": words},
            )
            assert order.status_code == 201, order.get_data(as_text=True)
        numbers = [r["number"] for r in call("GET", "/api/v1/work_order/").get_json()["result"]]
        assert [int(re.search(r"(\d+)$", n)[1]) for n in numbers] == [1, 2]
        call(
            "POST",
            "/api/v1/service_request/",
            json={"asset_id": asset.get_json()["id"], "title": "Porte"},
        )
        store = call("POST", "/api/v1/store/", json={"code": "M", "name": "Magasin"})
        assert store.status_code == 201, store.get_data(as_text=True)
    # A person of both sees both, and says which one a new row is of.
    assert both("GET", "/api/v1/work_order/").get_json()["count"] == 4
    unsaid = both("POST", "/api/v1/store/", json={"code": "N", "name": "Autre"})
    assert unsaid.status_code == 422 and "entity_id" in unsaid.get_json()["errors"]
    browser = client_of("deux")
    for path in ("/", "/assetview/list/", "/workorderview/list/", "/entityview/list/"):
        assert browser.get(path, follow_redirects=True).status_code == 200, path
    assert client_of("carole").get("/", follow_redirects=True).status_code == 200
    # Files are for the entity that is named, however its capitals are.
    from base.basics.errors import DomainError
    from base.desk.imports.command import import_file

    file = tmp_path / "f.csv"
    file.write_text("Code;Nom\nF1;Fournisseur\n", encoding="utf-8")
    assert import_file("suppliers", file, entity="c").created == 1
    assert carole("GET", "/api/v1/partner/").get_json()["count"] == 1
    assert alice("GET", "/api/v1/partner/").get_json()["count"] == 0
    with pytest.raises(DomainError):
        import_file("suppliers", file)


def test_verify_and_doctor_find_nothing_after_a_new_entity(app, api_of):
    from base.upkeep.doctor import examine

    api_of("admin")("POST", "/api/v1/entity/", json={"code": "C", "name": "Cernay", "parent_id": 2})
    before = [f for f in examine(app) if f.state == "fault"]
    assert before == [], before


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("INSERT INTO x VALUES (1)", "d’une autre entité"),
        ("UPDATE x SET y = 1", "d’une autre entité"),
        ("DELETE FROM x", "ne peut pas être supprimée"),
        (None, "ne peut pas être supprimée"),
    ],
)
def test_a_foreign_key_that_fails_is_said_by_what_was_done(statement, words):
    fault = IntegrityError(statement, {}, Exception("FOREIGN KEY constraint failed"))
    with speaking("fr"):
        assert words in sentence(fault)
