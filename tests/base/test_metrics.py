"""/metrics: what is counted, by whom it may be read, and that all processes count together."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import datetime, timedelta

import pytest

from base.basics import clock
from base.engine.edge import counts
from base.engine.edge.counts import BOUNDS, Counts, kind_of
from base.engine.fork import Fork
from base.processes import cli
from base.processes.cli import installed
from base.store.database import db
from base.store.models.jobs import JobRun, JobState
from base.upkeep import doctor, metrics

COMMENT = re.compile(
    r"# (HELP ouvrage_[a-z_]+ .+\.|TYPE ouvrage_[a-z_]+ (counter|gauge|histogram))"
)
LINE = re.compile(r'(ouvrage_[a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? (-?[0-9.e+]+)')


def read(client, **options):
    """Name with labels -> number, every line of the answer being one or a comment."""
    answer = client.get("/metrics", buffered=True, **options)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = {}
    for line in answer.get_data(as_text=True).splitlines():
        if COMMENT.fullmatch(line):
            continue
        name, labels, number = LINE.fullmatch(line).groups()
        found[name + (labels or "")] = float(number)
    return found


def queue(**values):
    from base.rules.rights.actors import system_session

    with system_session("test") as session:
        session.add(JobRun(kind="base.sweep", title="x", created_at=clock.now(), **values))


def test_the_installation_is_counted(app, client_of, monkeypatch):
    now = clock.now()
    queue(state=JobState.QUEUED, run_at=now - timedelta(minutes=5))
    queue(state=JobState.QUEUED, run_at=now - timedelta(minutes=2))
    queue(state=JobState.QUEUED, run_at=now + timedelta(hours=1))
    queue(state=JobState.DEAD, run_at=now)
    queue(state=JobState.DEAD, run_at=now, closed_reason="vu")
    found = read(client_of(None))
    assert found["ouvrage_database_up"] == 1
    assert found["ouvrage_jobs_queued"] == 2
    assert found["ouvrage_jobs_dead"] == 1
    assert found["ouvrage_jobs_running"] == 0
    assert 300 <= found["ouvrage_oldest_job_seconds"] < 420
    assert "ouvrage_backup_age_seconds" not in found
    assert found["ouvrage_trail_unsealed"] == found["ouvrage_trail_entries"] > 0
    assert found["ouvrage_database_bytes"] > 100_000
    assert 0 < found["ouvrage_disk_free_bytes"] < found["ouvrage_disk_total_bytes"]


def test_seals_and_backups_have_an_age(sqlite_app, sqlite_client_of):
    from base.rules.rights.actors import system_session
    from base.store.history.trail import note_record
    from base.upkeep.backups.making import RECORD
    from base.upkeep.seals.sealing import seal_now

    with system_session("test") as session:
        note_record(session, RECORD, None, None, {"backup": "x.zip"})
    seal_now("test")
    found = read(sqlite_client_of(None))
    assert found["ouvrage_trail_unsealed"] <= 1
    assert 0 <= found["ouvrage_seal_age_seconds"] < 60
    assert 0 <= found["ouvrage_backup_age_seconds"] < 60


def test_requests_are_counted_by_kind_and_answer_with_their_time(sqlite_client_of):
    stranger = sqlite_client_of(None)
    before = read(stranger)
    for path in ("/api/v1/rien/", "/static/icons.svg"):
        stranger.get(path).close()  # counted when it is sent
    after = read(stranger)

    def more(name):
        return after.get(name, 0) - before.get(name, 0)

    assert more('ouvrage_http_requests_total{kind="api",status="4xx"}') == 1
    assert more('ouvrage_http_requests_total{kind="static",status="2xx"}') == 1
    assert more('ouvrage_http_requests_total{kind="monitor",status="2xx"}') == 1
    name = "ouvrage_http_request_duration_seconds"
    assert more(f'{name}_bucket{{kind="api",le="+Inf"}}') == 1
    assert more(f'{name}_count{{kind="api"}}') == 1
    assert more(f'{name}_sum{{kind="api"}}') > 0


def test_a_duration_is_in_every_class_that_is_not_smaller():
    counted = Counts()
    for seconds in (0.005, 0.03, 99):
        counted.add("api", 200, seconds)
    (found,) = [one for one in counted.read() if one.kind == "api"]
    assert found.durations == [1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3]
    assert len(found.durations) == len(BOUNDS) + 1
    assert found.seconds == pytest.approx(99.035)
    assert found.answers == [0, 3, 0, 0, 0]


def test_all_processes_of_a_server_count_together():
    counted = Counts()

    def work():
        for _n in range(200):
            counted.add("page", 200, 0.001)
        return 0

    forks = [Fork(work) for _n in range(3)]
    work()
    assert [one.wait() for one in forks] == [0, 0, 0]
    (page,) = [one for one in counted.read() if one.kind == "page"]
    assert page.answers[1] == 800 == page.durations[-1]
    assert page.seconds == pytest.approx(0.8)


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/", "page"),
        ("/t/abc", "tag"),
        ("/api/v1/asset/", "api"),
        ("/static/x.css", "static"),
        ("/static-energie/x.js", "static"),
        ("/ready", "monitor"),
    ],
)
def test_each_address_is_of_one_kind(path, kind):
    assert kind_of(path) == kind and kind in counts.KINDS


def test_only_this_machine_reads_them_without_a_token(sqlite_client_of):
    stranger = sqlite_client_of("alice")
    assert stranger.get("/metrics").status_code == 200
    other = {"REMOTE_ADDR": "192.0.2.7"}
    assert stranger.get("/metrics", environ_base=other).status_code == 403
    for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
        assert stranger.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403, name


def test_with_a_token_everybody_needs_it(sqlite_app, sqlite_client_of, monkeypatch):
    import dataclasses

    token = "un-jeton-de-vingt-lettres"
    chosen = dataclasses.replace(sqlite_app.settings, metrics_token=token)
    monkeypatch.setattr(sqlite_app, "settings", chosen)
    stranger = sqlite_client_of(None)
    assert stranger.get("/metrics").status_code == 403
    for given in ("", "Bearer", "Bearer un-autre", token, "Bearer é"):
        refused = stranger.get("/metrics", headers={"Authorization": given.encode()})
        assert refused.status_code == 403, given
    found = read(
        stranger,
        headers={"Authorization": f"Bearer {token}", "X-Forwarded-For": "192.0.2.7"},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    assert found["ouvrage_database_up"] == 1


def test_a_database_that_is_down_is_a_number_and_no_failure(
    sqlite_app, sqlite_client_of, monkeypatch
):
    from sqlalchemy.exc import OperationalError

    class Down:
        def connect(self):
            raise OperationalError("SELECT 1", {}, Exception("gone"))

    monkeypatch.setitem(sqlite_app.extensions, "ro_engine", Down())
    found = read(sqlite_client_of(None))
    assert found["ouvrage_database_up"] == 0 and "ouvrage_jobs_queued" not in found
    assert any(name.startswith("ouvrage_http_requests_total") for name in found)


def test_they_cost_little(app, client_of):
    stranger = client_of(None)
    read(stranger)
    best = []
    for _n in range(10):
        begun = time.thread_time()
        read(stranger)
        best.append(time.thread_time() - begun)
    assert min(best) < 0.02, f"{1000 * min(best):.0f} ms"


def test_doctor_gives_the_same_numbers_to_programs(sqlite_app, monkeypatch, capsys):
    monkeypatch.setattr(installed, "bare", lambda newer=False: sqlite_app)
    assert cli.run(["doctor", "--json"]) in (0, 1)
    said = json.loads(capsys.readouterr().out)
    assert set(said) == {"ok", "at", "version", "numbers", "findings"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", said["version"])
    assert abs((clock.now() - datetime.fromisoformat(said["at"])).total_seconds()) < 60
    assert set(said["numbers"]) <= set(metrics.FIGURES)
    assert said["numbers"]["jobs_queued"] == 0
    assert said["numbers"]["database_bytes"] == os.stat(db.engine.url.database).st_size + _wal()
    monkeypatch.setattr(doctor, "late_modules", lambda connection, manifests: ["energie"])
    assert doctor.numbers(sqlite_app) == {}


def _wal():
    path = f"{db.engine.url.database}-wal"
    return os.stat(path).st_size if os.path.exists(path) else 0
