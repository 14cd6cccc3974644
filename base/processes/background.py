"""Workers and scheduler together: the application is loaded once and shared by fork.

On one machine this needs two thirds of the memory of separate processes, and half the time to
start. On several machines ``worker`` and ``scheduler`` run alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from base.basics import logs
from base.engine.jobs.presence import forget_machine
from base.engine.watch import watch
from base.processes import scheduler, worker
from base.processes.supervisor import Child, Supervisor
from base.store.database import db
from config import Settings

#: A role that is asked to stop gives its job back in time to be waited for.
PATIENCE = worker.GRACE_SECONDS + 7


def roles(settings: Settings, first: Callable[[], None] = lambda: None) -> list[Child]:
    """Workers and scheduler, to be forked of this process; loads the application here.

    ``first``: what each does first, in its fork.

    Raises:
        StartRefused: the application cannot load.
    """
    app = worker.application()
    with app.app_context():
        forget_machine(db.engine)  # who was killed before could not say goodbye
    worker.shared()

    def forked(main: Callable[[], int]) -> Callable[[], int]:
        return functools.partial(_role, settings, first, main)

    made = [Child(f"worker-{n + 1}", forked(worker.main)) for n in range(settings.workers)]
    return [*made, Child("scheduler", forked(scheduler.main))]


def _role(settings: Settings, first: Callable[[], None], main: Callable[[], int]) -> int:
    first()
    logs.configure(settings, "background")
    return main()


def main(settings: Settings) -> int:
    """Load the application, fork the roles, stay until asked to stop."""
    keeper = Supervisor(roles(settings), patience=PATIENCE)
    # A thread is not copied by a fork: each role watches by itself.
    watch(grace=PATIENCE)
    return keeper.run()
