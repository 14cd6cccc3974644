"""What the demonstration takes of the register: the machine, the people, the work to cancel."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from base.basics import clock
from base.basics.sessions import Session
from energie.queries import point_by_reference
from interventions import services as work
from interventions.domain import State
from interventions.models import Agent, Item, Store, WorkOrder
from patrimoine.domain import Kind
from patrimoine.models import Asset
from patrimoine.queries.tree import in_branch
from patrimoine.services import create
from reports.demonstration import commune

if TYPE_CHECKING:
    from reports.demonstration.steps import Demo

#: What the agent writes down: hours, hourly rate, parts and their price, the supplier's bill.
HOURS, RATE = Decimal("2.50"), Decimal("32.40")
PARTS, PART_PRICE = Decimal(2), Decimal("14.90")
EXPENSE, VAT_RATE = Decimal("180.00"), Decimal("20")
SUPPLIER = "Thermique du Val"
#: Who does it in the generated commune, with what, from which store.
AGENT, ITEM, STORE = "0412", "ROB-15", "CENTRAL"


def machine(demo: Demo, session: Session) -> Asset:
    """The boiler of the generated school, else another; the first equipment, or a building."""
    wanted = select(Asset).where(Asset.kind == Kind.EQUIPMENT, Asset.archived_on.is_(None))
    if demo.files is not None:
        school = point_by_reference(session, commune.PRM, entity_id=demo.entity_id)
        above = "" if school is None else session.get_one(Asset, school.asset_id).path
        boilers = wanted.where(Asset.name.startswith("Chaudière")).order_by(Asset.id).limit(1)
        for statement in (boilers.where(in_branch(above)), boilers):
            boiler = session.scalars(statement).first()
            if boiler is not None:
                return boiler
    first = session.scalars(wanted.order_by(Asset.sort_key, Asset.id).limit(1)).first()
    return first or building(demo, session)


def means(demo: Demo, session: Session, on: date) -> tuple[Agent, Store, Item]:
    """Who does it and with what: of the generated commune, or made here."""
    if demo.files is not None:
        found: list[Any] = [
            session.scalars(
                select(model).where(model.entity_id == demo.entity_id, model.code == code)
            ).one()
            for model, code in ((Agent, AGENT), (Store, STORE), (Item, ITEM))
        ]
        return found[0], found[1], found[2]
    agent = Agent(
        entity_id=demo.entity_id,
        code="AG-001",
        last_name="Martin",
        first_name="Bob",
        trade="Chauffagiste",
    )
    store = Store(entity_id=demo.entity_id, code="MAG", name="Magasin central")
    item = Item(entity_id=demo.entity_id, code="ROB-15", name="Robinet 15 × 21", vat_rate=VAT_RATE)
    session.add_all([agent, store, item])
    session.flush()
    work.set_rate(session, agent, valid_from=date(on.year, 1, 1), hourly_rate_eur=RATE)
    work.receive(
        session,
        store,
        item,
        quantity=Decimal(10),
        unit_cost_eur=PART_PRICE,
        date_on=on,
        label="Stock de départ",
    )
    return agent, store, item


def order(demo: Demo, session: Session) -> WorkOrder:
    """The work done in front of the user."""
    number = demo.marks["work"]["number"]
    found: WorkOrder = session.scalars(
        select(WorkOrder).where(WorkOrder.entity_id == demo.entity_id, WorkOrder.number == number)
    ).one()
    return found


def reopen(demo: Demo, session: Session, at: datetime) -> str | None:
    """Cancel the oldest paused work and take it up again: its costs are reversed, and stay so."""
    order = session.scalars(
        select(WorkOrder)
        .where(WorkOrder.entity_id == demo.entity_id, WorkOrder.state == State.PAUSED)
        .order_by(WorkOrder.id)
        .limit(1)
    ).first()
    if order is None:
        return None
    work.cancel(session, order, at=at, reason="Matériel indisponible.")
    work.reopen(session, order, at=at, reason="Le matériel est arrivé.")
    demo.say(f"   {order.number} annulée puis rouverte : ses coûts sont contre-passés")
    return str(order.external_number)


def building(demo: Demo, session: Session) -> Asset:
    """The first building; one is made when the list has none."""
    building = session.scalars(
        select(Asset).where(Asset.kind == Kind.BUILDING).order_by(Asset.id).limit(1)
    ).first()
    if building is None:
        building = create(
            session,
            Kind.BUILDING,
            entity_id=demo.entity_id,
            name="Bâtiment de la démonstration",
            on=clock.today(),
        )
        demo.say(f"   aucun bâtiment dans la liste : {building.code} est créé")
    return building
