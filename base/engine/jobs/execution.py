"""One try of one job: claim the row, do the work, finish in the transaction of the effect."""

from __future__ import annotations

import json
import logging
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from base.basics import clock, logs
from base.basics.errors import DomainError
from base.basics.i18n import _, listed
from base.basics.sessions import Session
from base.basics.trouble import is_away, trouble
from base.engine.jobs.context import Context, Interrupted, JobCancelled, LeaseLost
from base.engine.jobs.kinds import KINDS, LEASE_SECONDS, JobKind
from base.rules.rights.actors import job_session, scope_of, system_session
from base.rules.rights.refusals import ScopeError
from base.store.database import db
from base.store.mixins import acting
from base.store.models.jobs import FINAL_STATES, JobLog, JobRun, JobState, LogLevel

logger = logging.getLogger("ouvrage.jobs")
T = JobRun.__table__

#: A rule of the trade or of the rights refuses: trying again would refuse again.
PERMANENT = (DomainError, ScopeError)


def me() -> str:
    """The name under which this process holds leases."""
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def instant(connection: Connection) -> datetime:
    """The present: the server's on PostgreSQL, for several machines share its rows."""
    if connection.dialect.name == "postgresql":
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return found
    return clock.now()


def _now(session: Session) -> datetime:
    """As ``instant``, by a session."""
    if session.get_bind().dialect.name == "postgresql":
        found: datetime = session.core(select(func.clock_timestamp())).scalar_one()
        return found
    return clock.now()


def due(now: datetime) -> Any:
    """The rows that somebody should take: waiting and due, or running with a lease run out."""
    return or_(
        and_(T.c.state == JobState.QUEUED, T.c.run_at <= now),
        and_(T.c.state == JobState.RUNNING, T.c.lease_until < now),
    )


