"""What tests of the register share."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from base.desk.imports.command import import_file
from base.rules.rights.actors import system_session
from patrimoine import services
from patrimoine.domain.kinds import Kind
from patrimoine.models import Asset, Category
from tests.patrimoine.rows import AT, DAY, KINDS, below, site


@pytest.fixture
def school(session):
    """A site with two buildings, a room in the first and a boiler in the room."""
    top = site(session)
    first = below(session, Kind.BUILDING, "Bâtiment 1", top)
    second = below(session, Kind.BUILDING, "Bâtiment 2", top)
    room = below(session, Kind.ROOM, "Chaufferie", first)
    boiler = below(session, Kind.EQUIPMENT, "Chaudière", room)
    return top, first, second, room, boiler


@pytest.fixture
def town(app):
    """One asset of each kind in A with its tag, one site in B with its; names and tokens."""
    found = {}
    with system_session("tests") as session:
        for kind, columns in KINDS.items():
            asset = services.create(
                session, kind, entity_id=1, name=f"Bien {kind}", on=DAY, **columns
            )
            found[kind] = asset.id
            found[f"{kind} tag"] = services.issue_tag(session, asset, at=AT).token
        play = session.scalars(select(Category).where(Category.code == "aire_jeux")).one()
        site = session.get(Asset, found["site"])
        swing = services.create(
            session,
            "equipment",
            entity_id=1,
            name="Balançoire <double>",
            on=DAY,
            category=play,
            parent=site,
            notes="clé chez Paul",
        )
        found["swing"] = swing.id
        found["swing tag"] = services.issue_tag(session, swing, at=AT).token
        other = services.create(session, "site", entity_id=2, name="Mairie de Brenne", on=DAY)
        found["foreign"] = other.id
        found["foreign tag"] = services.issue_tag(session, other, at=AT).token
    return found


@pytest.fixture
def register(sqlite_app, real_data):
    """The register that the files of faults speak of, and a serial number in it."""
    made = import_file("assets", real_data / "faults/tables/base-biens.csv", entity="A")
    assert (made.created, made.rejected) == (3, 0)
    with system_session("test") as session:
        services.create(
            session,
            "equipment",
            entity_id=1,
            code="EQ-1",
            name="Chaudière",
            serial_number="SER-1",
            on=date(2026, 1, 1),
        )
        session.wanted = True
        session.commit()
    return sqlite_app
