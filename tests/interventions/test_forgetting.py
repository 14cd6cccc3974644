"""Whoever wrote to the authority is forgotten as the public page says, in every place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text

from base.basics import clock
from base.desk import own_settings
from base.face.attached.chatter import add_message
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.upkeep.seals.sealing import seal_now
from interventions import services
from interventions.domain import Channel
from interventions.models import ServiceRequest
from patrimoine import services as patrimoine
from patrimoine.jobs import CONTACTS_KEPT
from patrimoine.models import TagReport
from tests.base.sealing import faults
from tests.engines import csrf
from tests.factories import interventions as make

MAIL, PHONE, NAME = "odile.perrault@exemple.fr", "06 44 55 66 77", "Odile Perraultine"


class Told:
    """What a job tells of itself."""

    def log(self, words):
        self.words = words


def everything():
    """All that the database says, as text; the index of SQLite keeps old words until it tidies."""
    with db.engine.connect() as connection:
        names = [
            name
            for name in inspect(db.engine).get_table_names()
            if not name.startswith("search_index_")
        ]
        return "\n".join(
            str(connection.execute(text(f'SELECT * FROM "{name}"')).all()) for name in names
        )


def there():
    said = everything().lower()
    words = (MAIL, PHONE, NAME, "perraultine")
    return {word for word in words if word.lower() in said}


def reported(session):
    """A stranger's report that became a request, with a message that names the address."""
    asset = make.building(session, 1)
    report = patrimoine.receive_report(
        session,
        asset_id=asset.id,
        entity_id=1,
        tag_id=None,
        description="Une fuite",
        contact=MAIL,
        at=clock.now(),
    )
    request = services.open_from_report(session, report, at=clock.now())
    add_message(session, request, f"J’ai écrit à {MAIL.upper()} ce matin.")
    return report, request


def called(session):
    """A request taken on the telephone, accepted as work; the caller was named."""
    request = services.open_request(
        session,
        make.building(session, 1, name="Gymnase"),
        title="Lampe cassée",
        channel=Channel.PHONE,
        requester=NAME,
        contact=PHONE,
        at=clock.now(),
    )
    job = services.accept(session, request, at=clock.now())
    add_message(session, job, f"Rappeler {NAME} au {PHONE}.")
    return request, job


@pytest.fixture
def nights(app, monkeypatch):
    """``nights(60)``: what the background processes do so many days later."""
    from interventions.jobs import forget_requesters
    from patrimoine.jobs import forget_contacts

    def run(days):
        later = clock.now() + timedelta(days=days)
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda: later)
            for work in (forget_contacts, forget_requesters):
                with job_session((1, 2), "system", "night") as session:
                    work(session, {}, Told())

    return run


def test_nothing_of_a_report_is_left_after_the_delay_of_the_page(app, nights):
    with job_session((1,), "user:2", "test") as session:
        report, request = reported(session)
        number = report.id
        patrimoine.end_report(session, report, at=clock.now())
    seal_now("test")
    nights(60)
    assert MAIL in there()
    nights(62)
    assert there() == set()
    seal_now("test")
    assert faults() == {}
    with system_session("test", readonly=True) as session:
        assert session.get(TagReport, number).description == "Une fuite"
        assert session.scalars(select(ServiceRequest)).one().contact == ""


def test_nothing_of_a_caller_is_left_in_request_work_and_messages(app, nights):
    with job_session((1,), "user:2", "test") as session:
        _request, job = called(session)
        make.apply(session, job, "start", at=clock.now())
        make.apply(session, job, "finish", at=clock.now())
    seal_now("test")
    nights(60)
    assert there() == {PHONE, NAME, "perraultine"}
    nights(62)
    assert there() == set()
    seal_now("test")
    assert faults() == {}


def test_an_open_request_is_not_forgotten_and_a_colleague_keeps_the_name(app, nights):
    with job_session((1,), "user:2", "test") as session:
        called(session)
        asset = make.building(session, 1, name="Mairie")
        inside = services.open_request(
            session, asset, title="Porte", requester="Paul Dubois", contact="1234", at=clock.now()
        )
        services.refuse(session, inside, reason="Déjà faite", at=clock.now())
        number = inside.id
    nights(400)
    assert there() == {PHONE, NAME, "perraultine"}
    with system_session("test", readonly=True) as session:
        row = session.get(ServiceRequest, number)
        assert (row.requester, row.contact) == ("Paul Dubois", "")


def test_the_delay_is_that_of_the_authority(app, nights):
    with job_session((1,), "user:2", "test") as session:
        report, _request = reported(session)
        own_settings.choose(session, CONTACTS_KEPT.key, "5", entity_id=1)
        patrimoine.end_report(session, report, at=clock.now())
    nights(4)
    assert MAIL in there()
    nights(6)
    assert there() == set()


@pytest.mark.parametrize("page", ["tagreportview", "servicerequestview"])
def test_a_person_who_asks_is_forgotten_at_once(app, client_of, page):
    with job_session((1,), "user:2", "test") as session:
        report, request = reported(session)
        number = report.id if page == "tagreportview" else request.id
    verb = {"tagreportview": "forget_contact", "servicerequestview": "forget_requester"}[page]
    alice, bob = client_of("alice"), client_of("bob")
    token = csrf(alice, f"/{page}/show/{number}")
    assert f"/{page}/{verb}/{number}" in alice.get(f"/{page}/show/{number}").text
    refused = bob.post(
        f"/{page}/{verb}/{number}", data={"csrf_token": csrf(bob, f"/{page}/show/{number}")}
    )
    assert refused.status_code in (302, 403) and MAIL in there()
    done = alice.post(f"/{page}/{verb}/{number}", data={"csrf_token": token})
    assert done.status_code == 302
    assert there() == set()
    seal_now("test")
    assert faults() == {}
    shown = alice.get(f"/{page}/show/{number}").text
    assert f"/{page}/{verb}/{number}" not in shown


def test_the_answer_kept_for_a_program_that_asks_twice_is_emptied(api_of, app):
    with system_session("test") as session:
        asset = make.building(session, 1).id
    alice = api_of("alice")
    body = {"asset_id": asset, "title": "Fuite", "channel": "api", "contact": PHONE}
    key = {"headers": {"Idempotency-Key": "un"}}
    made = alice("POST", "/api/v1/service_request/", json=body, **key)
    assert made.status_code == 201 and PHONE in there()
    number = made.json["id"]
    done = alice("POST", f"/api/v1/service_request/{number}/forget_requester", json={})
    assert done.status_code == 200, done.text
    assert there() == set()
    again = alice("POST", "/api/v1/service_request/", json=body, **key)
    assert again.status_code == 201 and "id" not in again.json
