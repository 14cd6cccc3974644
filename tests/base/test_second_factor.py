"""The second factor: codes by the RFC, asked for at every door, each good for one use."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest

from base.basics import clock
from base.desk.accounts import second_factor
from base.rules.rights.actors import security
from tests import engines

#: RFC 6238, appendix B, SHA-1: seconds -> eight digits.
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
SECRET = b"12345678901234567890"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """A clock that a test sets."""
    state = {"now": NOW}
    monkeypatch.setattr(clock, "now", lambda: state["now"])

    def move(**ahead):
        state["now"] += timedelta(**ahead)

    return move


def code(ahead=0):
    return second_factor.code_at(SECRET, second_factor.step_of(clock.now().timestamp()) + ahead)


def set_up(app, user_id):
    with app.app_context():
        codes = second_factor.start(user_id, SECRET)
        security().commit()
        security.remove()
        return codes


def require(app, monkeypatch):
    monkeypatch.setattr(app, "settings", dataclasses.replace(app.settings, require_mfa=True))


def test_codes_are_those_of_the_rfc():
    for seconds, digits in VECTORS.items():
        assert second_factor.code_at(SECRET, second_factor.step_of(seconds), 8) == digits
    shown = second_factor.shown_secret(SECRET)
    assert shown == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert second_factor.address(SECRET, "alice", "Ville d’Aubre") == (
        "otpauth://totp/Ville%20d%E2%80%99Aubre:alice"
        "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ville%20d%E2%80%99Aubre"
    )


def user_id_of(app, name):
    with app.app_context():
        found = app.extensions["appbuilder"].sm.find_user(username=name).id
        security.remove()
        return found


def type_password(client, name):
    token = engines.csrf(client, "/login/")
    return client.post(
        "/login/", data={"csrf_token": token, "username": name, "password": engines.PASSWORD}
    )


def type_code(client, text):
    token = engines.csrf(client, "/compte/second-facteur/code")
    return client.post("/compte/second-facteur/code", data={"csrf_token": token, "code": text})


def test_the_password_alone_no_longer_signs_in(app, at):
    codes = set_up(app, user_id_of(app, "alice"))
    client = app.test_client()
    asked = type_password(client, "alice")
    assert asked.headers["Location"] == "/compte/second-facteur/code"
    assert client.get("/assetview/list/").status_code == 302
    assert type_code(client, "000000").status_code == 401
    good = code()
    assert type_code(client, good).status_code == 302
    assert client.get("/assetview/list/").status_code == 200
    # The same code a second time, in another browser, counts no more; nor does an older one.
    other = app.test_client()
    type_password(other, "alice")
    assert type_code(other, good).status_code == 401
    assert type_code(other, code(-1)).status_code == 401
    # The recovery codes do without the phone, each once, whatever the writing.
    assert type_code(other, codes[0].lower().replace("-", " ")).status_code == 302
    third = app.test_client()
    type_password(third, "alice")
    assert type_code(third, codes[0]).status_code == 401


def test_tries_of_codes_are_counted(app, at):
    set_up(app, user_id_of(app, "alice"))
    client = app.test_client()
    type_password(client, "alice")
    answers = [type_code(client, f"00000{i}").status_code for i in range(6)]
    assert answers == [401] * 5 + [429]
    at(minutes=11)
    assert type_code(client, code()).status_code == 302  # too late: back to the password
    assert client.get("/assetview/list/").status_code == 302


def test_a_program_sends_the_code_with_the_password(app, at):
    set_up(app, user_id_of(app, "alice"))
    client = app.test_client()
    body = {"username": "alice", "password": engines.PASSWORD, "provider": "db"}
    bare = client.post("/api/v1/security/login", json=body)
    assert bare.status_code == 401 and "«\u00a0code\u00a0»" in bare.json["message"]
    wrong = client.post("/api/v1/security/login", json={**body, "code": "123456"})
    assert wrong.status_code == 401
    good = client.post("/api/v1/security/login", json={**body, "code": code()})
    assert good.status_code == 200 and good.json["access_token"]


def test_a_role_that_requires_it_leads_to_setting_it_up(app, at, monkeypatch):
    admin = app.test_client()
    engines.sign_in(admin, "admin")
    require(app, monkeypatch)
    # Nothing else is open, by the cookie that was open before or by a new one.
    led = admin.get("/users/list/")
    assert led.headers["Location"] == "/compte/second-facteur/"
    body = {"username": "admin", "password": engines.PASSWORD, "provider": "db"}
    refused = admin.post("/api/v1/security/login", json=body)
    assert refused.status_code == 403 and "second facteur" in refused.json["message"]
    assert (
        app.test_client()
        .post("/api/v1/security/login", json={**body, "username": "alice"})
        .status_code
        == 200
    )
    page = admin.get("/compte/second-facteur/").get_data(as_text=True)
    assert "Votre rôle demande un second facteur" in page and "<svg" in page
    key = re.search(r'ov-key">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    import base64

    secret = base64.b32decode(key)
    token = engines.csrf(admin, "/compte/second-facteur/")
    step = second_factor.step_of(clock.now().timestamp())
    wrong = admin.post("/compte/second-facteur/", data={"csrf_token": token, "code": "000000"})
    assert wrong.status_code == 422
    done = admin.post(
        "/compte/second-facteur/",
        data={"csrf_token": token, "code": second_factor.code_at(secret, step)},
    )
    shown = re.findall(r"[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}", done.get_data(as_text=True))
    assert len(set(shown)) == 10
    assert admin.get("/users/list/").status_code == 200
    # It cannot be left while the role requires it; an administrator may reset another's.
    token = engines.csrf(admin, "/compte/second-facteur/")
    admin.post("/compte/second-facteur/retirer", data={"csrf_token": token, "code": shown[0]})
    with app.app_context():
        assert second_factor.is_set(user_id_of(app, "admin"))


def test_it_is_left_with_a_code_and_the_secret_is_not_readable(app, at):
    user_id = user_id_of(app, "alice")
    client = app.test_client()
    engines.sign_in(client, "alice")
    codes = set_up(app, user_id)
    token = engines.csrf(client, "/compte/second-facteur/")
    data = {"csrf_token": token, "code": "no such code"}
    assert client.post("/compte/second-facteur/retirer", data=data).status_code == 422
    with app.app_context():
        from base.store.models import UserSecurity

        kept = security().get(UserSecurity, user_id).totp_secret
        assert "GEZD" not in kept and SECRET.decode() not in kept
        security.remove()
    left = client.post("/compte/second-facteur/retirer", data={**data, "code": codes[3]})
    assert left.status_code == 302
    with app.app_context():
        assert not second_factor.is_set(user_id) and not second_factor.recovery_left(user_id)


def test_the_code_that_set_it_up_signs_nobody_in(app, at):
    """Somebody who read it over the shoulder has no use for it."""
    client = app.test_client()
    engines.sign_in(client, "alice")
    client.get("/compte/second-facteur/")
    with client.session_transaction() as kept, app.test_request_context():
        secret = second_factor.opened(kept["new_factor"])
    typed = second_factor.code_at(secret, second_factor.step_of(clock.now().timestamp()))
    sent = {"csrf_token": engines.csrf(client), "code": typed}
    assert client.post("/compte/second-facteur/", data=sent).status_code == 200
    other = app.test_client()
    assert type_password(other, "alice").headers["Location"] == "/compte/second-facteur/code"
    assert type_code(other, typed).status_code == 401


def test_of_two_who_set_it_up_at_once_one_does(app, at):
    user_id = user_id_of(app, "alice")
    assert set_up(app, user_id) is not None
    with app.app_context():
        assert second_factor.start(user_id, b"x" * 20, 7) is None
        security().rollback()
        assert second_factor.accept(user_id, code())
        security().rollback()
        security.remove()
