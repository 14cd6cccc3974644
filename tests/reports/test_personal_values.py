"""What is kept for years never holds what is to be erased: it says that something was given."""

import io
import json
import zipfile

import pytest
from pypdf import PdfReader

from base.basics import clock
from base.engine.jobs import run as do_job
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, system_session
from base.store.models.documents import Document
from base.store.models.jobs import JobRun
from base.upkeep.seals.sealing import seal_now
from interventions import services
from interventions.domain import Channel
from patrimoine import services as patrimoine
from reports import jobs, queries
from tests.reports.test_catalogue import ask, document
from tests.reports.test_evidence import asked_for, check

PHONE, NAME, MAIL = "06 12 34 56 78", "Odile Perraultine", "odile@exemple.fr"
GIVEN = "donné, non reproduit"


@pytest.fixture
def told(sqlite_tilleuls):
    """The boiler after a stranger's report, and a call by a person who gave a name."""
    with job_session((1,), "user:2", "test") as session:
        boiler = queries.assets_with_code(session, "EQP-1")[0]
        report = patrimoine.receive_report(
            session,
            asset_id=boiler.id,
            entity_id=1,
            tag_id=None,
            description="Vitre fêlée",
            contact=PHONE,
            at=clock.now(),
        )
        services.open_from_report(session, report, at=clock.now())
        called = services.open_request(
            session,
            boiler,
            title="Plus de chauffage",
            channel=Channel.PHONE,
            requester=NAME,
            contact=MAIL,
            at=clock.now(),
        )
        services.accept(session, called, at=clock.now())
    seal_now("test")


def parts(data, form):
    """The texts of a file, those of its parts when it is a zip, without line ends."""
    if form == "pdf":
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = [
                text
                for name in archive.namelist()
                for text in parts(archive.read(name), name.rpartition(".")[2])
            ]
    else:
        texts = [data.decode("utf-8", "replace")]
    return [" ".join(text.split()) for text in texts]


def held(texts):
    return {word for word in (PHONE, NAME, MAIL) for text in texts if word in text}


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_traceability_report_says_that_a_contact_was_given_and_not_which(told, form):
    texts = parts(document(ask(code="traceability", form=form, asset="EQP-1")), form)
    assert held(texts) == set()
    assert any("Vitre fêlée" in text for text in texts)
    assert any(GIVEN in text for text in texts)


def test_an_evidence_file_holds_no_contact_and_verifies(told, tmp_path):
    with job_session((1,), "user:2", "test") as session:
        run = asked_for(session)
        job_id = jobs.start_evidence(session, run).id
    do_job(job_id)
    with system_session("test", readonly=True) as session:
        job = session.get(JobRun, job_id)
        assert job.state == "done", job.last_error
        number = json.loads(job.result)["document_ids"][0]
        digest = session.get(Document, number).digest
    path = tmp_path / "preuve.zip"
    path.write_bytes(current_store().read(digest))
    texts = parts(path.read_bytes(), "zip")
    assert held(texts) == set()
    assert any("sha256" in text and "contact" in text for text in texts)
    said = check(path)
    assert said.returncode == 0, said.stderr
