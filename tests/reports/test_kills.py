"""The demonstration killed again and again: it ends in the same totals, and nothing is doubled."""

from __future__ import annotations

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import config
from base.engine import redis_server
from base.processes import supervisor

KILLS = 20
SEED = 20261124
#: A run that says nothing for so long hangs.
PATIENCE = 300
#: Tables that tell how often something was tried, and why they may differ.
OF_TRIES = {
    "base_process": "which processes there were",
    "base_periodic": "which periods have fired",
    "base_job_log": "a line for each try of a job",
    "base_login_attempt": "technical",
    "base_event": "a file that was cut and taken back, a password given again, are told",
    "base_event_personal": "stands beside the events",
    "base_seal": "by time and by number of events: a run that is killed makes more of both",
    "base_seal_leaf": "one for each event",
    "base_seal_node": "stands on the leaves",
}
#: A file that was cut is taken back and told; it does not count.
ONLY = {"energie_reading_batch": "state = 'applied'"}
_TOTALS = re.compile(r"total du rapport = (.*?), total recalculé = (.*?) :")


class Run:
    """One start of ``demo``, its lines as they come."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self.log = log
        self._out = log.open("wb")
        self.process = subprocess.Popen(
            [
                sys.executable,
                str(config.ROOT / "base" / "__main__.py"),
                "demo",
                "--no-serve",
                "--scale",
                "small",
            ],
            env={**env, "PYTHONUNBUFFERED": "1"},
            stdout=self._out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def news(self) -> int:
        """How many lines tell of something done now."""
        lines = self.log.read_text("utf-8", "replace").splitlines()
        return sum(bool(line.strip()) and "déjà" not in line for line in lines)

    def wait_for_news(self, more: int, look: Callable[[], None]) -> bool:
        """Whether so many lines of new work came before the end."""
        wanted, since = self.news() + more, time.monotonic()
        while self.process.poll() is None:
            look()
            if self.news() >= wanted:
                return True
            assert time.monotonic() - since < PATIENCE, self.log.read_text("utf-8", "replace")
            time.sleep(0.05)
        return False

    def worker(self) -> int | None:
        """The process of its worker, when there is one."""
        pid = self.process.pid
        with suppress(OSError):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if b"worker" in words:
                    return int(child)
        return None

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()
        self._out.close()

    def end(self, look: Callable[[], None] = lambda: None) -> str:
        """What it said, once it is over; ``look`` keeps what it needs, as a supervisor does."""
        since = time.monotonic()
        while self.process.poll() is None:
            look()
            assert time.monotonic() - since < 2 * PATIENCE, self.log.read_text("utf-8", "replace")
            time.sleep(0.2)
        self._out.close()
        said = self.log.read_text("utf-8", "replace")
        assert self.process.returncode == 0, said
        return said


def totals(said: str) -> tuple[str, str]:
    found = _TOTALS.search(said)
    assert found is not None, said
    return found[1], found[2]


def counts(folder: Path) -> dict[str, int]:
    """Rows of every table that does not count tries."""
    with sqlite3.connect(f"file:{folder / 'ouvrage.db'}?mode=ro", uri=True) as base:
        names = [
            name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            name: base.execute(
                f"SELECT count(*) FROM {name} WHERE {ONLY.get(name, '1')}"  # noqa: S608
            ).fetchone()[0]
            for name in names
            if name not in OF_TRIES and not name.startswith("sqlite_")
        }


def environment(folder: Path) -> dict[str, str]:
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(folder)}
    for name in ("REDIS_URL", "DATABASE_URL"):
        env.pop(name, None)
    return env


@pytest.mark.slow
def test_twenty_kills_end_in_the_same_totals(tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    said = Run(environment(whole), tmp_path / "whole.log").end()
    expected, reference = totals(said), counts(whole)
    assert expected[0] == expected[1]

    folder = tmp_path / "killed"
    folder.mkdir()
    env = environment(folder)
    chance, killed = random.Random(SEED), Counter()
    command = redis_server.command(config.settings(env))
    keeper = supervisor.Supervisor([], env=env)
    redis = None
    if command is not None:
        redis = supervisor.Child("redis", command[0], foreign=True, last=True)
        keeper.children.append(redis)
    run, starts = Run(env, tmp_path / "0.log"), 1
    try:
        for number in range(KILLS):
            victim = ("demo", "worker", "redis")[number % 3]
            if run.wait_for_news(chance.randint(1, 4), keeper.look):
                time.sleep(chance.uniform(0, 0.4))
            if victim == "worker" and (worker := run.worker()) is not None:
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                killed["worker"] += 1
            elif victim == "redis" and redis is not None and redis.process is not None:
                with suppress(ProcessLookupError):
                    os.killpg(redis.process.pid, signal.SIGKILL)
                redis.process.wait()
                killed["redis"] += 1
            else:
                run.kill()
                killed["demo"] += 1
                run = Run(env, tmp_path / f"{starts}.log")
                starts += 1
        said = run.end(keeper.look)
    finally:
        run.process.kill()
        keeper.stop()
    assert sum(killed.values()) == KILLS
    assert totals(said) == expected
    assert counts(folder) == reference
