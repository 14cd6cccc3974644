"""A trail to seal, and the hand that tampers with it behind the application's back."""

from __future__ import annotations

from contextlib import contextmanager

from sqlalchemy import select, text

from base.rules.rights.actors import system_session
from base.store.database import db, reading
from base.store.history.trail import note_change, note_record
from base.upkeep.seals.sealing import seal_now
from base.upkeep.seals.verification import verify_trail


def fill(count, *, start=0, door="test"):
    """Write entries to the trail."""
    with system_session(door) as session:
        for n in range(start, start + count):
            note_change(
                session,
                op="U",
                record="base_partner",
                record_id=n + 1,
                entity_id=1,
                changes={"name": [f"Établissement « {n} »", f"Société n° {n + 1}\n\t\\"]},
            )


def note(text_):
    """One entry that changes no column."""
    with system_session("test") as session:
        note_record(session, "base_partner", 1, 1, {"kind": "seen", "text": text_})


def last_seq():
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT max(seq) FROM base_event")).scalar_one()


def sealed(*counts):
    """Entries sealed after each count; the last seal."""
    seal = None
    for n, count in enumerate(counts):
        fill(count, start=n * 100_000)
        seal = seal_now("test")
    return seal


@contextmanager
def tampering():
    """A connection of somebody who owns the database: no trigger, no foreign key."""
    engine = db.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            )
            for name in names.scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        if engine.dialect.name == "sqlite":
            connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
        else:
            connection.exec_driver_sql("SET session_replication_role = DEFAULT")
            connection.commit()


def tamper(*statements, **values):
    """Run statements behind the application's back."""
    with tampering() as connection:
        for statement in statements:
            wanted = {k: v for k, v in values.items() if f":{k}" in statement}
            connection.execute(text(statement), wanted)


def check(**options):
    """What verification finds in the trail."""
    with reading(db.engine).connect() as connection:
        return verify_trail(connection, **options)


def faults(**options):
    """Kind -> first entry concerned."""
    return {f.kind: f.seq for f in check(**options).findings.faults.values()}


def seals_of():

    from base.store.models import Seal

    with system_session("test", readonly=True) as session:
        found = list(session.scalars(select(Seal).order_by(Seal.number)))
        session.expunge_all()
        return found
