"""Undoing an import: as before, later edits kept and named, once, by every door."""

import json
import threading

import pytest
from sqlalchemy import func, select

from base.basics.errors import DomainError
from base.desk.imports.command import import_file, undo_file
from base.desk.imports.undo import Fate
from base.rules.rights.actors import job_session, system_session
from base.store.models import Event, Message, Notification, Partner
from base.store.models.imports import ImportBatch, ImportRow, ImportState
from tests.base.test_imports import FILE, count, given, partners  # noqa: F401

CHANGED = FILE.replace("01 02 03 04 05", "0600000000").replace(";MAR;;", ";MAR;;0700000000")


def undo(number):
    return undo_file(number, actor="cli")


def batch(number):
    with system_session("test", readonly=True) as session:
        found = session.get_one(ImportBatch, number)
        session.expunge(found)
    return found


def edit(code, **values):
    with system_session("test") as session:
        row = session.scalars(select(Partner).where(Partner.code == code)).one()
        for key, value in values.items():
            setattr(row, key, value)
        return row.id


def test_what_was_made_goes_and_the_file_applies_again(app, given):  # noqa: F811
    report = import_file("suppliers", given(FILE), entity="A")
    outcome = undo(report.batch_id)
    assert outcome.counts() == {Fate.REMOVED: 2}
    assert partners() == {}
    found = batch(report.batch_id)
    assert (found.state, found.undone_by, bool(found.undone_at)) == ("undone", "cli", True)
    again = import_file("suppliers", given(FILE), entity="A")
    assert (again.created, again.former_id) == (2, None)
    assert set(partners()) == {"DUR", "MAR"}


def test_what_was_changed_holds_its_former_values(app, given):  # noqa: F811
    import_file("suppliers", given(FILE), entity="A")
    before = partners()
    second = import_file("suppliers", given(CHANGED, "b.csv"), entity="A")
    assert partners() != before
    outcome = undo(second.batch_id)
    assert (outcome.counts(), outcome.cells) == ({Fate.RESTORED: 2}, 2)
    assert partners() == before


def test_imports_are_taken_back_one_after_the_other(app, given):  # noqa: F811
    first = import_file("suppliers", given(FILE), entity="A")
    second = import_file("suppliers", given(CHANGED, "b.csv"), entity="A")
    undo(second.batch_id)
    assert undo(first.batch_id).counts() == {Fate.REMOVED: 2}
    assert partners() == {}


def test_what_changed_since_is_kept_and_named(app, given):  # noqa: F811
    import_file("suppliers", given(FILE), entity="A")
    second = import_file(
        "suppliers",
        given(CHANGED.replace("Plomberie Martin", "Plomberie Martin et fils"), "b.csv"),
        entity="A",
    )
    edit("MAR", phone="0711111111")
    outcome = undo(second.batch_id)
    assert outcome.counts() == {Fate.RESTORED: 1, Fate.PARTLY: 1}
    assert partners()["MAR"] == ("Plomberie Martin", None, "0711111111")
    assert partners()["DUR"][2] == "01 02 03 04 05"
    (step,) = outcome.named()
    assert step.reasons == ["modifiée depuis (téléphone)"]
    with system_session("test", readonly=True) as session:
        notes = session.execute(select(ImportRow.fate, ImportRow.note).order_by(ImportRow.id)).all()
    assert [tuple(n) for n in notes][2:] == [
        ("restored", None),
        ("partly", "MAR · Plomberie Martin et fils\u00a0: modifiée depuis (téléphone)"),
    ]


def test_what_served_is_kept_and_named(app, given):  # noqa: F811
    report = import_file("suppliers", given(FILE), entity="A")
    number = edit("DUR")
    with system_session("test") as session:
        session.add(
            Message(entity_id=1, record="base_partner", record_id=number, body="À rappeler")
        )
    outcome = undo(report.batch_id)
    assert set(partners()) == {"DUR"}
    (step,) = outcome.named()
    assert step.reasons == ["a servi\u00a0: un message s’y rattache"]


