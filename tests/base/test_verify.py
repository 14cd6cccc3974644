"""``verify`` beyond the trail: rows, documents, personal values, ledgers, triggers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from base.face.attached.documents import keep_alone
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, system_session
from base.store.models import Document, Partner
from base.upkeep.seals import rows
from base.upkeep.seals.examination import examine
from base.upkeep.seals.sealing import seal_now
from tests.base.sealing import tamper
from tests.base.test_personal import partner  # noqa: F401 - a supplier whose e-mail has changed


def found(app):
    """Kind -> (entry, sentence), the triggers left out: whoever tampers has removed them."""
    faults = examine(app).faults
    return {k: (f.seq, f.sentence) for k, f in faults.items() if k != "triggers"}


@pytest.fixture
def register(app):
    """A supplier and a document, sealed; the id of the supplier."""
    with job_session((1,), "user:2", "test") as session:
        row = Partner(code="P", name="Avant", phone="03 20", is_supplier=True, entity_id=1)
        session.add(row)
        stored = current_store().put(b"%PDF-1.4 essai", media_type="text/csv", label="a.csv")
        keep_alone(session, stored, entity_id=1)
        session.flush()
        number = row.id
    with job_session((1,), "user:2", "test") as session:
        session.get(Partner, number).name = "Après"
    seal_now("test")
    return number


def entry(record, op):
    from base.store.models import Event

    with system_session("test", readonly=True) as session:
        statement = select(Event.seq).where(Event.record == record, Event.op == op)
        return session.scalars(statement.order_by(Event.seq.desc())).first()


def test_a_sound_installation_has_no_fault(app, register):
    report = examine(app)
    assert report.faults == {} and report.entries == report.last_seq == report.size
    assert any("fichier a été relu." in s for s in report.sentences)


def test_triggers_that_are_missing_are_named(app, register):
    tamper("UPDATE base_counter SET value = value WHERE series = 'none'")
    faults = examine(app).faults
    if "triggers" in faults:  # SQLite: PostgreSQL's were only switched off for the session
        assert "base_event_no_update" in faults["triggers"].sentence


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE base_partner SET name = 'Autre'", "row_changed"),
        ("UPDATE base_partner SET is_supplier = NOT is_supplier", "row_changed"),
        ("UPDATE base_partner SET siret = '73282932000074'", "row_changed"),
        ("UPDATE base_partner SET phone = '06 06'", "row_changed"),
        ("DELETE FROM base_partner", "row_deleted"),
        ("UPDATE base_document SET label = 'b.csv'", "row_changed"),
        ("UPDATE base_document SET removed_at = uploaded_at", "row_changed"),
        ("DELETE FROM base_document", "row_deleted"),
    ],
)
def test_a_row_changed_behind_the_trail_is_named(app, register, statement, kind):
    tamper(statement)
    faults = found(app)
    assert set(faults) == {kind}
    table = statement.split()[1 if statement.startswith("UPDATE") else 2]
    seq, sentence = faults[kind]
    assert table in sentence and str(seq) in sentence
    # The entry that told of the column last; one never told of is the last entry's.
    late = any(word in statement for word in ("name", "siret", "DELETE"))
    assert seq == ((late and entry(table, "U")) or entry(table, "I"))


def test_a_row_added_behind_the_trail_is_named(app, register):
    tamper(
        "INSERT INTO base_partner (entity_id, code, name, is_supplier, created_at, changed_at, "
        "version) SELECT entity_id, 'X', 'X', is_supplier, created_at, changed_at, 1 "
        "FROM base_partner"
    )
    assert set(found(app)) == {"row_inserted"}


def test_a_row_put_back_is_named(app):
    with job_session((1,), "user:2") as session:
        row = Partner(code="P", name="P", entity_id=1)
        session.add(row)
    with job_session((1,), "user:2") as session:
        session.delete(session.scalars(select(Partner)).one())
    assert found(app) == {}
    tamper(
        "INSERT INTO base_partner (id, entity_id, code, name, is_supplier, created_at, changed_at,"
        " version) SELECT (SELECT max(record_id) FROM base_event WHERE record = 'base_partner'),"
        " 1, 'P', 'P', is_active, created_at, created_at, 1 FROM "
        "(SELECT (1 = 1) AS is_active, (SELECT max(at) FROM base_event) AS created_at) AS x"
    )
    assert set(found(app)) == {"row_inserted"}


def test_a_file_changed_or_missing_is_named_with_its_document(app, register):
    store = current_store()
    with system_session("test", readonly=True) as session:
        document = session.scalars(select(Document)).one()
        path, number = store.path(document.digest), document.id
    seq = entry("base_document", "I")
    path.write_bytes(b"%PDF-1.4 autre")
    told = found(app)["document_changed"]
    assert told[0] == seq and f"« a.csv » (document n° {number}" in told[1]
    path.unlink()
    assert set(found(app)) == {"document_deleted"}


def test_a_personal_value_changed_beside_the_trail_is_named(app, partner):  # noqa: F811
    assert found(app) == {}
    tamper("UPDATE base_event_personal SET value = '\"x@y.fr\"' WHERE field = 'email' AND side = 0")
    assert set(found(app)) == {"personal"}


def test_a_personal_value_erased_is_no_fault(app, partner):  # noqa: F811
    from base.rules.rights import personal

    with job_session((1,), "user:2") as session:
        personal.erase(session, "base_partner", partner)
    assert found(app) == {}
    tamper("UPDATE base_partner SET code = 'Q'")
    assert set(found(app)) == {"row_changed"}


@pytest.mark.parametrize(
    ("told", "value", "result"),
    [
        (None, None, True),
        (None, "", False),
        ("a", "a", True),
        ("a", "b", False),
        (True, True, True),
        (True, False, False),
        (1, True, False),
        ("12", 12, True),
        (12, 13, False),
        ("x", 12, False),
        ("", None, False),
    ],
)
def test_values_are_compared_as_what_they_are(told, value, result):
    assert rows.same(told, value) is result


def test_numbers_days_and_instants_are_compared_by_value():
    from datetime import UTC, date, datetime
    from decimal import Decimal

    at = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert rows.same("2.5", Decimal("2.50")) and not rows.same("2.51", Decimal("2.50"))
    assert rows.same("2026-03-01", date(2026, 3, 1))
    assert not rows.same("2026-03-02", date(2026, 3, 1))
    assert rows.same("2026-03-01T10:30:00+01:00", at) and not rows.same("hier", at)
