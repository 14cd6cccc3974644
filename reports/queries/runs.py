"""Runs of reports."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from base.basics.sessions import Session
from base.rules.rights import withheld
from reports.models import ReportRun


def finished_with_question(session: Session, question: str) -> ReportRun | None:
    """The first finished run of the same question on the same data."""
    return session.scalars(
        select(ReportRun)
        .where(
            ReportRun.question == question,
            ReportRun.finished_at.is_not(None),
            ReportRun.same_as_id.is_(None),
        )
        .order_by(ReportRun.id)
        .limit(1)
    ).first()


def may_open(session: Session, document_id: int) -> bool:
    """Whether a document is no report, or one of a run that the person of the session may see."""
    run = select(ReportRun.id).where(ReportRun.document_id == document_id).limit(1)
    with withheld.lifted(session):
        is_report = session.scalar(run) is not None
    return not is_report or session.scalar(run) is not None


def last_finished(session: Session, *, limit: int) -> Sequence[ReportRun]:
    """The last runs that gave a document, newest first."""
    return session.scalars(
        select(ReportRun)
        .where(ReportRun.finished_at.is_not(None))
        .order_by(ReportRun.id.desc())
        .limit(limit)
        .options(selectinload(ReportRun.same_as))
    ).all()


def run_by_id(session: Session, run_id: int) -> ReportRun | None:
    """The run, when the session may see it."""
    return session.scalars(select(ReportRun).where(ReportRun.id == run_id)).first()


def runs_by_ids(session: Session, ids: Sequence[int]) -> Sequence[ReportRun]:
    """Runs, in any order."""
    return session.scalars(select(ReportRun).where(ReportRun.id.in_(ids))).all()


def last_asked(session: Session, *, limit: int) -> Sequence[ReportRun]:
    """The last runs, finished or not, newest first."""
    return session.scalars(select(ReportRun).order_by(ReportRun.id.desc()).limit(limit)).all()
