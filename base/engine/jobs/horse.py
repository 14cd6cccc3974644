"""The process that does one job, so that what kills it kills nothing else."""

from __future__ import annotations

import functools
import signal
from typing import Any

from base.engine.fork import Fork
from base.engine.jobs.context import Interrupted
from base.engine.jobs.execution import run
from base.engine.watch import watch
from base.store.database import db


def _interrupt(number: int, frame: Any) -> None:
    raise Interrupted


def become_horse() -> None:
    """What a forked process does first: own signals, own watch, own random numbers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _interrupt)
    watch(sig=signal.SIGKILL)


class Stable:
    """The horses of a process that polls: one at a time, stopped with it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._horse: Fork | None = None

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        return self._horse is not None and self._horse.poll() is None

    def start(self, job_id: int) -> None:
        """Do a job in a new process."""
        with self.app.app_context():
            db.engine.dispose()  # no connection may be shared with the child
        self._horse = Fork(functools.partial(self._do, job_id))

    def _do(self, job_id: int) -> int:
        become_horse()
        with self.app.app_context():
            run(job_id)
        return 0

    def stop(self) -> None:
        """Ask the job under way to give its row back."""
        if self._horse is not None:
            self._horse.terminate()
            self._horse.wait()
