"""Reads of the module: rows, sums and counts; every one goes through the record rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import Session, selectinload

from interventions import domain
from interventions.domain import OPEN, RequestState, State
from interventions.models import (
    Agent,
    Expense,
    Item,
    Labour,
    PartUse,
    ServiceRequest,
    StockLevel,
    Store,
    WorkOrder,
)
from patrimoine.models import CostLine

LINES = (Labour, PartUse, Expense)
OPEN_STATES = tuple(sorted(OPEN))


def state_now(session: Session, work_order: WorkOrder) -> State:
    """The state as committed now, the row held to the end of the transaction.

    Two people at one work order wait for each other here, and the second sees what the first
    made of it.
    """
    with session.no_autoflush:
        held = session.scalar(
            select(WorkOrder.state).where(WorkOrder.id == work_order.id).with_for_update()
        )
    return State(held) if held is not None else State(work_order.state)


def live_lines(session: Session, work_order: WorkOrder) -> list[Labour | PartUse | Expense]:
    """The cost lines that count, oldest first within each kind."""
    found: list[Labour | PartUse | Expense] = []
    for model in LINES:
        found += session.scalars(
            select(model)
            .where(model.work_order_id == work_order.id, model.reversed_at.is_(None))
            .order_by(model.id)
        )
    return found


def hours_of_day(session: Session, agent: Agent, on: date) -> Decimal:
    """What the agent has logged on the day, reversed lines left out."""
    return session.scalar(
        select(func.sum(Labour.hours)).where(
            Labour.agent_id == agent.id, Labour.date_on == on, Labour.reversed_at.is_(None)
        )
    ) or Decimal("0.000")


class CostPart(NamedTuple):
    """One nature of the cost of a work order: its live lines and their sums."""

    nature: str
    lines: Sequence[Labour | PartUse | Expense]
    amount_ht_eur: Decimal
    vat_eur: Decimal


class CostSummary(NamedTuple):
    """How the cost of a work order is made, and what the ledger says of it."""

    parts: list[CostPart]
    amount_ht_eur: Decimal
    vat_eur: Decimal
    #: Ledger lines of this work order, reversals included.
    ledger_lines: int
    ledger_ht_eur: Decimal

    @property
    def amount_ttc_eur(self) -> Decimal:
        """Tax included."""
        return self.amount_ht_eur + self.vat_eur

    @property
    def agrees(self) -> bool:
        """Whether the sum of the lines is the sum of the ledger."""
        return self.amount_ht_eur == self.ledger_ht_eur


def cost_summary(session: Session, work_order: WorkOrder) -> CostSummary:
    """Labour, parts and suppliers with their sums, beside the ledger's own sum."""
    lines = live_lines(session, work_order)
    parts = []
    for nature, model in (("labour", Labour), ("parts", PartUse), ("supplier", Expense)):
        mine = [line for line in lines if isinstance(line, model)]
        parts.append(
            CostPart(
                nature,
                mine,
                domain.total(line.amount_ht_eur for line in mine),
                domain.total(getattr(line, "vat_eur", Decimal(0)) for line in mine),
            )
        )
    count, ledger = ledger_of(session, work_order)
    return CostSummary(
        parts,
        domain.total(part.amount_ht_eur for part in parts),
        domain.total(part.vat_eur for part in parts),
        count,
        ledger,
    )


def _sources(work_order_id: int) -> list[object]:
    return [
        and_(
            CostLine.source_type == model.__tablename__,
            CostLine.source_id.in_(select(model.id).where(model.work_order_id == work_order_id)),
        )
        for model in LINES
    ]


def ledger_lines(work_order: WorkOrder) -> Select[tuple[CostLine]]:
    """The ledger lines that this work order made, reversals included."""
    return select(CostLine).where(or_(*_sources(work_order.id))).order_by(CostLine.id)


def ledger_of(session: Session, work_order: WorkOrder) -> tuple[int, Decimal]:
    """How many ledger lines the work order made, and their sum without tax."""
    count, total = session.execute(
        select(func.count(CostLine.id), func.sum(CostLine.amount_ht_eur)).where(
            or_(*_sources(work_order.id))
        )
    ).one()
    return count, total if total is not None else Decimal("0.00")


def costs_of(session: Session, work_order_ids: Sequence[int]) -> dict[int, Decimal]:
    """The cost without tax of each work order of a page, in three statements."""
    sums = dict.fromkeys(work_order_ids, Decimal("0.00"))
    for model in LINES:
        for work_order_id, amount in session.execute(
            select(model.work_order_id, func.sum(model.amount_ht_eur))
            .where(model.work_order_id.in_(work_order_ids), model.reversed_at.is_(None))
            .group_by(model.work_order_id)
        ):
            sums[work_order_id] += amount
    return sums


