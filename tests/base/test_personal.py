"""Personal values stand beside the trail: erased, they are gone and the seals hold."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from base.face.attached.chatter import timeline
from base.rules.rights import personal
from base.rules.rights.actors import job_session, security, system_session
from base.store.database import db
from base.store.models import Event, Partner
from base.upkeep.seals.sealing import seal_now
from tests.base.sealing import faults

MAIL, NEW = "jean.martin@exemple.fr", "j.martin@exemple.fr"


@pytest.fixture
def partner(app):
    """The id of a supplier whose e-mail has changed."""
    with job_session((1,), "user:2", "test") as session:
        row = Partner(code="P", name="Chaudières du Nord", email=MAIL, phone="03 20", entity_id=1)
        session.add(row)
        session.flush()
        number = row.id
    with job_session((1,), "user:2", "test") as session:
        session.get(Partner, number).email = NEW
    return number


def events():
    with system_session("test", readonly=True) as session:
        found = session.scalars(
            select(Event).where(Event.record == "base_partner", Event.op != "V").order_by(Event.seq)
        ).all()
        kept = [json.loads(event.changes) for event in found]
        return kept, list(personal.reveal(session, found).values())


def everything():
    """All that the database says, as text."""
    with db.engine.connect() as connection:
        return "\n".join(
            str(connection.execute(text(f"SELECT * FROM {name}")).all())
            for name in ("base_event", "base_event_personal", "base_message")
        )


def test_an_entry_bears_a_digest_and_the_value_stands_beside(partner):
    kept, said = events()
    assert kept[0]["code"] == [None, "P"] and kept[0]["name"] == [None, "Chaudières du Nord"]
    assert set(kept[0]["email"][1]) == {"sha256"} and set(kept[0]["phone"][1]) == {"sha256"}
    assert kept[0]["email"][1] != kept[1]["email"][0], "one value, two salts"
    assert said[0]["email"] == [None, MAIL] and said[0]["phone"] == [None, "03 20"]
    assert said[1] == {"email": [MAIL, NEW]}


def test_a_value_that_is_not_there_has_no_digest(app):
    with job_session((1,), "user:2") as session:
        session.add(Partner(code="Q", name="Sans courriel", email="", entity_id=1))
    kept, _said = events()
    assert kept[0]["email"] == [None, ""] and "phone" not in kept[0]


def test_accounts_are_personal(app):
    with system_session("test", readonly=True) as session:
        found = session.scalars(
            select(Event).where(Event.record == "ab_user", Event.op == "I")
        ).all()
        assert found and not any("alice" in e.changes.lower() for e in found)
        said = personal.reveal(session, found)
        assert "alice" in {changes["username"][1] for changes in said.values()}


def test_the_history_shows_the_value_until_it_is_erased(partner, api_of):
    def shown():
        with job_session((1,), "user:2", readonly=True) as session:
            lines = timeline(session, session.get(Partner, partner))
            # The names of people were asked of a session that would keep others from writing.
            security.remove()
            return [line.changes for line in lines if line.kind == "change"]

    assert shown() == [[("email", MAIL, NEW)]]
    call = api_of("alice")
    query = "(filters:!((col:record,opr:eq,value:base_partner)))"
    rows = call("GET", f"/api/v1/trail/?q={query}").json["result"]
    assert MAIL in " ".join(row["changes"] for row in rows)
    seq = rows[0]["seq"]
    assert NEW in call("GET", f"/api/v1/trail/{seq}").json["result"]["changes"]

    with job_session((1,), "user:2", "test") as session:
        assert personal.erase(session, "base_partner", partner) == 4
    assert shown() == [[("email", "valeur effacée", "valeur effacée")]]
    rows = call("GET", f"/api/v1/trail/?q={query}").json["result"]
    said = " ".join(row["changes"] for row in rows)
    assert MAIL not in said and NEW not in said and "valeur effacée" in said


def test_erased_values_are_gone_and_the_seals_hold(partner):
    seal_now("test")
    assert MAIL in everything()
    with job_session((1,), "user:2", "test") as session:
        personal.erase(session, "base_partner", partner)
        session.get(Partner, partner).email = None
    with job_session((1,), "user:2", "test") as session:
        # The change that emptied the column has noted the value once more.
        assert personal.erase(session, "base_partner", partner) == 1
    seal_now("test")
    assert faults() == {}
    said = everything()
    assert MAIL not in said and NEW not in said
    with system_session("test", readonly=True) as session:
        last = session.scalars(select(Event).order_by(Event.seq.desc())).first()
        assert json.loads(last.changes)["kind"] == "erased" and last.record_id == partner


def test_one_field_may_be_erased_alone(partner):
    with job_session((1,), "user:2") as session:
        assert personal.erase(session, "base_partner", partner, fields=["phone"]) == 1
        assert personal.erase(session, "base_partner", partner, fields=["phone"]) == 0
    assert events()[1][0]["phone"] == [None, "valeur effacée"]
    assert events()[1][0]["email"] == [None, MAIL]


def test_nobody_erases_what_is_not_his(partner):
    with job_session((2,), "user:2") as session:
        assert personal.erase(session, "base_partner", partner) == 0
    assert events()[1][0]["email"] == [None, MAIL]


def test_a_value_changed_beside_the_trail_is_not_believed(partner):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE base_event_personal SET value = '\"x@y.fr\"'"))
    assert events()[1][0]["email"] == [None, "valeur altérée"]


def test_a_transaction_undone_leaves_no_value(app):
    with pytest.raises(ZeroDivisionError), job_session((1,), "user:2") as session:
        session.add(Partner(code="R", name="R", email=MAIL, entity_id=1))
        session.flush()
        1 / 0
    assert MAIL not in everything()