def claim(engine: Engine, job_id: int) -> Any:
    """The row, taken for this process; None when there is nothing to do for it.

    A row whose tries are used up is declared dead here: its last worker did not come back.
    """
    with engine.begin() as connection:
        now = instant(connection)
        row = connection.execute(
            select(T).where(T.c.id == job_id, due(now)).with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        mine = update(T).where(T.c.id == job_id)
        if row.cancel_requested or row.attempts >= row.max_attempts:
            ended = row
        else:
            return connection.execute(
                mine.values(
                    state=JobState.RUNNING,
                    attempts=row.attempts + 1,
                    fence=row.fence + 1,
                    owner=me(),
                    lease_until=now + timedelta(seconds=LEASE_SECONDS),
                    started_at=now,
                    progress=0,
                    progress_text="",
                ).returning(T)
            ).one()
    _end_unclaimed(ended)
    return None


def _end_unclaimed(row: Any) -> None:
    """End a row that nobody works on: it was to stop, or each of its workers was stopped."""
    state, text = JobState.CANCELLED, _("Arrêté à la demande")
    if not row.cancel_requested:
        state, text = JobState.DEAD, _("Le processus s’est arrêté pendant chaque essai.")
    values: dict[str, Any] = {"state": state, "finished_at": clock.now()}
    if state == JobState.DEAD:
        values["last_error"] = row.last_error or text
    same = T.c.id == row.id, T.c.state == row.state, T.c.fence == row.fence
    with system_session("job ends") as session:
        if session.core(update(T).where(*same).values(**values)).rowcount == 1:
            level = LogLevel.ERROR if state == JobState.DEAD else LogLevel.WARNING
            session.core(insert(JobLog), [{"job_id": row.id, "level": level, "text": text}])
            _followed(session, row, state, text)


def _followed(session: Session, row: Any, state: JobState, sentence: str) -> None:
    """Let what waits for a job know that it has ended without effect."""
    if row.kind in KINDS:
        KINDS[row.kind].follow(session, json.loads(row.args), state, sentence)


@contextmanager
def heartbeat(engine: Engine, context: Context) -> Iterator[None]:
    """Keep the lease while the work lasts, from another thread."""
    stop = threading.Event()
    mine = context.mine()

    def beat() -> None:
        while not stop.wait(LEASE_SECONDS / 3):
            # On SQLite our own effect holds the write lock: nobody else can take the row then.
            if context.applying and engine.dialect.name == "sqlite":
                continue
            try:
                with engine.begin() as connection:
                    until = instant(connection) + timedelta(seconds=LEASE_SECONDS)
                    if connection.execute(mine.values(lease_until=until)).rowcount != 1:
                        return
            except SQLAlchemyError as fault:
                if not (isinstance(fault, OperationalError) or is_away(fault)):
                    raise
                logger.warning("heartbeat of job %s: %s", context.job_id, fault)

    thread = threading.Thread(target=beat, name=f"lease-{context.job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=15)


def backoff(attempt: int) -> float:
    """Seconds before the next try: 5 s doubled each time, an hour at most, with jitter."""
    return min(3600.0, 5.0 * 2.0**attempt) * random.uniform(0.75, 1.0)  # noqa: S311


#: Makes the application where none is at work: a worker's process says how, once.
_application: Callable[[], Any] | None = None


def work_with(application: Callable[[], Any]) -> None:
    """Say how this process gets its application when a bell rings outside of one."""
    global _application
    _application = application


def run(job_id: int) -> None:
    """Do one try of a job, whatever rang; nothing when the row is not due or taken.

    A database that went away meanwhile keeps the row as it is: waiting, or with a lease that runs
    out, after which somebody tries again. An effect is there with the end of its job or not at all.

    Raises:
        RuntimeError: no application is at work, and the process did not say how to make one.
    """
    if current_app:
        _try(job_id)
        return
    if _application is None:
        raise RuntimeError("no application: call work_with() where the process starts")
    with _application().app_context():
        _try(job_id)


def _try(job_id: int) -> None:
    try:
        _run(job_id)
    except SQLAlchemyError as fault:
        if not is_away(fault):
            raise
        logger.warning("job %s waits for the database: %s", job_id, fault)


def _run(job_id: int) -> None:
    engine = db.engine
    row = claim(engine, job_id)
    if row is None:
        return
    begun = time.monotonic()
    with logs.about(job=row.id, kind=row.kind, attempt=row.attempts, user=row.created_by_id):
        state = _once(engine, row)
        logger.info("job %s: %s in %.3f s", row.id, state, time.monotonic() - begun)


def _once(engine: Engine, row: Any) -> str:
    """Do what was claimed; how it ended, in a word."""
    kind = KINDS.get(row.kind)
    context = _context(engine, row)
    try:
        if kind is None:
            raise DomainError(_("Le type de traitement « %(kind)s » n’existe plus.", kind=row.kind))
        context.scope = _scope_now(row, kind)
        _attempt(engine, kind, json.loads(row.args), context)
    except JobCancelled:
        words = _("Arrêté à la demande")
        _end(row, context, state=JobState.CANCELLED, line=(LogLevel.WARNING, words))
        return "cancelled"
    except Interrupted:
        _give_back(engine, context)
        return "given back"
    except LeaseLost:
        logger.warning("job %s was taken over by another worker", row.id)
        return "taken over"
    except Exception as fault:  # the one place where any fault of a job is caught
        _failed(context, row, fault)
        return "failed"
    return "done"


def _give_back(engine: Engine, context: Context) -> None:
    """Put the row back in the queue: the machine stops, and this try does not count."""
    with engine.begin() as connection:
        connection.execute(
            context.mine().values(
                state=JobState.QUEUED,
                attempts=T.c.attempts - 1,
                lease_until=None,
                owner=None,
                run_at=instant(connection),
            )
        )


def _context(engine: Engine, row: Any) -> Context:
    user_id = row.created_by_id
    return Context(
        engine=engine,
        job_id=row.id,
        kind=row.kind,
        fence=row.fence,
        attempt=row.attempts,
        user_id=user_id,
        entity_id=row.entity_id,
        scope=(),
        actor=f"user:{user_id}" if user_id is not None else "system",
    )


def _scope_now(row: Any, kind: JobKind) -> tuple[int, ...]:
    """The rights at the time of asking that the person still has."""
    asked = tuple(json.loads(row.scope))
    if kind.system or row.created_by_id is None:
        return asked
    from flask_appbuilder.security.sqla.models import User

    with system_session("job scope", readonly=True) as session:
        user = session.get(User, row.created_by_id)
        if user is None or not user.active:
            raise DomainError(
                _("Le compte de la personne qui a demandé ce traitement est désactivé.")
            )
        held = set(scope_of(row.created_by_id, session))
    return tuple(entity for entity in asked if entity in held)


def _attempt(engine: Engine, kind: JobKind, args: dict[str, Any], context: Context) -> None:
    with acting(context.user_id), heartbeat(engine, context):
        prepared = kind.prepare(args, context)  # long work, no transaction open
        context.check()
        context.applying = True
        if kind.system or (context.user_id is None and not context.scope):
            effect: Any = system_session(context.door)
        else:
            effect = job_session(context.scope, context.actor, context.door)
        with effect as session:
            kind.apply(session, prepared, context)
            session.flush()
            _finish(session, context)


def _finish(session: Session, context: Context) -> None:
    """Mark the row done in the transaction of the effect, if it is still ours."""
    if lines := context.take_lines():
        session.core(insert(JobLog), lines)
    done = session.core(
        update(T)
        .where(T.c.id == context.job_id, T.c.fence == context.fence, T.c.state == JobState.RUNNING)
        .values(
            state=JobState.DONE,
            progress=100,
            progress_text="",
            finished_at=clock.now(),
            result=json.dumps(context.result, ensure_ascii=False, sort_keys=True),
            last_error=None,
        )
    )
    if done.rowcount != 1:
        raise LeaseLost(f"job {context.job_id}")


def _failed(context: Context, row: Any, fault: Exception) -> None:
    permanent = isinstance(fault, PERMANENT)
    if permanent:
        sentence = str(fault)
        logger.warning("job %s (%s) refused: %s", row.id, row.kind, sentence)
    elif (found := trouble(fault)) is not None:
        sentence = found[0]
        logger.warning("job %s (%s): the database: %s", row.id, row.kind, fault)
    else:
        sentence = _(
            "Une erreur inattendue a arrêté le traitement : %(fault)s (%(kind)s)",
            fault=fault,
            kind=type(fault).__name__,
        )
        logger.error("job %s (%s) failed", row.id, row.kind, exc_info=fault)
    last = permanent or row.attempts >= row.max_attempts
    wait = backoff(row.attempts)
    if last:
        line = (LogLevel.ERROR, sentence[:500])
    else:
        again = _("nouvel essai dans %(n)d s", n=round(wait))
        line = (LogLevel.ERROR, listed([sentence[:400], again]))
    _end(
        row,
        context,
        state=JobState.DEAD if last else JobState.QUEUED,
        error=sentence[:2000],
        line=line,
        again_in=None if last else wait,
    )


def _end(
    row: Any,
    context: Context,
    *,
    state: JobState,
    line: tuple[LogLevel, str],
    error: str | None = None,
    again_in: float | None = None,
) -> None:
    """Leave the row in its next state, if it is still ours."""
    with system_session(context.door) as session:
        now = _now(session)
        values: dict[str, Any] = {"state": state, "lease_until": None, "owner": None}
        if error is not None:
            values["last_error"] = error
        if again_in is None:
            values["finished_at"] = now
        else:
            values["run_at"] = now + timedelta(seconds=again_in)
        if session.core(context.mine().values(**values)).rowcount == 1:
            session.core(
                insert(JobLog),
                [{"job_id": context.job_id, "level": line[0], "text": line[1][:500]}],
            )
            if state in FINAL_STATES:
                _followed(session, row, state, error or line[1])
