"""When a work order is done, by whom, and what is said of it; its state has verbs of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from base.basics.errors import InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, ngettext
from base.basics.sessions import Session
from base.rules.verbs import Ask, Door, verb
from interventions import domain, queries
from interventions.domain import Kind, Priority, State, Verb
from interventions.models import Agent, WorkOrder
from interventions.services import costs
from interventions.services.work_orders import require, require_due, step

_ASKED = {"assigned_to": Ask(_l("Agent"))}


@step(Verb.PLAN, doors=Door.REST | Door.OFFLINE | Door.PHONE, asks=_ASKED)
def plan(
    session: Session,
    work_order: WorkOrder,
    *,
    planned_on: date | None = None,
    due_on: date | None = None,
    assigned_to: Agent | None = None,
) -> None:
    """Put the work on the calendar; what is not given stays as it is.

    Raises:
        TransitionRefused: the work order is not a draft.
        InvalidInput: it would be due before it is planned.
    """
    target = require(session, work_order, Verb.PLAN)
    schedule(session, work_order, planned_on=planned_on, due_on=due_on, assigned_to=assigned_to)
    work_order.state = target
    session.flush()


def schedule(
    session: Session,
    work_order: WorkOrder,
    *,
    planned_on: date | None = None,
    due_on: date | None = None,
    assigned_to: Agent | None = None,
) -> None:
    """Change day, due day or agent of a work order that is not over.

    Raises:
        TransitionRefused: it is finished, validated or cancelled.
        InvalidInput: it would be due before it is planned.
    """
    costs.require_open(session, work_order)
    planned_on = planned_on or work_order.planned_on
    due_on = due_on or work_order.due_on
    require_due(planned_on, due_on)
    work_order.planned_on, work_order.due_on = planned_on, due_on
    if assigned_to is not None:
        work_order.assigned_to = assigned_to
    session.flush()


@step(
    Verb.PLAN,
    doors=Door.DESK | Door.BULK | Door.BOARD,
    stays=domain.OPEN,
    asks=_ASKED,
    done=lambda n: ngettext("1 intervention planifiée.", "%(num)d interventions planifiées.", n),
    said=_l("L’intervention est planifiée."),
)
def put_on_calendar(
    session: Session,
    work_order: WorkOrder,
    *,
    planned_on: date | None = None,
    due_on: date | None = None,
    assigned_to: Agent | None = None,
) -> None:
    """Put it on the calendar; once it is there, change day, due day or agent.

    Raises:
        TransitionRefused: it is finished, validated or cancelled.
        InvalidInput: it would be due before it is planned.
    """
    move = plan if work_order.state == State.DRAFT else schedule
    move(session, work_order, planned_on=planned_on, due_on=due_on, assigned_to=assigned_to)


@verb(
    WorkOrder,
    _l("Affecter"),
    "user-plus",
    right="edit",
    doors=Door.BULK,
    asks=_ASKED,
    done=lambda n: ngettext("1 intervention affectée.", "%(num)d interventions affectées.", n),
)
def assign(session: Session, work_order: WorkOrder, *, assigned_to: Agent) -> None:
    """Give the work to an agent.

    Raises:
        TransitionRefused: it is finished, validated or cancelled.
    """
    schedule(session, work_order, assigned_to=assigned_to)


@verb(
    WorkOrder,
    _l("Priorité"),
    "flag",
    name="priority",
    right="edit",
    doors=Door.BULK,
    done=lambda n: ngettext(
        "1 intervention a changé de priorité.", "%(num)d interventions ont changé de priorité.", n
    ),
)
def rank(session: Session, work_order: WorkOrder, *, priority: Priority) -> None:
    """Change the rank of treatment.

    Raises:
        TransitionRefused: it is validated or cancelled.
    """
    describe(session, work_order, {"priority": priority})


#: What ``describe`` may change; all else has verbs.
DESCRIPTION = frozenset(
    {
        *("title", "description", "finding", "requester", "kind", "priority"),
        *("service_id", "assigned_to_id", "assigned_to", "planned_on", "due_on"),
    }
)


def reword(session: Session, work_order: WorkOrder, **values: Any) -> None:
    """``describe``, with values by name."""
    describe(session, work_order, values)


def describe(session: Session, work_order: WorkOrder, values: Mapping[str, Any]) -> None:
    """Change what the work order says; names outside ``DESCRIPTION`` are a bug.

    Raises:
        TransitionRefused: it is validated or cancelled: what was signed stays.
        InvalidInput: an empty title, an unknown kind or priority, due before planned.
    """
    state = queries.state_now(session, work_order)
    if state in (State.VALIDATED, State.CANCELLED):
        raise TransitionRefused(
            _(
                "%(number)s est à l’état « %(state)s » : elle ne se modifie plus.",
                number=work_order.number,
                state=state.word,
            )
        )
    if unknown := set(values) - DESCRIPTION:
        raise ValueError(f"not a description: {sorted(unknown)}")
    faults = {}
    if "title" in values and not (values["title"] or "").strip():
        faults["title"] = _("Dites en quelques mots ce qu’il y a à faire.")
    if "kind" in values and values["kind"] not in set(Kind):
        faults["kind"] = _("Cette nature n’existe pas.")
    if "priority" in values and values["priority"] not in set(Priority):
        faults["priority"] = _("Cette priorité n’existe pas.")
    planned_on = values.get("planned_on", work_order.planned_on)
    due_on = values.get("due_on", work_order.due_on)
    if early := domain.due_early(planned_on, due_on):
        faults["due_on"] = str(early)
    if faults:
        raise InvalidInput(next(iter(faults.values())), faults)
    for name, value in values.items():
        empty = "" if name in ("description", "finding", "requester") else None
        setattr(work_order, name, empty if value is None else value)
    session.flush()
