"""A worker for the chaos test: short leases, jobs that work, fail, or kill their process."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEASE = 2.0


def declare():
    """The kinds of the test; each effect is one row, so that doubles and losses can be counted."""
    from base.engine.jobs import job
    from base.store.models import Message

    @job("chaos.work", title="Travail", max_attempts=60)
    class Work:
        def prepare(self, args, ctx):
            time.sleep(0.02)
            return args

        def apply(self, session, args, ctx):
            session.add(Message(entity_id=1, record="chaos", record_id=args["n"], body="fait"))
            session.flush()
            time.sleep(0.005)

    @job("chaos.long", title="Long")
    class Long:
        def prepare(self, args, ctx):
            ctx.log("commencé")
            time.sleep(100)

    @job("chaos.slow", title="Lent", max_attempts=60)
    class Slow:
        def prepare(self, args, ctx):
            ctx.log("commencé")
            time.sleep(1.5)
            return args

        def apply(self, session, args, ctx):
            session.add(Message(entity_id=1, record="chaos", record_id=args["n"], body="fait"))

    @job("chaos.fail", title="Échec", max_attempts=2)
    def fail(session, args, ctx):
        session.add(Message(entity_id=1, record="chaos", record_id=args["n"], body="jamais"))
        session.flush()
        raise ValueError("raté")

    @job("chaos.poison", title="Poison", max_attempts=3)
    def poison(session, args, ctx):
        session.add(Message(entity_id=1, record="chaos", record_id=args["n"], body="jamais"))
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)


def hurry():
    """Leases and waits of a test, not of an installation."""
    from base.engine.jobs import execution
    from base.processes import worker

    execution.LEASE_SECONDS = LEASE
    execution.backoff = lambda attempt: 0.1
    worker.POLL_SECONDS = 0.1
    worker.GRACE_SECONDS = 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from base.processes.worker import main

    declare()
    hurry()
    sys.exit(main())
