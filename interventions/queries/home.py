"""What the first page says of the work: counts bounded by the lists', oldest rows, week's load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import aliased, selectinload

from base.basics.sessions import Session
from base.face.views.lists import bounded_count
from interventions.domain import Kind, RequestState, State
from interventions.models import Agent, AgentRate, Labour, ServiceRequest, WorkOrder
from interventions.queries.costs import cost_expression
from interventions.queries.work import OPEN_STATES
from patrimoine.domain import tree
from patrimoine.models import Asset
from patrimoine.queries import in_branch

#: Above so many rows no sum is made on the first page.
SUMMED = 500
#: Agents of the week's load.
AGENTS = 8
#: States of work that was meant to be done: all but cancelled.
MEANT = tuple(state for state in State if state is not State.CANCELLED)


@dataclass(frozen=True)
class Waiting:
    """How many rows wait, and the one that has waited longest."""

    count: int
    oldest: Any


def _waiting(
    session: Session, model: Any, order: Any, states: Sequence[str], *criteria: ColumnElement[bool]
) -> Waiting:
    """The rows in some states; the oldest of each state is at hand in its index."""
    firsts = [
        select(model.id, order.label("key"))
        .where(model.state == state, *criteria)
        .order_by(order, model.id)
        .limit(1)
        .subquery()
        for state in states
    ]
    each = union_all(*(select(first.c.id, first.c.key) for first in firsts)).subquery()
    oldest_id = session.scalar(select(each.c.id).order_by(each.c.key, each.c.id).limit(1))
    if oldest_id is None:
        return Waiting(0, None)
    oldest = session.scalars(
        select(model).where(model.id == oldest_id).options(selectinload(model.asset))
    ).one()
    return Waiting(bounded_count(session, model, [model.state.in_(states), *criteria]), oldest)


def requests_to_sort(session: Session) -> Waiting:
    """Requests that nobody has sorted; numbers are given in the order of coming."""
    return _waiting(session, ServiceRequest, ServiceRequest.id, [RequestState.NEW])


def late_work(session: Session, on: date, agent_id: int | None = None) -> Waiting:
    """Open work whose day is over; of one agent, or of all."""
    mine = [] if agent_id is None else [WorkOrder.assigned_to_id == agent_id]
    late = WorkOrder.due_on < on
    return _waiting(session, WorkOrder, WorkOrder.due_on, OPEN_STATES, late, *mine)


def unassigned_work(session: Session) -> Waiting:
    """Open work that nobody has."""
    alone = WorkOrder.assigned_to_id.is_(None)
    return _waiting(session, WorkOrder, WorkOrder.id, OPEN_STATES, alone)


def paused_work(session: Session) -> Waiting:
    """Work begun that stands still."""
    return _waiting(session, WorkOrder, WorkOrder.id, [State.PAUSED])


def finished_work(session: Session) -> Waiting:
    """Work that is done and that nobody has approved."""
    return _waiting(session, WorkOrder, WorkOrder.id, [State.FINISHED])


def open_inspections(session: Session) -> Waiting:
    """Inspections that are not over, the one due first in front."""
    due = func.coalesce(WorkOrder.due_on, date(9999, 1, 1))
    inspection = WorkOrder.kind == Kind.INSPECTION
    return _waiting(session, WorkOrder, due, OPEN_STATES, inspection)


def somebody_has_a_rate(session: Session) -> bool:
    """Whether an hour of anybody has a price yet."""
    return session.scalar(select(AgentRate.id).limit(1)) is not None


def has_work(session: Session) -> bool:
    """Whether a work order was ever opened."""
    return session.scalar(select(WorkOrder.id).limit(1)) is not None


def finished_cost(session: Session) -> Decimal:
    """Euros without tax of the work that waits for approval."""
    return session.scalar(
        select(func.sum(cost_expression())).where(WorkOrder.state == State.FINISHED)
    ) or Decimal("0.00")


def week_of(on: date) -> tuple[date, date]:
    """Monday and the next one (left out)."""
    monday = on - timedelta(days=on.weekday())
    return monday, monday + timedelta(days=7)


def _in_week(on: date) -> list[ColumnElement[bool]]:
    """Time that was spent in the week of a day, reversed lines left out."""
    start, end = week_of(on)
    return [Labour.date_on >= start, Labour.date_on < end, Labour.reversed_at.is_(None)]


def hours_of_week(session: Session, agent_id: int, on: date) -> dict[date, Decimal]:
    """Hours that an agent has logged on each day of the week, reversed lines left out."""
    rows = session.execute(
        select(Labour.date_on, func.sum(Labour.hours))
        .where(Labour.agent_id == agent_id, *_in_week(on))
        .group_by(Labour.date_on)
    )
    return {day: hours for day, hours in rows}


def labour_of_week(session: Session, agent_id: int, on: date) -> Sequence[Labour]:
    """The lines behind ``hours_of_week``, by day."""
    return session.scalars(
        select(Labour)
        .where(Labour.agent_id == agent_id, *_in_week(on))
        .order_by(Labour.date_on, Labour.id)
        .options(selectinload(Labour.work_order))
    ).all()


class Load(NamedTuple):
    """One agent's week: work orders planned, hours logged."""

    agent: Agent
    planned: int
    hours: Decimal


