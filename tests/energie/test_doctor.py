"""The operator's examination: an invoice that lost a ledger line is named; on both engines."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from base.rules.rights.actors import job_session
from base.store.database import db
from energie import doctor
from energie.models import Invoice, ReadingBatch
from tests.factories import energie as make


def _states():
    with db.engine.connect() as connection:
        return {
            found.check: (found.state, found.sentence)
            for check in doctor.CHECKS
            for found in check(None, db.engine, connection)
        }


@pytest.fixture
def booked(app):
    """An invoice on its point, and one that waits."""
    with job_session((1,), "user:1") as session:
        make.point(session)
        make.invoice(session)
        make.invoice(session, number="F-2", note="rien")


def test_a_sound_register_has_nothing_to_say(booked):
    assert {check: state for check, (state, _words) in _states().items()} == {
        "readings": "ok",
        "invoices": "ok",
        "invoices_twice": "ok",
    }


def test_an_invoice_booked_twice_under_one_number_is_named(booked):
    with job_session((1,), "user:1") as session:
        make.invoice(session, number="F-3", period=("20260201", "20260228"))
    with db.engine.begin() as connection:
        table = Invoice.__table__
        connection.execute(update(table).where(table.c.number == "F-3").values(number="f-2026 001"))
    state, words = _states()["invoices_twice"]
    assert state == "warning" and "f-2026 001 (F-2026-001)" in words


def test_an_invoice_that_differs_from_the_ledger_is_named(booked):
    with db.engine.begin() as connection:
        table = Invoice.__table__
        connection.execute(
            update(table)
            .where(table.c.number == "F-2026-001")
            .values(state="waiting", point_id=None)
        )
    state, words = _states()["invoices"]
    assert state == "fault" and "F-2026-001" in words


def test_a_file_left_half_way_is_told(booked):
    with job_session((1,), "user:1") as session:
        session.add(
            ReadingBatch(
                entity_id=1,
                label="courbe.csv",
                digest="0" * 64,
                format="enedis_csv",
                received_at=datetime(2026, 1, 1, tzinfo=UTC),
            )
        )
    state, words = _states()["readings"]
    assert state == "warning" and "courbe.csv" in words
