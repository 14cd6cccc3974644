"""Lines of a work order as they are told: what is left out is filled in, then each is booked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.verbs import ONE_BY_ONE, Ask, Door, verb
from base.store.mixins import HOURS
from base.store.models import Partner
from interventions import domain, queries
from interventions.models import Agent, Expense, Item, Labour, PartUse, StockLevel, Store, WorkOrder
from interventions.services import costs, stock

_PROGRAMS = Door.REST | Door.OFFLINE


@verb(
    WorkOrder,
    _l("Saisir du temps"),
    "clock",
    name="labour",
    doors=ONE_BY_ONE,
    stays=domain.OPEN,
    known={"me": queries.my_agent},
    asks={
        "hours": Ask(unit=HOURS),
        "agent": Ask(about="the person's own when it is left out"),
        "hourly_rate_eur": Ask(at=Door.REST, about="the rate of that day when it is left out"),
    },
    said=_l("Le temps est enregistré et compté."),
)
def log_labour(
    session: Session,
    work_order: WorkOrder,
    *,
    hours: Decimal,
    me: Agent | None,
    agent: Agent | None = None,
    date_on: date | None = None,
    hourly_rate_eur: Decimal | None = None,
) -> Labour:
    """Log time: one's own, of today and at the rate in force, unless told otherwise.

    Raises:
        InvalidInput: no agent is told and whoever asks is none; as ``record_labour``.
        NoRate: the agent has no rate on the day, and none is given.
        TransitionRefused: the work order is over.
    """
    worker = agent or me
    if worker is None:
        raise InvalidInput.at("agent_id", _("Précisez l’agent."))
    return costs.record_labour(
        session,
        work_order,
        worker,
        hours=hours,
        date_on=date_on or clock.today(),
        hourly_rate_eur=hourly_rate_eur,
    )


@verb(
    WorkOrder,
    _l("Sortir une pièce"),
    "package",
    name="part",
    doors=ONE_BY_ONE,
    stays=domain.OPEN,
    asks={
        "level": Ask(_l("Pièce du stock"), at=Door.DESK | Door.PHONE, required=True),
        "item": Ask(at=_PROGRAMS, required=True),
        "store": Ask(at=_PROGRAMS, about="needed when several stores hold the item"),
        "unit_cost_eur": Ask(at=Door.REST, about="that of the stock, or the part is refused"),
    },
    said=_l("La pièce est sortie du stock et comptée."),
)
def take_part(
    session: Session,
    work_order: WorkOrder,
    *,
    quantity: Decimal,
    level: StockLevel | None = None,
    item: Item | None = None,
    store: Store | None = None,
    date_on: date | None = None,
    unit_cost_eur: Decimal | None = None,
) -> PartUse:
    """Take a part: ``level`` of a store, or an ``item`` that one store alone holds.

    Raises:
        InvalidInput: several stores hold the item, or ``unit_cost_eur`` is not that of the stock.
        NotEnough: the store holds less.
        TransitionRefused: the work order is over.
    """
    if level is not None:
        item, store = level.item, level.store
    if item is None:
        raise InvalidInput.at("item_id", _("Ce champ est obligatoire."))
    line = costs.consume_part(
        session,
        work_order,
        item,
        store=store or stock.only_store_of(session, item),
        quantity=quantity,
        date_on=date_on or clock.today(),
    )
    if unit_cost_eur is not None and unit_cost_eur != line.unit_cost_eur:
        words = _(
            "Le coût unitaire est celui du stock, %(cost)s : il ne se saisit pas.",
            cost=format(line.unit_cost_eur, "f"),
        )
        raise InvalidInput.at("unit_cost_eur", words)
    return line


@verb(
    WorkOrder,
    _l("Saisir une dépense"),
    "receipt",
    name="expense",
    doors=ONE_BY_ONE,
    stays=domain.OPEN,
    asks={
        "vat_rate": Ask(_l("Taux de TVA")),
        "partner": Ask(shown=False, about="the supplier, when it is in the register"),
        "supplier": Ask(about="its name, when it is not"),
        "label": Ask(_l("Objet")),
        "reference": Ask(_l("Devis ou facture")),
    },
    said=_l("La prestation est enregistrée et comptée."),
)
def write_expense(
    session: Session,
    work_order: WorkOrder,
    *,
    amount_ht_eur: Decimal,
    vat_rate: Decimal,
    partner: Partner | None = None,
    supplier: str = "",
    label: str = "",
    date_on: date | None = None,
    reference: str = "",
) -> Expense:
    """Write an expense; the supplier is a partner of the register, or a name.

    Raises:
        InvalidInput: as ``record_expense``.
        TransitionRefused: the work order is over.
    """
    return costs.record_expense(
        session,
        work_order,
        supplier=partner or supplier,
        label=label,
        amount_ht_eur=amount_ht_eur,
        vat_rate=vat_rate,
        date_on=date_on or clock.today(),
        reference=reference,
    )