def week_load(session: Session, on: date) -> list[Load]:
    """The agents with most work planned this week, and what they have logged of it."""
    start, end = week_of(on)
    counts: dict[int, int] = {
        agent_id: count
        for agent_id, count in session.execute(
            select(WorkOrder.assigned_to_id, func.count(WorkOrder.id))
            .where(
                WorkOrder.planned_on >= start,
                WorkOrder.planned_on < end,
                WorkOrder.assigned_to_id.is_not(None),
                WorkOrder.state.in_(MEANT),
            )
            .group_by(WorkOrder.assigned_to_id)
            .order_by(func.count(WorkOrder.id).desc(), WorkOrder.assigned_to_id)
            .limit(AGENTS)
        )
        if agent_id is not None
    }
    if not counts:
        return []
    hours: dict[int, Decimal] = {
        agent_id: total
        for agent_id, total in session.execute(
            select(Labour.agent_id, func.sum(Labour.hours))
            .where(Labour.agent_id.in_(counts), *_in_week(on))
            .group_by(Labour.agent_id)
        )
    }
    agents = {row.id: row for row in session.scalars(select(Agent).where(Agent.id.in_(counts)))}
    return [
        Load(agents[key], count, hours.get(key, Decimal(0)))
        for key, count in counts.items()
        if key in agents
    ]


#: Places of today's work that are looked around, and requests looked for.
PLACES, NEAR = 10, 25


def requests_near(session: Session, agent_id: int, on: date) -> Sequence[ServiceRequest]:
    """Unsorted requests on the sites where the agent works today; the asset's top is its site."""
    paths = session.scalars(
        select(Asset.path)
        .join(WorkOrder, WorkOrder.asset_id == Asset.id)
        .where(
            WorkOrder.assigned_to_id == agent_id,
            WorkOrder.state.in_(OPEN_STATES),
            WorkOrder.planned_on <= on,
        )
        .order_by(WorkOrder.id.desc())
        .limit(PLACES)
    ).all()
    tops = sorted({path[: tree.WIDTH + 1] for path in paths})
    if not tops:
        return []
    here = aliased(Asset)
    around = in_branch(tops[0], here.path)
    for top in tops[1:]:
        around = around | in_branch(top, here.path)
    return session.scalars(
        select(ServiceRequest)
        .join(here, here.id == ServiceRequest.asset_id)
        .where(ServiceRequest.state == RequestState.NEW, around)
        .order_by(ServiceRequest.id)
        .limit(NEAR)
        .options(selectinload(ServiceRequest.asset))
    ).all()
