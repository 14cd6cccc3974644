"""What may be done from the list of work orders, and its board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from base import clock
from base.i18n import _l, ngettext
from base.mixins import current_user_id
from base.views.displays import Ask, Board, Calendar, Verb
from interventions import domain, queries, services
from interventions.domain import Priority, State
from interventions.domain import Verb as Move
from interventions.models import Agent, WorkOrder

Values = dict[str, Any]

AGENT = Ask("assigned_to", _l("Agent"), "row", relation="assigned_to", view="WorkOrderView",
            model=Agent)  # fmt: skip
PLANNED = Ask("planned_on", _l("Prévue le"), "day")
DUE = Ask("due_on", _l("Échéance"), "day")
REASON = Ask("reason", _l("Motif"))


def _priorities() -> list[tuple[str, str]]:
    return domain.Priority.words()


def _assign(session: Any, row: WorkOrder, values: Values) -> None:
    services.schedule(session, row, assigned_to=values["assigned_to"])


def _plan(session: Any, row: WorkOrder, values: Values) -> None:
    """Plan a draft; a work order that is planned already gets another day."""
    move = services.plan if row.state == State.DRAFT else services.schedule
    move(session, row, **values)


def _rank(session: Any, row: WorkOrder, values: Values) -> None:
    services.describe(session, row, {"priority": Priority(values["priority"])})


def _start(session: Any, row: WorkOrder, values: Values) -> None:
    agent = queries.agent_of_user(session, current_user_id(), row.entity_id)
    services.start(session, row, at=clock.now(), agent=agent)


def _timed(verb: Callable[..., Any]) -> Callable[[Any, Any, Values], Any]:
    """A verb that takes the instant, and what was asked for."""
    return lambda session, row, values: verb(session, row, at=clock.now(), **values)


def _work_order_verbs() -> list[Verb]:
    return [
        Verb(
            "assign", _l("Affecter"), "user-plus", _assign, right="edit",
            asks=(Ask("assigned_to", _l("Agent"), "row", True, relation="assigned_to"),),
            done=lambda n: ngettext(
                "1 intervention affectée.", "%(num)d interventions affectées.", n
            ),
        ),
        Verb(
            "plan", Move.PLAN.word, "calendar-plus", _plan, asks=(PLANNED, DUE, AGENT),
            done=lambda n: ngettext(
                "1 intervention planifiée.", "%(num)d interventions planifiées.", n
            ),
        ),
        Verb(
            "priority", _l("Priorité"), "flag", _rank, right="edit",
            asks=(Ask("priority", _l("Priorité"), "choice", True, choices=_priorities),),
            done=lambda n: ngettext(
                "1 intervention a changé de priorité.",
                "%(num)d interventions ont changé de priorité.", n,
            ),
        ),
        Verb(
            "validate", Move.VALIDATE.word, "checks", _timed(services.validate),
            done=lambda n: ngettext(
                "1 intervention validée.", "%(num)d interventions validées.", n
            ),
        ),
        Verb(
            "start", Move.START.word, "player-play", _start, in_bulk=False,
            done=lambda n: ngettext(
                "1 intervention en cours.", "%(num)d interventions en cours.", n
            ),
        ),
        Verb(
            "pause", Move.PAUSE.word, "player-pause", _timed(services.pause),
            in_bulk=False,
            done=lambda n: ngettext(
                "1 intervention en pause.", "%(num)d interventions en pause.", n
            ),
        ),
        Verb(
            "finish", Move.FINISH.word, "check", _timed(services.finish), in_bulk=False,
            done=lambda n: ngettext(
                "1 intervention terminée.", "%(num)d interventions terminées.", n
            ),
        ),
        Verb(
            "reopen", Move.REOPEN.word, "arrow-back-up", _timed(services.reopen),
            asks=(REASON,), in_bulk=False,
            done=lambda n: ngettext(
                "1 intervention rouverte.", "%(num)d interventions rouvertes.", n
            ),
        ),
        Verb(
            "cancel", _l("Annuler les interventions"), "ban", _timed(services.cancel),
            asks=(REASON,), on_card=Move.CANCEL.word,
            done=lambda n: ngettext(
                "1 intervention annulée.", "%(num)d interventions annulées.", n
            ),
        ),
    ]  # fmt: skip


WORK_ORDER_VERBS = _work_order_verbs()
WORK_ORDER_BOARD = Board(
    "state",
    # A cancelled work order leaves the board.
    lanes=lambda: [(state.value, state) for state in domain.State
                   if state != State.CANCELLED],
    moves={(start.value, to.value): verb.value
           for (start, verb), to in domain.TRANSITIONS.items()},
    card_columns=("asset", "assigned_to", "due_on"),
    person="assigned_to",
)  # fmt: skip
WORK_ORDER_CALENDAR = Calendar(
    "planned_on", "assigned_to", _l("Sans affectation"), verb="plan",
    lines=queries.agents_at_work,
    waiting=lambda: [WorkOrder.state.in_(queries.OPEN_STATES)],
)  # fmt: skip
