"""Asking for work, stopping it, and the bell that wakes a worker after the commit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.orm import Session as OrmSession

from base.basics import clock
from base.basics.errors import DomainError, TransitionRefused
from base.basics.i18n import _, _l, kept
from base.basics.sessions import Session
from base.engine.jobs.bell import ring
from base.engine.jobs.kinds import KINDS
from base.store.models.jobs import FINAL_STATES, JobLog, JobRun, JobState, LogLevel


def enqueue(
    session: Session,
    kind: str | Callable[..., Any] | type,
    args: dict[str, Any] | None = None,
    *,
    title: str | None = None,
    entity_id: int | None = None,
    key: str | None = None,
) -> JobRun:
    """A job, in the caller's transaction; a worker is woken after its commit.

    ``args`` holds ids and plain values. The job runs in the name of the session's person, with
    no more rights than now. With ``key``, a second call gives the row of the first.

    Raises:
        LookupError: the kind is not declared.
        TypeError: ``args`` cannot be written as JSON.
    """
    name = kind if isinstance(kind, str) else str(getattr(kind, "job_kind", ""))
    declared = KINDS.get(name)
    if declared is None:
        raise LookupError(f"unknown kind of job: {name or kind!r}")
    if key is not None:
        known: JobRun | None = session.scalar(select(JobRun).where(JobRun.idempotency_key == key))
        if known is not None:
            return known
    scope = tuple(getattr(session, "scope", ()))
    if entity_id is None and scope and not declared.system:
        entity_id = scope[0]
    row = JobRun(
        kind=name,
        title=(title or str(declared.title))[:200],
        args=json.dumps(args or {}, ensure_ascii=False, sort_keys=True),
        run_at=clock.now(),
        created_at=clock.now(),
        max_attempts=declared.max_attempts,
        idempotency_key=key,
        entity_id=entity_id,
        created_by_id=user_of(session),
        scope=json.dumps(scope),
    )
    session.add(row)
    session.flush()
    wake_after_commit(session, row.id)
    return row


def user_of(session: Session) -> int | None:
    """The id of the person a session works for; None for the system."""
    actor = str(getattr(session, "actor", ""))
    return int(actor[5:]) if actor.startswith("user:") and actor[5:].isdecimal() else None


def cancel(session: Session, row: JobRun) -> None:
    """Stop a job: at once when it waits, at its next sign of progress when it runs.

    Raises:
        TransitionRefused: it has ended already.
    """
    if row.state in FINAL_STATES:
        raise TransitionRefused(_("Ce traitement est déjà terminé."))
    row.cancel_requested = True
    if row.state == JobState.QUEUED:
        row.state = JobState.CANCELLED
        row.finished_at = clock.now()
    words = kept(_l("Arrêt demandé"))
    session.add(JobLog(job_id=row.id, level=LogLevel.WARNING, text=words))
    if row.state == JobState.CANCELLED:
        _followed(session, row, words)
    session.flush()


def rerun(session: Session, row: JobRun) -> None:
    """Put a failed or stopped job in the queue again, with all its tries.

    Raises:
        TransitionRefused: it has not failed.
    """
    if row.state not in (JobState.DEAD, JobState.CANCELLED):
        raise TransitionRefused(_("Seul un traitement en échec ou arrêté peut être relancé."))
    row.state = JobState.QUEUED
    row.run_at = clock.now()
    row.attempts = 0
    row.progress = 0
    row.progress_text = ""
    row.cancel_requested = False
    row.closed_reason = None
    row.finished_at = None
    words = kept(_l("Relancé"))
    session.add(JobLog(job_id=row.id, text=words))
    _followed(session, row, words)
    session.flush()
    wake_after_commit(session, row.id)


def _followed(session: Session, row: JobRun, sentence: str) -> None:
    if row.kind in KINDS:
        KINDS[row.kind].follow(session, json.loads(row.args), JobState(row.state), sentence)


def close(session: Session, row: JobRun, *, reason: str) -> None:
    """Put a dead job away, with a reason: it leaves the administrator's home page.

    Raises:
        DomainError: no reason.
        TransitionRefused: it is not dead.
    """
    if row.state != JobState.DEAD:
        raise TransitionRefused(_("Seul un traitement en échec peut être classé."))
    if not reason.strip():
        raise DomainError(_("Indiquez pourquoi ce traitement est classé."))
    row.closed_reason = reason.strip()[:300]
    _followed(session, row, row.closed_reason)
    session.flush()


def wake_after_commit(session: Session, job_id: int) -> None:
    """Ring for this row once the transaction is committed, not before."""
    session.info.setdefault("wake", []).append(job_id)


@event.listens_for(OrmSession, "after_commit")
def _wake(session: Session) -> None:
    if session.in_nested_transaction():  # savepoints fire this too
        return
    for job_id in session.info.pop("wake", []):
        if not ring(job_id):
            return  # the poller finds the rows


@event.listens_for(OrmSession, "after_soft_rollback")
def _forget(session: Session, transaction: Any) -> None:
    if not transaction.nested:
        session.info.pop("wake", None)
