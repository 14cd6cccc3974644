"""What a running job knows and may say about itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.engine import Engine

from base.basics import clock
from base.rules.rights.actors import job_session, system_session
from base.store.models.jobs import JobLog, JobRun, JobState, LogLevel

#: Signs of progress closer together than this are kept back.
PROGRESS_SECONDS = 0.5


class JobCancelled(Exception):
    """Somebody asked the job to stop."""


class Interrupted(BaseException):
    """The machine stops: the job is given back and counts as not tried."""


class LeaseLost(Exception):
    """Another worker has taken the job over; this try writes nothing."""


@dataclass
class Context:
    """The try of one job: who asked, with which rights, and how far it is."""

    engine: Engine
    job_id: int
    kind: str
    fence: int
    attempt: int
    user_id: int | None
    entity_id: int | None
    #: Rights at the time of asking that are still held; fixed for the whole try.
    scope: tuple[int, ...]
    actor: str
    #: Given back to whoever asked; ``document_ids`` lists the files made.
    result: dict[str, Any] = field(default_factory=dict)

    #: In ``apply`` the lines are kept and written with the effect.
    applying: bool = False
    _lines: list[dict[str, Any]] = field(default_factory=list)
    _said_at: float = 0.0

    @property
    def door(self) -> str:
        """How the trail names the way of the change."""
        return f"job {self.kind} #{self.job_id}"

    @contextmanager
    def read(self) -> Iterator[Any]:
        """A session that only reads, in the name and with the rights of who asked.

        A command has no person but a scope: it reads no more than that.
        """

        if self.user_id is None and not self.scope:
            with system_session(self.door, readonly=True) as session:
                yield session
        else:
            with job_session(self.scope, self.actor, self.door, readonly=True) as session:
                yield session

    def progress(self, done: float, total: float = 100, text: str = "") -> None:
        """Say how far the work is; also the moment at which a request to stop is heard.

        Raises:
            JobCancelled: somebody asked the job to stop.
            LeaseLost: another worker has the job.
        """
        if self.applying:
            return
        now = time.monotonic()
        if now - self._said_at < PROGRESS_SECONDS and done < total:
            return
        self._said_at = now
        percent = max(0, min(100, int(100 * done / total))) if total else 100
        self._write({"progress": percent, "progress_text": text[:200]})

    def step(self, name: object, detail: str = "") -> None:
        """Say that a part of the work begins.

        Raises:
            JobCancelled: somebody asked the job to stop.
            LeaseLost: another worker has the job.
        """
        self.log(str(name), level=LogLevel.STEP)
        if not self.applying:
            self._said_at = 0.0
            self._write({"progress_text": detail[:200]})

    def log(self, text: str, level: LogLevel = LogLevel.INFO) -> None:
        """A line of the job's log, for the person who asked."""
        line = {"job_id": self.job_id, "at": clock.now(), "level": level, "text": text[:500]}
        if self.applying:
            self._lines.append(line)
        else:
            with self.engine.begin() as connection:
                connection.execute(insert(JobLog), [line])

    def attach(self, document_id: int) -> None:
        """Say that the job made this file."""
        self.result.setdefault("document_ids", []).append(document_id)

    def take_lines(self) -> list[dict[str, Any]]:
        """The lines kept during ``apply``, to be written with the effect."""
        lines, self._lines = self._lines, []
        return lines

    def check(self) -> None:
        """Hear a request to stop.

        Raises:
            JobCancelled: somebody asked the job to stop.
            LeaseLost: another worker has the job.
        """
        self._write({"owner": JobRun.__table__.c.owner})

    def mine(self) -> Any:
        """The update of the row, as long as it is ours."""
        table = JobRun.__table__
        return update(table).where(
            table.c.id == self.job_id,
            table.c.fence == self.fence,
            table.c.state == JobState.RUNNING,
        )

    def _write(self, values: dict[str, Any]) -> None:
        statement = self.mine().values(**values).returning(JobRun.__table__.c.cancel_requested)
        with self.engine.begin() as connection:
            row = connection.execute(statement).first()
        if row is None:
            raise LeaseLost(f"job {self.job_id}")
        if row.cancel_requested:
            raise JobCancelled(f"job {self.job_id}")
