"""The evidence file: complete, true, and checked by a stranger who has Python alone."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from base.engine.jobs import run as do_job
from base.engine.jobs.queue import close
from base.face.attached.documents import attach
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, system_session
from base.store.models.documents import Document
from base.store.models.jobs import JobRun
from base.upkeep.seals.sealing import seal_now
from config import ROOT
from patrimoine.models import Asset
from patrimoine.services import move, update
from reports import jobs, services
from reports.evidence import making
from reports.models import ReportRun
from tests import engines
from tests.reports import town

VERIFIER = ROOT / "reports" / "evidence" / "verifier.py"
#: A one-pixel PNG.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)


def check(path, *arguments):
    """What the verifier of the repository says, without any of our packages."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"},
    )


def asked_for(session):
    """The run of a traceability report of the boiler, not yet made."""
    return services.ask(
        session,
        code="traceability",
        given={"asset": "EQP-1"},
        form="pdf",
        asked_by="Alice",
        at=town.NOW,
        today=town.NOW.date(),
    )


@pytest.fixture
def proved(tilleuls, tmp_path):
    """The evidence file on both engines."""
    return make(tmp_path)


@pytest.fixture
def sqlite_proved(sqlite_tilleuls, tmp_path):
    """As ``proved``, on SQLite alone."""
    return make(tmp_path)


def make(tmp_path):
    """The evidence file of the boiler, after a move, a change, a document and two seals."""
    with job_session((1,), "user:2", "test") as session:
        boiler = session.query(Asset).filter_by(code="EQP-1").one()
        hall = session.query(Asset).filter_by(code="BAT-2").one()
        move(session, boiler, parent=hall, on=town.NOW.date(), reason="Travaux")
        stored = current_store().put(PNG, media_type="image/png", label="photo.png")
        attach(session, boiler, stored, at=town.NOW)
    seal_now("test")
    with job_session((1,), "user:2", "test") as session:
        boiler = session.query(Asset).filter_by(code="EQP-1").one()
        update(session, boiler, name="Chaudière gaz")
        run = asked_for(session)
        job = jobs.start_evidence(session, run)
        job_id = job.id
    do_job(job_id)
    with system_session("test", readonly=True) as session:
        job = session.get(JobRun, job_id)
        assert job.state == "done", job.last_error
        number = json.loads(job.result)["document_ids"][0]
        digest = session.get(Document, number).digest
    path = tmp_path / "preuve.zip"
    path.write_bytes(current_store().read(digest))
    return path


def rewritten(path, **parts):
    """The archive with some files replaced, and a manifest that fits them."""
    import hashlib

    out = path.with_name("autre.zip")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        files = {name: source.read(name) for name in source.namelist()}
        for name, work in parts.items():
            name = next(n for n in files if n.split("/")[0].split(".")[0] == name)
            files[name] = work(files[name])
        manifest = json.loads(files.pop("manifeste.json"))
        manifest["files"] = {n: hashlib.sha256(data).hexdigest() for n, data in files.items()}
        for name, data in files.items():
            target.writestr(name, data)
        target.writestr("manifeste.json", json.dumps(manifest))
    return out


def test_a_stranger_checks_the_archive(proved):
    done = check(proved)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("OUI : Chaudière gaz (EQP-1), ")
    with zipfile.ZipFile(proved) as archive:
        seals = json.loads(archive.read("scelles.json"))
        events = [json.loads(line) for line in archive.read("faits.jsonl").splitlines()]
        documents = json.loads(archive.read("documents.json"))
        # The copy inside is the verifier itself, byte for byte.
        assert archive.read("verifier.py") == VERIFIER.read_bytes()
    assert len(seals) == 2
    assert {"patrimoine_asset", "patrimoine_cost_line", "base_document", "reports_report_run"} <= {
        event["record"] for event in events
    }
    assert {Path(row["label"]).suffix for row in documents} == {".png", ".pdf"}
    last = seals[-1]
    assert check(proved, "--ancre", f"{last['size']}:{last['root']}").returncode == 0
    assert check(proved, "--cle", last["key"]).returncode == 0


def test_another_anchor_or_key_is_refused(proved):
    with zipfile.ZipFile(proved) as archive:
        last = json.loads(archive.read("scelles.json"))[-1]
    wrong = "0" * 64
    done = check(proved, "--ancre", f"{last['size']}:{wrong}")
    assert done.returncode == 1
    assert "n’est pas celle de l’ancre" in done.stderr
    assert check(proved, "--cle", wrong).returncode == 1
    assert "Traceback" not in check(proved, "--ancre", "rien").stderr


def _first(old, new):
    return lambda data: data.replace(old, new, 1)


def _flipped(data):
    rows = json.loads(data)
    rows[0]["signature"] = f"{int(rows[0]['signature'][:2], 16) ^ 1:02x}" + rows[0]["signature"][2:]
    return json.dumps(rows).encode()


def _without_first_line(data):
    return data.split(b"\n", 1)[1]


def _swapped(data):
    first, second, *rest = data.split(b"\n")
    return b"\n".join([second, first, *rest])