def stock_level(
    session: Session, store: Store, item: Item, *, lock: bool = False
) -> StockLevel | None:
    """What the store holds of the item, fresh and held when ``lock``; None when never moved."""
    found = select(StockLevel).where(StockLevel.store_id == store.id, StockLevel.item_id == item.id)
    if lock:
        found = found.with_for_update().execution_options(populate_existing=True)
    return session.scalar(found)


def stores_holding(session: Session, item: Item) -> Sequence[Store]:
    """The stores that hold some of the item."""
    return session.scalars(
        select(Store)
        .join(StockLevel, StockLevel.store_id == Store.id)
        .where(StockLevel.item_id == item.id, StockLevel.quantity > 0)
        .order_by(Store.id)
    ).all()


def requests_of(session: Session, work_order: WorkOrder) -> Sequence[ServiceRequest]:
    """The requests that the work order answers."""
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.work_order_id == work_order.id)
        .order_by(ServiceRequest.id)
    ).all()


def request_of_report(session: Session, report_id: int) -> ServiceRequest | None:
    """The request that a stranger's report became, if it did."""
    return session.scalar(
        select(ServiceRequest).where(ServiceRequest.tag_report_id == report_id)
    )


def open_with_title(session: Session, asset_id: int, title: str) -> WorkOrder | None:
    """An open work order of that title on the asset, the oldest."""
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


def agent_of_user(session: Session, user_id: int | None, entity_id: int | None) -> Agent | None:
    """The agent who signs in with the account, in one authority or, when None, in any."""
    if user_id is None:
        return None
    found = select(Agent).where(Agent.user_id == user_id, Agent.archived_on.is_(None))
    if entity_id is not None:
        found = found.where(Agent.entity_id == entity_id)
    return session.scalar(found.options(selectinload(Agent.rates)).order_by(Agent.id).limit(1))


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


#: A tab with more rows than this shows no count.
TAB_LIMIT = 10_000


def counts_of_tabs(session: Session, on: date) -> dict[str, int]:
    """How many work orders each tab of the list holds; bounded, in one statement."""
    tabs = {
        "open": [WorkOrder.state.in_(OPEN_STATES)],
        "late": [WorkOrder.state.in_(OPEN_STATES), WorkOrder.due_on < on],
        "running": [WorkOrder.state.in_((State.STARTED, State.PAUSED))],
        "finished": [WorkOrder.state == State.FINISHED],
        "unassigned": [
            WorkOrder.state.in_(OPEN_STATES), WorkOrder.assigned_to_id.is_(None),
        ],
    }  # fmt: skip
    parts = [
        select(literal(key), func.count()).select_from(
            select(WorkOrder.id).where(*criteria).limit(TAB_LIMIT).subquery()
        )
        for key, criteria in tabs.items()
    ]
    found = {key: count for key, count in session.execute(union_all(*parts))}
    return {key: count for key, count in found.items() if count < TAB_LIMIT}


def count_requests_to_sort(session: Session) -> int:
    """How many requests nobody has sorted."""
    return (
        session.scalar(
            select(func.count(ServiceRequest.id)).where(ServiceRequest.state == RequestState.NEW)
        )
        or 0
    )


def usual_titles(session: Session, *, kind_of_asset: str, limit: int = 4) -> list[str]:
    """The commonest titles of routine jobs on this kind of asset, for the phone's big buttons."""
    from patrimoine.models import Asset

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


def items_in_stock(
    session: Session, entity_id: int, text: str = "", *, limit: int = 20
) -> Sequence[StockLevel]:
    """What the stores of an authority hold, found by code or name."""
    found = (
        select(StockLevel)
        .join(Item, Item.id == StockLevel.item_id)
        .where(
            StockLevel.entity_id == entity_id, StockLevel.quantity > 0, Item.archived_on.is_(None)
        )
        .options(selectinload(StockLevel.item), selectinload(StockLevel.store))
        .order_by(Item.name, StockLevel.id)
        .limit(limit)
    )
    if text:
        found = found.where(
            or_(
                Item.code.icontains(text, autoescape=True),
                Item.name.icontains(text, autoescape=True),
            )
        )
    return session.scalars(found).all()


def item_ids_named(text: str) -> Select[tuple[int]]:
    """The ids of items whose code or name has the text."""
    return select(Item.id).where(
        or_(Item.code.icontains(text, autoescape=True), Item.name.icontains(text, autoescape=True))
    )


def named(session: Session, words: str, *, limit: int) -> Sequence[WorkOrder]:
    """Work orders by number or title, newest first."""
    return session.scalars(
        select(WorkOrder)
        .where(
            or_(
                WorkOrder.number.icontains(words, autoescape=True),
                WorkOrder.title.icontains(words, autoescape=True),
            )
        )
        .order_by(WorkOrder.id.desc())
        .limit(limit)
    ).all()


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
