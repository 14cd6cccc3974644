"""The one place that forks: a process that shares what is loaded, kept as a started program is."""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

#: Sizes of what is asked of the heap to fill it, and how often one size is asked for at most.
_SIZES = (*range(4096, 1024, -64), *range(1024, 0, -16))
_MOST = 20_000
#: Python keeps what is small in pools of its own: of each size, as many as take so many bytes.
_POOLED = range(8, 480, 16)
_BYTES = 50_000
_filling: list[list[bytes]] = []


def settle() -> None:
    """Set aside what is loaded, so that forks share it; done once, before the first of them.

    The collector looks at it no more (nor once more now: it would find a megabyte, in a fifth of a
    second). The gaps that loading has left in the heap are filled: what a fork makes would lie in
    them, one gap a page, and each page would become its own. Close the connections before: what
    they leave are such gaps too. Two megabytes are given for it; each fork at rest is ten smaller.
    """
    if _filling:
        return
    heap = ctypes.CDLL(None)
    heap.malloc.restype = heap.sbrk.restype = ctypes.c_void_p
    heap.malloc_trim(0)  # what was freed is put together now, not by each fork
    _filling.extend([bytes(size) for _ in range(_BYTES // size)] for size in _POOLED)
    end = heap.sbrk(0) - 2 * 2**17  # what the allocator keeps ready at the end is no gap
    for size in _SIZES:
        for _ in range(_MOST):
            if heap.malloc(size) >= end:
                break
    gc.freeze()


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
