"""Signing in, out and staying in: throttle, revocation, first password, keys (T8, T9)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from base import accounts, clock
from base.models import Event, LoginAttempt, SignIn
from base.sessions import security, system_session
from tests.engines import PASSWORD, csrf, sign_in, token_headers

WRONG = "Pas-le-bon-mot-de-passe-1"


def number(app, name):
    """The id of an account; no transaction is left open."""
    found = app.appbuilder.sm.find_user(name).id
    security().rollback()
    return found


def disable(app, name):
    """Disable an account behind the screens."""
    app.appbuilder.sm.find_user(name).active = False
    security().commit()


def form_login(client, username, password, address="10.0.0.1", path="/login/"):
    token = csrf(client, "/login/")
    return client.post(
        path,
        data={"username": username, "password": password, "csrf_token": token},
        environ_overrides={"REMOTE_ADDR": address},
    )


def api_login(client, username, password, address="10.0.0.1", refresh=False):
    return client.post(
        "/api/v1/security/login",
        json={"username": username, "password": password, "provider": "db", "refresh": refresh},
        environ_overrides={"REMOTE_ADDR": address},
    )


@pytest.fixture
def later(monkeypatch):
    """``later(minutes=16)`` moves the clock on."""
    shift = [timedelta(0)]
    real = clock.now

    def move(**kwargs):
        shift[0] += timedelta(**kwargs)

    monkeypatch.setattr(clock, "now", lambda: real() + shift[0])
    return move


def bearer(tokens, which="access_token"):
    return {"Authorization": f"Bearer {tokens[which]}"}


# --- T8: the throttle ---------------------------------------------------------------------


def test_the_sixth_try_on_an_account_is_refused_through_every_door(app, client_of):
    client = client_of(None)
    said = [form_login(client, "bob", WRONG).status_code for _n in range(3)]
    said += [api_login(client, "bob", WRONG).status_code for _n in range(2)]
    assert said == [401] * 5
    form, api = form_login(client, "bob", PASSWORD), api_login(client, "bob", PASSWORD)
    assert (form.status_code, api.status_code) == (429, 429)
    assert int(form.headers["Retry-After"]) <= 900
    assert api.get_json()["message"].startswith("Trop d’essais. Attendez 15")
    # Another person at the same address is not concerned.
    assert api_login(client, "alice", PASSWORD).status_code == 200


def test_name_and_mail_are_one_account_for_the_throttle(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    for name in ("bob", "BOB", "bob@localhost.invalid", " bob ", "bob"):
        assert api_login(client, name, WRONG).status_code == 401
    assert api_login(client, "bob@localhost.invalid", WRONG).status_code == 429


def test_an_address_has_twenty_tries_whatever_the_names(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    said = [api_login(client, f"inconnu{n}", WRONG).status_code for n in range(21)]
    assert said == [401] * 20 + [429]
    assert api_login(client, "inconnu", WRONG, address="10.0.0.2").status_code == 401


def test_a_whole_ipv6_network_is_one_address(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    for n in range(20):
        api_login(client, f"inconnu{n}", WRONG, address=f"2001:db8::{n}")
    assert api_login(client, "x", WRONG, address="2001:db8::ffff").status_code == 429
    assert api_login(client, "x", WRONG, address="2001:db8:0:1::1").status_code == 401


def test_waiting_opens_the_door_and_waits_grow(sqlite_app, sqlite_client_of, later):
    client = sqlite_client_of(None)
    for _n in range(5):
        api_login(client, "bob", WRONG)
    later(minutes=14, seconds=50)
    assert api_login(client, "bob", PASSWORD).status_code == 429
    later(seconds=15)
    assert api_login(client, "bob", WRONG).status_code == 401
    # The sixth of the day: two minutes; nobody is kept out for more than a quarter of an hour.
    assert 100 <= int(api_login(client, "bob", PASSWORD).headers["Retry-After"]) <= 120
    later(minutes=2)
    assert api_login(client, "bob", PASSWORD).status_code == 200


def test_success_strikes_off_what_this_address_failed(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    for _n in range(4):
        api_login(client, "bob", WRONG)
    assert api_login(client, "bob", PASSWORD).status_code == 200
    for _n in range(5):
        assert api_login(client, "bob", WRONG).status_code == 401
    assert api_login(client, "bob", WRONG).status_code == 429


def test_a_stranger_cannot_lock_out_somebody_at_a_known_address(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    assert api_login(client, "bob", PASSWORD, address="10.0.0.9").status_code == 200
    for _n in range(6):
        api_login(client, "bob", WRONG, address="10.6.6.6")
    assert api_login(client, "bob", PASSWORD, address="10.7.7.7").status_code == 429
    assert api_login(client, "bob", PASSWORD, address="10.0.0.9").status_code == 200


def test_wrong_present_passwords_count_too(sqlite_app, sqlite_client_of):
    client = sqlite_client_of("bob")
    token = csrf(client, "/compte/mot-de-passe")
    data = {
        "current": WRONG,
        "password": "Tout-autre-phrase-9",
        "again": "Tout-autre-phrase-9",
        "csrf_token": token,
    }
    said = [client.post("/compte/mot-de-passe", data=data).status_code for _n in range(6)]
    assert said == [422] * 5 + [429]


def test_refused_refresh_tokens_count_for_the_address(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    head = {"Authorization": "Bearer n.importe.quoi"}
    said = [client.post("/api/v1/security/refresh", headers=head).status_code for _n in range(21)]
    assert said == [401] * 20 + [429]


def test_the_answer_does_not_tell_unknown_from_wrong_from_disabled(app, client_of):
    disable(app, "damien")
    client = client_of(None)
    said = set()
    for name, address in (("bob", "1"), ("personne", "2"), ("damien", "3")):
        answer = api_login(
            client, name, WRONG if name != "damien" else PASSWORD, f"10.1.1.{address}"
        )
        found = answer.get_json()
        found.pop("request_id")
        said.add((answer.status_code, str(found)))
        page = form_login(client, name, WRONG, f"10.1.2.{address}")
        body = re.sub(r'(nonce|value|content)="[^"]*"', "", page.get_data(as_text=True))
        said.add((page.status_code, body))
    assert len(said) == 2


@pytest.mark.slow
def test_the_time_does_not_tell_either(sqlite_app, sqlite_client_of):
    """Medians of 50 within 15 %."""
    import statistics
    import time

    disable(sqlite_app, "damien")
    client = sqlite_client_of(None)
    times = {"bob": [], "personne": [], "damien": []}
    for n in range(50):
        for name, found in times.items():
            start = time.perf_counter()
            api_login(client, name, WRONG, f"10.{n}.{len(name)}.1")
            found.append(time.perf_counter() - start)
        with system_session("test") as session:
            for row in session.query(LoginAttempt):
                session.delete(row)
    medians = sorted(statistics.median(v) for v in times.values())
    assert medians[2] <= 1.15 * medians[0], medians


def test_a_failure_and_a_success_are_in_the_trail(sqlite_app, sqlite_client_of):
    client = sqlite_client_of(None)
    api_login(client, "bob", WRONG)
    api_login(client, "bob", PASSWORD)
    bob = number(sqlite_app, "bob")
    with system_session("test") as session:
        found = [e.changes for e in session.query(Event).filter_by(record="ab_user", record_id=bob)]
    assert any('"sign_in":"failed"' in c for c in found)
    assert any('"sign_in":"done"' in c for c in found)
    assert not any(WRONG in c or PASSWORD in c for c in found)


@pytest.mark.parametrize("name", ["\x00", "a\x00b", "\ud800", "x" * 100_000, "' OR 1=1 --", ""])
def test_hostile_names_and_passwords_are_just_wrong(app, client_of, name):
    client = client_of(None)
    assert api_login(client, name, "p").status_code == 401
    assert api_login(client, "bob", name).status_code == 401


@pytest.mark.parametrize(
    "body",
    [[], "x", {"username": 1, "password": 2}, {"username": "bob"},
     {"username": "bob", "password": PASSWORD, "provider": "ldap"}],
)  # fmt: skip
def test_a_malformed_sign_in_is_400(sqlite_client_of, body):
    answer = sqlite_client_of(None).post("/api/v1/security/login", json=body)
    assert answer.status_code == 400 and answer.get_json()["message"]


# --- T9: revocation -------------------------------------------------------------------------


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


# --- first password, links, keys, administrators ----------------------------------------------


def test_a_given_password_is_changed_first(app, client_of):
    accounts.set_password("bob", "Donné-par-un-autre-3")
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
    first = accounts.password_link(bob)
    second = accounts.password_link(bob)
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
    from base.errors import InvalidInput

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
        accounts.open_account(alice, (1,), values)
    with pytest.raises(InvalidInput):
        accounts.open_account(alice, (1,), {**values, "roles": ["Responsable"], "entities": [2]})
    assert accounts.open_account(alice, (1,), {**values, "roles": ["Responsable"]})


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
