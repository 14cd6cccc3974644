"""Whoever asked is forgotten, in the request and in the work made of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select

from base.basics.i18n import _l
from base.basics.sessions import Session
from base.face.attached.forgetting import forget
from base.rules.verbs import Door, verb
from interventions import queries
from interventions.domain import Channel, RequestState
from interventions.models import ServiceRequest
from interventions.services.requests import stranger
from patrimoine.models import TagReport
from patrimoine.services import contacts

_OVER = (RequestState.CLOSED, RequestState.REFUSED)


def _known(request: ServiceRequest) -> list[str]:
    """The columns that lead back to whoever asked: colleagues keep their names."""
    outside = request.channel != Channel.STAFF and request.requester not in ("", stranger())
    return [
        *(["contact"] if request.contact else []),
        *(["requester"] if outside else []),
    ]


@verb(
    ServiceRequest,
    _l("Effacer les coordonnées"),
    "eye-off",
    confirm=_l("Effacer pour de bon ? Personne ne pourra plus joindre cette personne."),
    doors=Door.DESK | Door.REST,
    when=lambda request: bool(_known(request)),
    said=_l("Les coordonnées du demandeur sont effacées, ici et partout où elles étaient copiées."),
)
def forget_requester(session: Session, request: ServiceRequest) -> None:
    """Erase who asked and how to reach them, in the request, its report, its work and messages.

    The request stays: what was wrong, where and when.
    """
    report, work = request.tag_report, request.work_order
    beside = [row for row in (report, work) if row is not None]
    names = _known(request)
    if work is not None and "requester" in names and work.requester == request.requester:
        forget(session, work, ["requester"], beside=[request])
    forget(session, request, names, beside=beside)
    if report is not None:
        forget(session, report, ["contact"], beside=[request])


def forget_requesters(session: Session, *, closed_before: datetime, entity_id: int) -> int:
    """Erase who asked for what is over since before; how many there were.

    A request is over when it was refused or its work is done; changed later, it counts from then.
    """
    requests = session.scalars(
        select(ServiceRequest).where(
            ServiceRequest.entity_id == entity_id,
            ServiceRequest.state.in_(_OVER),
            ServiceRequest.changed_at < closed_before,
            or_(
                ServiceRequest.contact != "",
                (ServiceRequest.channel != Channel.STAFF)
                & ServiceRequest.requester.not_in(("", stranger())),
            ),
        )
    ).all()
    for request in requests:
        forget_requester(session, request)
    session.flush()
    return len(requests)


def _with_report(session: Session, report: TagReport) -> None:
    request = queries.request_of_report(session, report.id)
    if request is not None:
        forget_requester(session, request)


contacts.ALSO.append(_with_report)
