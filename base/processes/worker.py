"""The worker: waits for the bell of Redis, or looks at the table where there is no Redis."""

from __future__ import annotations

import functools
import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from base.basics.memory import uncollected
from base.engine import redis_server
from base.engine.fork import settle
from base.engine.jobs.bell import AllowedJob, queue
from base.engine.jobs.execution import work_with
from base.engine.jobs.horse import Stable, become_horse
from base.engine.jobs.poller import Poller
from base.engine.jobs.presence import Presence
from base.engine.patience import Patience
from base.engine.watch import watch
from base.store.database import db

if TYPE_CHECKING:
    from base.application import App
    from config import Settings

logger = logging.getLogger("ouvrage.worker")

#: How often a worker without Redis looks at the table.
POLL_SECONDS = 2.0
#: A stop waits so long for the job under way, then the job is given back.
GRACE_SECONDS = 20


@functools.lru_cache(maxsize=1)
def application() -> App:
    """The application of this process, made once, before any fork."""
    with uncollected():
        from base.app import create_app

        made = create_app()
        # What would be made at the first request, by each fork for itself.
        made.url_map.update()
        return made


def shared() -> App:
    """The application of this process, as forks share it: without a connection of its own."""
    with uncollected():
        app = application()
        with app.app_context():
            db.engine.dispose()
        settle()
    return app


work_with(application)


def bell_worker(app: App, url: str, presence: Presence, stop: threading.Event) -> Any:
    """An RQ worker that knows our allow-list, says it is alive and ends with its supervisor.

    ``stop`` is set by a stop that comes before RQ listens to its signals.
    """
    from redis.exceptions import RedisError
    from rq import Worker
    from rq.exceptions import StopRequested
    from rq.serializers import JSONSerializer

    @contextmanager
    def unheard(what: str) -> Iterator[None]:
        """What Redis is told nobody asks it for: the row says it, and a Redis gone ends nothing."""
        try:
            yield
        except RedisError as fault:
            logger.warning("Redis was not told of %s: %s", what, fault)

    class BellWorker(Worker):
        """One process that waits; a forked one for each job."""

        max_connection_wait_time = 1.0
        #: Whether it ended because Redis went away, or because somebody asked for it.
        lost = asked = False

        def _set_ip_address(self, connection: Any) -> None:
            """Not asked: redis-py cannot read the answer when the socket's path has a space."""
            self.ip_address = "local"

        def heartbeat(self, timeout: Any = None, pipeline: Any = None) -> None:
            if not self.is_horse:
                presence.say()
            try:
                super().heartbeat(timeout, pipeline)
            except RedisError as fault:
                logger.warning("Redis does not answer: %s", fault)
                if not (self.is_horse or self.horse_pid):
                    # Nothing is under way: somebody else waits for it to come back.
                    self.lost = True
                    raise StopRequested from fault

        def maintain_heartbeats(self, job: Any, execution: Any) -> None:
            with unheard("a heartbeat"):
                super().maintain_heartbeats(job, execution)

        def set_state(self, state: str, pipeline: Any = None) -> None:
            with unheard("a state"):
                super().set_state(state, pipeline)

        def run_maintenance_tasks(self) -> None:
            with unheard("its maintenance"):
                super().run_maintenance_tasks()  # type: ignore[no-untyped-call]

        def execute_job(self, job: Any, queue: Any) -> None:
            """What the horse did stands in the row, whether or not Redis hears of its end."""
            with unheard("a job's end"):
                super().execute_job(job, queue)

        def register_death(self) -> None:
            with unheard("the end"):
                super().register_death()  # type: ignore[no-untyped-call]

        def check_for_suspension(self, burst: bool) -> None:
            """Commands through Redis are not used; what is asked of a worker at each turn."""
            if stop.is_set():
                self.asked = self._stop_requested = True

        def set_shutdown_requested_date(self) -> None:
            """Nobody reads it there; a stop must not wait for Redis."""

        def subscribe(self) -> None:
            """Commands through Redis are not used: one thread less before each fork."""

        def unsubscribe(self) -> None:
            """See ``subscribe``."""

        def fork_work_horse(self, job: Any, queue: Any) -> None:
            db.engine.dispose()  # no connection may be shared with the child
            super().fork_work_horse(job, queue)

        def setup_work_horse_signals(self) -> None:
            become_horse()

        def handle_warm_shutdown_request(self) -> None:
            """After a while the job under way is asked to give its row back."""
            # RQ’s own word for it is read from Redis, where nothing writes it.
            self.asked = True

            def late(number: int, frame: Any) -> None:
                if self.horse_pid:
                    os.kill(self.horse_pid, signal.SIGTERM)

            signal.signal(signal.SIGALRM, late)
            signal.alarm(GRACE_SECONDS)

    connection = redis_server.client(url)
    return BellWorker(
        [queue(connection)],
        connection=connection,
        job_class=AllowedJob,
        serializer=JSONSerializer,
        worker_ttl=30,
        job_monitoring_interval=10,
        log_job_description=False,
    )


def poll_until(app: App, presence: Presence, stop: threading.Event, url: Any) -> None:
    """Take the rows from the table, until asked to stop or until ``url()`` gives a Redis."""

    stable = Stable(app)
    poller = Poller(db.engine, ring=lambda job_id, bell_id: False, run=stable.start)
    presence.say()
    while not stop.wait(0.2 if stable.busy else POLL_SECONDS):
        presence.say()
        if stable.busy:
            continue
        if url() is not None:
            return
        poller.tick(older=0, limit=1)
    stable.stop()


def reachable(settings: Settings) -> str | None:
    """The address of a Redis that answers now, or None."""
    url = redis_server.address(settings)
    return url if redis_server.answers(url) else None


def main() -> int:
    """Work until asked to stop."""
    watch(grace=GRACE_SECONDS + 5)
    app = shared()
    stop = threading.Event()
    patience = Patience(logger, stop)
    with app.app_context():
        presence = Presence(db.engine, "worker")
        try:
            while not stop.is_set():
                with patience.trying():
                    _turn(app, presence, stop, patience)
        finally:
            presence.leave()
    return 0


def _turn(app: App, presence: Presence, stop: threading.Event, patience: Patience) -> None:
    """Work until asked to stop, or until Redis comes or goes."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    url = reachable(app.settings)
    if url is None:
        logger.info("no Redis: jobs are taken from the table")
        poll_until(app, presence, stop, lambda: reachable(app.settings))
        return
    worker = bell_worker(app, url, presence, stop)
    worker.work(logging_level="WARNING")
    if worker.asked:
        stop.set()
    elif not worker.lost:
        patience.wait("RQ’s worker ended by itself")
