"""A Redis that was named: waited for when it starts later than we do; a worker at it that stops."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
from argparse import Namespace

import pytest

import config
from base.basics.errors import StartRefused
from base.engine import patience, redis_server
from base.processes import worker
from base.processes.cli import processes
from tests.base.test_supervisor import free_port

AWAITED = "Redis ne répond pas encore : il est attendu 120 secondes au plus."


@pytest.fixture
def place(tmp_path):
    return config.settings(
        {
            "OUVRAGE_DATA_DIR": str(tmp_path / "d"),
            "REDIS_URL": f"redis://:a-secret@127.0.0.1:{free_port()}/0",
        }
    )


@pytest.fixture
def late(place, tmp_path):
    """Starts the Redis of these settings, with its password."""
    program = redis_server.executable()
    if program is None:
        pytest.skip("no Redis on this machine")
    started = []

    def start(password="a-secret"):
        port = place.redis_url.rpartition(":")[2].partition("/")[0]
        options = {"port": port, "bind": "127.0.0.1", "dir": str(tmp_path), "save": ""}
        words = [part for k, v in options.items() for part in (f"--{k}", v)]
        command = [program, *words, "--requirepass", password]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_a_redis_that_comes_late_is_waited_for_and_said_once(place, late, monkeypatch):
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.05)
    said = []

    def say(sentence):
        said.append(sentence)
        late()

    patience.await_redis(place, say)
    assert said == [AWAITED]
    patience.await_redis(place, say)
    assert said == [AWAITED], "it answers at once"


def test_one_that_does_not_come_is_refused_after_two_minutes(place, monkeypatch):
    now, said = [0.0], []
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(patience.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    with pytest.raises(StartRefused, match=r"Redis ne répond pas à 127\.0\.0\.1:\d+ :") as refusal:
        patience.await_redis(place, said.append)
    assert (now, said) == ([120.0], [AWAITED])
    assert "a-secret" not in str(refusal.value)


def test_one_that_does_not_let_us_in_is_refused_without_waiting_longer(place, late, monkeypatch):
    monkeypatch.setattr(patience, "LOOK_SECONDS", 0.05)
    said = []

    def say(sentence):
        said.append(sentence)
        late(password="another")

    with pytest.raises(StartRefused, match="Redis refuse la connexion à 127") as refusal:
        patience.await_redis(place, say)
    assert said == [AWAITED]
    assert "REDIS_URL" in str(refusal.value) and "a-secret" not in str(refusal.value)


def test_one_that_still_reads_its_files_is_late():
    from redis.exceptions import AuthenticationError, BusyLoadingError, ResponseError
    from redis.exceptions import ConnectionError as Unreachable

    late = [redis_server.is_absent(fault("x")) for fault in (BusyLoadingError, Unreachable)]
    assert late == [True, True]
    for fault in (AuthenticationError("x"), ResponseError("x"), ValueError("x"), None):
        assert not redis_server.is_absent(fault)


def test_without_a_name_nothing_is_waited_for(tmp_path):
    patience.await_redis(config.settings({"OUVRAGE_DATA_DIR": str(tmp_path)}), pytest.fail)


def test_a_start_waits_before_it_looks_at_the_schema(place, monkeypatch):
    """The supervisor asks ``migrate --start``: what is refused there starts nothing."""
    monkeypatch.setattr(processes.installed, "chosen", lambda log, makes=False: place)
    monkeypatch.setattr(patience, "START_SECONDS", 0.0)
    with pytest.raises(StartRefused, match="Redis ne répond pas"):
        processes.migrate(Namespace(start=True))
    assert not (place.data_dir / "ouvrage.db").exists()


class Stopped:
    """The presence of a worker that is asked to stop: as soon as it waits for work, or before."""

    def __init__(self, handler):
        self.handler = handler

    def say(self):
        if getattr(signal.getsignal(signal.SIGTERM), "__name__", "") == self.handler:
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("handler", ["request_stop", "<lambda>"])
def test_a_worker_without_work_stops_when_it_is_asked(
    sqlite_app, place, late, monkeypatch, handler
):
    late()
    patience.await_redis(place, lambda sentence: None)
    presence = Stopped(handler)

    def reachable(settings):
        presence.say()  # before RQ has its own handlers
        return place.redis_url

    monkeypatch.setattr(worker, "reachable", reachable)
    stop, waited = threading.Event(), []
    one = patience.Patience(logging.getLogger("ouvrage.test"), stop)
    monkeypatch.setattr(one, "wait", waited.append)
    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    try:
        worker._turn(sqlite_app, presence, stop, one)
    finally:
        signal.alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stop.is_set() and waited == []
