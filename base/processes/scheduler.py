"""The scheduler: periodic work, and the rows that no bell announced."""

from __future__ import annotations

import logging
import signal
import threading
import time

from sqlalchemy.engine import Engine

from base.engine import redis_server
from base.engine.jobs.bell import ring_at
from base.engine.jobs.horse import Stable
from base.engine.jobs.poller import Poller, ask_periodic
from base.engine.jobs.presence import Presence
from base.engine.patience import Patience
from base.engine.watch import watch
from base.processes.worker import shared
from base.store.database import db
from base.upkeep.seals.periodic import ask_seal

logger = logging.getLogger("ouvrage.scheduler")

TICK_SECONDS = 2.0
#: How often SQLite's write-ahead log is emptied into the database.
CHECKPOINT_SECONDS = 300.0


def checkpoint(engine: Engine) -> None:
    """Empty the write-ahead log as far as nobody reads it."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.execute("PRAGMA wal_checkpoint(PASSIVE)")  # type: ignore[attr-defined]
        finally:
            raw.close()


def main() -> int:
    """Watch over the table until asked to stop; several at once do no harm."""
    watch(grace=10)
    app = shared()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with app.app_context():
        engine = db.engine
        presence = Presence(engine, "scheduler")
        stable = Stable(app)
        patience = Patience(logger, stop)

        def ring(job_id: int, bell_id: str) -> bool:
            url = redis_server.address(app.settings)
            return url is not None and ring_at(url, job_id, bell_id)

        def run(job_id: int) -> None:
            # A Redis that is down: the work is done here, one job at a time. Where there is none
            # at all the workers look at the table themselves.
            if redis_server.address(app.settings) is not None and not stable.busy:
                stable.start(job_id)

        poller = Poller(engine, ring=ring, run=run)
        emptied = time.monotonic()
        try:
            while not stop.is_set():
                with patience.trying():
                    presence.say()
                    ask_periodic(engine, app.settings.timezone)
                    ask_seal(engine)
                    poller.tick()
                    if time.monotonic() - emptied > CHECKPOINT_SECONDS:
                        checkpoint(engine)
                        redis_server.put_log_aside(app.settings)
                        emptied = time.monotonic()
                stop.wait(TICK_SECONDS)
        finally:
            stable.stop()
            presence.leave()
    return 0
