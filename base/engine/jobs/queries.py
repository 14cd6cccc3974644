"""Reads of jobs, for the pages that show them."""

from __future__ import annotations

from sqlalchemy import func, select

from base.basics.sessions import Session
from base.store.models.jobs import JobLog, JobRun, JobState

#: Failed jobs that nobody has decided on.
FAILED = JobRun.state == JobState.DEAD, JobRun.closed_reason.is_(None)


def jobs_page(
    session: Session, *, before: int | None, by: int | None, failed: bool, limit: int
) -> list[JobRun]:
    """Jobs, newest first: older than ``before``, asked for ``by`` somebody, or failed."""
    query = select(JobRun).order_by(JobRun.id.desc()).limit(limit)
    if before is not None:
        query = query.where(JobRun.id < before)
    if by is not None:
        query = query.where(JobRun.created_by_id == by)
    if failed:
        query = query.where(*FAILED)
    return list(session.scalars(query))


def count_failed(session: Session) -> int:
    """How many failed jobs wait for somebody."""
    return session.scalar(select(func.count(JobRun.id)).where(*FAILED)) or 0


def last_failed(session: Session) -> JobRun | None:
    """The newest of them."""
    found: JobRun | None = session.scalars(
        select(JobRun).where(*FAILED).order_by(JobRun.id.desc()).limit(1)
    ).first()
    return found


def count_running(session: Session) -> int:
    """How many jobs wait or run."""
    under_way = JobRun.state.in_((JobState.QUEUED, JobState.RUNNING))
    return session.scalar(select(func.count()).select_from(JobRun).where(under_way)) or 0


def job(session: Session, job_id: int | None) -> JobRun | None:
    """The job, when the session may see it."""
    return None if job_id is None else session.get(JobRun, job_id)


def log_of(session: Session, job_id: int, *, limit: int) -> list[JobLog]:
    """The lines that a job has written, oldest first."""
    lines = select(JobLog).where(JobLog.job_id == job_id).order_by(JobLog.id).limit(limit)
    return list(session.scalars(lines))
