"""The one place that forks: a process that shares what is loaded, kept as a started program is."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path


class Fork:
    """A process forked from this one; the supervisor asks of it what it asks of a ``Popen``.

    Nothing of the parent is run in it: it does ``main`` and ends with its status.
    """

    def __init__(self, main: Callable[[], int], name: str = "") -> None:
        self.returncode: int | None = None
        sys.stdout.flush()  # what waits to be written is the parent's
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid:
            return
        status = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            if name:
                # What ``ps`` and ``top`` show; at most 15 letters.
                Path("/proc/self/comm").write_text(f"ov-{name}"[:15], encoding="ascii")
            status = main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
        except BaseException:  # nobody above us would say it
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def poll(self) -> int | None:
        """Its status once it has ended, as ``subprocess`` says it; None before."""
        return self._ended(os.WNOHANG)

    def wait(self) -> int:
        """Its status; waits for its end."""
        status = self._ended(0)
        assert status is not None
        return status

    def _ended(self, options: int) -> int | None:
        if self.returncode is None:
            done, status = os.waitpid(self.pid, options)
            if done:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def terminate(self) -> None:
        """Ask it to stop."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.poll() is None:  # not taken back yet: its number is still its own
            os.kill(self.pid, number)
