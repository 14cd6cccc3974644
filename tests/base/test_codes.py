"""Codes that read the same are one, in every table that has codes."""

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from base.basics.folding import clean_code
from base.desk.imports.command import import_file
from base.rules.rights.actors import job_session, system_session
from base.store.codes import CodeTaken
from base.store.models import Department, Partner
from interventions.models import Agent, Item, Store

SAME = ["f-1", "F\u20111", "F-1\u200b", "Ｆ-1"]


def row_of(model, code):
    extra = {Agent: {"last_name": "Roy"}, Item: {"name": "Vis", "unit": "u"}}
    return model(entity_id=1, code=code, **extra.get(model, {"name": "Nom"}))


@pytest.mark.parametrize("model", [Partner, Department, Agent, Item, Store])
@pytest.mark.parametrize("code", SAME)
def test_a_code_in_other_letters_is_refused(sqlite_app, model, code):
    with system_session("test") as session:
        session.add(row_of(model, "F-1"))
        session.commit()
    # With what the eye does not see taken away it is the very same: the database's own sentence.
    refusal, words = (
        (IntegrityError, "(?i)unique")
        if clean_code(code) == "F-1"
        else (CodeTaken, "se lit comme le code «\u00a0F-1\u00a0»")
    )
    with pytest.raises(refusal, match=words), system_session("test") as session:
        session.add(row_of(model, code))
        session.commit()


def test_another_authority_has_its_own_codes(app):
    with system_session("test") as session:
        session.add_all(
            [
                Partner(entity_id=1, code="F-1", name="a"),
                Partner(entity_id=2, code="f-1", name="b"),
            ]
        )
        session.commit()
        assert len(session.scalars(select(Partner)).all()) == 2


def test_two_at_once_do_not_both_pass(app):
    """The second transaction waits for the first, then sees what it wrote."""
    gate, faults = threading.Barrier(2, timeout=30), []

    def add(code):
        with app.app_context():
            try:
                with job_session((1,), "test", "codes") as session:
                    session.add(Partner(entity_id=1, code=code, name=code))
                    gate.wait()
                    session.flush()
            except CodeTaken as fault:
                faults.append(fault)

    threads = [threading.Thread(target=add, args=(code,)) for code in ("F-1", "f-1")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with system_session("test", readonly=True) as session:
        assert len(session.scalars(select(Partner.code)).all()) == 1
    assert len(faults) == 1


def test_a_file_finds_its_record_whatever_the_letters(app, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("code;nom\nF-1;Dupont\n", "utf-8")
    assert import_file("suppliers", path, entity="A").created == 1
    path.write_text("code;nom\nf\u20111;Dupont et fils\n", "utf-8")
    report = import_file("suppliers", path, entity="A")
    assert (report.created, report.updated) == (0, 1), report.errors
    with system_session("test", readonly=True) as session:
        assert session.execute(select(Partner.code, Partner.name)).all() == [
            ("F-1", "Dupont et fils")
        ]
