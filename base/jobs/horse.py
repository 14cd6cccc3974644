"""The process that does one job, so that what kills it kills nothing else."""

from __future__ import annotations

import os
import signal
from typing import Any

from base.database import db
from base.jobs.context import Interrupted
from base.jobs.execution import run
from base.watch import watch


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
        self.pid = 0

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        if self.pid == 0:
            return False
        done, _status = os.waitpid(self.pid, os.WNOHANG)
        if done:
            self.pid = 0
        return self.pid != 0

    def start(self, job_id: int) -> None:
        """Do a job in a new process."""
        with self.app.app_context():
            db.engine.dispose()  # no connection may be shared with the child
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            become_horse()
            with self.app.app_context():
                run(job_id)
            status = 0
        finally:
            os._exit(status)

    def stop(self) -> None:
        """Ask the job under way to give its row back."""
        if self.busy:
            os.kill(self.pid, signal.SIGTERM)
            os.waitpid(self.pid, 0)
            self.pid = 0
