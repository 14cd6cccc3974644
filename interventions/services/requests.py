"""Requests: written down, accepted as work or refused with a reason, closed with the work."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from base import clock
from base.errors import InvalidInput, TransitionRefused
from base.i18n import _
from base.sequences import next_number
from interventions import domain, queries
from interventions.domain import Channel, Priority, RequestState
from interventions.models import ServiceRequest, WorkOrder
from patrimoine.models import Asset


def open_request(
    session: Session,
    asset: Asset,
    *,
    title: str,
    at: datetime,
    channel: Channel = Channel.STAFF,
    description: str = "",
    requester: str = "",
    contact: str = "",
    priority: Priority = Priority.NORMAL,
) -> ServiceRequest:
    """A new request on the asset, to be sorted.

    Raises:
        InvalidInput: the title is empty.
    """
    title = " ".join(title.split())
    if not title:
        message = _("Dites en quelques mots ce qui ne va pas.")
        raise InvalidInput(message, {"title": message})
    request = ServiceRequest(
        entity_id=asset.entity_id,
        number=next_number(session, "DEM", clock.local(at).year, asset.entity_id),
        asset=asset,
        title=title[:200],
        description=description.strip(),
        requester=requester.strip()[:200],
        contact=contact.strip()[:254],
        channel=channel,
        priority=priority,
        received_at=at,
        state=RequestState.NEW,
    )
    session.add(request)
    session.flush()
    return request


def require_new(request: ServiceRequest) -> None:
    """Refuse to sort a request twice.

    Raises:
        TransitionRefused: it was accepted or refused before.
    """
    if request.state != RequestState.NEW:
        raise TransitionRefused(
            _(
                "La demande %(number)s est à l’état « %(state)s » : elle a déjà été triée.",
                number=request.number,
                state=domain.REQUEST_SIGNS[RequestState(request.state)].word,
            )
        )


def attach(session: Session, request: ServiceRequest, work_order: WorkOrder) -> None:
    """The work order answers the request.

    Raises:
        TransitionRefused: the request was sorted before.
    """
    require_new(request)
    request.work_order = work_order
    request.state = RequestState.ACCEPTED
    session.flush()


def refuse(session: Session, request: ServiceRequest, *, reason: str) -> None:
    """Say no, and why.

    Raises:
        InvalidInput: no reason is given.
        TransitionRefused: the request was sorted before.
    """
    require_new(request)
    if not reason.strip():
        message = _("Donnez le motif du refus : le demandeur le lira.")
        raise InvalidInput(message, {"reason": message})
    request.refusal_reason = reason.strip()[:300]
    request.state = RequestState.REFUSED
    session.flush()


def close_for(session: Session, work_order: WorkOrder) -> None:
    """The work is done: so are the requests it answers."""
    for request in queries.requests_of(session, work_order):
        request.state = RequestState.CLOSED


def take_up_again(session: Session, work_order: WorkOrder) -> None:
    """The work is open again: so are the requests it answers."""
    for request in queries.requests_of(session, work_order):
        request.state = RequestState.ACCEPTED
