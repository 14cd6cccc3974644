"""Finding the rows that no bell announced, and asking for the periodic work."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from base.engine.jobs.execution import T, instant, run
from base.engine.jobs.kinds import KINDS, PERIODIC
from base.store.database import reading
from base.store.models.jobs import JobRun, JobState, Periodic

#: A row younger than this is left to its bell.
BELL_SECONDS = 2.0
#: A bell that was not heard is rung again after this.
AGAIN_SECONDS = 30.0


def waiting(engine: Engine, *, older: float = BELL_SECONDS, limit: int = 50) -> list[int]:
    """The rows due for longer than ``older`` seconds, or left behind by their worker."""
    with reading(engine).connect() as connection:
        now = instant(connection)
        left = or_(
            and_(T.c.state == JobState.QUEUED, T.c.run_at <= now - timedelta(seconds=older)),
            and_(T.c.state == JobState.RUNNING, T.c.lease_until < now),
        )
        rows = connection.execute(select(T.c.id).where(left).order_by(T.c.run_at).limit(limit))
        return [row.id for row in rows]


def lend_a_hand(engine: Engine, job_id: int, *, alive: bool) -> None:
    """Do a row that somebody waits for, when no worker does: none is alive, or none came for it.

    A worker that is killed leaves its row behind; where no scheduler runs nobody looks for it.
    """
    if not alive or job_id in waiting(engine, older=AGAIN_SECONDS):
        run(job_id)  # nothing when a worker has it, or when its next try is for later


class Poller:
    """Rings again for rows that nobody heard; runs them itself when no bell works."""

    def __init__(
        self,
        engine: Engine,
        *,
        ring: Callable[[int, str], bool],
        run: Callable[[int], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.engine = engine
        self.ring = ring
        self.run = run
        self.monotonic = monotonic
        self._rung: dict[int, float] = {}

    def tick(self, *, older: float = BELL_SECONDS, limit: int = 50) -> int:
        """One look at the table; how many rows were rung for or run."""
        now = self.monotonic()
        rows = waiting(self.engine, older=older, limit=limit)
        self._rung = {k: t for k, t in self._rung.items() if now - t < AGAIN_SECONDS}
        done = 0
        for job_id in rows:
            if job_id in self._rung:
                continue
            if self.ring(job_id, f"wake-{job_id}-{int(time.time() // AGAIN_SECONDS)}"):
                self._rung[job_id] = now
            else:
                self.run(job_id)
            done += 1
        return done


def ask_by_itself(connection: Connection, name: str, key: str, now: datetime) -> int:
    """A job that nobody asked for, once for its key; its id.

    Raises:
        IntegrityError: it was asked for under this key before.
    """
    kind = KINDS[name]
    row = insert(JobRun).values(
        kind=name,
        title=str(kind.title)[:200],
        run_at=now,
        created_at=now,
        max_attempts=kind.max_attempts,
        idempotency_key=key,
    )
    return int(connection.execute(row.returning(T.c.id)).scalar_one())


def ask_periodic(engine: Engine, zone: str, *, at: datetime | None = None) -> list[int]:
    """Put the periodic work of a new period in the table; the rows made.

    The last period of each task is a row, moved on by a conditional update in the transaction
    that makes the job: two schedulers, or a clock set back, fire nothing twice, and several
    missed periods are caught up once. A task seen for the first time waits for its next period.
    """
    made = []
    table: Any = Periodic.__table__
    with reading(engine).connect() as connection:
        now = at or instant(connection)
        last = {task: period for task, period in connection.execute(select(table)).all()}
    for task in PERIODIC.values():
        period = task.last_period(now, zone)
        if task.kind in last and last[task.kind] >= period:
            continue  # nothing to write: nobody is asked to wait for us, every two seconds
        with engine.begin() as connection:
            if task.kind not in last:
                try:
                    with connection.begin_nested():
                        connection.execute(
                            insert(table).values(task=task.kind, last_period_at=period)
                        )
                except IntegrityError:
                    pass  # another scheduler saw it first
                continue
            moved = connection.execute(
                update(table)
                .where(table.c.task == task.kind, table.c.last_period_at < period)
                .values(last_period_at=period)
            )
            if moved.rowcount != 1:
                continue
            made.append(
                ask_by_itself(connection, task.kind, f"{task.kind}@{period.isoformat()}", now)
            )
    return made
