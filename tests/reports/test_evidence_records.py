"""What is in the evidence file: all that belongs to the asset, and no more than one may read."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from base.basics.errors import NotFound
from base.desk.imports.command import import_file
from base.engine.jobs import run as do_job
from base.papers.files.store import current_store
from base.rules.rights.actors import job_session, system_session
from base.store.models.jobs import JobRun
from base.upkeep.seals.sealing import seal_now
from energie.models import DeliveryPoint, Invoice, Series
from energie.services import create_point
from interventions.models import Labour
from patrimoine.models import CostLine
from reports import jobs, queries, services
from reports.evidence import making
from reports.models import ReportRun
from tests.energie.samples import PRM
from tests.energie.samples import invoice as invoice_file
from tests.reports import town
from tests.reports.test_catalogue import content
from tests.reports.test_evidence import check
from tests.test_rates import person, told
from tests.test_rates import town as rates_town

__all__ = ["rates_town"]

SITE = services.Site("http://x", True, lambda href: "")

ENERGY = {
    "energie_delivery_point",
    "energie_meter",
    "energie_register",
    "energie_series",
    "energie_allocation",
    "energie_invoice",
}


def archive_of(
    run_id: int, path: Path, *, actor: str = "user:2"
) -> tuple[list[Any], dict[str, bytes]]:
    """The entries and the documents of an evidence file, which a stranger verifies."""
    seal_now("test")
    with job_session((1,), "user:2", "test", readonly=True) as session:
        run = session.get(ReportRun, run_id)
        with job_session((1,), actor, "test", readonly=True) as reading, path.open("wb") as out:
            making.write(reading, run, out, store=current_store())
    done = check(path)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(path) as archive:
        events = [json.loads(line) for line in archive.read("faits.jsonl").splitlines()]
        documents = json.loads(archive.read("documents.json"))
        return events, {row["label"]: archive.read(row["file"]) for row in documents}


def made(code: str, actor: str = "user:2") -> int:
    """A traceability report in PDF, made."""
    with job_session((1,), actor, "test") as session:
        run = services.ask(
            session,
            code="traceability",
            given={"asset": code},
            form="pdf",
            asked_by="Alice",
            at=town.NOW,
            today=town.NOW.date(),
        )
        run_id: int = run.id
    with job_session((1,), actor, "test", readonly=True) as session:
        done = services.make(session, run_id, site=SITE, store=current_store(), progress=print)
    with job_session((1,), actor, "test") as session:
        services.finish(session, done, at=town.NOW)
    return run_id


@pytest.fixture
def billed(tilleuls: Any, tmp_path: Path) -> bytes:
    """Les Tilleuls with a delivery point, and an invoice that came as a file."""
    with job_session((1,), "user:2", "test") as session:
        school = queries.assets_with_code(session, "BAT-1")[0]
        point = create_point(session, school, reference=PRM, on=date(2025, 1, 1))
        session.add(
            Series(entity_id=1, point_id=point.id, quantity="energy", step="day", unit="Wh")
        )
    sent = tmp_path / "facture-janvier.xml"
    sent.write_bytes(invoice_file())
    import_file("invoices", sent, entity="A")
    return sent.read_bytes()


def test_an_invoice_is_evidence_with_its_own_file(billed: bytes, tmp_path: Path) -> None:
    events, documents = archive_of(made("BAT-1"), tmp_path / "preuve.zip")
    assert documents["facture-janvier.xml"] == billed
    assert {event["record"] for event in events} >= ENERGY | {"patrimoine_cost_line"}
    with system_session("test", readonly=True) as session:
        invoice = session.scalars(select(Invoice)).one()
        assert session.scalars(select(DeliveryPoint)).one().id == invoice.point_id
    (deposit,) = [e for e in events if (e["record"], e["op"]) == ("energie_invoice", "I")]
    assert json.loads(deposit["changes"])["amount_ht"] == [None, "200.00"]


def test_the_report_tells_the_energy_of_an_asset(billed: bytes) -> None:
    _made, tables = content("traceability", asset="BAT-1")
    rows, _total = tables["events"]
    words = {row[3] for row in rows}
    assert words >= {"Facture d’énergie", "Cadran", "Série de relevés", "Compteur"}
    told_of = {row[5]: row[7] for row in rows if row[3] == "Facture d’énergie"}
    assert (told_of["montant HT"], told_of["montant TTC"]) == ("200,00", "240,00")
    files, _total = tables["documents"]
    assert [row[1] for row in files] == ["facture-janvier.xml"]


def test_who_may_not_read_rates_has_no_evidence_of_them(
    rates_town: dict[str, int], tmp_path: Path
) -> None:
    """Neither by a report of one's own, nor by that of somebody else."""
    damien = f"user:{person('damien')}"
    with pytest.raises(NotFound):
        made("BAT-1", damien)
    run_id = made("BAT-1")
    whole, _documents = archive_of(run_id, tmp_path / "all.zip")
    part, _documents = archive_of(run_id, tmp_path / "part.zip", actor=damien)
    assert told(json.dumps(whole)) and not told(json.dumps(part))
    left_out = {event["seq"] for event in whole} - {event["seq"] for event in part}
    assert left_out
    assert {e["record"] for e in whole if e["seq"] in left_out} == {
        Labour.__tablename__,
        CostLine.__tablename__,
    }
    words = [
        zipfile.ZipFile(tmp_path / name).read("LISEZMOI.txt").decode()
        for name in ("all.zip", "part.zip")
    ]
    assert ["main-d’œuvre" in text for text in words] == [False, True]


def test_the_files_that_tell_rates_open_for_who_may_read_them(
    rates_town: dict[str, int], client_of: Any, api_of: Any
) -> None:
    """The report and the evidence file, through each door of files."""
    run_id = made("BAT-1")
    with job_session((1,), "user:2", "test") as session:
        job_id = jobs.start_evidence(session, session.get_one(ReportRun, run_id)).id
    do_job(job_id)
    with system_session("test", readonly=True) as session:
        job = session.get_one(JobRun, job_id)
        assert job.state == "done", job.last_error
        ids = [session.get_one(ReportRun, run_id).document_id]
        ids += json.loads(job.result)["document_ids"]
    assert len(ids) == 2
    for name, answer in (("alice", 200), ("damien", 404)):
        client, call = client_of(name), api_of(name)
        for number in ids:
            found = [
                client.get(f"/documents/{number}").status_code,
                call("GET", f"/api/v1/document/{number}").status_code,
                call("GET", f"/api/v1/document/{number}/content").status_code,
            ]
            assert found == [answer] * 3, (name, number)
