"""A room or a boiler is found by the name of its school, and follows its new name and place."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from base.engine import jobs
from base.engine.search import KINDS, building, find, upkeep
from base.rules.rights.actors import job_session, system_session
from base.rules.rights.rules import PersonSession
from base.store.database import db
from base.store.models import JobRun
from patrimoine import services
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset
from patrimoine.services.bulk import Change, update_many
from tests.patrimoine.rows import DAY, below

ASSETS = "patrimoine_asset"


def school(session, name):
    """A school with a boiler in its boiler room."""
    top = services.create(session, Kind.BUILDING, entity_id=1, name=name, on=DAY)
    room = below(session, Kind.ROOM, "Local technique", top)
    return top.id, room.id, below(session, Kind.EQUIPMENT, "Chaudière", room).id


@pytest.fixture
def schools(app):
    with job_session((1,), "user:1") as session:
        return school(session, "École Les Tilleuls"), school(session, "École Les Marronniers")


def found(typed, scope=(1,)):
    with PersonSession(db, scope=scope, actor="user:1", door="test", readonly=True) as person:
        groups = find(person, typed, [KINDS[ASSETS]]).groups
        return [row.id for group in groups for row in group.rows]


def ranked(typed, first):
    """The first ones, and those behind them; within each the engines differ."""
    rows = found(typed)
    return [set(rows[:first]), set(rows[first:])]


def test_what_stands_in_it_is_found_behind_what_is_called_so(schools):
    (tilleuls, local, boiler), (marronniers, other_local, other) = schools
    with job_session((1,), "user:1") as session:
        named = below(session, Kind.ROOM, "Salle des Tilleuls", session.get(Asset, marronniers)).id
    assert found("chaudière tilleuls") == [boiler]
    assert found("marron chaud") == [other]
    assert ranked("tilleuls", 2) == [{tilleuls, named}, {local, boiler}]
    assert found("tileuls chaudiere") == [boiler]
    assert found("tilleuls", scope=(2,)) == []
    # What is called so stands before what is only in it, however few words are its own.
    assert ranked("local ecole", 2) == [{local, other_local}, {boiler, other}]
    # Built anew, the index says the same.
    assert building.rebuild(KINDS[ASSETS]) == 7
    assert ranked("tilleuls", 2) == [{tilleuls, named}, {local, boiler}]


def test_a_list_is_searched_in_the_same_way(schools, client_of):
    (_top, _room, boiler), (_other_top, _other_room, other) = schools
    client = client_of("alice")
    page = client.get("/equipmentview/list/?q=chaudiere+tilleuls").get_data(as_text=True)
    assert f"/equipmentview/show/{boiler}" in page and f"/equipmentview/show/{other}" not in page


def test_a_new_name_or_place_tells_on_what_stands_in_it(schools):
    (tilleuls, local, boiler), (marronniers, _other_local, other) = schools
    with job_session((1,), "user:1") as session:
        services.update(session, session.get(Asset, tilleuls), name="École Jean-Moulin")
    assert found("chaudière moulin") == [boiler]
    assert found("chaudière tilleuls") == []
    with job_session((1,), "user:1") as session:
        new = session.get(Asset, marronniers)
        services.move(session, session.get(Asset, local), parent=new)
    assert found("chaudière moulin") == []
    assert sorted(found("chaudière marronniers")) == [boiler, other]
    # A file that is imported writes around the session.
    with job_session((1,), "user:1") as session:
        row = session.get(Asset, marronniers)
        after = {"code": row.code, "name": "École Rosa-Parks"}
        names = {"name": (row.name, after["name"])}
        update_many(session, [Change(row.id, Kind.BUILDING, names, after)], entity_id=1)
    assert sorted(found("chaudière parks")) == [boiler, other]


def test_a_name_of_much_is_told_by_a_job(schools, monkeypatch):
    (tilleuls, local, boiler), _marronniers = schools
    monkeypatch.setattr(upkeep, "AT_ONCE", 1)
    monkeypatch.setattr(building, "CHUNK", 1)
    with job_session((1,), "user:1") as session:
        services.update(session, session.get(Asset, tilleuls), name="École Jean-Moulin")
    assert found("moulin") == [tilleuls]
    with system_session("test", readonly=True) as session:
        number = session.scalars(select(JobRun.id)).one()
    jobs.run(number)
    assert ranked("moulin", 1) == [{tilleuls}, {local, boiler}]
    assert found("tilleuls") == []
