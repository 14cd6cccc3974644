"""A database that goes away: 503 with a page of ours, for everybody, and service again after it."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import InterfaceError, OperationalError

from base.basics.trouble import is_away
from base.store.database import db
from tests.engines import csrf

SENTENCE = "La base de données ne répond pas en ce moment."


@pytest.fixture
def postgres(app, server):
    """A real server, which may be stopped: it runs again at the end."""
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    yield server
    server.resume()


@pytest.fixture
def people(postgres, client_of, api_of):
    """A browser and a program of Alice, and a stranger's, while all is well."""
    alice, program, nobody = client_of("alice"), api_of("alice"), client_of(None)
    assert alice.get("/").status_code == 200
    assert program("GET", "/api/v1/partner/").status_code == 200
    return alice, program, nobody


def page(answer):
    """The text of a page of ours that says what is wrong."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) == 10
    assert answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.mimetype == "text/html"
    said = answer.get_data(as_text=True)
    assert SENTENCE in said
    assert 'name="viewport"' in said
    return said


def told(answer):
    """The object that a program is given."""
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) == 10
    assert answer.headers["X-Request-Id"]
    body = answer.get_json()
    assert body["code"] == 503
    assert body["message"].startswith(SENTENCE)


def test_a_stopped_server_is_503_through_every_door_and_recovers_alone(people, postgres):
    alice, program, nobody = people
    token = csrf(alice, "/")
    postgres.halt()
    for path in ("/", "/partnerview/list/", "/partnerview/add", "/recherche?q=x", "/inbox/"):
        assert 'http-equiv="refresh"' in page(alice.get(path)), path
    sent = {"csrf_token": token, "code": "X", "name": "Y", "entity_id": "1"}
    assert 'http-equiv="refresh"' not in page(alice.post("/partnerview/add", data=sent))
    page(nobody.get("/t/abcdefgh"))
    form = {"username": "alice", "password": "x", "csrf_token": csrf(nobody, "/login/")}
    page(nobody.post("/login/", data=form))
    for path in ("/api/v1/partner/", "/api/v1/partner/1", "/api/v1/asset/", "/api/v1/trail/"):
        told(program("GET", path))
    told(program("POST", "/api/v1/partner/", json={"code": "N", "name": "n", "entity_id": 1}))
    login = {"username": "alice", "password": "x", "provider": "db"}
    told(program("POST", "/api/v1/security/login", json=login))
    assert nobody.get("/health").status_code == 200
    assert nobody.get("/ready").status_code == 503
    english = nobody.get("/t/abcdefgh", headers={"Accept-Language": "en"})
    assert "The database does not answer" in english.get_data(as_text=True)

    postgres.resume()
    assert alice.get("/").status_code == 200
    assert program("GET", "/api/v1/partner/").status_code == 200
    made = program("POST", "/api/v1/partner/", json={"code": "N", "name": "n", "entity_id": 1})
    assert made.status_code == 201


def test_what_the_page_needs_is_served_meanwhile(people, postgres):
    alice, _program, _nobody = people
    postgres.halt()
    said = page(alice.get("/"))
    for address in re.findall(r'(?:src|href)="(/static[^"]+)"', said):
        assert alice.get(address).status_code == 200


def test_connections_ended_between_two_requests_are_not_seen(people, postgres):
    alice, program, _nobody = people
    postgres.cut()
    assert alice.get("/").status_code == 200
    postgres.cut()
    assert program("GET", "/api/v1/partner/").status_code == 200


@pytest.fixture
def cut_at(postgres):
    """``cut_at(word)``: end the connections when a statement with this word comes."""
    kept = []

    def arm(word, after=False):
        postgres.app.extensions.pop("known", None)  # who asks is read anew

        def cut(connection, cursor, statement, parameters, context, executemany):
            if word in statement and not kept[-1][2]:
                kept[-1][2].append(True)
                postgres.cut()

        name = "after_cursor_execute" if after else "before_cursor_execute"
        kept.append((name, cut, []))
        event.listen(db.engine, name, cut)
        return kept[-1][2]

    yield arm
    for name, cut, _seen in kept:
        event.remove(db.engine, name, cut)


@pytest.mark.parametrize(
    "word", ["base_sign_in", "ab_user", "base_user_entity", "base_partner", "base_entity"]
)
@pytest.mark.parametrize("after", [False, True])
def test_a_connection_lost_in_the_middle_of_a_page_is_503_or_the_page(people, cut_at, word, after):
    alice, _program, _nobody = people
    seen = cut_at(word, after)
    answer = alice.get("/partnerview/list/")
    assert seen, "the page does not ask this table"
    if answer.status_code != 200:
        page(answer)
    assert alice.get("/partnerview/list/").status_code == 200


@pytest.mark.parametrize("word", ["base_sign_in", "ab_user", "base_partner"])
@pytest.mark.parametrize("after", [False, True])
def test_a_connection_lost_in_the_middle_of_a_call_is_503(people, cut_at, word, after):
    _alice, program, _nobody = people
    seen = cut_at(word, after)
    answer = program("GET", "/api/v1/partner/")
    assert seen, "the call does not ask this table"
    if answer.status_code != 200:
        told(answer)
    assert program("GET", "/api/v1/partner/").status_code == 200


@pytest.mark.parametrize("word", ["INSERT INTO base_partner", "INSERT INTO base_event"])
def test_a_write_that_lost_its_connection_is_503_and_not_there(people, cut_at, word):
    _alice, program, _nobody = people
    seen = cut_at(word, after=True)
    body = {"code": "PERDU", "name": "Perdu", "entity_id": 1}
    told(program("POST", "/api/v1/partner/", json=body))
    assert seen
    with db.engine.connect() as connection:
        lost = text("SELECT count(*) FROM base_partner WHERE code = 'PERDU'")
        assert connection.execute(lost).scalar_one() == 0
    assert program("POST", "/api/v1/partner/", json=body).status_code == 201


def test_the_end_of_a_request_without_its_connection_leaves_no_session_behind(people, postgres):
    alice, _program, _nobody = people
    app = alice.application

    ends = app.teardown_request_funcs.setdefault(None, [])
    ends.append(lambda fault: postgres.cut())
    try:
        for _n in range(20):  # more than the pool has
            assert alice.get("/partnerview/list/").status_code in (200, 503)
    finally:
        ends.pop()
    assert alice.get("/partnerview/list/").status_code == 200
    assert db.engine.pool.checkedout() == 0


def test_a_bug_of_the_database_stays_a_bug(app, client_of):
    from psycopg import errors

    assert not is_away(OperationalError("", {}, errors.QueryCanceled("trop long")))
    assert not is_away(InterfaceError("", {}, errors.InterfaceError("the cursor is closed")))
    assert is_away(OperationalError("", {}, errors.AdminShutdown("arrêt")))
    assert is_away(OperationalError("", {}, errors.OperationalError("connection refused")))
