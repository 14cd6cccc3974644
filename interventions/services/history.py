"""Work of the past, many orders at once: for imports, with the rules and bookings of the verbs.

The verbs write one line at a time and ask the database at each step; three years of a town are
thousands of orders. Here an order arrives with all that happened to it, and a block of them is
written in a few statements: numbers taken in blocks, one ledger line a cost, average cost kept
in order, states reached along the table of transitions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select

from base.basics import clock, facts
from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.basics.formats import day, number
from base.basics.formats import hours as say_hours
from base.basics.i18n import _
from base.basics.sessions import Session
from base.store.history.sequences import take_block
from base.store.models import Partner
from interventions import domain
from interventions.domain import MoveKind, State
from interventions.models import (
    ChecklistPoint,
    Expense,
    Labour,
    PartUse,
    StockLevel,
    StockMove,
    WorkOrder,
)
from interventions.services.agents import rate_on
from interventions.services.costs import NoRate
from interventions.services.past import (
    PATHS,
    PastExpense,
    PastLabour,
    PastOrder,
    PastPart,
)
from interventions.services.stock import NotEnough
from interventions.services.work_orders import AssetGone, ChecklistOpen
from patrimoine.domain import CostNature
from patrimoine.models import CostLine
from patrimoine.services import cost_line


def write_past(session: Session, orders: Sequence[PastOrder]) -> list[WorkOrder]:
    """The orders written, in their order, each with its number, its costs and its state.

    Raises:
        DomainError: an order breaks a rule of the verbs; the sentence begins with its row.
    """
    hours = _Hours(session, orders)
    stock = _Stock(session, orders)
    numbers = numbers_of(session, "INT", [(o.asset.entity_id, o.opened_at) for o in orders])
    rows: list[WorkOrder] = []
    with session.no_autoflush:
        for order, taken in zip(orders, numbers, strict=True):
            try:
                rows.append(_row(order, taken, hours, stock))
            except DomainError as refusal:
                raise DomainError(
                    _("Ligne %(row)d : %(why)s", row=order.row, why=str(refusal))
                ) from refusal
    session.add_all(rows)
    session.flush()
    session.add_all(_ledger(rows))
    session.flush()
    return rows


def numbers_of(session: Session, series: str, wanted: Iterable[tuple[int, datetime]]) -> list[str]:
    """Numbers in the order asked, one block for each authority and year."""
    keys = [(entity_id, clock.local(at).year) for entity_id, at in wanted]
    counts: dict[tuple[int, int], int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    blocks = {
        (entity_id, year): iter(take_block(session, series, year, entity_id, count))
        for (entity_id, year), count in counts.items()
    }
    return [next(blocks[key]) for key in keys]


def _row(order: PastOrder, taken: str, hours: _Hours, stock: _Stock) -> WorkOrder:
    asset = order.asset
    if asset.archived_on is not None:
        raise AssetGone(
            _(
                "« %(name)s » est sorti de l’inventaire : on n’y ouvre plus d’intervention.",
                name=asset.name,
            )
        )
    _may_stand(order)
    row = WorkOrder(
        entity_id=asset.entity_id,
        number=taken,
        external_number=order.external_number,
        asset=asset,
        title=" ".join(order.title.split())[:200],
        kind=order.kind,
        priority=order.priority,
        description=order.description.strip(),
        finding=order.finding.strip(),
        requester=order.requester.strip()[:200],
        reason=order.reason.strip()[:300],
        service=order.service,
        assigned_to=order.assigned_to,
        planned_on=order.planned_on,
        due_on=order.due_on,
        state=order.state,
    )
    _times(row, order)
    row.labour = [_labour(row, line, hours) for line in order.labour]
    row.parts = [_part(row, line, stock) for line in order.parts]
    row.expenses = [_expense(row, line) for line in order.expenses]
    row.points = [
        ChecklistPoint(
            entity_id=row.entity_id,
            position=position,
            label=point.label.strip()[:200],
            mandatory=point.mandatory,
            unit=point.unit,
            measure=point.measure,
            answer=point.answer,
            answered_at=None if point.answer is None else order.ended_at or order.opened_at,
            answered_by=None if point.answer is None else order.assigned_to,
        )
        for position, point in enumerate(order.points, start=1)
    ]
    if order.state in (State.FINISHED, State.VALIDATED) and (
        missing := domain.unanswered(row.points)
    ):
        raise ChecklistOpen(_("le point « %(label)s » est sans réponse.", label=missing[0].label))
    return row


def _may_stand(order: PastOrder) -> None:
    """Walk the table of transitions from a draft; look at the days.

    Raises:
        TransitionRefused: the table does not lead to the state.
        InvalidInput: it would be due before it is planned, a fact of it is ahead, or its end is
            before its beginning.
    """
    state = State.DRAFT
    for verb in PATHS[order.state]:
        found = domain.next_state(state, verb)
        if found is None:
            raise TransitionRefused(_("on ne peut pas la %(verb)s.", verb=verb.inside))
        state = found
    facts.require_past(
        {
            "opened_at": order.opened_at,
            "started_at": order.started_at,
            "finished_at": order.ended_at,
            "validated_at": order.validated_at,
        }
    )
    facts.require_order(order.started_at, order.ended_at, field="finished_at")
    facts.require_order(order.ended_at, order.validated_at, field="validated_at")
    lines: list[PastLabour | PastPart | PastExpense] = [
        *order.labour,
        *order.parts,
        *order.expenses,
    ]
    for line in lines:
        facts.require_past({"date_on": line.date_on})
    if early := domain.due_early(order.planned_on, order.due_on):
        raise InvalidInput(str(early), {"due_on": str(early)})


def _times(row: WorkOrder, order: PastOrder) -> None:
    """The instants of the states that were passed; the clock runs when work is under way."""
    state = order.state
    worked = sum((line.hours for line in order.labour), Decimal(0))
    if state is State.CANCELLED:
        row.cancelled_at = order.ended_at or order.opened_at
        return
    if state in (State.STARTED, State.PAUSED, State.FINISHED, State.VALIDATED):
        row.started_at = order.started_at or order.ended_at or order.opened_at
    if state is State.STARTED:
        row.running_since_at = row.started_at
    elif state is not State.DRAFT and state is not State.PLANNED:
        row.worked_seconds = int(worked * 3600)
    if state in (State.FINISHED, State.VALIDATED):
        row.finished_at = order.ended_at or order.opened_at
    if state is State.VALIDATED:
        row.validated_at = order.validated_at or row.finished_at


def _labour(row: WorkOrder, line: PastLabour, hours: _Hours) -> Labour:
    hours.add(line)
    rate = rate_on(line.agent, line.date_on)
    if rate is None:
        raise NoRate(
            _(
                "%(agent)s n’a pas de taux horaire au %(day)s : ajoutez-le à sa fiche.",
                agent=line.agent.name,
                day=day(line.date_on),
            )
        )
    return Labour(
        entity_id=row.entity_id,
        agent=line.agent,
        date_on=line.date_on,
        hours=line.hours,
        hourly_rate_eur=rate,
        amount_ht_eur=domain.labour_cost(line.hours, rate),
    )


def _part(row: WorkOrder, line: PastPart, stock: _Stock) -> PartUse:
    move = stock.issue(line, label=row.number)
    amount = -move.value_eur
    return PartUse(
        entity_id=row.entity_id,
        item=line.item,
        store=line.store,
        move=move,
        date_on=line.date_on,
        quantity=line.quantity,
        unit_cost_eur=move.unit_cost_eur,
        amount_ht_eur=amount,
        vat_eur=domain.vat(amount, line.item.vat_rate),
    )


def _expense(row: WorkOrder, line: PastExpense) -> Expense:
    supplier = line.supplier
    rate = domain.vat_percent(line.vat_rate)
    amount = domain.to_cent(line.amount_ht_eur)
    if amount <= 0 or not 0 <= rate <= 100:
        raise InvalidInput(_("Le montant hors taxes est supérieur à zéro."))
    return Expense(
        entity_id=row.entity_id,
        date_on=line.date_on,
        supplier=str(supplier.name if isinstance(supplier, Partner) else supplier)[:200],
        partner_id=supplier.id if isinstance(supplier, Partner) else None,
        label=line.label.strip()[:200],
        reference=line.reference.strip()[:60],
        amount_ht_eur=amount,
        vat_rate=rate,
        vat_eur=domain.vat(amount, rate),
    )


def _ledger(rows: Sequence[WorkOrder]) -> list[CostLine]:
    """One ledger line for each labour, part and expense, as the verbs book them."""
    found = []
    for row in rows:
        for time in row.labour:
            words = f"{time.agent.name}, {say_hours(time.hours)}"
            found.append(_booked(row, time, CostNature.LABOUR, domain.LABOUR_ACCOUNT, words))
        for part in row.parts:
            words = f"{part.item.code} {part.item.name}"
            found.append(_booked(row, part, CostNature.PARTS, domain.PARTS_ACCOUNT, words))
        for bill in row.expenses:
            account = domain.supplier_account(row.asset.kind)
            words = f"{bill.supplier}, {bill.label}"
            found.append(_booked(row, bill, CostNature.SUPPLIER, account, words))
    return found


def _booked(
    row: WorkOrder, line: Labour | PartUse | Expense, nature: CostNature, account: str, words: str
) -> CostLine:
    return cost_line(
        row.asset,
        date_on=line.date_on,
        amount_ht_eur=line.amount_ht_eur,
        vat_eur=getattr(line, "vat_eur", Decimal("0.00")),
        nature=nature,
        account=account,
        label=f"{row.number} · {words}",
        source_type=line.__tablename__,
        source_id=line.id,
        service_id=row.service_id,
        supplier_id=getattr(line, "partner_id", None),
    )


class _Hours:
    """What each agent has logged on each day: a day has twenty-four hours, here too."""

    def __init__(self, session: Session, orders: Sequence[PastOrder]) -> None:
        lines = [line for order in orders for line in order.labour]
        self.held: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
        if not lines:
            return
        first, last = min(x.date_on for x in lines), max(x.date_on for x in lines)
        known = session.execute(
            select(Labour.agent_id, Labour.date_on, func.sum(Labour.hours))
            .where(
                Labour.agent_id.in_({x.agent.id for x in lines}),
                Labour.date_on >= first,
                Labour.date_on <= last,
                Labour.reversed_at.is_(None),
            )
            .group_by(Labour.agent_id, Labour.date_on)
        )
        self.held.update({(agent_id, on): total for agent_id, on, total in known})

    def add(self, line: PastLabour) -> None:
        """Count a line.

        Raises:
            InvalidInput: its hours, or the day's, are not within 0 and 24.
        """
        key = (line.agent.id, line.date_on)
        if not 0 < line.hours <= 24 or self.held[key] + line.hours > 24:
            message = _(
                "%(agent)s a déjà %(hours)s le %(day)s : une journée n’a que 24 heures.",
                agent=line.agent.name,
                hours=say_hours(self.held[key]),
                day=day(line.date_on),
            )
            raise InvalidInput(message, {"hours": message})
        self.held[key] += line.hours


class _Stock:
    """The levels that a block of orders draws on, held to the end of the transaction."""

    def __init__(self, session: Session, orders: Sequence[PastOrder]) -> None:
        items = {part.item.id for order in orders for part in order.parts}
        self.levels: dict[tuple[int, int], StockLevel] = {}
        if items:
            found = session.scalars(
                select(StockLevel)
                .where(StockLevel.item_id.in_(items))
                .order_by(StockLevel.id)
                .with_for_update(key_share=True)
                .execution_options(populate_existing=True)
            )
            self.levels = {(row.store_id, row.item_id): row for row in found}

    def issue(self, line: PastPart, *, label: str) -> StockMove:
        """An exit at weighted average cost.

        Raises:
            NotEnough: the store holds less, or the quantity is not above zero.
        """
        level = self.levels.get((line.store.id, line.item.id))
        held = Decimal(0) if level is None else level.quantity
        if level is None or not 0 < line.quantity <= held:
            raise NotEnough(
                _(
                    "« %(item)s » : il en reste %(held)s au magasin « %(store)s », "
                    "%(asked)s sont demandés.",
                    item=line.item.name,
                    held=number(held.normalize()),
                    store=line.store.name,
                    asked=number(line.quantity.normalize()),
                )
            )
        before = level.holding
        after = before.issue(line.quantity)
        level.quantity, level.value_eur = after.quantity, after.value_eur
        return StockMove(
            entity_id=level.entity_id,
            store=line.store,
            item=line.item,
            kind=MoveKind.ISSUE,
            date_on=line.date_on,
            quantity=-line.quantity,
            unit_cost_eur=before.unit_cost_eur,
            value_eur=-before.issue_value(line.quantity),
            label=label,
        )
