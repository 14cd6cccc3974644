"""Answering the points of a work order; a failed point opens a job by itself."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from base.basics.errors import InvalidInput, TransitionRefused
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.rules.verbs import ONE_BY_ONE, Ask, verb
from base.store.models import Department
from interventions import domain, queries
from interventions.domain import Answer, Kind
from interventions.models import Agent, ChecklistPoint, WorkOrder
from interventions.services import costs, work_orders


def _lasting(service: Department | None) -> Department | None:
    """The department that further work goes to; none when it was closed meanwhile."""
    return None if service is None or service.archived_on is not None else service


@verb(
    WorkOrder,
    _l("Ajouter un point"),
    "plus",
    name="point",
    doors=ONE_BY_ONE,
    stays=domain.OPEN,
    asks={
        "label": Ask(_l("Point")),
        "unit": Ask(_l("Unité, si une valeur est à relever")),
        "expected_min": Ask(_l("Au moins")),
        "expected_max": Ask(_l("Au plus")),
    },
)
def add_point(
    session: Session,
    work_order: WorkOrder,
    *,
    label: str,
    mandatory: bool = True,
    unit: str | None = None,
    expected_min: Decimal | None = None,
    expected_max: Decimal | None = None,
) -> ChecklistPoint:
    """Add a point to the checklist, after the last.

    Raises:
        InvalidInput: the label is empty, or the bounds are the wrong way round.
        TransitionRefused: the work order is over.
    """
    costs.require_open(session, work_order)
    if not label.strip():
        raise InvalidInput.at("label", _("Dites ce qu’il y a à faire ou à vérifier."))
    if expected_min is not None and expected_max is not None and expected_max < expected_min:
        raise InvalidInput.at("expected_max", _("La borne haute est sous la borne basse."))
    point = ChecklistPoint(
        entity_id=work_order.entity_id,
        work_order=work_order,
        position=max((p.position for p in work_order.points), default=0) + 1,
        label=label.strip()[:200],
        mandatory=mandatory,
        unit=unit,
        expected_min=expected_min,
        expected_max=expected_max,
    )
    session.add(point)
    session.flush()
    return point


@verb(ChecklistPoint, _l("Retirer ce point"), "x", name="drop", right="point", doors=ONE_BY_ONE)
def drop_point(session: Session, point: ChecklistPoint) -> None:
    """Take away a point that nobody has answered; the places of the others do not change.

    Raises:
        TransitionRefused: the work order is over, or the point has its answer.
    """
    costs.require_open(session, point.work_order)
    if point.answer is not None:
        raise TransitionRefused(
            _("« %(label)s » a déjà sa réponse : elle reste lisible.", label=point.label)
        )
    point.work_order.points.remove(point)
    session.delete(point)
    session.flush()


@verb(
    ChecklistPoint,
    _l("Répondre"),
    "check",
    name="answer",
    doors=ONE_BY_ONE,
    known={"agent": queries.my_agent},
    asks={
        "answer": Ask(_l("Réponse")),
        "measure": Ask(_l("Valeur")),
        "note": Ask(_l("Constat")),
    },
)
def answer_point(
    session: Session,
    point: ChecklistPoint,
    *,
    answer: Answer,
    at: datetime,
    agent: Agent | None = None,
    measure: Decimal | None = None,
    note: str = "",
) -> None:
    """Write what was found. A measure out of its bounds is a failure, whatever was ticked.

    A failure opens a corrective work order on the same asset, unless one with the same title is
    open there already: the point then leads to that one.

    Raises:
        InvalidInput: the point asks for a measure and none is given.
        TransitionRefused: the work order is over.
    """
    work_order = point.work_order
    costs.require_open(session, work_order)
    if point.unit and measure is None and answer is not Answer.NOT_APPLICABLE:
        message = _(
            "« %(label)s » : relevez la valeur en %(unit)s.", label=point.label, unit=point.unit
        )
        raise InvalidInput.at("measure", message)
    if measure is not None and not domain.measure_is_expected(
        measure, point.expected_min, point.expected_max
    ):
        answer = Answer.FAILED
    point.answer, point.measure, point.note = answer, measure, note.strip()[:300]
    point.answered_at, point.answered_by = at, agent
    if answer is Answer.FAILED and point.follow_up_id is None:
        title = kept(_l("%(label)s : non conforme", label=point.label))
        point.follow_up = queries.open_with_title(
            session, work_order.asset_id, title
        ) or work_orders.open_work_order(
            session,
            work_order.asset,
            title=title,
            at=at,
            kind=Kind.CORRECTIVE,
            description=note.strip(),
            service=_lasting(work_order.service),
            opened_from=work_order,
        )
    session.flush()
