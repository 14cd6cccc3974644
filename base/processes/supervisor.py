"""One process that starts all the others, restarts what dies and leaves nothing behind.

It knows nothing of the application: ``serving`` and ``background`` load it before they fork.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from base.engine.fork import Fork
from base.engine.watch import SHELL, VARIABLE
from config import ROOT

#: A stop in order takes this long at most; then what is left is killed.
STOP_SECONDS = 30.0
#: A child that lived this long may be restarted at once again.
STEADY_SECONDS = 60.0
#: A child that ends with a sentence before this time stops the start.
START_SECONDS = 15.0


def say(sentence: str) -> None:
    """One line for the person at the terminal or the journal."""
    print(sentence, flush=True)


@dataclass
class Child:
    """One process to keep alive."""

    name: str
    #: A program to start, or what a fork of this process does.
    command: list[str] | Callable[[], int]
    #: Not one of ours: a shell watches the pipe for it.
    foreign: bool = False
    #: Stopped after all the others.
    last: bool = False
    #: Mends what made it end early; what was done, in a sentence, or None.
    mend: Callable[[], str | None] | None = None
    process: subprocess.Popen[bytes] | Fork | None = None
    started: float = 0.0
    again_at: float = 0.0
    failures: int = 0

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps children alive until asked to stop."""

    def __init__(
        self,
        children: list[Child],
        *,
        env: dict[str, str] | None = None,
        patience: float | None = None,
    ) -> None:
        self.children = children
        #: Seconds that a stop in order takes at most, when not ``STOP_SECONDS``.
        self.patience = patience
        self.stopping = threading.Event()
        self.hurry = False
        self.refused = False
        # Nobody writes into this pipe: its end of file is our death.
        self._read, self._write = os.pipe()
        self.env = {**os.environ, **(env or {}), VARIABLE: str(self._read)}
        self.born = time.monotonic()

    def start(self, child: Child) -> None:
        """Start a child; it leads a session: the terminal's Ctrl-C reaches us alone."""
        self._end(child)
        child.started = time.monotonic()
        if callable(child.command):
            child.process = Fork(functools.partial(self._forked, child.command), child.name)
            return
        command, stdin = child.command, subprocess.DEVNULL
        pass_fds: tuple[int, ...] = (self._read,)
        if child.foreign:
            command, stdin, pass_fds = ["/bin/sh", "-c", SHELL, "sh", *command], self._read, ()
        child.process = subprocess.Popen(
            command,
            stdin=stdin,
            pass_fds=pass_fds,
            env=self.env,
            start_new_session=True,
        )

    def _forked(self, main: Callable[[], int]) -> int:
        """What a fork does: it watches our pipe, and holds the writing end of it no longer."""
        os.setsid()
        os.close(self._write)
        os.environ[VARIABLE] = str(self._read)
        return main()

    @staticmethod
    def _end(child: Child) -> None:
        """Kill a child, and what a dead one left behind."""
        if isinstance(child.process, Fork):
            child.process.kill()  # it may lead no session yet
        if child.process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)

    def look(self) -> None:
        """Restart what died: at once, then after 1, 2, 4… up to 30 seconds."""
        now = time.monotonic()
        for child in self.children:
            if child.alive:
                continue
            if child.process is not None and child.again_at == 0.0:
                lived = now - child.started
                status = child.process.returncode
                early = lived < START_SECONDS and now - self.born < 2 * START_SECONDS
                mended = child.mend() if child.mend and lived < START_SECONDS else None
                if mended is not None:
                    say(mended)
                    self.start(child)
                    continue
                if status == 1 and early and not callable(child.command):
                    # It said its sentence: a wrong setting, not an accident. What is forked has
                    # its application already: there is nothing left to refuse.
                    self.refused = True
                    self.stopping.set()
                    return
                child.failures = 0 if lived > STEADY_SECONDS else child.failures + 1
                wait = 0.0 if child.failures <= 1 else min(30.0, 2.0 ** (child.failures - 2))
                child.again_at = now + wait
                say(f"Le processus « {child.name} » s’est arrêté ({status}) ; il est relancé.")
            if now >= child.again_at:
                child.again_at = 0.0
                self.start(child)

    def run(self, on_ready: Callable[[], bool] | None = None) -> int:
        """Keep the children alive until asked to stop; the exit code.

        ``on_ready`` is asked until it says yes.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._ask_stop)
        waiting = on_ready
        while not self.stopping.is_set():
            self.look()
            if waiting is not None and waiting():
                waiting = None
            self.stopping.wait(0.2)
        self.stop()
        return 1 if self.refused else 0

    def _ask_stop(self, number: int, frame: object) -> None:
        if self.stopping.is_set():
            self.hurry = True
        self.stopping.set()

    def stop(self) -> None:
        """Stop everybody in reverse order, Redis last; what does not obey is killed."""
        end = time.monotonic() + (self.patience or STOP_SECONDS)
        first = [c for c in reversed(self.children) if not c.last]
        last = [c for c in reversed(self.children) if c.last]
        self._stop(first, end - 3)
        self._stop(last, end)

    def _stop(self, children: list[Child], end: float) -> None:
        for child in children:
            if child.alive and child.process is not None:
                with contextlib.suppress(ProcessLookupError):
                    child.process.terminate()
        while any(c.alive for c in children) and time.monotonic() < end and not self.hurry:
            time.sleep(0.05)
        for child in children:
            self._end(child)
            if child.process is not None:
                child.process.wait()


def python(*arguments: str) -> list[str]:
    """The command line of one of our own processes."""
    return [sys.executable, str(ROOT / "base" / "__main__.py"), *arguments]
