"""``run.py report``: the same report as the screens', in a file, with codes for its faults."""

import contextvars
import csv
import os
import subprocess
import sys
import threading
from decimal import Decimal

import pytest
from sqlalchemy import event

from base.basics.errors import InvalidInput
from base.engine.jobs import execution
from base.rules.rights.actors import system_session
from base.store.database import db
from config import ROOT
from reports import commands
from reports.commands import read_params
from reports.models import ReportRun


def test_parameters_are_names_and_values():
    assert read_params(["start=2026-01-01", " asset = BAT-1"]) == {
        "start": "2026-01-01",
        "asset": "BAT-1",
    }
    with pytest.raises(InvalidInput, match="asset=BAT-0001"):
        read_params(["start"])


def run(app, *arguments):
    env = {**os.environ, "OUVRAGE_DATA_DIR": str(app.settings.data_dir), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "base", "report", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_writes_the_report_of_one_authority(sqlite_tilleuls, tmp_path):
    out = tmp_path / "coûts 2026.csv"
    asked = ("cost", "--out", str(out), "--param", "start=2026-01-01", "--param", "end=2027-01-01")
    done = run(sqlite_tilleuls, *asked, "--entity", "A")
    assert done.returncode == 0, done.stderr
    assert "RAP-2026-00001" in done.stdout
    with out.open(encoding="utf-8-sig", newline="") as source:
        amounts = [row["Net, €"].replace(",", ".") for row in csv.DictReader(source, delimiter=";")]
    assert sum(map(Decimal, amounts)) == Decimal("240.60")
    several = run(sqlite_tilleuls, *asked)
    assert several.returncode == 2
    assert "--entity" in several.stderr


def test_a_fault_is_one_sentence_and_leaves_no_file(sqlite_tilleuls, tmp_path):
    out = tmp_path / "x.pdf"
    done = run(sqlite_tilleuls, "traceability", "--out", str(out), "--entity", "A")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "asset" in done.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_another_finishes_between_two_reads_is_no_failure(tilleuls):
    """The row of the run is read before the end of its job, and the row of the job after it."""
    run_id = commands.ask("cost", {"start": "2026-01-01", "end": "2027-01-01"}, "csv", scope=(1,))
    with system_session("test", readonly=True) as session:
        job_id = session.get_one(ReportRun, run_id).job_id
    done = []

    def finish(connection, cursor, statement, parameters, context, executemany):
        if "FROM reports_report_run" in statement and not done:
            done.append(job_id)
            worker = threading.Thread(target=contextvars.Context().run, args=(work,))
            worker.start()
            worker.join()

    def work():
        with tilleuls.app_context():
            execution.run(job_id)

    event.listen(db.engine, "after_cursor_execute", finish)
    try:
        made = commands.wait_for(run_id, alive=lambda: True)
    finally:
        event.remove(db.engine, "after_cursor_execute", finish)
    assert done and made["number"] == "RAP-2026-00001"
