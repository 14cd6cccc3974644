"""Jobs: the row is the truth; one effect, whatever dies, repeats or is refused."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from base.basics import clock
from base.basics.errors import DomainError, TransitionRefused
from base.engine.jobs import bell, cancel, close, enqueue, execution, kinds, rerun
from base.engine.jobs.context import Interrupted
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.store.models import Setting
from base.store.models.jobs import JobLog, JobRun, JobState
from tests.base.asking import (
    ask,
    change,
    declare_writer,
    job,
    keys_of_settings,
    log_of,
    note,
    user_id,
)

pytestmark = pytest.mark.usefixtures("declared")


def test_a_job_does_its_effect_once_and_says_so(app, rung):
    declare_writer()
    job_id = ask()
    assert rung == [job_id]
    execution.run(job_id)
    execution.run(job_id)
    row = job(job_id)
    assert (row.state, row.attempts, row.progress) == (JobState.DONE, 1, 100)
    assert keys_of_settings() == ["k"]
    assert log_of(job_id) == ["écrit"]


def test_a_rolled_back_request_leaves_neither_row_nor_bell(app, rung):
    declare_writer()
    with pytest.raises(DomainError):  # noqa: PT012
        with job_session((1,), "user:1") as session:
            enqueue(session, "test.write", {"entity_id": 1, "key": "k"})
            raise DomainError("refusé")
    assert rung == []
    with system_session("test", readonly=True) as session:
        assert session.scalar(select(JobRun.id)) is None


def test_a_savepoint_does_not_ring(app, rung):
    declare_writer()
    with job_session((1,), "user:1") as session:
        with session.begin_nested():
            enqueue(session, "test.write", {"entity_id": 1, "key": "k"})
        assert rung == []
    assert len(rung) == 1


def test_one_key_makes_one_job(app, rung):
    declare_writer()
    with job_session((1,), "user:1") as session:
        first = enqueue(session, "test.write", {"entity_id": 1, "key": "k"}, key="unique")
        assert enqueue(session, "test.write", key="unique") is first


def test_an_unknown_kind_is_refused_when_asked_for(app):
    with pytest.raises(LookupError):
        ask("os.system")


def test_a_row_of_an_unknown_kind_is_never_run(app, rung):
    declare_writer()
    job_id = ask()
    change(job_id, kind="os.system")
    execution.run(job_id)
    assert job(job_id).state == JobState.DEAD


def test_the_queue_carries_one_name_only():
    from rq.serializers import JSONSerializer

    class Silent:
        pass

    made = bell.AllowedJob("1", connection=Silent(), serializer=JSONSerializer)
    made._func_name = "os.system"
    with pytest.raises(PermissionError):
        _ = made.func
    made._func_name = bell.CALLABLE
    assert made.func is execution.run


def test_a_bell_outside_of_an_application_asks_the_process_for_one(app, monkeypatch):
    """A horse of the worker has its application; another process has to say which."""
    asked = []
    monkeypatch.setattr(execution, "current_app", None)
    monkeypatch.setattr(execution, "_application", None)
    with pytest.raises(RuntimeError):
        execution.run(1)
    execution.work_with(lambda: asked.append(1) or app)
    execution.run(2**40)
    assert asked == [1]


def test_a_fault_is_tried_again_later_and_then_given_up(app, rung):
    @kinds.job("test.fail", title="Échouer", max_attempts=2)
    def fail(session, args, ctx):
        note(session, 1, "jamais")
        raise ValueError("raté")

    job_id = ask("test.fail")
    execution.run(job_id)
    row = job(job_id)
    assert row.state == JobState.QUEUED
    assert row.run_at > clock.now()
    assert "raté" in row.last_error
    change(job_id, run_at=clock.now() - timedelta(seconds=1))
    execution.run(job_id)
    assert job(job_id).state == JobState.DEAD
    assert keys_of_settings() == []


def test_a_refusal_of_the_trade_is_not_tried_again(app, rung):
    @kinds.job("test.refuse", title="Refuser")
    def refuse(session, args, ctx):
        raise DomainError("Le bien est archivé.")

    job_id = ask("test.refuse")
    execution.run(job_id)
    row = job(job_id)
    assert (row.state, row.last_error) == (JobState.DEAD, "Le bien est archivé.")


def test_a_worker_that_died_is_replaced_after_its_lease(app, rung):
    declare_writer()
    job_id = ask()
    assert execution.claim(db.engine, job_id) is not None
    execution.run(job_id)
    assert job(job_id).state == JobState.RUNNING, "the lease still holds"
    change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    execution.run(job_id)
    row = job(job_id)
    assert (row.state, row.attempts, row.fence) == (JobState.DONE, 2, 2)
    assert keys_of_settings() == ["k"]


def test_a_job_that_kills_its_workers_ends_dead(app, rung):
    declare_writer(max_attempts=2)
    job_id = ask()
    for _n in range(2):
        assert execution.claim(db.engine, job_id) is not None
        change(job_id, lease_until=clock.now() - timedelta(seconds=1))
    assert execution.claim(db.engine, job_id) is None
    row = job(job_id)
    assert row.state == JobState.DEAD
    assert "arrêté" in row.last_error


def test_an_overtaken_try_writes_nothing(app, rung):
    @kinds.job("test.slow", title="Lent")
    class Slow:
        def prepare(self, args, ctx):
            # Another worker takes the row over while this one was frozen.
            change(ctx.job_id, fence=ctx.fence + 1)
            return args

        def apply(self, session, prepared, ctx):
            note(session, 1, "double")

    job_id = ask("test.slow")
    execution.run(job_id)
    assert keys_of_settings() == []
    assert job(job_id).state == JobState.RUNNING


def test_the_fence_also_holds_at_the_very_end(app, rung):
    @kinds.job("test.late", title="Tard")
    def late(session, args, ctx):
        note(session, 1, "double")
        session.core(update(JobRun.__table__).filter_by(id=ctx.job_id).values(fence=ctx.fence + 1))

    job_id = ask("test.late")
    execution.run(job_id)
    assert keys_of_settings() == []


def test_progress_is_written_and_hears_the_request_to_stop(app, rung):
    seen = []

    @kinds.job("test.long", title="Long")
    class Long:
        def prepare(self, args, ctx):
            ctx.progress(1, 4, "ligne 1")
            seen.append((job(ctx.job_id).progress, job(ctx.job_id).progress_text))
            change(ctx.job_id, cancel_requested=True)
            ctx.progress(4, 4, "ligne 4")
            pytest.fail("went on")

    job_id = ask("test.long")
    execution.run(job_id)
    assert seen == [(25, "ligne 1")]
    row = job(job_id)
    assert row.state == JobState.CANCELLED
    assert row.finished_at is not None


def test_a_waiting_job_is_cancelled_at_once_and_may_be_run_again(app, rung):
    declare_writer()
    job_id = ask()
    with job_session((1,), "user:1") as session:
        row = session.get(JobRun, job_id)
        cancel(session, row)
        with pytest.raises(TransitionRefused):
            cancel(session, row)
    execution.run(job_id)
    assert keys_of_settings() == []
    with job_session((1,), "user:1") as session:
        rerun(session, session.get(JobRun, job_id))
    execution.run(job_id)
    assert keys_of_settings() == ["k"]


def test_a_dead_job_is_closed_with_a_reason(app, rung):
    declare_writer()
    job_id = ask()
    change(job_id, state=JobState.DEAD)
    with job_session((1,), "user:1") as session:
        row = session.get(JobRun, job_id)
        with pytest.raises(DomainError):
            close(session, row, reason=" ")
        close(session, row, reason="doublon")
    assert job(job_id).closed_reason == "doublon"


def test_a_stopping_machine_gives_the_row_back_untried(app, rung):
    @kinds.job("test.stop", title="Arrêt")
    class Stop:
        def prepare(self, args, ctx):
            raise Interrupted

    job_id = ask("test.stop")
    execution.run(job_id)
    row = job(job_id)
    assert (row.state, row.attempts, row.owner) == (JobState.QUEUED, 0, None)


def test_a_job_works_with_the_rights_of_who_asked(app, rung):
    declare_writer()
    bob = user_id("bob")
    with job_session((1,), f"user:{bob}") as session:
        job_id = enqueue(session, "test.write", {"entity_id": 2, "key": "chez B"}).id
    execution.run(job_id)
    assert job(job_id).state == JobState.DEAD
    assert keys_of_settings() == []


def test_rights_lost_since_the_request_are_lost_for_the_job(app, rung):
    from base.store.models import UserEntity

    declare_writer()
    job_id = ask(scope=(1,))
    with system_session("test") as session:
        for row in session.scalars(
            select(UserEntity).where(UserEntity.user_id == user_id("alice"))
        ).all():
            session.delete(row)
    execution.run(job_id)
    assert job(job_id).state == JobState.DEAD
    assert keys_of_settings() == []


def test_a_disabled_account_stops_its_jobs(app, rung):
    from flask_appbuilder.security.sqla.models import User

    declare_writer()
    job_id = ask()
    with db.engine.begin() as connection:
        table = User.__table__
        connection.execute(update(table).where(table.c.username == "alice").values(active=False))
    execution.run(job_id)
    row = job(job_id)
    assert row.state == JobState.DEAD
    assert "désactivé" in row.last_error


def test_the_trail_names_the_person_and_the_job(app, rung):
    from base.store.models import Event

    declare_writer()
    alice = user_id("alice")
    job_id = ask()
    execution.run(job_id)
    with system_session("test", readonly=True) as session:
        event = session.scalars(
            select(Event).where(Event.record == "base_setting").order_by(Event.seq.desc())
        ).first()
        assert event.actor == f"user:{alice}"
        assert event.door == f"job test.write #{job_id}"


def test_what_a_job_writes_is_stamped_with_who_asked(app, rung):
    declare_writer()
    execution.run(ask())
    with system_session("test", readonly=True) as session:
        assert session.scalar(select(Setting.created_by_id)) == user_id("alice")


def test_a_colleague_of_another_authority_does_not_see_the_job(app, rung):
    declare_writer()
    job_id = ask()
    with job_session((2,), "user:99", readonly=True) as session:
        assert session.get(JobRun, job_id) is None
        assert session.scalars(select(JobLog)).all() == []


def test_the_result_names_the_files_made(app, rung):
    @kinds.job("test.files", title="Fichiers")
    def files(session, args, ctx):
        ctx.attach(7)
        ctx.result["count"] = 3

    job_id = ask("test.files")
    execution.run(job_id)
    assert json.loads(job(job_id).result) == {"count": 3, "document_ids": [7]}
