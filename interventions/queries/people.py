"""Agents and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from base.store.mixins import current_user_id
from interventions.domain import OPEN
from interventions.models import Agent, ServiceRequest, WorkOrder


def agent_of_user(session: Session, user_id: int | None, entity_id: int | None) -> Agent | None:
    """The agent who signs in with the account, in one authority or, when None, in any."""
    if user_id is None:
        return None
    found = select(Agent).where(Agent.user_id == user_id, Agent.archived_on.is_(None))
    if entity_id is not None:
        found = found.where(Agent.entity_id == entity_id)
    return session.scalar(found.options(selectinload(Agent.rates)).order_by(Agent.id).limit(1))


def agent_of_asker(session: Session, entity_id: int | None) -> Agent | None:
    """The agent of whoever asks, for the doors of a verb; services are told."""
    return agent_of_user(session, current_user_id(), entity_id)


def my_agent(session: Session, row: Any) -> Agent | None:
    """The agent of whoever asks, in the authority of a row."""
    return agent_of_asker(session, row.entity_id)


def agents_at_work(session: Session, limit: int = 20) -> Sequence[Agent]:
    """Agents who can be given work, by name: those that are not archived."""
    return session.scalars(
        select(Agent)
        .where(Agent.archived_on.is_(None))
        .order_by(Agent.last_name, Agent.first_name, Agent.id)
        .limit(limit)
    ).all()


def open_work_by_agent(session: Session, user_id: int) -> list[tuple[Agent, int]]:
    """The agents of an account with how much open work each has; those with none are left out."""
    counts = session.execute(
        select(Agent.id, func.count(WorkOrder.id))
        .join(WorkOrder, WorkOrder.assigned_to_id == Agent.id)
        .where(Agent.user_id == user_id, WorkOrder.state.in_(OPEN))
        .group_by(Agent.id)
    )
    found = {agent_id: count for agent_id, count in counts}
    agents = session.scalars(select(Agent).where(Agent.id.in_(found)).order_by(Agent.id))
    return [(agent, found[agent.id]) for agent in agents]


def requests_of(session: Session, work_order: WorkOrder) -> Sequence[ServiceRequest]:
    """The requests that the work order answers."""
    return session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.work_order_id == work_order.id)
        .order_by(ServiceRequest.id)
    ).all()


def request_of_report(session: Session, report_id: int) -> ServiceRequest | None:
    """The request that a stranger's report became, if it did."""
    return requests_of_reports(session, [report_id]).get(report_id)


def requests_of_reports(session: Session, report_ids: Sequence[int]) -> dict[int, ServiceRequest]:
    """Report -> the request that it became, of those that did."""
    found = session.scalars(
        select(ServiceRequest).where(ServiceRequest.tag_report_id.in_(report_ids))
    )
    return {request.tag_report_id: request for request in found if request.tag_report_id}