def test_what_any_module_hangs_on_a_record_keeps_it(app, given, monkeypatch):  # noqa: F811
    """The model says that its rows name any record; undoing has no list of such models."""
    monkeypatch.setattr(Notification, "__hangs_on__", "*", raising=False)
    report = import_file("suppliers", given(FILE), entity="A")
    number = edit("DUR")
    with system_session("test") as session:
        row = {"record": "base_partner", "record_id": number, "user_id": 2}
        session.add(Notification(entity_id=1, kind="message", text="Lisez", **row))
    outcome = undo(report.batch_id)
    assert set(partners()) == {"DUR"}
    (step,) = outcome.named()
    assert step.reasons == ["a servi\u00a0: une autre fiche s’y rattache"]


def test_a_record_given_anew_to_the_same_number_is_not_the_imports(app, given):  # noqa: F811
    report = import_file("suppliers", given(FILE), entity="A")
    with system_session("test") as session:
        gone = session.scalars(select(Partner).where(Partner.code == "MAR")).one()
        number, name = gone.id, gone.name
        session.delete(gone)
    with system_session("test") as session:
        session.add(Partner(id=number, entity_id=1, code="MAR", name=name))
    assert undo(report.batch_id).counts() == {Fate.REMOVED: 1, Fate.NOTHING: 1}
    assert set(partners()) == {"MAR"}


def test_undoing_leaves_its_own_trail_and_is_done_once(app, given):  # noqa: F811
    report = import_file("suppliers", given(FILE), entity="A")
    undo(report.batch_id)
    with pytest.raises(DomainError, match="déjà annulé"):
        undo(report.batch_id)
    with system_session("test", readonly=True) as session:
        events = list(
            session.execute(
                select(Event.op, Event.door, Event.changes)
                .where(Event.record == "base_import_batch")
                .order_by(Event.seq)
            )
        )
        gone = session.scalar(
            select(func.count())
            .select_from(Event)
            .where(Event.record == "base_partner", Event.op == "D")
        )
    assert gone == 2
    assert {e.door for e in events[-2:]} == {f"undo import {report.batch_id}"}
    told = [json.loads(e.changes) for e in events]
    assert {"kind": "undo", "counts": {"removed": 2}} in told
    assert any(t.get("state") == ["applied", "undone"] for t in told)


def test_only_what_was_written_can_be_undone(sqlite_app, given):  # noqa: F811
    report = import_file("suppliers", given("Nom;SIRET\nX;1\n"), entity="A")
    with pytest.raises(DomainError, match="rien écrit"):
        undo(report.batch_id)
    users = import_file(
        "users",
        given("Identifiant;Nom;Courriel;Rôles\nzoe;Z;zoe@a.fr;Agent\n", "u.csv"),
        entity="A",
    )
    with pytest.raises(DomainError, match="Désactivez"):
        undo(users.batch_id)
    with system_session("test") as session:
        session.get_one(ImportBatch, users.batch_id).kind = "suppliers"
        session.get_one(ImportBatch, users.batch_id).deeds = None
    with pytest.raises(DomainError, match="date d’avant"):
        undo(users.batch_id)


def test_two_people_at_once_undo_once(app, given):  # noqa: F811
    report = import_file("suppliers", given(FILE), entity="A")
    gate, said = threading.Barrier(2), []

    def one():
        with app.app_context():
            gate.wait()
            try:
                undo_file(report.batch_id, actor="cli")
                said.append("done")
            except DomainError as refusal:
                said.append(str(refusal))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == ["Cet import est déjà annulé.", "done"]
    assert partners() == {}


def test_a_foreign_import_is_not_there(sqlite_app, given):  # noqa: F811
    from base.basics.errors import NotFound
    from base.desk.imports.undo import undo_import

    report = import_file("suppliers", given(FILE), entity="A")
    found = batch(report.batch_id)
    with pytest.raises(NotFound), job_session((2,), "user:3") as session:
        undo_import(session, found)
    assert count(Partner) == 2


def test_a_fault_in_the_middle_leaves_all_as_it_was(app, given, monkeypatch):  # noqa: F811
    from base.desk.imports.undo import carrying

    report = import_file("suppliers", given(FILE), entity="A")

    def fail(*args):
        raise RuntimeError("cut")

    monkeypatch.setattr(carrying, "_write_fates", fail)
    with pytest.raises(RuntimeError):
        undo(report.batch_id)
    monkeypatch.undo()
    assert len(partners()) == 2
    assert batch(report.batch_id).state == ImportState.APPLIED
    assert undo(report.batch_id).counts() == {Fate.REMOVED: 2}
