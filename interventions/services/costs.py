"""Labour, parts and expenses: each books its ledger line at once, and is only ever reversed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from base.basics import clock, facts
from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.basics.formats import day
from base.basics.formats import hours as say_hours
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.rights import standing, withheld
from base.rules.verbs import ONE_BY_ONE, Ask, verb
from base.store import bounds
from base.store.mixins import HOURS
from base.store.models import Partner
from interventions import domain, queries
from interventions.models import Agent, Expense, Item, Labour, PartUse, StockMove, Store, WorkOrder
from interventions.queries.costs import Line
from interventions.services import stock
from interventions.services.agents import rate_on
from patrimoine.domain import CostNature
from patrimoine.services import book_cost, reverse_source

for _model in (Labour, PartUse, Expense):
    standing.lets(_model, standing.ending("reversed_at"))


class NoRate(DomainError):
    """The agent has no hourly rate on the day."""


class AlreadyReversed(DomainError):
    """The line does not count any more."""


def require_open(session: Session, work_order: WorkOrder) -> None:
    """Refuse to touch the cost of a work order that is over.

    Raises:
        TransitionRefused: the work order is finished, validated or cancelled.
    """
    state = queries.state_now(session, work_order)
    if not domain.takes_costs(state):
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : son coût est figé. "
                "Rouvrez-la pour le corriger.",
                number=work_order.number,
                state=state.word,
            )
        )


def record_labour(
    session: Session,
    work_order: WorkOrder,
    agent: Agent,
    *,
    hours: Decimal,
    date_on: date,
    hourly_rate_eur: Decimal | None = None,
    corrects: Labour | None = None,
) -> Labour:
    """Time spent by the agent, booked at once at the rate in force on the day.

    ``hourly_rate_eur`` replaces the agent's rate; only those who may set rates pass it.

    Raises:
        NoRate: the agent has no rate on the day, and none is given.
        InvalidInput: hours are not within 0 and 24, the day's sum included, or the day is ahead.
        TransitionRefused: the work order is over.
    """
    require_open(session, work_order)
    # Two who log at once see each other: a day has 24 hours.
    standing.hold_alone(session, Agent, [agent.id], named=True)
    line = labour_line(
        work_order,
        agent,
        hours=hours,
        date_on=date_on,
        already=queries.hours_of_day(session, agent, date_on),
        hourly_rate_eur=hourly_rate_eur,
    )
    line.corrects_id = corrects.id if corrects else None
    _book(session, work_order, line)
    withheld.conceal(session, line)
    return line


def labour_line(
    work_order: WorkOrder,
    agent: Agent,
    *,
    hours: Decimal,
    date_on: date,
    already: Decimal,
    hourly_rate_eur: Decimal | None = None,
) -> Labour:
    """Time of the agent, who has logged ``already`` hours on the day; not yet in the ledger.

    Raises:
        NoRate: the agent has no rate on the day, and none is given.
        InvalidInput: hours are not within 0 and 24, the day's sum included, the day is ahead, or
            the rate makes an amount beyond what is kept.
    """
    facts.require_past({"date_on": date_on})
    if not 0 < hours <= 24:
        raise InvalidInput.at("hours", _("Le temps passé est compris entre 0 et 24 heures."))
    if already + hours > 24:
        message = _(
            "%(agent)s a déjà %(hours)s le %(day)s : une journée n’a que 24 heures.",
            agent=agent.name,
            hours=say_hours(already),
            day=day(date_on),
        )
        raise InvalidInput.at("hours", message)
    if hourly_rate_eur is None:
        hourly_rate_eur = rate_on(agent, date_on)
        if hourly_rate_eur is None:
            raise NoRate(
                _(
                    "%(agent)s n’a pas de taux horaire au %(day)s : ajoutez-le à sa fiche.",
                    agent=agent.name,
                    day=day(date_on),
                )
            )
    elif hourly_rate_eur <= 0:
        raise InvalidInput.at("hourly_rate_eur", _("Le taux horaire est supérieur à zéro."))
    amount_ht_eur = domain.labour_cost(hours, hourly_rate_eur)
    if domain.too_much(amount_ht_eur):
        raise InvalidInput.at(
            "hourly_rate_eur",
            _("Ce temps coûterait mille milliards d’euros ou plus : vérifiez le taux horaire."),
        )
    return Labour(
        entity_id=work_order.entity_id,
        work_order=work_order,
        agent=agent,
        date_on=date_on,
        hours=hours,
        hourly_rate_eur=hourly_rate_eur,
        amount_ht_eur=amount_ht_eur,
    )


def consume_part(
    session: Session,
    work_order: WorkOrder,
    item: Item,
    *,
    store: Store,
    quantity: Decimal,
    date_on: date,
) -> PartUse:
    """A part taken from the store, booked at once at weighted average cost.

    Raises:
        NotEnough: the store holds less.
        InvalidInput: the quantity is not above zero.
        TransitionRefused: the work order is over.
    """
    require_open(session, work_order)
    taken = stock.issue(
        session, store, item, quantity=quantity, date_on=date_on, label=work_order.number
    )
    line = part_line(work_order, taken)
    _book(session, work_order, line)
    return line


def part_line(work_order: WorkOrder, taken: StockMove) -> PartUse:
    """What left a store, as a line of the work order; not yet in the ledger."""
    amount = -taken.value_eur
    return PartUse(
        entity_id=work_order.entity_id,
        work_order=work_order,
        item=taken.item,
        store=taken.store,
        move=taken,
        date_on=taken.date_on,
        quantity=-taken.quantity,
        unit_cost_eur=taken.unit_cost_eur,
        amount_ht_eur=amount,
        vat_eur=domain.vat(amount, taken.item.vat_rate),
    )


def record_expense(
    session: Session,
    work_order: WorkOrder,
    *,
    supplier: str | Partner,
    label: str,
    amount_ht_eur: Decimal,
    vat_rate: Decimal,
    date_on: date,
    reference: str = "",
) -> Expense:
    """What a supplier asks, booked at once; ``vat_rate`` is a percentage.

    Raises:
        InvalidInput: the amount is not above zero or beyond its bound, the rate not within 0 and
            100, or the day is ahead.
        TransitionRefused: the work order is over.
    """
    require_open(session, work_order)
    line = expense_line(
        work_order,
        supplier=supplier,
        label=label,
        amount_ht_eur=amount_ht_eur,
        vat_rate=vat_rate,
        date_on=date_on,
        reference=reference,
    )
    _book(session, work_order, line)
    return line


def expense_line(
    work_order: WorkOrder,
    *,
    supplier: str | Partner,
    label: str,
    amount_ht_eur: Decimal,
    vat_rate: Decimal,
    date_on: date,
    reference: str = "",
) -> Expense:
    """What a supplier asks, as a line of the work order; not yet in the ledger.

    Raises:
        InvalidInput: the amount is not above zero or beyond its bound, the rate not within 0 and
            100, or the day is ahead.
    """
    vat_rate = domain.vat_percent(vat_rate)
    name = supplier.name if isinstance(supplier, Partner) else " ".join(supplier.split())
    faults = bounds.faults(Expense, {"amount_ht_eur": amount_ht_eur})
    if not_yet := facts.sentence(date_on):
        faults["date_on"] = not_yet
    if amount_ht_eur <= 0:
        faults["amount_ht_eur"] = _("Le montant hors taxes est supérieur à zéro.")
    if not 0 <= vat_rate <= 100:
        faults["vat_rate"] = _("Le taux de TVA est un pourcentage, de 0 à 100.")
    if not name:
        faults["supplier"] = _("Nommez le fournisseur.")
    if not label.strip():
        faults["label"] = _("Dites ce qui a été fourni.")
    if faults:
        raise InvalidInput(next(iter(faults.values())), faults)
    amount_ht_eur = domain.to_cent(amount_ht_eur)
    return Expense(
        entity_id=work_order.entity_id,
        work_order=work_order,
        date_on=date_on,
        supplier=name[:200],
        partner_id=supplier.id if isinstance(supplier, Partner) else None,
        label=label.strip()[:200],
        reference=reference.strip()[:60],
        amount_ht_eur=amount_ht_eur,
        vat_rate=vat_rate,
        vat_eur=domain.vat(amount_ht_eur, vat_rate),
    )


@verb(
    Labour,
    _l("Corriger une saisie"),
    "pencil",
    name="correct",
    doors=ONE_BY_ONE,
    asks={
        "hours": Ask(_l("Heures justes"), unit=HOURS),
        "agent": Ask(choices="WorkOrderView.assigned_to"),
    },
    said=_l("La ligne est annulée et remplacée."),
)
def correct_labour(
    session: Session,
    line: Labour,
    *,
    at: datetime,
    hours: Decimal | None = None,
    date_on: date | None = None,
    agent: Agent | None = None,
) -> Labour:
    """The line that replaces a wrong one; the wrong one is reversed and stays readable.

    The rate stays the copied one, unless day or agent change: then it is that day's rate.

    Raises:
        AlreadyReversed: the line counts no more.
        TransitionRefused: the work order is over.
    """
    reverse_line(session, line, at=at)
    agent, date_on = agent or line.agent, date_on or line.date_on
    same = agent.id == line.agent_id and date_on == line.date_on
    with withheld.lifted(session):
        rate = session.scalar(select(Labour.hourly_rate_eur).where(Labour.id == line.id))
    return record_labour(
        session,
        line.work_order,
        agent,
        hours=hours if hours is not None else line.hours,
        date_on=date_on,
        hourly_rate_eur=rate if same else None,
        corrects=line,
    )


def _taken_back(model: type) -> Any:
    """Declare the taking back of a line, for each kind of line."""
    return verb(
        model,
        _l("Annuler une écriture"),
        "arrow-back-up",
        name="reverse",
        doors=ONE_BY_ONE,
        said=_l("La ligne est annulée : une écriture contraire la compense."),
    )


@_taken_back(Labour)
@_taken_back(PartUse)
@_taken_back(Expense)
def reverse_line(session: Session, line: Line, *, at: datetime) -> None:
    """Take a line back: the ledger gets its opposite, a part goes back to its store.

    Raises:
        AlreadyReversed: it was taken back before.
        TransitionRefused: the work order is over.
    """
    require_open(session, line.work_order)
    if not line.is_live:
        raise AlreadyReversed(_("Cette ligne a déjà été annulée."))
    _reverse(session, line, at)
    session.flush()


def reverse_all(session: Session, work_order: WorkOrder, *, at: datetime) -> None:
    """Take back every line that counts."""
    for line in queries.live_lines(session, work_order):
        _reverse(session, line, at)
    session.flush()


def _book(session: Session, work_order: WorkOrder, line: Line) -> None:
    session.add(line)
    session.flush()
    book_cost(session, work_order.asset, **booking(work_order, line))


def booking(work_order: WorkOrder, line: Line) -> dict[str, Any]:
    """What the ledger is told of a line that has its id."""
    if isinstance(line, Labour):
        nature, account = CostNature.LABOUR, domain.LABOUR_ACCOUNT
        words = f"{line.agent.name}, {say_hours(line.hours)}"
    elif isinstance(line, PartUse):
        nature, account = CostNature.PARTS, domain.PARTS_ACCOUNT
        words = f"{line.item.code} {line.item.name}"
    else:
        nature, account = CostNature.SUPPLIER, domain.supplier_account(work_order.asset.kind)
        words = f"{line.supplier}, {line.label}"
    return {
        "date_on": line.date_on,
        "amount_ht_eur": line.amount_ht_eur,
        "vat_eur": getattr(line, "vat_eur", Decimal("0.00")),
        "nature": nature,
        "account": account,
        "label": f"{work_order.number} · {words}",
        "source_type": line.__tablename__,
        "source_id": line.id,
        "service_id": work_order.service_id,
        "supplier_id": getattr(line, "partner_id", None),
    }


def _reverse(session: Session, line: Line, at: datetime) -> None:
    on = clock.local(at).date()
    line.reversed_at = at
    with withheld.lifted(session):  # whoever takes a line back takes its cost back, read or not
        reverse_source(session, source_type=line.__tablename__, source_id=line.id, date_on=on)
    if isinstance(line, PartUse):
        stock.take_back(session, line.move, date_on=on)
