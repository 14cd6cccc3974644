"""Rows that nobody heard of, and periodic work: found, asked for once, swept at last."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from base.basics import clock
from base.engine.jobs import enqueue, execution, kinds, poller
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.models import Setting
from base.store.models.jobs import JobRun, JobState, Periodic
from tests.base.asking import (
    ask,
    change,
    declare_writer,
    job,
    keys_of_settings,
    log_of,
)

pytestmark = pytest.mark.usefixtures("declared")


def test_the_poller_rings_again_for_what_nobody_heard(app, rung):
    declare_writer()
    job_id = ask()
    heard, now = [], [100.0]
    look = poller.Poller(
        db.engine,
        ring=lambda i, bell_id: heard.append(i) or True,
        run=None,
        monotonic=lambda: now[0],
    )
    assert look.tick() == 0, "young rows are left to their bell"
    change(job_id, run_at=clock.now() - timedelta(seconds=10))
    look.tick()
    look.tick()
    assert heard == [job_id]
    now[0] += poller.AGAIN_SECONDS + 1
    look.tick()
    assert heard == [job_id, job_id]


def test_the_poller_does_the_work_itself_when_no_bell_works(app, rung):
    declare_writer()
    job_id = ask()
    look = poller.Poller(db.engine, ring=lambda i, bell_id: False, run=execution.run)
    assert look.tick(older=0) == 1
    assert job(job_id).state == JobState.DONE


def test_the_poller_finds_what_a_dead_worker_left(app, rung):
    declare_writer()
    job_id = ask()
    execution.claim(db.engine, job_id)
    assert poller.waiting(db.engine) == []
    change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    assert poller.waiting(db.engine) == [job_id]


def test_who_waits_for_a_row_does_it_only_when_nobody_comes(app, rung):
    declare_writer()
    job_id = ask()
    poller.lend_a_hand(db.engine, job_id, alive=True)
    assert job(job_id).state == JobState.QUEUED  # its bell has just been rung
    execution.claim(db.engine, job_id)
    poller.lend_a_hand(db.engine, job_id, alive=False)
    assert job(job_id).state == JobState.RUNNING  # a worker has it
    change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    poller.lend_a_hand(db.engine, job_id, alive=True)
    assert job(job_id).state == JobState.DONE  # that worker is gone, whoever else lives


def test_who_waits_for_a_row_hears_that_nobody_heard_its_bell(app, rung):
    declare_writer()
    job_id = ask()
    change(job_id, run_at=clock.now() - timedelta(seconds=poller.AGAIN_SECONDS + 1))
    poller.lend_a_hand(db.engine, job_id, alive=True)
    assert job(job_id).state == JobState.DONE


# --- periodic work ---------------------------------------------------------------------------


def at(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def declare_daily():
    @kinds.periodic("0 5 * * *", title="Chaque matin", name="test.daily")
    def daily(session, args, ctx):
        session.add(Setting(entity_id=1, key="matin", value="x"))


def test_a_new_task_waits_for_its_next_period(app):
    declare_daily()
    assert poller.ask_periodic(db.engine, "UTC", at=at(10, 12)) == []
    assert len(poller.ask_periodic(db.engine, "UTC", at=at(11, 5))) == 1


def test_two_schedulers_and_a_clock_set_back_fire_once(app):
    declare_daily()
    poller.ask_periodic(db.engine, "UTC", at=at(10, 12))
    assert len(poller.ask_periodic(db.engine, "UTC", at=at(11, 5, 1))) == 1
    assert poller.ask_periodic(db.engine, "UTC", at=at(11, 5, 1)) == []
    assert poller.ask_periodic(db.engine, "UTC", at=at(11, 4, 1)) == []
    assert poller.ask_periodic(db.engine, "UTC", at=at(11, 5, 2)) == []


def test_a_scheduler_with_nothing_to_ask_waits_for_no_writer(sqlite_app):
    declare_daily()
    poller.ask_periodic(db.engine, "UTC", at=at(10, 12))
    with contextlib.closing(sqlite3.connect(db.engine.url.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert poller.ask_periodic(db.engine, "UTC", at=at(10, 13)) == []
        assert time.monotonic() - begun < 1
        writer.rollback()


def test_missed_periods_are_caught_up_once(app):
    declare_daily()
    poller.ask_periodic(db.engine, "UTC", at=at(1, 12))
    assert len(poller.ask_periodic(db.engine, "UTC", at=at(9, 12))) == 1
    with system_session("test", readonly=True) as session:
        assert session.get(Periodic, "test.daily").last_period_at == at(9, 5)


def test_periods_follow_the_local_clock():
    task = kinds.PeriodicTask("test", "0 5 * * *")
    # Winter time in Paris: five o'clock is four o'clock UTC.
    assert task.last_period(at(10, 4, 0), "Europe/Paris") == at(10, 4)
    assert task.last_period(at(10, 3, 59), "Europe/Paris") == at(9, 4)


def test_periodic_work_runs_for_the_system(app):
    declare_daily()
    poller.ask_periodic(db.engine, "UTC", at=at(10, 12))
    (job_id,) = poller.ask_periodic(db.engine, "UTC", at=at(11, 5))
    change(job_id, run_at=clock.now())
    execution.run(job_id)
    row = job(job_id)
    assert (row.state, row.created_by_id, row.entity_id) == (JobState.DONE, None, None)
    assert keys_of_settings() == ["matin"]


def test_two_kinds_of_one_name_are_refused():
    @kinds.job("test.twice", title="Un")
    def first(session, args, ctx): ...

    with pytest.raises(RuntimeError):

        @kinds.job("test.twice", title="Deux")
        def second(session, args, ctx): ...


def test_a_wrong_cron_line_is_refused():
    with pytest.raises(ValueError, match="cron"):
        kinds.periodic("61 * * * *", title="Jamais")


def test_the_wait_between_tries_doubles_up_to_an_hour():
    for attempt, longest in ((1, 10), (2, 20), (5, 160), (20, 3600)):
        assert 0.75 * longest <= execution.backoff(attempt) <= longest


def test_the_sweep_forgets_old_jobs_with_their_log_and_keeps_the_failed_ones(app, rung):
    declare_writer()
    old = clock.now() - timedelta(days=200)
    ended, failed, young = ask(key="a"), ask(key="b"), ask(key="c")
    execution.run(ended)
    change(ended, finished_at=old)
    change(failed, state=JobState.DEAD, finished_at=old)
    with system_session("test") as session:
        sweeping = enqueue(session, "base.sweep").id
    execution.run(sweeping)
    assert json.loads(job(sweeping).result)["jobs"] == 1
    with system_session("test", readonly=True) as session:
        assert sorted(session.scalars(select(JobRun.id))) == [failed, young, sweeping]
    assert log_of(ended) == []
