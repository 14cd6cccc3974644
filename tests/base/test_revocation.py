"""What ends what: signing out, new passwords, changed rights, tokens used twice."""

from __future__ import annotations

import pytest

from base.rules.rights.actors import security, system_session
from base.store.models import Event
from tests.base.test_sign_in import api_login, bearer, number
from tests.engines import PASSWORD, csrf, sign_in


def everything_of(app, client_of, name):
    """A browser, an access and a refresh token of one person."""
    browser, program = client_of(name), client_of(None)
    tokens = api_login(program, name, PASSWORD, refresh=True).get_json()

    def open_doors():
        found = set()
        if browser.get("/compte/").status_code == 200:
            found.add("cookie")
        if program.get("/api/v1/partner/", headers=bearer(tokens)).status_code == 200:
            found.add("access")
        return found

    def refresh():
        return program.post("/api/v1/security/refresh", headers=bearer(tokens, "refresh_token"))

    return browser, program, tokens, open_doors, refresh


def test_signing_out_ends_that_cookie_on_the_server(app, client_of):
    browser, _p, _t, open_doors, _r = everything_of(app, client_of, "alice")
    other = client_of("alice")
    kept = browser.get_cookie("ouvrage").value
    answer = browser.post("/logout/", data={"csrf_token": csrf(browser, "/compte/")})
    assert answer.status_code == 302
    browser.set_cookie("ouvrage", kept)
    assert open_doors() == {"access"}
    assert other.get("/compte/").status_code == 200


def test_signing_out_by_get_changes_nothing(sqlite_client_of):
    alice = sqlite_client_of("alice")
    assert alice.get("/logout/").status_code == 200
    assert alice.get("/compte/").status_code == 200
    assert alice.post("/logout/").status_code == 400, "no CSRF token"
    assert alice.get("/compte/").status_code == 200


def test_signing_out_everywhere_ends_everything(app, client_of):
    browser, _p, _t, open_doors, refresh = everything_of(app, client_of, "alice")
    assert open_doors() == {"cookie", "access"}
    other = client_of("alice")
    other.post("/compte/fermer", data={"csrf_token": csrf(other, "/compte/")})
    assert open_doors() == set() and refresh().status_code == 401


def test_a_new_password_ends_everything_but_this_browser(app, client_of):
    browser, _p, _t, open_doors, refresh = everything_of(app, client_of, "alice")
    other = client_of("alice")
    data = {
        "current": PASSWORD,
        "password": "Tout-autre-phrase-9",
        "again": "Tout-autre-phrase-9",
        "csrf_token": csrf(other, "/compte/"),
    }
    assert other.post("/compte/mot-de-passe", data=data).status_code == 302
    assert other.get("/compte/").status_code == 200
    assert open_doors() == set() and refresh().status_code == 401
    sign_in(browser, "alice", "Tout-autre-phrase-9")


def change(app, client_of, name, **values):
    """What an administrator changes on the users page."""
    admin = client_of("admin")
    user = app.appbuilder.sm.find_user(name)
    entities = [1] if name != "chloe" else [2]
    data = {
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "active": "y",
        "roles": [r.name for r in user.roles],
        "entities": entities,
    }
    user_id = user.id
    security().rollback()
    data.update(values, csrf_token=csrf(admin, "/users/add"))
    found = admin.post(
        f"/users/edit/{user_id}", data={k: v for k, v in data.items() if v is not None}
    )
    security().rollback()
    return found


@pytest.mark.parametrize(
    "values", [{"roles": ["Lecteur"]}, {"active": None}, {"entities": [2]}, {"entities": []}]
)
def test_a_change_of_rights_ends_everything(app, client_of, values):
    _b, _p, _t, open_doors, refresh = everything_of(app, client_of, "alice")
    assert change(app, client_of, "alice", **values).status_code == 302
    assert open_doors() == set() and refresh().status_code == 401
    alice = number(app, "alice")
    with system_session("test") as session:
        last = session.query(Event).filter_by(record="ab_user", record_id=alice)
        said = " ".join(e.changes for e in last if '"sign_in"' not in e.changes)
    assert any(key in said for key in values)


def test_a_change_of_name_ends_nothing(sqlite_app, sqlite_client_of):
    _b, _p, _t, open_doors, _r = everything_of(sqlite_app, sqlite_client_of, "alice")
    assert change(sqlite_app, sqlite_client_of, "alice", first_name="Alix").status_code == 302
    assert open_doors() == {"cookie", "access"}


def test_a_refresh_token_is_good_for_one_use(app, client_of):
    client = client_of(None)
    first = api_login(client, "alice", PASSWORD, refresh=True).get_json()
    again = client.post("/api/v1/security/refresh", headers=bearer(first, "refresh_token"))
    assert again.status_code == 200
    second = again.get_json()
    assert client.get("/api/v1/partner/", headers=bearer(second)).status_code == 200
    # The first one again: somebody has stolen one of the two, so the family ends.
    reused = client.post("/api/v1/security/refresh", headers=bearer(first, "refresh_token"))
    assert reused.status_code == 401
    for tokens in (first, second):
        assert client.get("/api/v1/partner/", headers=bearer(tokens)).status_code == 401
        refused = client.post("/api/v1/security/refresh", headers=bearer(tokens, "refresh_token"))
        assert refused.status_code == 401


def test_kinds_of_tokens_are_not_mixed_up(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    tokens = api_login(client, "alice", PASSWORD, refresh=True).get_json()
    as_access = client.get("/api/v1/partner/", headers=bearer(tokens, "refresh_token"))
    as_refresh = client.post("/api/v1/security/refresh", headers=bearer(tokens))
    assert (as_access.status_code, as_refresh.status_code) == (401, 401)


def test_a_program_signs_out(app, client_of):
    client = client_of(None)
    tokens = api_login(client, "alice", PASSWORD, refresh=True).get_json()
    assert client.post("/api/v1/security/logout", headers=bearer(tokens)).status_code == 200
    assert client.get("/api/v1/partner/", headers=bearer(tokens)).status_code == 401
    refused = client.post("/api/v1/security/refresh", headers=bearer(tokens, "refresh_token"))
    assert refused.status_code == 401


def test_the_cookie_counts_for_nothing_in_the_api(sqlite_client_of):
    alice = sqlite_client_of("alice")
    assert alice.get("/api/v1/partner/").status_code == 401
    assert alice.post("/api/v1/partner/", json={"code": "P", "name": "P"}).status_code == 401


def test_an_idle_cookie_ends_after_an_hour_and_any_after_twelve(
    sqlite_app, sqlite_client_of, later
):
    idle, busy = sqlite_client_of("alice"), sqlite_client_of("bob")
    for _n in range(14):
        later(minutes=50)
        busy.get("/compte/")
    assert idle.get("/compte/").status_code == 302
    assert busy.get("/compte/").status_code == 200
    later(minutes=25)
    assert busy.get("/compte/").status_code == 302, "12 h"