@pytest.mark.parametrize(
    "parts, sentence",
    [
        ({"faits": _first("Chaudière".encode(), b"Chaudiere")}, "a été scellé"),
        ({"faits": _first(b'"op":"I"', b'"op":"U"')}, "a été scellé"),
        ({"faits": _without_first_line}, "une preuve pour chaque fait"),
        ({}, "fait de son dépôt manque"),
        ({"faits": _swapped}, "désordre"),
        ({"scelles": _flipped}, "signature"),
        ({"scelles": _first(b'"size": ', b'"size": 1')}, "scellé n°"),
        ({"cles": lambda data: b"{}"}, "clé inconnue"),
        ({"documents": lambda data: b"autre chose"}, "contenu a changé"),
    ],
)
def test_what_was_changed_is_named(sqlite_proved, parts, sentence):
    if "fait de son" in sentence:
        deposits = _deposits(sqlite_proved)
        parts = dict.fromkeys(("faits", "preuves"), lambda data: _without(data, deposits))
    done = check(rewritten(sqlite_proved, **parts))
    assert done.returncode == 1, done.stdout
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def _deposits(path):
    with zipfile.ZipFile(path) as archive:
        return {row["seq"] for row in json.loads(archive.read("documents.json"))}


def _without(data, numbers):
    return b"".join(
        line + b"\n" for line in data.splitlines() if json.loads(line)["seq"] not in numbers
    )


def test_a_damaged_file_is_named(sqlite_proved):
    out = sqlite_proved.with_name("autre.zip")
    with zipfile.ZipFile(sqlite_proved) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data + b" " if name == "LISEZMOI.txt" else data)
    done = check(out)
    assert done.returncode == 1
    assert "LISEZMOI.txt a changé" in done.stderr
    out.write_bytes(sqlite_proved.read_bytes()[:-200])
    assert check(out).returncode == 1
    out.write_bytes(b"rien")
    assert check(out).returncode == 1


def test_only_a_traceability_report_in_pdf_is_proved(sqlite_tilleuls):
    with job_session((1,), "user:2", "test") as session:
        run = services.ask(
            session,
            code="cost",
            given={},
            form="pdf",
            asked_by="Alice",
            at=town.NOW,
            today=town.NOW.date(),
        )
        assert not making.can_prove(run)
        with pytest.raises(making.InvalidInput, match="traçabilité en PDF"):
            jobs.start_evidence(session, run)


def test_nothing_of_another_authority_is_in_it(sqlite_proved):
    with zipfile.ZipFile(sqlite_proved) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        events = [json.loads(line) for line in archive.read("faits.jsonl").splitlines()]
    assert "Chez Chloé".encode() not in everything
    assert {event["entity_id"] for event in events} == {1}


def test_the_button_asks_for_it(sqlite_tilleuls, sqlite_client_of):
    alice = sqlite_client_of("alice")
    with system_session("test", readonly=True) as session:
        boiler = session.query(Asset).filter_by(code="EQP-1").one().id
    page = alice.get(f"/equipmentview/show/{boiler}")
    assert "Dossier de preuve" in page.get_data(as_text=True)
    token = engines.csrf(alice, "/rapports/")
    path = f"/rapports/traceability/preuve/{boiler}"
    answer = alice.post(path, data={"csrf_token": token})
    assert answer.status_code == 302 and "/traitements/" in answer.headers["Location"]
    with system_session("test", readonly=True) as session:
        run = session.query(ReportRun).one()
        job_id, run_id = run.job_id, run.id
    do_job(job_id)
    page = alice.get(f"/reportrunview/show/{run_id}").get_data(as_text=True)
    assert "Dossier de preuve" in page
    followed = alice.get(answer.headers["Location"]).get_data(as_text=True)
    assert "preuve-RAP-2026-00001.zip" in followed
    bytes_ = io.BytesIO()
    with job_session((1,), "user:2", "test", readonly=True) as session:
        run = session.get(ReportRun, run_id)
        assert making.write(session, run, bytes_, store=current_store()) > 3


def rung(client):
    """What the bell of a person says."""
    return client.get("/boite/").get_data(as_text=True).replace("\u00a0", " ")


def asked_by_the_button(client):
    """The numbers of the evidence job and of its run."""
    with system_session("test", readonly=True) as session:
        boiler = session.query(Asset).filter_by(code="EQP-1").one().id
    token = engines.csrf(client, "/rapports/")
    client.post(f"/rapports/traceability/preuve/{boiler}", data={"csrf_token": token})
    with system_session("test", readonly=True) as session:
        run = session.query(ReportRun).one()
        return run.job_id, run.id


def test_whoever_asked_hears_that_it_is_there(sqlite_tilleuls, sqlite_client_of):
    alice = sqlite_client_of("alice")
    job_id, _run = asked_by_the_button(alice)
    do_job(job_id)
    assert "Le dossier de preuve du rapport RAP-2026-00001 est prêt." in rung(alice)
    assert "RAP-2026-00001" not in rung(sqlite_client_of("admin"))


def test_whoever_asked_hears_once_that_it_failed(sqlite_tilleuls, sqlite_client_of, monkeypatch):
    alice = sqlite_client_of("alice")
    job_id, run_id = asked_by_the_button(alice)

    def refuse(*_args, **_more):
        raise making.InvalidInput("Le journal a un trou.")

    monkeypatch.setattr(services, "make", refuse)
    do_job(job_id)
    words = (
        "Le dossier de preuve du rapport RAP-2026-00001 n’a pas été fait : Le journal a un trou."
    )
    assert rung(alice).count(words) == 1
    with system_session("test") as session:
        close(session, session.get_one(JobRun, job_id), reason="Vu")
    assert rung(alice).count(words) == 1 and "Vu" not in rung(alice)
    with job_session((1,), "user:2", "test") as session:
        jobs.start(session, session.get_one(ReportRun, run_id))
        report = session.get_one(ReportRun, run_id).job_id
    do_job(report)
    assert "n’a pas été fait : Le journal a un trou." in rung(alice).replace(words, "")
