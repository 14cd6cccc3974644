"""Two schools with the same storey, room and boiler, and a record of each kind on each."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from base.basics import clock
from base.store.history.trail import record_name
from base.store.models.inbox import NextAction
from interventions import services as work
from patrimoine import services
from patrimoine.domain.kinds import Kind
from tests.factories.energie import point
from tests.factories.interventions import agent

DAY = date(2026, 1, 5)
SCHOOLS = ("Groupe scolaire Les Tilleuls", "Groupe scolaire Les Marronniers")
BOILER = "Chaudière gaz n° 1"
#: What both rooms are called in a line.
IN_IT = "chaufferie (rez-de-chaussée)"
STREETS = ("12 rue des Tilleuls", "3 rue des Marronniers")


def build(session):
    """Two schools with the same storey, room and boiler, and one of each record on each boiler."""
    from flask_appbuilder.security.sqla.models import User

    bob = session.scalars(select(User).where(User.username == "bob")).one()
    nadia = agent(session, 1, user_id=bob.id)
    zoe = session.scalars(select(User).where(User.username == "zoe")).one()
    found = {"boilers": [], "orders": [], "requests": [], "tags": []}
    for name, street in zip(SCHOOLS, STREETS, strict=True):
        common = {"entity_id": 1, "on": DAY}
        school = services.create(
            session,
            Kind.BUILDING,
            name=name,
            address=street,
            postcode="10000",
            city="Aubre",
            **common,
        )
        floor = services.create(
            session, Kind.FLOOR, name="Rez-de-chaussée", parent=school, **common
        )
        room = services.create(session, Kind.ROOM, name="Chaufferie", parent=floor, **common)
        boiler = services.create(session, Kind.EQUIPMENT, name=BOILER, parent=room, **common)
        order = work.open_work_order(
            session,
            boiler,
            title="Panne de chauffage",
            at=clock.now(),
            assigned_to=nadia,
            planned_on=clock.today(),
        )
        work.plan(session, order)
        asked = work.open_request(
            session,
            boiler,
            title="Pas de chauffage",
            description="",
            at=clock.now(),
            requester="Mme Hubert",
            contact="",
        )
        tag = services.issue_tag(session, boiler, at=clock.now())
        services.receive_report(
            session,
            asset_id=boiler.id,
            entity_id=1,
            tag_id=tag.id,
            description="Il fait froid",
            contact=None,
            at=clock.now(),
        )
        services.book_cost(
            session,
            boiler,
            date_on=DAY,
            amount_ht_eur=Decimal("100"),
            nature="labour",
            label="Contrat",
            source_type="test",
            source_id=1,
        )
        point(
            session, 1, asset=boiler, reference=f"3000123456780{len(found['boilers'])}", name="Gaz"
        )
        session.add(
            NextAction(
                title="Rappeler",
                due_on=clock.today(),
                assignee_id=zoe.id,
                record=record_name(order),
                record_id=order.id,
                entity_id=1,
            )
        )
        found["boilers"].append(boiler.id)
        found["orders"].append(order.id)
        found["requests"].append(asked.id)
        found["tags"].append(tag.token)
    return found


def says_both(words):
    return [name for name in SCHOOLS if name not in words] == []
