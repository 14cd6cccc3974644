"""What one reader reads is of one instant, on both engines, whatever others commit meanwhile."""

from __future__ import annotations

import threading

import pytest
from flask import current_app
from sqlalchemy import event, func, select, text

from base.rules.rights.actors import job_session, system_session
from base.store.database import db, reading
from base.store.models import Partner
from base.upkeep import doctor

ROWS = select(func.count()).select_from(Partner)


def meanwhile():
    """Somebody else commits a row; its entry in the trail too."""
    app = current_app._get_current_object()

    def write():
        with app.app_context(), system_session("another") as session:
            session.add(Partner(entity_id=1, code="AUTRE", name="Entre deux lectures"))

    other = threading.Thread(target=write)
    other.start()
    other.join()


@pytest.mark.parametrize(
    "opened",
    [
        lambda: system_session("reader", readonly=True),
        lambda: job_session((1,), "user:1", "reader", readonly=True),
        lambda: reading(db.engine).connect(),
    ],
)
def test_two_questions_of_one_reader_agree(app, opened):
    with opened() as session:
        first = session.execute(ROWS).scalar_one()
        meanwhile()
        assert session.execute(ROWS).scalar_one() == first
    with system_session("reader", readonly=True) as session:
        assert session.scalar(ROWS) == first + 1


def test_the_doctor_takes_no_entry_written_meanwhile_for_a_gap(app, monkeypatch):
    """The trail is counted, then its counter is read."""
    seen = []

    def write(connection, cursor, statement, parameters, context, executemany):
        if "min(base_event.seq)" in statement and not seen:
            seen.append(statement)
            meanwhile()

    event.listen(db.engine, "after_cursor_execute", write)
    monkeypatch.setattr(doctor, "checks", lambda app: [doctor.trail])
    try:
        found = doctor.examine(app)
    finally:
        event.remove(db.engine, "after_cursor_execute", write)
    assert seen
    assert [f.state for f in found] == ["ok"]


def test_a_reader_writes_nothing(app):
    with pytest.raises(Exception, match="read-only|readonly"):
        with reading(db.engine).connect() as connection:
            connection.execute(text("DELETE FROM base_partner"))
