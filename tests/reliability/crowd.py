"""Many processes at once on one database: forks of the application that the test has loaded."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest


def rest(app: Any) -> None:
    """Close what is open: a fork must share no connection."""
    from base.rules.rights.actors import security
    from base.store.database import db

    with app.app_context():
        db.session.remove()
        security.remove()
        db.engine.dispose()


class Fork:
    """A function in a process of its own; what it returns comes back as JSON."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(read)
            status = 1
            try:
                answer = json.dumps({"value": function(*arguments)})
                status = 0
            except BaseException:  # shown by the parent
                answer = json.dumps({"fault": traceback.format_exc()})
            with os.fdopen(write, "w") as out:
                out.write(answer)
            os._exit(status)
        os.close(write)
        self._read = read

    def result(self) -> Any:
        """What the function returned.

        Raises:
            AssertionError: it failed; with its trace.
        """
        with os.fdopen(self._read) as answer:
            text = answer.read()
        os.waitpid(self.pid, 0)
        found = json.loads(text or '{"fault": "killed"}')
        assert "fault" not in found, found["fault"]
        return found["value"]


def at_once(app: Any, functions: list[Callable[[], Any]], *, processes: int = 5) -> list[Any]:
    """Call all functions at the same moment, in several processes of a few threads each."""
    rest(app)
    start = time.time() + 0.4
    shares = [functions[n::processes] for n in range(processes)]
    forks = [Fork(_together, share, start) for share in shares if share]
    return [value for fork in forks for value in fork.result()]


def _together(functions: list[Callable[[], Any]], start: float) -> list[Any]:
    found: list[Any] = [None] * len(functions)

    def one(n: int) -> None:
        while time.time() < start:
            time.sleep(0.001)
        found[n] = functions[n]()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def site_of(engine: str, place: Any) -> Iterator[Any]:
    """An installation as it runs in earnest: every write of SQLite reaches the disk."""
    from tests.faults import harness

    made: Any = (harness.Sqlite if engine == "sqlite" else harness.Postgres)(place)
    with contextlib.closing(made):
        yield made


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` of them do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


slow = pytest.mark.slow
