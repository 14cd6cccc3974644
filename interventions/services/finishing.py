"""The end of work at the desk: its time is told with it, or said to be none."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from base.basics import clock
from base.basics.errors import InvalidInput
from base.basics.i18n import _, _l
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door
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
    doors=Door.DESK,
    known={"me": queries.my_agent},
    page=_l("Le temps passé s’ajoute au coût, qui sera ensuite figé."),
    asks_again=True,
    asks={
        "hours": Ask(
            _l("Heures"),
            help=_l("Par exemple 1,5. Proposé d’après le chrono, sauf s’il a été oublié."),
            places=3,
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
