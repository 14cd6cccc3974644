"""Workers and scheduler together: the application is loaded once and shared by fork.

On one machine this needs two thirds of the memory of separate processes, and half the time to
start. On several machines ``worker`` and ``scheduler`` run alone.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from base.watch import watch

#: A role that lived this long may be started again at once.
STEADY_SECONDS = 60.0


@dataclass
class Role:
    """One process to keep alive, forked from this one."""

    name: str
    main: Callable[[], int]
    pid: int = 0
    started: float = 0.0
    again_at: float = 0.0
    failures: int = 0

    def start(self) -> None:
        """Fork; the child never comes back from here."""
        self.started = time.monotonic()
        self.again_at = 0.0
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            # What ``ps`` and ``top`` show; at most 15 letters.
            Path("/proc/self/comm").write_text(f"ov-{self.name}"[:15], encoding="ascii")
            status = self.main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def ended(self) -> None:
        """It died: when to start it again."""
        now = time.monotonic()
        self.pid = 0
        self.failures = 0 if now - self.started > STEADY_SECONDS else self.failures + 1
        wait = 0.0 if self.failures <= 1 else min(30.0, 2.0 ** (self.failures - 2))
        self.again_at = now + wait


def keep(roles: list[Role], stop: threading.Event, grace: float) -> None:
    """Keep the roles alive until asked to stop; then give them ``grace`` seconds to end."""
    while not stop.is_set():
        for role in roles:
            if role.pid and os.waitpid(role.pid, os.WNOHANG)[0]:
                print(f"« {role.name} » s’est arrêté ; il est relancé.", flush=True)
                role.ended()
            if not role.pid and time.monotonic() >= role.again_at:
                role.start()
        stop.wait(0.2)
    for role in roles:
        if role.pid:
            os.kill(role.pid, signal.SIGTERM)
    end = time.monotonic() + grace
    while any(role.pid for role in roles):
        for role in roles:
            if role.pid and os.waitpid(role.pid, os.WNOHANG)[0]:
                role.pid = 0
            elif role.pid and time.monotonic() > end:
                os.kill(role.pid, signal.SIGKILL)
        time.sleep(0.02)


def main() -> int:
    """Load the application, fork the roles, stay until asked to stop."""
    from base import scheduler, worker
    from base.database import db
    from base.jobs.presence import forget_machine

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    app = worker.application()
    with app.app_context():
        forget_machine(db.engine)  # who was killed before could not say goodbye
        db.engine.dispose()  # no connection may be shared with the forks
    # After the forks' common part is loaded: a thread is not copied, each fork watches itself.
    roles = [Role(f"worker-{n + 1}", worker.main) for n in range(app.settings.workers)]
    roles.append(Role("scheduler", scheduler.main))
    for role in roles:
        role.start()
    watch(grace=worker.GRACE_SECONDS + 5)
    keep(roles, stop, worker.GRACE_SECONDS + 4)
    return 0
