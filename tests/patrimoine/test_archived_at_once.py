"""An asset is put away while something is put on it: one of the two waits, then sees the other.

Of two transactions, one is open while the other tries; who has to wait says so at once. SQLite has
one writer at a time.
"""

from __future__ import annotations

import re
import threading
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from base.basics import clock
from base.basics.errors import DomainError
from base.rules.rights.actors import job_session
from energie.services import points
from interventions import services as works
from patrimoine.domain import Kind
from patrimoine.models import Asset
from patrimoine.services import assets, bulk, endings, tags
from tests.energie.samples import PRM

DAY = date(2025, 1, 1)
AWAY = "archivé|sorti de l’inventaire"


def _below(session, hall):
    assets.create(session, "equipment", entity_id=1, name="Chaudière", parent=hall, on=DAY)


def _point(session, hall):
    points.create_point(session, hall, reference=PRM, on=DAY)


def _tag(session, hall):
    tags.issue_tag(session, hall, at=clock.now())


def _order(session, hall):
    works.open_work_order(session, hall, title="Fuite", at=clock.now())


def _asked(session, hall):
    works.open_request(session, hall, title="Fuite", at=clock.now())


def _back(session, hall):
    """What was away below it comes back."""
    child = session.query(Asset).filter(Asset.name == "Cave").one()
    endings.restore(session, child)


def _file(session, hall):
    """What an import of assets writes below it."""
    draft = bulk.Draft(Kind.ROOM, {"code": "P-1", "name": "Bureau"}, parent_id=hall.id)
    bulk.create_many(session, [draft], entity_id=1, on=DAY)


ADDS = [_below, _point, _tag, _order, _asked, _back, _file]


@pytest.fixture
def hall(app):
    with job_session((1,), "user:1") as session:
        row = assets.create(session, "building", entity_id=1, name="Mairie", on=DAY)
        cave = assets.create(session, "room", entity_id=1, name="Cave", parent=row, on=DAY)
        endings.archive(session, cave, on=DAY)
        return row.id


def _elsewhere(app, work):
    """What becomes of a work in a transaction of its own, which waits for nobody."""
    ended = []

    def run():
        with app.app_context():
            try:
                with job_session((1,), "user:1") as session:
                    session.core(text("SET LOCAL lock_timeout = '50ms'"))
                    work(session)
                ended.append(None)
            except (DomainError, OperationalError) as fault:
                ended.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return ended[0]


@pytest.fixture(autouse=True)
def _two_writers(server):
    if server.kind == "sqlite":
        pytest.skip("un seul écrivain à la fois")


@pytest.mark.parametrize("add", ADDS, ids=lambda one: one.__name__)
def test_what_is_added_waits_for_the_archiving(app, hall, add):
    with job_session((1,), "user:1") as session:
        endings.archive(session, session.get_one(Asset, hall))
        fault = _elsewhere(app, lambda other: add(other, other.get_one(Asset, hall)))
    assert isinstance(fault, OperationalError)
    fault = _elsewhere(app, lambda other: add(other, other.get_one(Asset, hall)))
    assert isinstance(fault, DomainError) and re.search(AWAY, str(fault))


@pytest.mark.parametrize("add", ADDS, ids=lambda one: one.__name__)
def test_the_archiving_waits_for_what_is_added(app, hall, add):
    with job_session((1,), "user:1") as session:
        add(session, session.get_one(Asset, hall))
        session.flush()
        fault = _elsewhere(app, lambda other: endings.archive(other, other.get_one(Asset, hall)))
    assert isinstance(fault, OperationalError)


@pytest.mark.parametrize("add", ADDS, ids=lambda one: one.__name__)
def test_what_was_read_before_the_archiving_is_no_leave(app, hall, add):
    with job_session((1,), "user:1") as session:
        row = session.get_one(Asset, hall)
        assert row.archived_on is None
        archive = _elsewhere(app, lambda other: endings.archive(other, other.get_one(Asset, hall)))
        assert archive is None
        with pytest.raises(DomainError, match=AWAY):
            add(session, row)
            session.flush()
        session.rollback()
