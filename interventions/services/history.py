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
from base.basics.errors import DomainError, TransitionRefused
from base.basics.i18n import _
from base.basics.sessions import Session
from base.rules.rights import retired, standing
from base.store.history.sequences import take_block
from interventions import domain
from interventions.domain import State
from interventions.models import Agent, ChecklistPoint, Labour, PartUse, StockLevel, WorkOrder
from interventions.queries.costs import Line
from interventions.services import costs, stock
from interventions.services.past import PATHS, PastLabour, PastOrder, PastPart
from interventions.services.work_orders import ChecklistOpen, require_due, require_in_use
from patrimoine.services import cost_line


def write_past(session: Session, orders: Sequence[PastOrder]) -> list[WorkOrder]:
    """The orders written, in their order, each with its number, its costs and its state.

    Raises:
        DomainError: an order breaks a rule of the verbs; the sentence begins with its row.
    """
    hours = _Hours(session, orders)
    levels = _Levels(session, orders)
    numbers = numbers_of(session, "INT", [(o.asset.entity_id, o.opened_at) for o in orders])
    rows: list[WorkOrder] = []
    with session.no_autoflush:
        for order, taken in zip(orders, numbers, strict=True):
            try:
                rows.append(_row(session, order, taken, hours, levels))
            except DomainError as refusal:
                raise DomainError(
                    _("Ligne %(row)d : %(why)s", row=order.row, why=str(refusal))
                ) from refusal
    session.add_all(rows)
    session.flush()
    for row in rows:
        lines: list[Line] = [*row.labour, *row.parts, *row.expenses]
        session.add_all(cost_line(row.asset, **costs.booking(row, line)) for line in lines)
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


def _row(
    session: Session, order: PastOrder, taken: str, hours: _Hours, levels: _Levels
) -> WorkOrder:
    asset = order.asset
    require_in_use(asset)
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
    row.labour = [hours.add(row, line) for line in order.labour]
    row.parts = [levels.take(row, line) for line in order.parts]
    row.expenses = [costs.expense_line(row, **line._asdict()) for line in order.expenses]
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
    moves = [part.move for part in row.parts]
    retired.require(session, row, *row.labour, *row.parts, *row.expenses, *moves)
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
            raise TransitionRefused(_("on ne peut pas %(verb)s.", verb=verb.inside))
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
    require_due(order.planned_on, order.due_on)


def over_on(order: PastOrder) -> date | None:
    """The day on which an order of the past was over; None of one that goes on."""
    if order.state not in (State.FINISHED, State.VALIDATED, State.CANCELLED):
        return None
    return clock.local(order.ended_at or order.opened_at).date()


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


class _Hours:
    """What each agent has logged on each day: a day has twenty-four hours, here too."""

    def __init__(self, session: Session, orders: Sequence[PastOrder]) -> None:
        lines = [line for order in orders for line in order.labour]
        self.held: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
        if not lines:
            return
        standing.hold_alone(session, Agent, {x.agent.id for x in lines}, named=True)
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

    def add(self, row: WorkOrder, line: PastLabour) -> Labour:
        """The line of a work order, counted.

        Raises:
            InvalidInput: its hours, or the day's, are not within 0 and 24.
            NoRate: the agent has no rate on the day.
        """
        key = (line.agent.id, line.date_on)
        made = costs.labour_line(
            row, line.agent, hours=line.hours, date_on=line.date_on, already=self.held[key]
        )
        self.held[key] += line.hours
        return made


class _Levels:
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

    def take(self, row: WorkOrder, line: PastPart) -> PartUse:
        """The line of a work order, at weighted average cost.

        Raises:
            NotEnough: the store holds less.
            InvalidInput: the quantity is not above zero.
        """
        level = self.levels.get((line.store.id, line.item.id))
        move = stock.taken_from(
            level or stock.nothing_of(line.store, line.item),
            quantity=line.quantity,
            date_on=line.date_on,
            label=row.number,
        )
        return costs.part_line(row, move)
