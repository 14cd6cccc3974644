"""The operator's examination: an invoice that lost a ledger line is named; on both engines."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from base.rules.modules import loading
from base.rules.rights.actors import job_session
from base.store.database import db
from base.upkeep import doctor_links
from energie import doctor
from energie.models import Invoice, ReadingBatch
from tests.base.sealing import tampering
from tests.factories import energie as make
from tests.sweeps import World


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


def _links():
    with db.engine.connect() as connection:
        return [f.sentence for f in doctor_links.authorities(None, db.engine, connection)]


def test_an_invoice_of_a_point_of_the_neighbours_is_named(booked):
    assert _links() == ["Aucune fiche ne tient à une fiche d’une autre entité."]
    with tampering() as connection:
        connection.exec_driver_sql("UPDATE energie_invoice SET entity_id = 2")
    (said,) = [s for s in _links() if s.startswith("Facture") and "oint de livraison" in s]
    assert "n°\u00a01" in said


def _pairs():
    """Every pair; the tables of all modules are asked for before the first word is kept."""
    loading.load_models(loading.discover())
    return doctor_links.pairs()


@pytest.mark.parametrize(
    "pair", _pairs(), ids=lambda pair: f"{pair[0]}-{pair[1]}".replace(".", "_")
)
def test_each_pair_of_tables_is_looked_at(pair, sqlite_world):
    """A row of ours made the neighbours' own: every link of it is said."""
    column, target, _word = pair
    with db.engine.connect() as connection:
        made = connection.execute(select(column).where(column.is_not(None)).limit(1)).scalar()
    if made is None:
        pytest.skip("no row has this link")
    with tampering() as connection:
        connection.exec_driver_sql(
            f"UPDATE {target.table.name} SET entity_id = 987 WHERE id = {made}"
        )
    try:
        assert any("autre entité (" in said for said in _links())
    finally:
        with tampering() as connection:
            connection.exec_driver_sql(
                f"UPDATE {target.table.name} SET entity_id = 1 WHERE id = {made}"
            )


@pytest.fixture(scope="module")
def sqlite_world(sqlite_server):
    """One row of everything."""
    made = World(sqlite_server)
    with made.app.app_context():
        yield made
    made.close()
