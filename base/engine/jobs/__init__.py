"""Background work: the row first, in the transaction of its cause; Redis only rings the bell.

A module declares kinds of work with ``@job`` and periodic work with ``@periodic``; a verb asks for
one with ``enqueue``. Nothing is lost when Redis is: a poller finds the rows.
"""

from base.engine.jobs.context import Context
from base.engine.jobs.execution import run
from base.engine.jobs.kinds import KINDS, job, periodic
from base.engine.jobs.own import sweep
from base.engine.jobs.queue import cancel, close, enqueue, rerun

__all__ = [
    "KINDS",
    "Context",
    "cancel",
    "close",
    "enqueue",
    "job",
    "periodic",
    "rerun",
    "run",
    "sweep",
]
