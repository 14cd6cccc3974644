"""One valid record of this module with few words."""

from datetime import UTC, date, datetime
from decimal import Decimal

from interventions import services
from interventions.domain import State
from interventions.models import Agent, Item, Store
from patrimoine import services as patrimoine

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 23)


def building(session, entity_id, name="École Les Tilleuls", **columns):
    return patrimoine.create(
        session, "building", entity_id=entity_id, name=name, on=date(2020, 1, 1), **columns
    )


def agent(session, entity_id, code="0412", first="Nadia", last="Ferhat", rates=None, **columns):
    """``rates``: day -> euros an hour; 32,40 € from 1 January 2026 unless said otherwise."""
    row = Agent(entity_id=entity_id, code=code, first_name=first, last_name=last, **columns)
    session.add(row)
    session.flush()
    for day, rate in (rates or {"2026-01-01": "32.40"}).items():
        services.set_rate(
            session, row, valid_from=date.fromisoformat(day), hourly_rate_eur=Decimal(rate)
        )
    session.refresh(row)
    return row


def work_order(session, asset, state=State.DRAFT, title="Fuite sur le circuit de chauffage", **kw):
    row = services.open_work_order(session, asset, title=title, at=NOON, **kw)
    path = {
        State.DRAFT: (),
        State.PLANNED: ("plan",),
        State.STARTED: ("start",),
        State.PAUSED: ("start", "pause"),
        State.FINISHED: ("start", "finish"),
        State.VALIDATED: ("start", "finish", "validate"),
        State.CANCELLED: ("cancel",),
    }[state]
    for verb in path:
        apply(session, row, verb)
    return row


def apply(session, row, verb, at=NOON):
    """The verb by its name, with nothing but the time."""
    timed = {} if verb == "plan" else {"at": at}
    getattr(services, verb)(session, row, **timed)


def stocked(session, entity_id, quantity="10", unit_cost="11.00", code="ST-04-027", **columns):
    """An item of which the central store holds some: ``(store, item)``."""
    store = session.query(Store).filter_by(entity_id=entity_id, code="CENTRAL").one_or_none()
    if store is None:
        store = Store(entity_id=entity_id, code="CENTRAL", name="Magasin central")
    item = Item(
        entity_id=entity_id,
        code=code,
        name=columns.pop("name", "Joint plat DN 40"),
        vat_rate=columns.pop("vat_rate", Decimal("20.000")),
        **columns,
    )
    session.add_all([store, item])
    session.flush()
    services.receive(
        session,
        store,
        item,
        quantity=Decimal(quantity),
        unit_cost_eur=Decimal(unit_cost),
        date_on=MONDAY,
    )
    return store, item
