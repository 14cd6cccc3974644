"""Requests counted by kind and answer, with how long they took, by all web processes together.

The numbers lie in memory that is made before the server forks, a place for each: all processes of
one server add to the same. They begin at zero with the server, as a monitor expects.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass

#: What is asked for: a page of the desk, one of a tag (strangers, agents on the spot)…
KINDS = ("page", "tag", "api", "static", "monitor")
#: Classes of answers: 1xx to 5xx.
CLASSES = 5
#: Upper bounds of the classes of duration, in seconds; the last class has none.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_NUMBER = struct.Struct("=d")
#: For each kind: its answers by class, its durations by class, the sum of its seconds.
_PLACES = CLASSES + len(BOUNDS) + 1 + 1


def kind_of(path: str) -> str:
    """What is asked for."""
    if path.startswith("/api/"):
        return "api"
    if path.startswith("/static"):
        return "static"
    if path.startswith("/t/"):
        return "tag"
    return "monitor" if path in ("/health", "/ready", "/metrics") else "page"


@dataclass(frozen=True)
class Counted:
    """What was counted of one kind."""

    kind: str
    #: Answers of 1xx to 5xx.
    answers: list[int]
    #: Requests that took up to each bound of ``BOUNDS``, those of the smaller ones included, and
    #: last all of them.
    durations: list[int]
    seconds: float


class Counts:
    """The numbers of one server."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, len(KINDS) * _PLACES * _NUMBER.size)
        # A lock on a file is the process's own and falls with it; threads need one more.
        self._file, name = tempfile.mkstemp(prefix="ouvrage-counts-")
        os.unlink(name)
        self._threads = threading.Lock()

    def add(self, kind: str, status: int, seconds: float) -> None:
        """Count one request."""
        first = KINDS.index(kind) * _PLACES
        slower = sum(seconds > bound for bound in BOUNDS)
        places = [
            (first + min(max(status // 100, 1), CLASSES) - 1, 1.0),
            (first + CLASSES + slower, 1.0),
            (first + _PLACES - 1, seconds),
        ]
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                for place, more in places:
                    at = place * _NUMBER.size
                    now = _NUMBER.unpack_from(self._memory, at)[0]
                    _NUMBER.pack_into(self._memory, at, now + more)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def read(self) -> Iterator[Counted]:
        """What was counted so far, by kind."""
        for n, kind in enumerate(KINDS):
            places = range(n * _PLACES, (n + 1) * _PLACES)
            numbers = [_NUMBER.unpack_from(self._memory, p * _NUMBER.size)[0] for p in places]
            singles = [int(x) for x in numbers[CLASSES:-1]]
            durations = [sum(singles[: k + 1]) for k in range(len(singles))]
            yield Counted(kind, [int(x) for x in numbers[:CLASSES]], durations, numbers[-1])


#: Of the server of this process, and of those that it forks.
WEB = Counts()
