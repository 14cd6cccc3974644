"""Opening a work order and moving it along the table of states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import inspect

from base.basics import clock, facts
from base.basics.errors import DomainError, InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.rights import retired, standing
from base.rules.verbs import EVERYWHERE, ONE_BY_ONE, Ask, Door, verb
from base.store.history.sequences import next_number
from base.store.models import Department
from interventions import domain, queries
from interventions.domain import Kind, Priority, RequestState, State, Verb
from interventions.models import Agent, ChecklistPoint, ServiceRequest, WorkOrder
from interventions.services import costs, requests, signatures
from interventions.services.agents import own_agent
from patrimoine.models import Asset


class ChecklistOpen(DomainError):
    """A mandatory point is unanswered."""


class AssetGone(DomainError):
    """The asset has left the register."""


def open_work_order(
    session: Session,
    asset: Asset,
    *,
    title: str,
    at: datetime,
    kind: Kind = Kind.CORRECTIVE,
    priority: Priority = Priority.NORMAL,
    description: str = "",
    requester: str = "",
    service: Department | None = None,
    assigned_to: Agent | None = None,
    planned_on: date | None = None,
    due_on: date | None = None,
    points: Iterable[str] = (),
    opened_from: WorkOrder | None = None,
) -> WorkOrder:
    """A new work order on the asset, in state *draft*, with its number.

    ``points`` are the words of mandatory checklist points, in order.

    Raises:
        AssetGone: the asset is archived.
        InvalidInput: the title is empty, or it would be due before it is planned.
    """
    facts.require_past({"opened_at": at})
    require_due(planned_on, due_on)
    title = " ".join(title.split())
    if not title:
        raise InvalidInput.at("title", _("Dites en quelques mots ce qu’il y a à faire."))
    require_in_use(asset)
    work_order = WorkOrder(
        entity_id=asset.entity_id,
        number=next_number(session, "INT", clock.local(at).year, asset.entity_id),
        asset=asset,
        title=title[:200],
        kind=kind,
        priority=priority,
        description=description.strip(),
        requester=requester.strip(),
        service=service,
        assigned_to=assigned_to,
        planned_on=planned_on,
        due_on=due_on,
        opened_from=opened_from,
        state=State.DRAFT,
        points=[
            ChecklistPoint(entity_id=asset.entity_id, position=position, label=label)
            for position, label in enumerate(points, start=1)
        ],
    )
    session.add(work_order)
    session.flush()
    return work_order


# Work on what was archived meanwhile comes to its end, and to nothing else.
standing.lets(
    WorkOrder, standing.ending("state", [State.FINISHED, State.VALIDATED, State.CANCELLED])
)


def _day(row: WorkOrder) -> date | None:
    """The day on which work was over; work that goes on is of now, or of when it is planned."""
    ended = row.finished_at or row.cancelled_at
    if ended is not None:
        return clock.local(ended).date()
    # Given to somebody while they were here, and put off: who takes it over has to be said.
    named = ("assigned_to", "assigned_to_id", "service_id", "service")
    state: Any = inspect(row)
    if state.persistent and not any(state.attrs[name].history.has_changes() for name in named):
        return row.planned_on
    return None


retired.dated(WorkOrder, _day, plans=("planned_on",))


def require_in_use(asset: Asset) -> None:
    """Refuse to open work on what has left the register.

    Raises:
        AssetGone: the asset is archived.
    """
    if asset.archived_on is not None:
        raise AssetGone(
            _(
                "« %(name)s » est sorti de l’inventaire : on n’y ouvre plus d’intervention.",
                name=asset.name,
            )
        )


def step(move: Verb, **more: Any) -> Any:
    """Declare the service that makes a move of the table of states."""
    return verb(
        WorkOrder,
        move.word,
        move.icon,
        name=move.value,
        moves=domain.moves_of(move),
        **{"doors": EVERYWHERE & ~Door.BULK, **more},
    )


def require(session: Session, work_order: WorkOrder, verb: Verb) -> State:
    """The state that the verb leads to; the state read is the one committed now.

    Raises:
        TransitionRefused: the table has no such line.
    """
    state = queries.state_now(session, work_order)
    target = domain.next_state(state, verb)
    if target is None:
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : on ne peut pas %(verb)s.",
                number=work_order.number,
                state=state.word,
                verb=verb.inside,
            )
        )
    return target


def require_due(planned_on: date | None, due_on: date | None) -> None:
    """Refuse work that would be due before it is planned.

    Raises:
        InvalidInput: it would.
    """
    if early := domain.due_early(planned_on, due_on):
        raise InvalidInput(str(early), {"due_on": str(early)})


@step(
    Verb.START,
    doors=EVERYWHERE & ~(Door.BULK | Door.PHONE),
    known={"agent": queries.my_agent},
    done=lambda n: ngettext("1 intervention en cours.", "%(num)d interventions en cours.", n),
    said=_l("L’intervention est en cours."),
)
@step(Verb.START, doors=Door.PHONE, known={"agent": own_agent})
def start(
    session: Session, work_order: WorkOrder, *, at: datetime, agent: Agent | None = None
) -> None:
    """Begin or resume the work; the clock runs. Nobody assigned: it is the agent's now.

    On the phone time is counted: whoever starts there is an agent.

    Raises:
        TransitionRefused: the work order is neither draft, planned nor paused.
    """
    work_order.state = require(session, work_order, Verb.START)
    work_order.running_since_at = at
    work_order.started_at = work_order.started_at or at
    if work_order.assigned_to_id is None and agent is not None:
        work_order.assigned_to = agent
    session.flush()


def _stop_clock(work_order: WorkOrder, at: datetime) -> None:
    facts.require_past({"at": at})
    worked = domain.worked_time(work_order.worked_seconds, work_order.running_since_at, at)
    work_order.worked_seconds = int(worked.total_seconds())
    work_order.running_since_at = None


@step(
    Verb.PAUSE,
    done=lambda n: ngettext("1 intervention en pause.", "%(num)d interventions en pause.", n),
    said=_l("L’intervention est en pause."),
)
def pause(session: Session, work_order: WorkOrder, *, at: datetime) -> None:
    """Stop the clock without ending the work.

    Raises:
        TransitionRefused: the work order is not started.
    """
    work_order.state = require(session, work_order, Verb.PAUSE)
    _stop_clock(work_order, at)
    session.flush()


def finish(
    session: Session,
    work_order: WorkOrder,
    *,
    at: datetime,
    finding: str | None = None,
    signed: bool = True,
) -> None:
    """Close the work and freeze its cost; the requests it answers are closed.

    ``signed`` is false for work that was done and signed elsewhere, before it was kept here.

    Raises:
        ChecklistOpen: a mandatory point is unanswered.
        SignatureMissing: the category of the asset asks for one, and nobody has signed.
        TransitionRefused: the work order is not started.
    """
    target = require(session, work_order, Verb.FINISH)
    if missing := domain.unanswered(work_order.points):
        raise ChecklistOpen(
            ngettext(
                "%(number)s : il reste %(num)d point à renseigner (%(label)s).",
                "%(number)s : il reste %(num)d points à renseigner (le premier : %(label)s).",
                len(missing),
                number=work_order.number,
                label=missing[0].label,
            )
        )
    if signed:
        signatures.require_signature(session, work_order)
    _stop_clock(work_order, at)
    work_order.state = target
    work_order.finished_at = at
    if finding is not None:
        work_order.finding = finding.strip()
    requests.close_for(session, work_order, at=at)
    session.flush()


@step(
    Verb.CANCEL,
    doors=EVERYWHERE,
    many=_l("Annuler les interventions"),
    done=lambda n: ngettext("1 intervention annulée.", "%(num)d interventions annulées.", n),
    said=_l("L’intervention est annulée ; ses coûts sont extournés."),
)
def cancel(session: Session, work_order: WorkOrder, *, at: datetime, reason: str = "") -> None:
    """Give the work up; every booked cost is reversed, every part goes back to its store.

    The requests it answered are to be sorted again: whoever asked still waits.

    Raises:
        TransitionRefused: the work order is over already.
    """
    target = require(session, work_order, Verb.CANCEL)
    costs.reverse_all(session, work_order, at=at)
    _stop_clock(work_order, at)
    work_order.state = target
    work_order.cancelled_at = at
    work_order.reason = reason.strip()[:300]
    requests.give_back(session, work_order)
    session.flush()


@step(
    Verb.REOPEN,
    done=lambda n: ngettext("1 intervention rouverte.", "%(num)d interventions rouvertes.", n),
    said=_l("L’intervention est rouverte."),
)
def reopen(session: Session, work_order: WorkOrder, *, at: datetime, reason: str = "") -> None:
    """Take finished, validated or cancelled work up again, as planned.

    Costs that a cancellation reversed stay reversed: what was really spent is written anew. A
    signature holds no more: what it stood for is about to change.

    Raises:
        TransitionRefused: the work order is not over.
    """
    work_order.state = require(session, work_order, Verb.REOPEN)
    work_order.finished_at = work_order.validated_at = work_order.cancelled_at = None
    work_order.reason = reason.strip()[:300]
    requests.take_up_again(session, work_order)
    signatures.put_aside(session, work_order, at=at)
    session.flush()


def _accepted(request: ServiceRequest, made: WorkOrder, values: Mapping[str, Any]) -> str:
    if values["into"] is not None:
        return _("La demande est rattachée à %(number)s.", number=made.number)
    return _("%(number)s est ouverte.", number=made.number)


@verb(
    ServiceRequest,
    _l("Accepter"),
    "calendar-check",
    moves=[(RequestState.NEW, RequestState.ACCEPTED)],
    asks={
        "into": Ask(
            _l("Intervention"),
            name="work_order",
            at=ONE_BY_ONE,
            shown=False,
            about="work that answers it already; else a work order is opened",
        ),
        "assigned_to": Ask(_l("Affecter à"), choices="WorkOrderView.assigned_to"),
    },
    button=_l("Ouvrir l’intervention"),
    done=lambda n: ngettext("1 demande acceptée.", "%(num)d demandes acceptées.", n),
    said=_accepted,
    leads="WorkOrderView.show",
    answers={"work_order_id": lambda made: made.id, "work_order_number": lambda made: made.number},
)
def accept(
    session: Session,
    request: ServiceRequest,
    *,
    at: datetime,
    into: WorkOrder | None = None,
    assigned_to: Agent | None = None,
    due_on: date | None = None,
) -> WorkOrder:
    """Make work of a request: a new work order, or one that answers it already.

    Raises:
        InvalidInput: work that answers it already is given to nobody here, and for no day.
        TransitionRefused: the request was sorted before.
    """
    requests.require_new(request)
    if into is not None:
        words = _("Ne se donne qu’à une intervention qui s’ouvre : modifiez celle qui répond déjà.")
        given = {"assigned_to_id": assigned_to, "due_on": due_on}
        if errors := {name: words for name, value in given.items() if value is not None}:
            raise InvalidInput(words, errors)
    work_order = into or open_work_order(
        session,
        request.asset,
        title=request.title,
        at=at,
        priority=Priority(request.priority),
        description=request.description,
        requester=request.requester,
        assigned_to=assigned_to,
        due_on=due_on,
    )
    requests.attach(session, request, work_order)
    return work_order
