"""History: every change, whatever the door; append-only; numbers without a gap."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.store.history.sequences import next_number, take_block
from base.store.models import Event, Partner


def _events(record="base_partner"):
    with system_session("test", readonly=True) as session:
        return [
            (e.seq, e.op, json.loads(e.changes), e.actor, e.door)
            for e in session.scalars(
                select(Event).where(Event.record == record).order_by(Event.seq)
            )
        ]


def test_insert_change_and_delete_are_written_with_old_and_new(app):
    with job_session((1,), "user:2", "test") as session:
        partner = Partner(code="P", name="Avant", entity_id=1)
        session.add(partner)
        session.flush()
        number = partner.id
    with job_session((1,), "user:2", "test") as session:
        session.get(Partner, number).name = "Après"
    with job_session((1,), "user:2", "test") as session:
        session.delete(session.get(Partner, number))
    made, changed, gone = _events()
    assert made[1:3] == (
        "I",
        {"code": [None, "P"], "is_supplier": [None, True], "name": [None, "Avant"]},
    )
    assert changed[1:] == ("U", {"name": ["Avant", "Après"]}, "user:2", "test")
    assert gone[1] == "D" and gone[2]["name"] == ["Après", None]
    assert [made[0] + 1, made[0] + 2] == [changed[0], gone[0]]


def test_the_old_value_of_an_expired_attribute_is_right(app):
    with job_session((1,), "user:2") as session:
        partner = Partner(code="P", name="Avant", entity_id=1)
        session.add(partner)
        session.flush()
        session.expire(partner)
        partner.name = "Après"
    assert _events()[-1][2] == {"name": ["Avant", "Après"]}


def test_a_savepoint_undone_leaves_no_event_and_no_gap(app):
    with job_session((1,), "user:2") as session:
        session.add(Partner(code="A", name="Gardé", entity_id=1))
        session.flush()
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            session.add(Partner(code="B", name="Défait", entity_id=1))
            session.flush()
            1 / 0
        with session.begin_nested():
            session.add(Partner(code="C", name="Gardé aussi", entity_id=1))
    found = _events()
    assert [f[2]["code"][1] for f in found] == ["A", "C"]
    assert found[1][0] == found[0][0] + 1


def test_a_transaction_rolled_back_leaves_no_event(app):
    before = len(_events())
    with pytest.raises(ZeroDivisionError), job_session((1,), "user:2") as session:
        session.add(Partner(code="A", name="Défait", entity_id=1))
        session.flush()
        1 / 0
    assert len(_events()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE base_event SET actor = 'x'",
        "DELETE FROM base_event",
        "TRUNCATE base_event",
        "INSERT OR REPLACE INTO base_event SELECT * FROM base_event",
    ],
)
def test_the_trail_is_append_only(app, server, statement):
    if statement.startswith("TRUNCATE") and server.kind == "sqlite":
        pytest.skip("SQLite n’a pas de TRUNCATE")
    if statement.startswith("INSERT OR") and server.kind == "postgresql":
        pytest.skip("PostgreSQL n’a pas d’INSERT OR REPLACE")
    with job_session((1,), "user:2") as session:
        session.add(Partner(code="A", name="A", entity_id=1))
    with pytest.raises(DBAPIError), db.engine.begin() as connection:
        connection.execute(text(statement))
    assert _events()[-1][3] == "user:2"


def test_numbers_are_gapless_and_per_authority(app):
    with job_session((1,), "user:2") as session:
        assert next_number(session, "INT", 2026, 1) == "INT-2026-00001"
    with pytest.raises(ZeroDivisionError), job_session((1,), "user:2") as session:
        next_number(session, "INT", 2026, 1)
        1 / 0
    with job_session((1, 2), "user:2") as session:
        assert take_block(session, "INT", 2026, 1, 2) == ["INT-2026-00002", "INT-2026-00003"]
        assert next_number(session, "INT", 2026, 2) == "INT-2026-00001"
        assert next_number(session, "INT", 2027, 1) == "INT-2027-00001"


def test_a_start_is_refused_without_the_triggers(app, server):
    from base.basics.errors import StartRefused
    from base.upkeep.schema import migrations

    drop = "DROP TRIGGER base_event_no_update"
    if server.kind == "postgresql":
        drop = "DROP TRIGGER base_event_no_change ON base_event"
    with db.engine.begin() as connection:
        connection.execute(text(drop))
    with pytest.raises(StartRefused, match="base_event_no"):
        migrations.check(db.engine, app.manifests)
    migrations.upgrade(db.engine, app.manifests)
    migrations.check(db.engine, app.manifests)


def test_the_schema_equals_the_models(app):
    from base.upkeep.schema import migrations

    assert migrations.differences(db.engine, app.manifests) == {}


def test_every_table_is_tracked_or_says_why_not(sqlite_app):
    from base.store.database import Model
    from base.store.history.trail import NOT_AUDITED, tracked_columns

    tracked = {m.local_table.name for m in Model.registry.mappers if tracked_columns(m)}
    untold = {
        t
        for t in Model.metadata.tables
        if t not in tracked and t not in NOT_AUDITED and not t.startswith("ab_")
    }
    assert untold == set()
