"""Requests: taken, refused, closed with the work that they became."""

from __future__ import annotations

import pytest

from base.basics.errors import InvalidInput, TransitionRefused
from interventions import services
from interventions.domain import RequestState
from patrimoine.services import receive_report
from patrimoine.services.tags import show_report
from tests.factories.interventions import (
    NOON,
)


def test_a_request_becomes_work_and_is_closed_with_it(session, school):
    request = services.open_request(
        session, school, title="Plus de chauffage", at=NOON, requester="Mme Delorme, directrice"
    )
    assert (request.number, request.state) == ("DEM-2026-00001", RequestState.NEW)
    row = services.accept(session, request, at=NOON)
    assert (row.title, row.requester) == ("Plus de chauffage", "Mme Delorme, directrice")
    services.start(session, row, at=NOON)
    services.finish(session, row, at=NOON)
    assert request.state == RequestState.CLOSED
    services.reopen(session, row, at=NOON)
    assert request.state == RequestState.ACCEPTED
    with pytest.raises(TransitionRefused):
        services.accept(session, request, at=NOON)


def test_a_refusal_says_why(session, school):
    request = services.open_request(session, school, title="Repeindre en rose", at=NOON)
    with pytest.raises(InvalidInput):
        services.refuse(session, request, reason=" ", at=NOON)
    services.refuse(session, request, reason="Bâtiment classé", at=NOON)
    assert request.state == RequestState.REFUSED


def test_a_strangers_report_becomes_one_request_and_is_closed_with_the_work(session, school):
    report = receive_report(
        session,
        asset_id=school.id,
        entity_id=school.entity_id,
        tag_id=None,
        description="Une chaîne est cassée\nà la balançoire",
        contact="a@exemple.fr",
        at=NOON,
    )
    request = services.open_from_report(session, report, at=NOON)
    assert (request.title, request.channel) == ("Une chaîne est cassée", "tag")
    with pytest.raises(services.AlreadyAsked, match="DEM-2026-00001"):
        services.open_from_report(session, report, at=NOON)
    row = services.accept(session, request, at=NOON)
    services.start(session, row, at=NOON)
    services.finish(session, row, at=NOON)
    assert (report.state, report.closed_at) == ("closed", NOON)


def test_a_request_is_called_by_the_words_of_its_report_that_fit(session, school):
    """Not by those under which strangers see it; cut between two words."""
    words = "Vitre fêlée " + "au premier étage " * 20
    report = receive_report(
        session,
        asset_id=school.id,
        entity_id=school.entity_id,
        tag_id=None,
        description=words,
        contact=None,
        at=NOON,
    )
    show_report(session, report)
    request = services.open_from_report(session, report, at=NOON)
    assert request.title.startswith("Vitre fêlée au premier") and len(request.title) <= 200
    assert request.title.endswith((" étage…", " premier…", " au…"))
    assert request.description == words.strip()
