"""Requests: written down, accepted as work or refused with a reason, closed with the work."""

from __future__ import annotations

from datetime import datetime

from base.basics import clock, facts
from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, kept, ngettext
from base.basics.sessions import Session
from base.rules.rights import standing
from base.rules.verbs import Ask, verb
from base.store.history.sequences import next_number
from interventions import domain, queries
from interventions.domain import Channel, Priority, RequestState
from interventions.models import ServiceRequest, WorkOrder
from patrimoine.domain import new_token
from patrimoine.domain.kinds import ReportState
from patrimoine.models import Asset, TagReport
from patrimoine.services import accept_report, end_report, reopen_report, tags


class AlreadyAsked(DomainError):
    """The report became a request before."""


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
    facts.require_past({"received_at": at})
    title = " ".join(title.split())
    if not title:
        raise InvalidInput.at("title", _("Dites en quelques mots ce qui ne va pas."))
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
        follow_token=new_token(),
    )
    session.add(request)
    session.flush()
    return request


def open_told(
    session: Session,
    asset: Asset,
    *,
    at: datetime,
    title: str = "",
    channel: Channel = Channel.API,
    description: str = "",
    requester: str = "",
    contact: str = "",
    priority: Priority = Priority.NORMAL,
) -> ServiceRequest:
    """A request that a program tells: a title is asked of people, not of machines.

    Without one it is the first line of the description, else the name of the asset.
    """
    lines = description.strip().splitlines()
    lines = lines or [_("Demande sur « %(name)s »", name=asset.name)]
    return open_request(
        session,
        asset,
        title=title or lines[0][:200],
        at=at,
        channel=channel,
        description=description,
        requester=requester,
        contact=contact,
        priority=priority,
    )


def stranger() -> str:
    """Who is said to have asked when nobody knows: it names no person."""
    return kept(_l("une personne sans compte"))


def _shortened(words: str, room: int = 200) -> str:
    """The words that fit into a title, the last one whole where it can be."""
    words = " ".join(words.split())
    if len(words) <= room:
        return words
    whole, _blank, _rest = words[:room].rpartition(" ")
    return f"{whole or words[: room - 1]}…"


def open_from_report(session: Session, report: TagReport, *, at: datetime) -> ServiceRequest:
    """The request that a stranger's report becomes; a report becomes one request only.

    Raises:
        AlreadyAsked: it became a request before.
        TransitionRefused: the report is closed.
    """
    known = queries.request_of_report(session, report.id)
    if known is not None:
        raise AlreadyAsked(
            _("Ce signalement est déjà devenu la demande %(number)s.", number=known.number)
        )
    if report.closed_at is not None:
        raise TransitionRefused(_("Ce signalement est clos."))
    words = report.description.strip()
    request = open_request(
        session,
        report.asset,
        title=_shortened(words.splitlines()[0]),
        at=at,
        channel=Channel.TAG,
        description=words,
        requester=stranger(),
        contact=report.contact or "",
    )
    request.tag_report = report
    if report.follow_token:
        # The stranger holds this one already.
        request.follow_token = report.follow_token
    request.received_at = report.reported_at
    if report.state == ReportState.RECEIVED:
        # Sorted by this very deed; its words stay unseen by strangers until somebody writes some.
        accept_report(session, report)
    session.flush()
    return request


standing.lets(ServiceRequest, standing.ending("state", [RequestState.REFUSED, RequestState.CLOSED]))


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
                state=RequestState(request.state).word,
            )
        )


def attach(session: Session, request: ServiceRequest, work_order: WorkOrder) -> None:
    """The work order answers the request; it may answer several.

    Raises:
        TransitionRefused: the request was sorted before, or the work is over.
        InvalidInput: the work is another authority's.
    """
    require_new(request)
    if work_order.entity_id != request.entity_id:
        raise InvalidInput.at("work_order_id", _("Cette intervention est d’une autre entité."))
    state = queries.state_now(session, work_order)
    if state not in domain.OPEN:
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : rattachez la demande à une intervention "
                "ouverte.",
                number=work_order.number,
                state=state.word,
            )
        )
    request.work_order = work_order
    request.state = RequestState.ACCEPTED
    session.flush()


@verb(
    ServiceRequest,
    _l("Refuser"),
    "x",
    moves=[(RequestState.NEW, RequestState.REFUSED)],
    asks={"reason": Ask(_l("Motif"), help=_l("Le demandeur le lira."))},
    button=_l("Refuser la demande"),
    done=lambda n: ngettext("1 demande refusée.", "%(num)d demandes refusées.", n),
)
def refuse(session: Session, request: ServiceRequest, *, reason: str, at: datetime) -> None:
    """Say no, and why.

    Raises:
        InvalidInput: no reason is given.
        TransitionRefused: the request was sorted before.
    """
    require_new(request)
    if not reason.strip():
        raise InvalidInput.at("reason", _("Donnez le motif du refus : le demandeur le lira."))
    request.refusal_reason = reason.strip()[:300]
    request.state = RequestState.REFUSED
    _close_report(session, request, at, refused=request.refusal_reason)
    session.flush()


def close_for(session: Session, work_order: WorkOrder, *, at: datetime) -> None:
    """The work is done: so are the requests it answers, and the reports they came from."""
    for request in queries.requests_of(session, work_order):
        request.state = RequestState.CLOSED
        _close_report(session, request, at)


def _close_report(
    session: Session, request: ServiceRequest, at: datetime, *, refused: str | None = None
) -> None:
    report = request.tag_report
    if report is not None and report.closed_at is None:
        end_report(session, report, at=at, refused=refused)


def give_back(session: Session, work_order: WorkOrder) -> None:
    """The work was given up: the requests it answered wait for another decision."""
    for request in queries.requests_of(session, work_order):
        request.state = RequestState.NEW
        request.work_order = None


def take_up_again(session: Session, work_order: WorkOrder) -> None:
    """The work is open again: so are the requests it answers, and the reports they came from."""
    for request in queries.requests_of(session, work_order):
        request.state = RequestState.ACCEPTED
        report = request.tag_report
        if report is not None and report.closed_at is not None:
            reopen_report(session, report)


def _decided(session: Session, report: TagReport) -> str:
    """A report that became a request is decided with it, so that both say the same."""
    known = queries.request_of_report(session, report.id)
    if known is None:
        return ""
    return _(
        "Ce signalement est devenu la demande %(number)s : c’est elle qui se décide.",
        number=known.number,
    )


tags.DECIDED.append(_decided)
