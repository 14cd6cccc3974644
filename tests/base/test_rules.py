"""Row rules and the write guard, one test per line of the rule, on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import aliased

from base.rules.rights.actors import job_session, security, system_session
from base.rules.rights.refusals import KeyRefused, NoScope, ScopeError
from base.rules.rights.rules import PersonSession
from base.store.database import db
from base.store.models import Department, Entity, Message, Partner, SavedView


@pytest.fixture
def rows(app):
    """One partner of A and one of B."""
    with system_session("test") as session:
        ours = Partner(code="P", name="À nous", entity_id=1)
        theirs = Partner(code="P", name="À eux", entity_id=2)
        session.add_all([ours, theirs])
        session.flush()
        found = ours.id, theirs.id
    return found


@pytest.fixture
def bob(app, rows):
    session = PersonSession(db, scope=(1,), actor="user:3", door="test")
    yield session
    session.rollback()
    session.close()


def test_reads_see_the_scope_only(bob, rows):
    assert [p.name for p in bob.scalars(select(Partner))] == ["À nous"]
    assert bob.get(Partner, rows[1]) is None
    assert bob.scalar(select(Partner.name).where(Partner.id == rows[1])) is None
    assert [e.id for e in bob.scalars(select(Entity))] == [1]


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: select(x.name),
        lambda x: select(Partner.name, x.name).join(x, x.id != Partner.id),
        lambda x: select(Partner.name, x.name).outerjoin(x, x.id != Partner.id),
        lambda x: select(x.name).select_from(Message).join(x, x.id == Message.record_id),
        lambda x: (
            select(x.name, Partner.name).select_from(x).outerjoin(Partner, x.id != Partner.id)
        ),
        lambda x: select(Partner.name).where(
            Partner.id.in_(select(x.id).select_from(Message).join(x, x.id == Message.record_id))
        ),
        lambda x: select(Partner.name, x.name).where(x.id != Partner.id),
    ],
)
@pytest.mark.parametrize("flat", [False, True])
def test_an_alias_is_filtered_wherever_it_stands(bob, rows, ask, flat):
    bob.add(Message(entity_id=1, record="base_partner", record_id=rows[1], body="x"))
    bob.flush()
    found = {name for row in bob.execute(ask(aliased(Partner, flat=flat))) for name in row}
    assert "À eux" not in found


def test_an_alias_of_a_kind_is_filtered_as_a_join_target(app):
    from datetime import date

    from patrimoine.models import Asset, Building
    from patrimoine.services import create

    with system_session("test") as session:
        for entity_id, name in ((1, "À nous"), (2, "À eux")):
            create(session, "building", entity_id=entity_id, name=name, on=date(2024, 1, 1))
    with job_session((1,), "user:3", readonly=True) as session:
        for flat in (False, True):
            other = aliased(Building, flat=flat)
            asked = select(Asset.name, other.name).outerjoin(other, other.id != Asset.id)
            assert session.execute(asked).all() == [("À nous", None)]


def test_the_scope_cannot_be_changed_in_a_session(bob):
    with pytest.raises(AttributeError):
        bob.scope = (1, 2)


def test_an_empty_scope_sees_nothing(app, rows):
    with job_session((), "user:9") as nobody:
        assert list(nobody.scalars(select(Partner))) == []


def test_there_is_no_person_outside_a_request(app):
    with pytest.raises(NoScope):
        PersonSession(db)


def test_no_row_is_seen_before_somebody_says_whose_the_rows_are(app, monkeypatch):
    monkeypatch.setattr("base.rules.rights.rules._whose", None)
    with app.test_request_context("/"), pytest.raises(NoScope):
        PersonSession(db)


@pytest.mark.parametrize(
    "statement",
    [
        lambda: text("SELECT * FROM base_partner"),
        lambda: select(Partner).from_statement(text("SELECT * FROM base_partner")),
        lambda: insert(Partner).values(code="X", name="X", entity_id=1),
        lambda: select(Partner.__table__.c.name),
        lambda: update(Partner).values(name="X"),
        lambda: delete(Partner),
    ],
)
def test_statements_without_rules_are_refused(bob, statement):
    with pytest.raises(ScopeError):
        bob.execute(statement())


def test_an_update_by_keys_is_refused(bob, rows):
    with pytest.raises(ScopeError):
        bob.execute(update(SavedView), [{"id": rows[1], "name": "X"}])


def test_connection_merge_and_bulk_are_refused(bob):
    for call in (
        lambda: bob.connection(),
        lambda: bob.merge(Partner(id=1)),
        lambda: bob.bulk_save_objects([]),
        lambda: bob.bulk_insert_mappings(Partner, []),
        lambda: bob.bulk_update_mappings(Partner, []),
    ):
        with pytest.raises(ScopeError):
            call()


def test_a_row_cannot_be_made_for_another_authority(bob):
    bob.add(Partner(code="N", name="Neuf", entity_id=2))
    with pytest.raises(ScopeError):
        bob.flush()


def test_a_row_cannot_be_moved_to_another_authority(bob, rows):
    bob.get(Partner, rows[0]).entity_id = 2
    with pytest.raises(ScopeError):
        bob.flush()


def test_a_foreign_key_out_of_the_scope_is_refused_by_column(bob, app):
    with system_session("test") as session:
        other = Department(code="S", name="Voirie", entity_id=2)
        session.add(other)
        session.flush()
        number = other.id
    bob.add(Department(code="T", name="Bâtiments", entity_id=1, parent_id=number))
    with pytest.raises(KeyRefused) as refused:
        bob.flush()
    assert (refused.value.status, refused.value.errors) == (422, {"parent_id": "Introuvable."})


def test_a_foreign_key_to_a_row_of_the_same_flush_is_taken(bob):
    parent = Department(code="S", name="Voirie", entity_id=1)
    bob.add(parent)
    bob.flush()
    bob.add(Department(code="T", name="Signalisation", entity_id=1, parent_id=parent.id))
    bob.flush()


def test_nothing_is_deleted_in_another_authority(bob, rows):
    foreign = Partner(id=rows[1], code="P", name="À eux", entity_id=2, version=1)
    from sqlalchemy.orm import make_transient_to_detached

    make_transient_to_detached(foreign)
    bob.add(foreign)
    bob.delete(foreign)
    with pytest.raises(ScopeError):
        bob.flush()


def test_a_refresh_of_a_foreign_row_brings_nothing(bob, rows):
    from sqlalchemy.exc import InvalidRequestError
    from sqlalchemy.orm import make_transient_to_detached

    foreign = Partner(id=rows[1])
    make_transient_to_detached(foreign)
    bob.add(foreign)
    with pytest.raises((InvalidRequestError, ScopeError)):
        bob.refresh(foreign)


def test_a_session_that_only_reads_cannot_write(app, rows):
    from sqlalchemy.exc import DBAPIError

    with pytest.raises(DBAPIError), job_session((1,), "user:3", readonly=True) as session:
        session.add(Message(record="x", record_id=1, body="x", entity_id=1))
        session.flush()


def test_the_security_session_is_fenced(app):
    with pytest.raises(ScopeError):
        security().scalars(select(Partner)).all()
    with pytest.raises(ScopeError):
        security().execute(text("SELECT 1"))


def test_no_session_changes_tracked_columns_in_bulk(app, rows):
    with pytest.raises(ScopeError), system_session("test") as session:
        session.execute(update(Partner).values(name="X"))


def test_every_scoped_model_has_a_rule(sqlite_app):
    from base.rules.rights.rules import RULES
    from base.store.database import Model
    from base.store.mixins import Scoped

    scoped = {m.class_ for m in Model.registry.mappers if issubclass(m.class_, Scoped)}
    without = {m.__name__ for m in scoped if not any(issubclass(m, r) for r in RULES)}
    assert without == set()
