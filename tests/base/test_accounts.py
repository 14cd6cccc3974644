"""Accounts: first passwords, links, administrators, keys."""

from __future__ import annotations

import re

import pytest

from base.desk.accounts import making
from base.rules.rights.actors import security, system_session
from base.store.models import SignIn
from tests.base.test_revocation import change
from tests.base.test_sign_in import api_login, disable, number
from tests.engines import PASSWORD, csrf, sign_in, token_headers


def test_a_given_password_is_changed_first(app, client_of):
    making.set_password("bob", "Donné-par-un-autre-3")
    client = client_of(None)
    sign_in(client, "bob", "Donné-par-un-autre-3")
    for path in ("/", "/compte/", "/partnerview/list/"):
        assert client.get(path).headers["Location"] == "/compte/mot-de-passe"
    refused = api_login(client_of(None), "bob", "Donné-par-un-autre-3")
    assert refused.status_code == 403 and "mot de passe" in refused.get_json()["message"]
    data = {
        "current": "Donné-par-un-autre-3",
        "password": "Le-mien-à-moi-44",
        "again": "Le-mien-à-moi-44",
        "csrf_token": csrf(client, "/compte/mot-de-passe"),
    }
    assert client.post("/compte/mot-de-passe", data=data).status_code == 302
    assert client.get("/").status_code == 200
    assert api_login(client_of(None), "bob", "Le-mien-à-moi-44").status_code == 200


@pytest.mark.parametrize(
    "password", ["court", "bobbobbobbob", "motdepasse1234", PASSWORD, "x" * 129, "ouvrage-123456"]
)
def test_weak_or_same_passwords_are_refused(sqlite_app, sqlite_client_of, password):
    bob = sqlite_client_of("bob")
    data = {
        "current": PASSWORD,
        "password": password,
        "again": password,
        "csrf_token": csrf(bob, "/compte/mot-de-passe"),
    }
    assert bob.post("/compte/mot-de-passe", data=data).status_code == 422
    assert api_login(sqlite_client_of(None), "bob", PASSWORD).status_code == 200


def test_an_administrator_makes_an_account_and_its_link(app, client_of):
    admin = client_of("admin")
    data = {
        "username": "emma",
        "first_name": "Emma",
        "last_name": "Roy",
        "email": "e@aubre.fr",
        "roles": ["Agent"],
        "entities": [1],
        "csrf_token": csrf(admin, "/users/add"),
    }
    page = admin.post("/users/add", data=data)
    link = re.search(r"/compte/lien/[\w.-]+", page.get_data(as_text=True)).group(0)
    stranger = client_of(None)
    assert api_login(stranger, "emma", "").status_code == 401
    data = {
        "password": "Une-phrase-à-emma-1",
        "again": "Une-phrase-à-emma-1",
        "csrf_token": csrf(stranger, link),
    }
    assert stranger.post(link, data=data).status_code == 302
    assert stranger.get("/compte/").status_code == 200
    assert client_of(None).get(link).status_code == 404, "used once"
    assert api_login(client_of(None), "emma", "Une-phrase-à-emma-1").status_code == 200


def test_a_link_ends_after_an_hour_or_with_the_next_one(sqlite_app, sqlite_client_of, monkeypatch):
    import itsdangerous.timed

    bob = number(sqlite_app, "bob")
    first = making.password_link(bob)
    second = making.password_link(bob)
    client = sqlite_client_of(None)
    assert client.get(f"/compte/lien/{first}").status_code == 404
    assert client.get(f"/compte/lien/{second}").status_code == 200
    assert client.get(f"/compte/lien/{second}x").status_code == 404
    real = itsdangerous.timed.time.time
    monkeypatch.setattr(itsdangerous.timed.time, "time", lambda: real() + 3700)
    assert client.get(f"/compte/lien/{second}").status_code == 404


@pytest.mark.parametrize("values", [{"roles": ["Agent"]}, {"active": None}])
def test_the_last_administrator_stays(app, client_of, values):
    refused = change(app, client_of, "admin", **values)
    assert refused.status_code == 409
    assert "dernier administrateur" in refused.get_data(as_text=True)
    assert change(app, client_of, "alice", roles=["Admin"]).status_code == 302
    assert change(app, client_of, "admin", **values).status_code == 302


def test_nobody_gives_a_right_that_is_not_theirs(sqlite_app):
    from base.basics.errors import InvalidInput

    alice = sqlite_app.appbuilder.sm.find_user("alice")
    values = {
        "username": "x",
        "email": "x@y.fr",
        "first_name": "X",
        "last_name": "X",
        "roles": ["Admin"],
        "entities": [1],
    }
    with pytest.raises(InvalidInput):
        making.open_account(alice, (1,), values)
    with pytest.raises(InvalidInput):
        making.open_account(alice, (1,), {**values, "roles": ["Responsable"], "entities": [2]})
    assert making.open_account(alice, (1,), {**values, "roles": ["Responsable"]})


@pytest.mark.parametrize("path", ["/users/list/", "/users/add", "/users/edit/1", "/roles/list/"])
def test_only_administrators_reach_accounts(sqlite_client_of, path):
    assert sqlite_client_of("admin").get(path).status_code == 200
    assert sqlite_client_of("alice").get(path).status_code == 403
    assert sqlite_client_of(None).get(path).status_code == 302


def test_a_key_acts_for_its_account_and_reads_write_nothing(app, client_of):
    manager = app.appbuilder.sm
    key = manager.create_api_key(manager.find_user("alice"), "machine")["key"]
    security().rollback()
    assert key.startswith("ouv_")
    client, head = client_of(None), {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/partner/", headers=head).status_code == 200
    made = client.post("/api/v1/partner/", json={"code": "P", "name": "P"}, headers=head)
    assert made.status_code == 201, made.get_data(as_text=True)
    assert made.get_json()["result"]["code"] == "P"
    bad = {"Authorization": f"Bearer {key}x"}
    assert client.get("/api/v1/partner/", headers=bad).status_code == 401
    disable(app, "alice")
    assert client.get("/api/v1/partner/", headers=head).status_code == 401


def test_sign_ins_are_rows_that_say_who_and_when(sqlite_app, sqlite_client_of):
    sqlite_client_of("bob")
    token_headers(sqlite_client_of(None), "bob")
    with system_session("test") as session:
        assert sorted(r.kind for r in session.query(SignIn)) == ["cookie", "token"]
