"""Search over all modules: what is found, by whom, and that the index follows the records."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from base.engine.search import KINDS, building, criterion, find, store
from base.engine.search.index_words import (
    Any_,
    Every,
    Word,
    asked,
    distance,
    may_be_wrong,
    words_of,
)
from base.rules.rights.actors import job_session, system_session
from base.rules.rights.rules import PersonSession
from base.store.database import db
from base.store.models import Entity, Partner
from patrimoine import services
from patrimoine.domain import Kind
from patrimoine.models import Asset

TODAY = date(2026, 3, 2)


def make(session, code, name, *, kind=Kind.EQUIPMENT, entity_id=1, **more):
    return services.create(
        session, kind, entity_id=entity_id, on=TODAY, code=code, name=name, **more
    )


def names(session, text, *tables):
    kinds = [KINDS[t] for t in tables] if tables else KINDS.values()
    found = find(session, text, kinds)
    return [str(row) for group in found.groups for row in group.rows]


@pytest.fixture
def town(app):
    with job_session((1, 2), "user:1") as session:
        more = {"brand": "De Dietrich", "serial_number": "SN-0099"}
        make(session, "EQP-00012", "Chaudière gaz n° 1", **more)
        make(session, "EQP-00013", "Chaudière fioul")
        make(session, "VEH-0001", "Fourgon Œuvrard", kind=Kind.VEHICLE, plate="AB123CD")
        make(session, "EQP-00500", "Chaudière de Brenne", entity_id=2)
        supplier = {"code": "F-1", "name": "Chauffage Martin", "siret": "73282932000074"}
        session.add(Partner(entity_id=1, **supplier))
    return app


@pytest.fixture
def person(town):
    made = PersonSession(db, scope=(1,), actor="user:1", door="test", readonly=True)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("chaudiere", ["Chaudière gaz n° 1", "Chaudière fioul"]),
        ("CHAUDIÈRE", ["Chaudière gaz n° 1", "Chaudière fioul"]),
        ("chaud gaz", ["Chaudière gaz n° 1"]),
        ("gaz chaud", ["Chaudière gaz n° 1"]),
        ("EQP-00012", ["Chaudière gaz n° 1"]),
        ("eqp00012", ["Chaudière gaz n° 1"]),
        ("eqp 12", ["Chaudière gaz n° 1"]),
        ("dietrich", ["Chaudière gaz n° 1"]),
        ("sn0099", ["Chaudière gaz n° 1"]),
        ("AB-123-CD", ["Fourgon Œuvrard"]),
        ("ab 123 cd", ["Fourgon Œuvrard"]),
        ("oeuvrard", ["Fourgon Œuvrard"]),
        ("732 829 320 00074", ["Chauffage Martin"]),
        ("inexistant", []),
        ("chaudiere inexistant", []),
        ("' OR 1=1 --", []),
        ('" * ( AND', []),
        ("", []),
        ("  %_  ", []),
    ],
)
def test_what_is_typed_finds_what_is_meant(person, typed, expected):
    assert sorted(names(person, typed)) == sorted(expected)


@pytest.mark.parametrize("typed", ["chaudeire", "chodiere", "chaudierre", "Chaudiére", "caudiere"])
def test_a_mistake_still_finds_it(person, typed):
    assert "Chaudière fioul" in names(person, typed)


def test_mistakes_are_not_looked_for_when_there_is_enough(town, person):
    with job_session((1,), "user:1") as session:
        for n in range(5):
            make(session, f"P-{n}", f"Poste {n}")
        make(session, "P-9", "Porte")
    assert names(person, "poste") == [f"Poste {n}" for n in range(5)]
    assert not find(person, "poste", KINDS.values()).mended


def test_a_number_with_a_mistake_is_not_another_number(person):
    assert names(person, "EQP-00019") == []


def test_a_foreign_row_is_never_found_nor_its_words_read(town, person, monkeypatch):
    assert "Chaudière de Brenne" not in names(person, "chaudiere")
    assert names(person, "brenne") == []
    assert names(person, "brene") == []
    spaces = set()
    original = store.beginning

    def watched(connection, given, word, *rest):
        spaces.update(given)
        return original(connection, given, word, *rest)

    monkeypatch.setattr(store, "beginning", watched)
    find(person, "chaudiere", KINDS.values())
    assert {space[2:] for space in spaces} == {"00001"}


def test_without_an_authority_nothing_is_found(town):
    with job_session((), "user:9", readonly=True) as nobody:
        assert names(nobody, "chaudiere") == []
        listed = select(Asset).where(criterion(nobody, Asset, "chaudiere"))
        assert list(nobody.scalars(listed)) == []


def test_only_the_kinds_asked_for_are_found(person):
    assert names(person, "chau", "base_partner") == ["Chauffage Martin"]


def test_the_index_follows_changes_and_removals(town, person):
    with job_session((1,), "user:1") as session:
        row = session.scalars(select(Asset).where(Asset.code == "EQP-00013")).one()
        services.update(session, row, name="Pompe à chaleur")
    person.rollback()
    assert names(person, "fioul") == []
    assert names(person, "pompe") == ["Pompe à chaleur"]
    with job_session((1,), "user:1") as session:
        session.delete(session.scalars(select(Partner).where(Partner.code == "F-1")).one())
    person.rollback()
    assert names(person, "martin") == []


def test_what_is_rolled_back_is_not_in_the_index(town):
    with job_session((1,), "user:1") as session:
        nested = session.begin_nested()
        make(session, "EQP-1", "Licorne")
        nested.rollback()
        make(session, "EQP-2", "Griffon")
    with system_session("tests", readonly=True) as session:
        kind = KINDS["patrimoine_asset"]
        assert store.count(Session.connection(session), kind) == 5
    with job_session((1,), "user:1", readonly=True) as session:
        assert names(session, "licorne") == []
        assert names(session, "griffon") == ["Griffon"]


def test_rebuilding_gives_the_same_index(town, person):
    kind = KINDS["patrimoine_asset"]
    with system_session("tests") as session:
        connection = Session.connection(session)
        store.forget_between(connection, kind, 0, 10_000)
        store.unmark(connection, kind.record)
        assert building.outdated(connection) == [kind.record]
    assert names(person, "gaz") == []
    person.rollback()
    assert building.bring_up() == [kind.record]
    person.rollback()
    assert names(person, "gaz") == ["Chaudière gaz n° 1"]
    assert building.counts(Session.connection(person))[kind.record] == (4, 4)


def test_what_changes_while_the_index_is_built_anew_stays_found(town, person, monkeypatch):
    def change():
        with town.app_context(), system_session("tests") as session:
            boiler = session.scalars(select(Asset).where(Asset.code == "EQP-00013")).one()
            boiler.name = "Brûleur neuf"

    writer, forget = threading.Thread(target=change), store.forget_between

    def between(*given):
        writer.start()
        writer.join(0.5)  # it waits for us, or was never held up
        forget(*given)

    monkeypatch.setattr(store, "forget_between", between)
    building.rebuild(KINDS["patrimoine_asset"])
    writer.join(20)
    assert names(person, "bruleur") == ["Brûleur neuf"]
    assert names(person, "fioul") == []


def test_frequent_beginnings_are_found_on_lists_in_full(town):
    with job_session((1,), "user:1") as session:
        for n in range(60):
            make(session, f"ZZ-{n:03}", f"Banc{n:03}x public")
    with job_session((1,), "user:1", readonly=True) as session:
        for typed in ("banc", "zz", "banc public", "publ"):
            found = session.scalars(select(Asset).where(criterion(session, Asset, typed))).all()
            assert len(found) == 60, typed
        assert len(names(session, "banc")) == 10


def test_a_screen_shows_what_is_found_by_kind(town, client_of):
    page = client_of("damien").get("/recherche?q=chaudeire").get_data(as_text=True)
    assert "Chaudière gaz n° 1" in page
    assert "mots approchants" in page
    assert "Brenne" not in page
    part = client_of("damien").get("/recherche?q=chau&part=1").get_data(as_text=True)
    assert "Chauffage Martin" in part
    assert "<html" not in part
    listed = client_of("damien").get("/assetview/list/?q=fioul").get_data(as_text=True)
    assert "Chaudière fioul" in listed
    assert "gaz n° 1" not in listed


def test_words_are_cut_as_people_type_them():
    assert words_of(["EQP-00012", "Chaudière gaz", None, "AB 12"]) == [
        "eqp",
        "00012",
        "12",
        "eqp00012",
        "chaudiere",
        "gaz",
        "ab",
    ]
    assert asked("  ") is None
    assert asked("gaz") == Word("gaz")
    assert asked("a gaz") == Every((Word("a"), Word("gaz")))
    assert asked("e-12") == Any_((Word("e12"), Every((Word("e"), Word("12")))))


@pytest.mark.parametrize(
    ("one", "other", "away"),
    [
        ("gaz", "gaz", 0),
        ("gaz", "gza", 1),
        ("pompe", "pomme", 1),
        ("mur", "murs", 1),
        ("abri", "bail", 3),
    ],
)
def test_the_distance_of_words(one, other, away):
    assert distance(one, other, 3) == away


def test_numbers_have_no_mistakes():
    assert may_be_wrong("pompe")
    assert not may_be_wrong("eqp12")
    assert not may_be_wrong("gaz")


def test_every_authority_has_a_space_of_its_own(town):
    kind = KINDS["patrimoine_asset"]
    assert kind.space(1) == "as00001"
    assert kind.space(36) == "as00010"
    with system_session("tests", readonly=True) as session:
        assert len({kind.space(n) for n in session.scalars(select(Entity.id))}) == 2
