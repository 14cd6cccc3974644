"""The screens of jobs: who sees which, who stops which, what the page says."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from base.basics import clock
from base.desk.job_pages import steps_of
from base.engine.jobs import enqueue, kinds
from base.rules.rights.actors import job_session, system_session
from base.store.database import db
from base.store.models.jobs import JobLog, JobRun, JobState
from tests.engines import csrf


@pytest.fixture(autouse=True)
def declared():
    """One kind of these tests alone."""
    before = dict(kinds.KINDS)

    @kinds.job("test.page", title="Rapport d’essai", steps=("Lire", "Composer", "Sceller"))
    def work(session, args, ctx): ...

    yield
    kinds.KINDS.clear()
    kinds.KINDS.update(before)


def user_id(name):
    from flask_appbuilder.security.sqla.models import User

    with system_session("test", readonly=True) as session:
        return session.scalar(select(User.id).where(User.username == name))


def asked(user="alice", scope=(1,)):
    with job_session(scope, f"user:{user_id(user)}") as session:
        return enqueue(session, "test.page", {}).id


def change(job_id, **values):
    with db.engine.begin() as connection:
        connection.execute(update(JobRun.__table__).values(**values).filter_by(id=job_id))


def job(job_id):
    with system_session("test", readonly=True) as session:
        row = session.get(JobRun, job_id)
        session.expunge(row)
        return row


def test_a_job_is_listed_and_shown_with_who_asked(sqlite_app, sqlite_client_of):
    job_id = asked()
    alice = sqlite_client_of("alice")
    page = alice.get("/traitements/").get_data(as_text=True)
    assert "Rapport d’essai" in page and "Alice A" in page
    page = alice.get(f"/traitements/{job_id}").get_data(as_text=True)
    assert "En attente" in page and "Sceller" in page


def test_another_authority_sees_nothing_of_it(sqlite_app, sqlite_client_of):
    job_id = asked()
    chloe = sqlite_client_of("chloe")
    assert "Rapport d’essai" not in chloe.get("/traitements/").get_data(as_text=True)
    assert chloe.get(f"/traitements/{job_id}").status_code == 404
    assert chloe.get(f"/traitements/{job_id}/avancement").status_code == 404
    answer = chloe.post(f"/traitements/{job_id}/arreter", data={"csrf_token": csrf(chloe)})
    assert answer.status_code == 404
    assert job(job_id).state == JobState.QUEUED


def test_who_asked_may_stop_it_and_run_it_again(sqlite_app, sqlite_client_of):
    job_id = asked()
    alice = sqlite_client_of("alice")
    token = {"csrf_token": csrf(alice)}
    assert alice.post(f"/traitements/{job_id}/arreter", data=token).status_code == 302
    assert job(job_id).state == JobState.CANCELLED
    assert alice.post(f"/traitements/{job_id}/relancer", data=token).status_code == 302
    assert job(job_id).state == JobState.QUEUED


def test_a_colleague_may_look_but_not_stop(sqlite_app, sqlite_client_of):
    job_id = asked()
    bob = sqlite_client_of("bob")
    page = bob.get(f"/traitements/{job_id}").get_data(as_text=True)
    assert "Rapport d’essai" in page and "Arrêter" not in page
    answer = bob.post(f"/traitements/{job_id}/arreter", data={"csrf_token": csrf(bob)})
    assert answer.status_code == 403


def test_the_progress_stops_asking_when_the_job_is_over(sqlite_app, sqlite_client_of):
    job_id = asked()
    alice = sqlite_client_of("alice")
    change(job_id, state=JobState.RUNNING, progress=40, started_at=clock.now())
    page = alice.get(f"/traitements/{job_id}/avancement")
    assert page.status_code == 200
    assert "40 %" in page.get_data(as_text=True) and "every 1s" in page.get_data(as_text=True)
    change(job_id, state=JobState.DONE, progress=100, finished_at=clock.now())
    page = alice.get(f"/traitements/{job_id}/avancement")
    assert page.status_code == 286
    assert "every 1s" not in page.get_data(as_text=True)


def test_the_administrator_sees_the_systems_failure_at_home_and_closes_it(
    sqlite_app, sqlite_client_of
):
    with system_session("test") as session:
        job_id = enqueue(session, "test.page", {}).id
    change(job_id, state=JobState.DEAD, last_error="Le disque est plein.")
    alice, admin = sqlite_client_of("alice"), sqlite_client_of("admin")
    assert alice.get(f"/traitements/{job_id}").status_code == 404
    assert "Le disque est plein." in admin.get("/").get_data(as_text=True)
    answer = admin.post(
        f"/traitements/{job_id}/classer", data={"csrf_token": csrf(admin), "reason": "agrandi"}
    )
    assert answer.status_code == 302
    assert job(job_id).closed_reason == "agrandi"
    assert "Le disque est plein." not in admin.get("/").get_data(as_text=True)


def test_the_parts_begun_are_done_the_last_is_under_way_the_rest_to_come(declared):
    row = JobRun(kind="test.page", state=JobState.RUNNING)
    log = [JobLog(level="step", text="Lire"), JobLog(level="step", text="Composer")]
    assert [(s.name, s.state) for s in steps_of(row, log)] == [
        ("Lire", "done"),
        ("Composer", "cur"),
        ("Sceller", ""),
    ]


def test_health_answers_and_ready_says_what_is_missing(sqlite_app, sqlite_client_of):
    stranger = sqlite_client_of(None)
    assert stranger.get("/health").status_code == 200
    answer = stranger.get("/ready")
    assert answer.status_code == 200, "pages are served without a worker: jobs wait"
    said = answer.get_json()
    assert (said["status"], said["database"], said["schema"]) == ("degraded", "ok", "ok")
    assert said["reasons"] == ["worker: none is running"]


def test_ready_is_degraded_without_redis_and_refuses_without_database_or_schema(
    sqlite_app, sqlite_client_of, monkeypatch
):
    from base.upkeep import health

    stranger = sqlite_client_of(None)
    checks = sqlite_app.extensions["ouvrage_ready"]
    monkeypatch.setitem(checks, "worker", lambda: "ok")
    monkeypatch.setitem(checks, "redis", lambda: "no answer")
    said = stranger.get("/ready")
    assert (said.status_code, said.get_json()["status"]) == (200, "degraded")
    monkeypatch.setattr(health, "late_modules", lambda connection, manifests: ["energie"])
    said = stranger.get("/ready")
    assert (said.status_code, said.get_json()["status"]) == (503, "unavailable")
    assert int(said.headers["Retry-After"]) > 0
    assert "energie" in said.get_json()["schema"]

    class Down:
        def connect(self):
            raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setitem(sqlite_app.extensions, "ro_engine", Down())
    said = stranger.get("/ready")
    assert (said.status_code, said.get_json()["database"]) == (503, "OperationalError")


def test_ready_once_a_worker_has_said_so(sqlite_app, sqlite_client_of):
    from base.engine.jobs.presence import Presence, forget_machine

    worker = Presence(db.engine, "worker")
    worker.say()
    answer = sqlite_client_of(None).get("/ready")
    assert answer.status_code == 200 and answer.get_json()["status"] == "ok", answer.get_json()
    assert answer.get_json()["redis"] == "none" and answer.get_json()["reasons"] == []
    forget_machine(db.engine)
    assert sqlite_client_of(None).get("/ready").get_json()["status"] == "degraded"


def test_a_program_follows_its_job_and_no_other(sqlite_app, sqlite_api_of):
    job_id = asked()
    alice, chloe = sqlite_api_of("alice"), sqlite_api_of("chloe")
    found = alice("GET", f"/api/v1/job/{job_id}").get_json()["result"]
    assert (found["state"], found["progress"]) == ("queued", 0)
    assert alice("GET", "/api/v1/job/").get_json()["count"] == 1
    assert chloe("GET", f"/api/v1/job/{job_id}").status_code == 404
    assert chloe("GET", "/api/v1/job/").get_json()["count"] == 0
    assert alice("POST", "/api/v1/job/", json={"kind": "os.system"}).status_code in (404, 405)


def test_a_title_that_holds_a_files_name_is_text(sqlite_app, sqlite_client_of):
    job_id = asked()
    change(job_id, title="Biens : <b>100 %</b> ; fin.csv")
    alice = sqlite_client_of("alice")
    for path in ("/traitements/", f"/traitements/{job_id}"):
        page = alice.get(path).get_data(as_text=True)
        assert "Biens : &lt;b&gt;100 %&lt;/b&gt; ; fin.csv" in page, path
