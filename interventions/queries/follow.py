"""What the person who asked may know, by the secret of the link they were given.

Read without row rules, for that person has no account: what is returned here is public to the
holder of the link, and holds nobody's name or contact.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select

from base.basics.i18n import _l
from base.basics.sessions import Session
from base.store.choice import Choice
from interventions.domain import RequestState, State
from interventions.models import ServiceRequest, WorkOrder
from patrimoine.domain.kinds import ReportState
from patrimoine.models import TagReport
from patrimoine.queries import PublicAsset, public_asset
from patrimoine.queries.tags import TokenOwner


class Stage(Choice):
    """How far what was asked has come."""

    RECEIVED = "received", _l("Reçue")
    ACCEPTED = "accepted", _l("Acceptée")
    UNDER_WAY = "under_way", _l("En cours")
    DONE = "done", _l("Traitée")
    REFUSED = "refused", _l("Refusée")


class Followed(NamedTuple):
    """What became of a request."""

    number: str
    said: str
    received_at: datetime
    stage: Stage
    planned_on: date | None
    done_at: datetime | None
    refusal_reason: str
    #: Somebody made a request of what a stranger had reported.
    looked_at: bool
    #: The asset as strangers know it; None once it has left the register.
    place: PublicAsset | None


_UNDER_WAY = (State.STARTED, State.PAUSED)
_DONE = (State.FINISHED, State.VALIDATED)


def followed(session: Session, token: str | None) -> Followed | None:
    """What a link leads to; None when it is unknown or malformed, at the same cost."""
    ask, work, report = ServiceRequest.__table__, WorkOrder.__table__, TagReport.__table__
    row = session.core(
        select(
            ask.c.number,
            ask.c.title,
            ask.c.received_at,
            ask.c.state,
            ask.c.refusal_reason,
            ask.c.asset_id,
            ask.c.entity_id,
            work.c.state,
            work.c.planned_on,
            work.c.finished_at,
        )
        .select_from(ask.outerjoin(work, work.c.id == ask.c.work_order_id))
        .where(ask.c.follow_token == (token or ""))
    ).first()
    told = session.core(
        select(
            report.c.description,
            report.c.reported_at,
            report.c.state,
            report.c.closed_at,
            report.c.public_label,
            report.c.asset_id,
            report.c.entity_id,
        ).where(report.c.follow_token == (token or ""))
    ).first()
    if row is not None:
        number, said, at, state, reason, asset_id, entity_id, work_state, planned, done = row
        stage = _stage(state, work_state)
        if told is not None:
            # Whoever wrote it reads their own words, whatever the request is called.
            said = told.description
            if stage is Stage.RECEIVED and promised(told):
                stage = Stage.ACCEPTED
        return Followed(
            number,
            said,
            at,
            stage,
            planned,
            done,
            reason,
            told is not None,
            public_asset(session, TokenOwner(0, asset_id, entity_id)),
        )
    if told is None:
        return None
    said, at, state, closed_at, label, asset_id, entity_id = told
    stage = {
        ReportState.ACCEPTED: Stage.ACCEPTED,
        ReportState.CLOSED: Stage.DONE,
        ReportState.REJECTED: Stage.REFUSED,
    }.get(state, Stage.RECEIVED)
    return Followed(
        "",
        said,
        at,
        stage,
        None,
        closed_at if stage is Stage.DONE else None,
        (label or "") if stage is Stage.REFUSED else "",
        False,
        public_asset(session, TokenOwner(0, asset_id, entity_id)),
    )


def promised(report: Any) -> bool:
    """Whether a person accepted the report itself: who wrote it read so, and goes on reading it.

    Whoever accepts gives a label; making a request of a report gives it none.
    """
    return report.state == ReportState.ACCEPTED and report.public_label is not None


def _stage(state: str, work_state: str | None) -> Stage:
    if state == RequestState.REFUSED:
        return Stage.REFUSED
    if state == RequestState.CLOSED or work_state in _DONE:
        return Stage.DONE
    if state == RequestState.NEW:
        return Stage.RECEIVED
    return Stage.UNDER_WAY if work_state in _UNDER_WAY else Stage.ACCEPTED
