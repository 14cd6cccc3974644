"""Work orders: one, those of an asset, those of a list, an agent’s day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from interventions import domain
from interventions.domain import OPEN, State
from interventions.models import Agent, WorkOrder
from interventions.queries.costs import hours_of_day
from patrimoine.models import Asset

OPEN_STATES = tuple(sorted(OPEN))
#: A tab with more rows than this shows no count.
TAB_LIMIT = 1_000


def state_now(session: Session, work_order: WorkOrder) -> State:
    """The state as committed now, the row held to the end of the transaction.

    Two people at one work order wait for each other here, and the second sees what the first
    made of it.
    """
    with session.no_autoflush:
        held = session.scalar(
            select(WorkOrder.state)
            .where(WorkOrder.id == work_order.id)
            .with_for_update(key_share=True)
        )
    return State(held) if held is not None else State(work_order.state)


def open_with_title(session: Session, asset_id: int, title: str) -> WorkOrder | None:
    """An open work order of that title on the asset, the oldest; titles have plain blanks."""
    title = " ".join(title.split())[:200]
    return session.scalar(
        select(WorkOrder)
        .where(
            WorkOrder.asset_id == asset_id,
            WorkOrder.title == title,
            WorkOrder.state.in_(OPEN_STATES),
        )
        .order_by(WorkOrder.id)
        .limit(1)
    )


def open_on(session: Session, asset_id: int, *, limit: int = 20) -> Sequence[WorkOrder]:
    """The open work orders of an asset: under way first, then by due day."""
    return session.scalars(
        select(WorkOrder)
        .where(WorkOrder.asset_id == asset_id, WorkOrder.state.in_(OPEN_STATES))
        .order_by(
            WorkOrder.running_since_at.is_(None),
            WorkOrder.due_on.is_(None),
            WorkOrder.due_on,
            WorkOrder.id,
        )
        .limit(limit)
    ).all()


def mine_on(session: Session, asset_id: int, agent: Agent) -> Sequence[WorkOrder]:
    """The agent's open work orders on an asset, and those that nobody has taken."""
    return [row for row in open_on(session, asset_id) if row.assigned_to_id in (agent.id, None)]


def last_done_on(session: Session, asset_id: int, *, limit: int = 3) -> Sequence[WorkOrder]:
    """The last finished work orders of an asset, newest first."""
    return session.scalars(
        select(WorkOrder)
        .where(WorkOrder.asset_id == asset_id, WorkOrder.finished_at.is_not(None))
        .order_by(WorkOrder.finished_at.desc())
        .limit(limit)
    ).all()


class Day(NamedTuple):
    """One agent's day: under way, to come, done."""

    running: Sequence[WorkOrder]
    paused: Sequence[WorkOrder]
    to_come: Sequence[WorkOrder]
    done: Sequence[WorkOrder]
    hours: Decimal


def my_day(session: Session, agent: Agent, *, on: date, start: datetime, end: datetime) -> Day:
    """What the agent has on the day; ``start`` to ``end`` (left out) are its bounds in UTC."""
    mine = session.scalars(
        select(WorkOrder)
        .where(
            WorkOrder.assigned_to_id == agent.id,
            or_(
                WorkOrder.state.in_((State.STARTED, State.PAUSED)),
                and_(
                    WorkOrder.state.in_((State.DRAFT, State.PLANNED)),
                    or_(WorkOrder.planned_on.is_(None), WorkOrder.planned_on <= on),
                ),
                and_(WorkOrder.finished_at >= start, WorkOrder.finished_at < end),
            ),
        )
        .order_by(WorkOrder.due_on.is_(None), WorkOrder.due_on, WorkOrder.id)
        .options(selectinload(WorkOrder.asset))
        .limit(100)
    ).all()
    by_state: dict[str, list[WorkOrder]] = {state: [] for state in State}
    for row in mine:
        by_state[row.state].append(row)
    return Day(
        by_state[State.STARTED],
        by_state[State.PAUSED],
        by_state[State.PLANNED] + by_state[State.DRAFT],
        by_state[State.FINISHED] + by_state[State.VALIDATED],
        hours_of_day(session, agent, on),
    )


def criteria_of_tabs(on: date) -> dict[str, list[ColumnElement[bool]]]:
    """Tab of the list -> what its rows are, on a day."""
    is_open = WorkOrder.state.in_(OPEN_STATES)
    return {
        "open": [is_open],
        "late": [is_open, WorkOrder.due_on < on],
        "running": [WorkOrder.state.in_((State.STARTED, State.PAUSED))],
        "finished": [WorkOrder.state == State.FINISHED],
        "unassigned": [is_open, WorkOrder.assigned_to_id.is_(None)],
    }


def counts_of_tabs(session: Session, on: date) -> dict[str, int]:
    """How many work orders each tab of the list holds; bounded, in one statement."""
    tabs = criteria_of_tabs(on)
    counts = [
        select(func.count())
        .select_from(select(WorkOrder.id).where(*criteria).limit(TAB_LIMIT).subquery())
        .scalar_subquery()
        for criteria in tabs.values()
    ]
    found = dict(zip(tabs, session.execute(select(*counts)).one(), strict=True))
    return {key: count for key, count in found.items() if count < TAB_LIMIT}


def usual_titles(session: Session, *, kind_of_asset: str, limit: int = 4) -> list[str]:
    """The commonest titles of routine jobs on this kind of asset, for the phone's big buttons."""
    return list(
        session.scalars(
            select(WorkOrder.title)
            .join(Asset, Asset.id == WorkOrder.asset_id)
            .where(WorkOrder.kind == domain.Kind.ROUTINE, Asset.kind == kind_of_asset)
            .group_by(WorkOrder.title)
            .order_by(func.count(WorkOrder.id).desc(), WorkOrder.title)
            .limit(limit)
        )
    )


def counts_on(session: Session, asset_id: int) -> tuple[int, int]:
    """How many work orders an asset has had, cancelled ones left out, and how many are open."""
    total = opened = 0
    for state, count in session.execute(
        select(WorkOrder.state, func.count(WorkOrder.id))
        .where(WorkOrder.asset_id == asset_id, WorkOrder.state != State.CANCELLED)
        .group_by(WorkOrder.state)
    ):
        total += count
        opened += count if State(state) in OPEN else 0
    return total, opened


def held(session: Session, work_order_id: int) -> WorkOrder | None:
    """The work order as committed now, held to the end of the transaction."""
    return session.scalars(
        select(WorkOrder)
        .where(WorkOrder.id == work_order_id)
        .with_for_update(of=WorkOrder, key_share=True)
    ).first()
