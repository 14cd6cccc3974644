"""Workers killed at random while Redis is wiped: nothing lost, nothing twice, failures seen."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

import config
from tests.base import chaos_worker
from tests.base.test_supervisor import until

WORKERS = 4
JOBS = 160
#: Every so many-th job fails, or kills its process.
FAILING, POISON = 20, 40
SECONDS = 20


@pytest.mark.slow
@pytest.mark.parametrize("with_redis", [False, True])
def test_no_job_is_lost_or_done_twice_whatever_is_killed(tmp_path, with_redis, monkeypatch):
    from base.app import bare_app, create_app, migrate
    from base.engine import redis_server
    from base.engine.jobs import enqueue, kinds, poller
    from base.engine.jobs.bell import ring_at
    from base.processes import serving, supervisor
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models import Message
    from base.store.models.jobs import JobRun, JobState

    env = {**os.environ, "OUVRAGE_DATA_DIR": str(tmp_path)}
    env.pop("REDIS_URL", None)
    settings = config.settings(env)
    migrate(bare_app(settings))
    app = create_app(settings)
    before = dict(kinds.KINDS)
    chaos_worker.declare()
    keeper = supervisor.Supervisor([], env=env)
    script = str(Path(chaos_worker.__file__))
    workers = [supervisor.Child(f"worker {n}", [sys.executable, script]) for n in range(WORKERS)]
    keeper.children += workers
    redis = None
    if with_redis:
        command, socket = redis_server.command(settings)
        redis = supervisor.Child("redis", command, foreign=True, last=True)
        keeper.children.append(redis)
        keeper.start(redis)
        assert serving.wait_for_socket(socket)
    monkeypatch.setattr(poller, "AGAIN_SECONDS", 3.0)

    def ring(job_id, bell_id):
        url = redis_server.address(settings)
        return url is not None and ring_at(url, job_id, bell_id)

    chance = random.Random(20261122)
    killed = 0
    try:
        keeper.look()
        with app.app_context():
            look = poller.Poller(db.engine, ring=ring, run=lambda job_id: None)
            for n in range(JOBS):
                kind = "work"
                if n % FAILING == 3:
                    kind = "fail"
                if n % POISON == 7:
                    kind = "poison"
                with system_session("chaos") as session:
                    enqueue(session, f"chaos.{kind}", {"n": n}, entity_id=1)
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                time.sleep(chance.uniform(0.2, 0.8))
                victim = chance.choice(workers)
                if victim.alive:
                    with contextlib.suppress(ProcessLookupError):  # it ended in between
                        os.kill(chance.choice(_family(victim.process.pid)), signal.SIGKILL)
                    killed += 1
                for child in keeper.children:
                    child.failures = 0
                keeper.look()
                if redis is not None:
                    look.tick()
                    if chance.random() < 0.1:
                        _wipe(settings)

            def over():
                keeper.look()
                if redis is not None:
                    look.tick()
                with system_session("chaos", readonly=True) as session:
                    left = session.scalars(
                        select(JobRun.id).where(
                            JobRun.state.in_((JobState.QUEUED, JobState.RUNNING))
                        )
                    ).all()
                time.sleep(0.3)
                return not left

            until(over, 240)
            with system_session("chaos", readonly=True) as session:
                effects = Counter(
                    session.scalars(select(Message.record_id).where(Message.record == "chaos"))
                )
                pairs = session.execute(select(JobRun.kind, JobRun.state))
                states = Counter((kind, state) for kind, state in pairs)
                silent = session.scalars(
                    select(JobRun.id).where(
                        JobRun.state == JobState.DEAD, JobRun.last_error.is_(None)
                    )
                ).all()
            db.engine.dispose()
    finally:
        keeper.hurry = True
        keeper.stop()
        kinds.KINDS.clear()
        kinds.KINDS.update(before)
    poison = sum(n % POISON == 7 for n in range(JOBS))
    failing = sum(n % FAILING == 3 for n in range(JOBS))
    good = JOBS - poison - failing
    assert killed > 10
    assert set(effects.values()) == {1}, "one effect each"
    assert len(effects) == good
    assert states == {
        ("chaos.work", "done"): good,
        ("chaos.fail", "dead"): failing,
        ("chaos.poison", "dead"): poison,
    }
    assert silent == [], "every failure says why"


@pytest.mark.slow
@pytest.mark.parametrize("with_redis", [False, True])
def test_a_stopped_worker_gives_its_job_back_untried(tmp_path, with_redis):
    from base.app import bare_app, create_app, migrate
    from base.engine import redis_server
    from base.engine.jobs import enqueue, kinds
    from base.processes import serving, supervisor
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models.jobs import JobLog, JobRun

    env = {**os.environ, "OUVRAGE_DATA_DIR": str(tmp_path)}
    env.pop("REDIS_URL", None)
    settings = config.settings(env)
    migrate(bare_app(settings))
    app = create_app(settings)
    before = dict(kinds.KINDS)
    chaos_worker.declare()
    keeper = supervisor.Supervisor([], env=env)
    if with_redis:
        command, socket = redis_server.command(settings)
        redis = supervisor.Child("redis", command, foreign=True, last=True)
        keeper.children.append(redis)
        keeper.start(redis)
        assert serving.wait_for_socket(socket)
    script = str(Path(chaos_worker.__file__))
    worker = supervisor.Child("worker", [sys.executable, script])
    keeper.children.append(worker)
    try:
        with app.app_context():
            with system_session("chaos") as session:
                number = enqueue(session, "chaos.long", {}).id
            keeper.look()

            def begun():
                with system_session("chaos", readonly=True) as session:
                    return session.scalar(select(JobLog.id).where(JobLog.job_id == number))

            until(begun, 120)
            begin = time.monotonic()
            keeper.stop()
            assert time.monotonic() - begin < 30
            with system_session("chaos", readonly=True) as session:
                row = session.get(JobRun, number)
                assert (row.state, row.attempts, row.owner) == ("queued", 0, None)
            db.engine.dispose()
    finally:
        keeper.hurry = True
        keeper.stop()
        kinds.KINDS.clear()
        kinds.KINDS.update(before)


def _family(pid):
    """A process and its children."""
    found = [pid]
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return found + [int(n) for n in done.stdout.split()]


def _wipe(settings):
    """Redis forgets everything."""
    from redis.exceptions import RedisError

    from base.engine import redis_server

    url = redis_server.address(settings)
    if url is not None:
        try:
            redis_server.client(url, quick=True).flushall()
        except RedisError:
            return
