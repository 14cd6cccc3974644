"""A disk with no room left: a sentence, nothing kept, and service again once there is room."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from base.basics.trouble import trouble


def test_a_write_that_does_not_fit_is_503_with_a_sentence(sqlite_app, sqlite_api_of):
    from base.store.database import db

    alice = sqlite_api_of("alice")

    def full(connection, record, proxy):
        connection.execute("PRAGMA max_page_count=1")  # SQLite keeps to what it has

    def post(n):
        body = {"code": f"N{n}", "name": "x" * 100, "entity_id": 1, "address": "y" * 200}
        return alice("POST", "/api/v1/partner/", json=body)

    event.listen(db.engine, "checkout", full)
    try:
        for n in range(200):  # until the pages that are there are full
            answer = post(n)
            if answer.status_code != 201:
                break
    finally:
        event.remove(db.engine, "checkout", full)
        db.engine.dispose()
    assert answer.status_code == 503
    assert answer.get_json()["message"].startswith(
        "Le disque est plein\u00a0: rien n’a été enregistré."
    )
    assert answer.headers["Retry-After"] == "300"
    assert alice("GET", "/api/v1/partner/").get_json()["count"] == n
    assert post(n).status_code == 201, "the same again, once there is room"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("database or disk is full", "Le disque est plein"),
        ("disk I/O error", "Le disque ne répond pas"),
        ("database is locked", "Trop de monde écrit"),
    ],
)
def test_what_sqlite_says_is_put_in_words(sqlite_app, said, words):
    fault = OperationalError("INSERT", {}, sqlite3.OperationalError(said))
    with sqlite_app.test_request_context():
        sentence, wait = trouble(fault)
    assert sentence.startswith(words) and wait > 0


def test_what_postgresql_says_is_put_in_words(sqlite_app):
    from psycopg import errors

    fault = OperationalError("INSERT", {}, errors.DiskFull("could not extend file"))
    with sqlite_app.test_request_context():
        sentence, _wait = trouble(fault)
        assert sentence.startswith("Le disque est plein")
        sentence, _wait = trouble(OperationalError("", {}, errors.ConnectionFailure("perdue")))
        assert sentence.startswith("La base de données ne répond pas")
        assert trouble(OperationalError("", {}, errors.LockNotAvailable("prise"))) is None
