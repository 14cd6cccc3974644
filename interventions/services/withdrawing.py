"""Work and requests that an import brought and that are taken back: their numbers stay."""

from __future__ import annotations

from datetime import datetime

from base.basics.sessions import Session
from interventions import domain, queries
from interventions.domain import RequestState, State
from interventions.models import ServiceRequest, WorkOrder
from interventions.services import work_orders


def withdraw(session: Session, work_order: WorkOrder, *, at: datetime, reason: str) -> None:
    """Give up an order of the past, whatever its state: costs are reversed, parts return.

    Its former number is free again, so that the file may be imported anew.

    Raises:
        DomainError: a verb refuses; nothing is half done, for the caller holds a savepoint.
    """
    state = queries.state_now(session, work_order)
    if state != State.CANCELLED:
        if not domain.takes_costs(state):
            work_orders.reopen(session, work_order, at=at, reason=reason)
        work_orders.cancel(session, work_order, at=at, reason=reason)
    work_order.external_number = None
    work_order.reason = reason[:300]
    session.flush()


def withdraw_request(session: Session, request: ServiceRequest, *, reason: str) -> None:
    """Put a request of the past away, whatever became of it, with the reason."""
    request.work_order = None
    request.state = RequestState.REFUSED
    request.refusal_reason = reason[:300]
    session.flush()
