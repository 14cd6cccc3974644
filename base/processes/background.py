"""Workers and scheduler together: the application is loaded once and shared by fork.

On one machine this needs two thirds of the memory of separate processes, and half the time to
start. On several machines ``worker`` and ``scheduler`` run alone.
"""

from __future__ import annotations

from base.engine.jobs.presence import forget_machine
from base.engine.watch import watch
from base.processes import scheduler, worker
from base.processes.supervisor import Child, Supervisor
from base.store.database import db

#: A role that is asked to stop gives its job back in time to be waited for.
PATIENCE = worker.GRACE_SECONDS + 7


def main() -> int:
    """Load the application, fork the roles, stay until asked to stop."""
    app = worker.application()
    with app.app_context():
        forget_machine(db.engine)  # who was killed before could not say goodbye
        db.engine.dispose()  # no connection may be shared with the forks
    roles = [Child(f"worker-{n + 1}", worker.main) for n in range(app.settings.workers)]
    roles.append(Child("scheduler", scheduler.main))
    keeper = Supervisor(roles, patience=PATIENCE)
    # A thread is not copied by a fork: each role watches by itself.
    watch(grace=PATIENCE)
    return keeper.run()
