"""The end of work: its time is told with it, or said to be none; a program learns that it lacks."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door
from base.store.mixins import HOURS
from interventions import domain, queries
from interventions.domain import Verb
from interventions.models import Agent, WorkOrder
from interventions.services import lines, work_orders


class TimeUntold(InvalidInput):
    """Nobody has said how long the work took, nor that no time is to be counted."""


def proposed(work_order: WorkOrder) -> Decimal | None:
    """The hours that the clock of the work says now and no line tells; None when there are none.

    Nor are there any when the clock was forgotten.
    """
    worked = domain.worked_time(work_order.worked_seconds, work_order.running_since_at, clock.now())
    return domain.proposed_hours(worked, work_order.hours_told) or None


def require_time(session: Session, work_order: WorkOrder) -> None:
    """Refuse to end work on which nothing says who did it: no time, no bill of a supplier.

    Raises:
        TimeUntold: nothing does.
    """
    if not queries.time_is_told(session, work_order):
        raise TimeUntold.at("hours", _("Aucun temps n’est noté : terminer quand même ?"))


@work_orders.step(
    Verb.FINISH,
    doors=Door.DESK | Door.BOARD,
    known={"me": queries.my_agent},
    page=_l("Le temps passé s’ajoute au coût, qui sera ensuite figé."),
    asks_again=True,
    asks={
        "hours": Ask(
            _l("Heures"),
            help=_l("Par exemple 1,75 ou 1h45. Proposé d’après le chrono, sauf s’il a été oublié."),
            places=3,
            unit=HOURS,
            first=proposed,
        ),
        "agent": Ask(
            _l("Agent"),
            choices="WorkOrderView.assigned_to",
            first=lambda row: row.assigned_to,
        ),
        "date_on": Ask(_l("Jour"), first=lambda row: clock.today()),
        "untimed": Ask(button=_l("Terminer sans temps")),
    },
    done=lambda n: ngettext("1 intervention terminée.", "%(num)d interventions terminées.", n),
    said=_l("L’intervention est terminée, son coût est figé."),
)
def finish_at_desk(
    session: Session,
    work_order: WorkOrder,
    *,
    at: datetime,
    me: Agent | None,
    hours: Decimal | None = None,
    agent: Agent | None = None,
    date_on: date | None = None,
    untimed: bool = False,
) -> None:
    """Close the work as ``finish`` does, with the time that it took, or ``untimed``.

    Raises:
        TimeUntold: no time is told, none was before, and it is not ``untimed``.
        DomainError: as ``log_labour`` and ``finish``.
    """
    work_orders.require(session, work_order, Verb.FINISH)
    if hours is not None and not untimed:
        lines.log_labour(session, work_order, hours=hours, me=me, agent=agent, date_on=date_on)
    elif not untimed:
        require_time(session, work_order)
    work_orders.finish(session, work_order, at=at)


@work_orders.step(
    Verb.FINISH,
    doors=Door.REST | Door.OFFLINE,
    known={"me": queries.my_agent},
    asks={
        "finding": Ask(limit=5000, about="what was done"),
        "hours": Ask(
            _l("Heures"),
            places=3,
            unit=HOURS,
            about="time it took, beside what is logged already",
        ),
        "agent": Ask(_l("Agent"), about="whose time; the person's own when it is left out"),
        "date_on": Ask(_l("Jour"), about="the day of that time; today when it is left out"),
        "untimed": Ask(_l("Terminer sans temps"), about="that no time is to be counted"),
    },
    answers={"time_told": lambda told: told},
)
def finish_by_program(
    session: Session,
    work_order: WorkOrder,
    *,
    at: datetime,
    me: Agent | None,
    finding: str | None = None,
    hours: Decimal | None = None,
    agent: Agent | None = None,
    date_on: date | None = None,
    untimed: bool = False,
) -> bool:
    """Close the work as ``finish`` does, with the time that it took if it is given.

    A program cannot be asked, and many know of no time: without any the work ends all the same,
    and the answer says whether time is told, a supplier's bill or ``untimed`` included.

    Raises:
        InvalidInput: an agent or a day without hours, or hours of what is ``untimed``.
        DomainError: as ``log_labour`` and ``finish``.
    """
    work_orders.require(session, work_order, Verb.FINISH)
    if hours is not None and untimed:
        raise InvalidInput.at("untimed", _("Des heures sont données : elles se comptent."))
    if hours is None and (agent is not None or date_on is not None):
        raise InvalidInput.at("hours", _("Dites les heures de cet agent ou de ce jour."))
    if hours is not None:
        lines.log_labour(session, work_order, hours=hours, me=me, agent=agent, date_on=date_on)
    told = untimed or queries.time_is_told(session, work_order)
    work_orders.finish(session, work_order, at=at, finding=finding)
    return told
