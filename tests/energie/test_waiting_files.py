"""A file of readings whose point is unknown waits, and is read later as it was told at first."""

from __future__ import annotations

import gzip
import io
import json
from datetime import date
from decimal import Decimal as D  # noqa: N817

import pytest
from sqlalchemy import select

from base.basics.errors import InvalidInput
from base.desk.imports.command import run
from base.desk.imports.work import ImportJob
from base.rules.rights.actors import job_session, system_session
from energie.jobs import AttachReadings
from energie.models import BatchState, DeliveryPoint, ReadingBatch
from patrimoine.models import Asset
from tests.energie.test_faulty_values import FLAT, _kept, _run, points  # noqa: F401 - a fixture
from tests.energie.test_shown_values import _tried

NOWHERE = "01000000000077"


class _Context:
    """What a job is given to read with."""

    def __init__(self):
        self.result = {}

    def read(self):
        return job_session((1,), "user:1", readonly=True)

    def progress(self, share, text="", **more):
        """Nobody looks on."""


def _waiting():
    with job_session((1,), "user:1", readonly=True) as session:
        return session.execute(
            select(ReadingBatch.digest, ReadingBatch.label).where(
                ReadingBatch.state == BatchState.TO_ATTACH
            )
        ).all()


def _attach(batch, reference=FLAT):
    with job_session((1,), "user:1", readonly=True) as session:
        point = session.scalars(
            select(DeliveryPoint).where(DeliveryPoint.reference == reference)
        ).one()
        args = {"digest": batch.digest, "label": batch.label, "point_id": point.id}
    return AttachReadings().prepare(args, _Context())


@pytest.mark.parametrize("named", [True, False])
def test_a_file_attached_later_keeps_what_was_told_of_it(points, tmp_path, capsys, named):  # noqa: F811
    """2 therms are 2 × 29.3071 kWh, and 1.234 is a thousand when the decimal mark is a comma."""
    head, cell = ("PRM;", f"{NOWHERE};") if named else ("", "")
    path = tmp_path / "releves.csv.gz"
    path.write_bytes(
        gzip.compress(f"{head}Date;Valeur\n{cell}01/02/2025;2\n{cell}02/02/2025;1.234\n".encode())
    )
    code, _found, said = _run(capsys, path, unit="kWh", decimal=",")
    assert code == 1 and "À rattacher" in said
    code, _found, _said = _run(capsys, path, unit="therm", decimal=",")
    assert code == 1
    (batch,) = _waiting()  # told otherwise, it waits once, as it was told last
    assert _attach(batch)["created"] == 2
    kept = _kept(FLAT)
    assert [value for value, _quality in kept.values()] == [D("58.614"), D("36164.961")]
    assert _waiting() == []


def test_a_waiting_file_with_refused_rows_says_so(points, tmp_path, capsys):  # noqa: F811
    path = tmp_path / "futur.csv"
    path.write_text(f"PRM;Date;Consommation (kWh)\n{NOWHERE};01/01/2099;10\n")
    assert run("readings", str(path), entity="A") == 1
    (batch,) = _waiting()
    with pytest.raises(InvalidInput, match="Ligne 2"):
        _attach(batch)
    assert _kept(FLAT) == {}


def _given(call, path, **fields):
    return call(
        "POST",
        "/api/v1/import/readings",
        data={"file": (io.BytesIO(path.read_bytes()), path.name), "entity": "A", **fields},
        content_type="multipart/form-data",
    )


def _report(call, answer):
    pk = _tried(f"/imports/{answer.json['batch_id']}/")
    return call("GET", f"/api/v1/import/{pk}").json


def _worked(call, answer):
    """What a program reads once the worker did the job."""
    args = {"batch_id": answer.json["batch_id"], "dry_run": True, "partial": False}
    job, ctx = ImportJob(), _Context()
    prepared = job.prepare(args, ctx)
    with job_session((1,), "user:1") as session:
        job.apply(session, prepared, ctx)
    return call("GET", f"/api/v1/import/{args['batch_id']}").json


def test_a_program_reads_why_a_file_is_refused_and_says_its_point(points, tmp_path, api_of):  # noqa: F811
    path = tmp_path / "jours.csv"
    path.write_text("Date;Consommation (kWh)\n01/02/2025;10\n")
    call = api_of("alice")
    lost = _given(call, path, reference=FLAT)
    assert lost.status_code == 422
    assert "options" in lost.json["errors"]["reference"]
    report = _worked(call, _given(call, path, dry_run="true"))
    (fault,) = report["errors"]
    assert (report["state"], fault["row"]) == ("refused", None)
    assert "de quel point" in fault["reason"]
    answer = _given(call, path, dry_run="true", options=json.dumps({"reference": FLAT}))
    report = _report(call, answer)
    assert (report["created"], report["errors"]) == (1, [])


def test_no_reading_is_booked_on_what_is_archived(points, tmp_path, capsys):  # noqa: F811
    path = tmp_path / "releves.csv"
    path.write_text(f"PRM;Date;Valeur\n{FLAT};01/02/2025;2\n{FLAT};02/02/2025;3\n")
    with system_session("test") as session:
        point = session.scalars(select(DeliveryPoint).where(DeliveryPoint.reference == FLAT)).one()
        session.get_one(Asset, point.asset_id).archived_on = date(2025, 1, 1)
    code, found, said = _run(capsys, path, unit="kWh")
    assert code == 1 and "est archivé" in f"{found} {said}"
    assert _kept(FLAT) == {}
