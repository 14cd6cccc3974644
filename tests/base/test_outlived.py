"""Processes outlive the servers that they work with: real ones, stopped and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from base.engine import patience, redis_server
from base.engine.jobs import enqueue, kinds
from base.processes import serving
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.models import Message
from base.store.models.jobs import JobLog, JobRun
from config import ROOT
from tests.base import chaos_worker
from tests.base.test_supervisor import free_port, until


@pytest.fixture
def postgres(app, server):
    """A real server, which may be stopped: it runs again at the end."""
    if server.kind != "postgresql":
        pytest.skip("PostgreSQL seul")
    yield server
    server.resume()


class Shop:
    """Processes of ours, each with what it said; whether they are still those of the start."""

    def __init__(self, app, place):
        self.place = place
        self.env = {
            **os.environ,
            "OUVRAGE_DATA_DIR": str(place),
            "DATABASE_URL": app.settings.database_url,
            "PYTHONUTF8": "1",
        }
        self.env.pop("REDIS_URL", None)
        self.running = {}

    def start(self, name, *command):
        with self.log(name).open("wb") as out:
            self.running[name] = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=self.env, stdout=out, stderr=out
            )

    def log(self, name):
        return self.place / f"{name}.log"

    def said(self, name):
        return self.log(name).read_text(encoding="utf-8")

    def all_live(self):
        return all(one.poll() is None for one in self.running.values())

    def close(self):
        for one in self.running.values():
            one.terminate()
        for one in self.running.values():
            try:
                one.wait(20)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


@pytest.fixture
def shop(app, server, tmp_path):
    """A worker on this database, whose leases are short."""
    before = dict(kinds.KINDS)
    chaos_worker.declare()
    made = Shop(app, tmp_path)
    made.start("worker", str(Path(chaos_worker.__file__)))
    yield made
    made.close()
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


@pytest.fixture
def redis(app, tmp_path, shop, monkeypatch):
    """A Redis of our own in the worker's folder; ``redis.start()`` and ``redis.kill()``."""
    from dataclasses import replace

    settings = replace(app.settings, data_dir=tmp_path)
    command, socket = redis_server.command(settings)

    class Redis:
        url = redis_server.url_of(socket)

        def start(self):
            self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
            assert serving.wait_for_socket(socket)

        def kill(self):
            self.process.kill()
            self.process.wait()

    from base.engine.jobs import bell, queue

    made = Redis()
    monkeypatch.setattr(queue, "ring", lambda job_id: bell.ring_at(made.url, job_id))
    made.start()
    yield made
    made.kill()


def ask(kind, n):
    with system_session("chaos") as session:
        return enqueue(session, f"chaos.{kind}", {"n": n}, entity_id=1).id


def state(job_id):
    with system_session("chaos", readonly=True) as session:
        return session.scalar(select(JobRun.state).where(JobRun.id == job_id))


def begun(job_id):
    with system_session("chaos", readonly=True) as session:
        return session.scalar(select(JobLog.id).where(JobLog.job_id == job_id))


def effects():
    with system_session("chaos", readonly=True) as session:
        asked = select(Message.record_id).where(Message.record == "chaos")
        return sorted(session.scalars(asked))


def done(job_id):
    until(lambda: state(job_id) == "done", 300)


@pytest.mark.slow
def test_a_worker_busy_and_idle_outlives_its_database(postgres, shop):
    done(ask("work", 1))
    under_way = ask("slow", 2)
    until(lambda: begun(under_way))
    postgres.halt()
    until(lambda: "waits for the database" in shop.said("worker"))
    until(lambda: "again in" in shop.said("worker"))
    postgres.resume()
    done(under_way)
    done(ask("work", 3))
    assert effects() == [1, 2, 3]
    assert shop.all_live()
    assert "Traceback" not in shop.said("worker")


@pytest.mark.slow
def test_a_worker_busy_and_idle_outlives_its_redis(app, server, shop, redis):
    done(ask("work", 1))
    under_way = ask("slow", 2)
    until(lambda: begun(under_way))
    redis.kill()
    done(under_way)
    done(ask("work", 3))
    redis.start()
    done(ask("work", 4))
    redis.kill()
    redis.start()
    done(ask("work", 5))
    assert effects() == [1, 2, 3, 4, 5]
    assert shop.all_live()
    assert "Traceback" not in shop.said("worker")


@pytest.mark.slow
def test_background_and_scheduler_outlive_their_database(postgres, shop):
    from base.engine.jobs.presence import alive

    shop.start("background", "-m", "base", "background")

    def present():
        with db.engine.connect() as connection:
            return alive(connection, "scheduler") and alive(connection, "worker") > 1

    until(present, 180)
    postgres.halt()
    time.sleep(3)  # each has looked at it at least once
    postgres.resume()
    with system_session("chaos") as session:
        number = enqueue(session, "base.sweep").id
    done(number)
    assert shop.all_live()
    said = shop.said("background")
    assert "s’est arrêté" not in said
    assert "Traceback" not in said


@pytest.mark.slow
def test_a_start_waits_for_a_database_that_is_late_and_says_so(postgres, app, tmp_path):
    waiter = Shop(app, tmp_path)
    postgres.halt()
    waiter.env["OUVRAGE_PORT"] = str(free_port())
    waiter.start("serve", "-m", "base")
    try:
        until(lambda: "elle est attendue 120 secondes au plus" in waiter.said("serve"), 90)
        assert waiter.all_live()
        postgres.resume()
        until(lambda: "Ouvrage est prêt" in waiter.said("serve"), 240)
    finally:
        waiter.close()
    assert "Traceback" not in waiter.said("serve")


def test_the_wait_is_bounded_and_a_wrong_setting_is_not_waited_for(postgres, app, monkeypatch):
    from dataclasses import replace

    now, said = [0.0], []
    monkeypatch.setattr(patience.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(patience.time, "sleep", lambda s: now.__setitem__(0, now[0] + s))
    url = app.settings.database_url
    patience.await_database(app.settings, said.append)
    wrong = replace(app.settings, database_url=url.replace("/ouvrage_test", "/nulle_part"))
    patience.await_database(wrong, said.append)
    assert (now, said) == ([0.0], [])
    postgres.halt()
    patience.await_database(app.settings, said.append)
    assert now == [120.0]
    assert said == [
        "La base de données ne répond pas encore : elle est attendue 120 secondes au plus."
    ]


def test_tries_are_further_and_further_apart_and_a_stop_ends_the_wait(caplog, monkeypatch):
    import logging

    from redis.exceptions import ConnectionError as Lost

    stop, waits = threading.Event(), []
    monkeypatch.setattr(stop, "wait", waits.append)
    one = patience.Patience(logging.getLogger("ouvrage.test"), stop)
    for _n in range(7):
        with one.trying():
            raise Lost("nobody there\nmore")
    with one.trying():
        pass
    with one.trying():
        raise Lost("nobody there")
    assert waits == [1, 2, 4, 8, 16, 30, 30, 1]
    assert caplog.messages[0] == "nobody there; again in 1 s"
    assert caplog.messages[7] == "it goes on, after 7 tries"
    with pytest.raises(ZeroDivisionError), one.trying():
        1 / 0  # noqa: B018
