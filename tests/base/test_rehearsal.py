"""A restore that is rehearsed: beside the service, compared, said, and nothing left of it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import namedtuple
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from base.basics import clock
from base.processes import cli, prepared
from base.processes.rehearsing import rehearse
from base.rules.rights.actors import job_session
from base.store.database import db, reading
from base.upkeep import doctor
from base.upkeep.backups import archive, aside, dumps, making
from config import ROOT
from tests.base.sealing import tamper
from tests.base.test_backup_readings import measured  # noqa: F401 - a fixture
from tests.base.test_backups import content

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def costly(full):
    """The installation with a cost of 100 € and 20 € of tax, and half of it taken back."""
    from patrimoine.services import book_cost, create

    with job_session((1,), "user:2", "test") as session:
        day = date(2026, 3, 2)
        school = create(session, "building", entity_id=1, name="École", on=date(2020, 1, 1))
        for amount, tax in (("100.00", "20.00"), ("-50.00", "-10.00")):
            book_cost(
                session,
                school,
                date_on=day,
                amount_ht_eur=Decimal(amount),
                vat_eur=Decimal(tax),
                nature="supplier",
                label="Peinture",
                source_type="test",
                source_id=None,
            )
    return full


def schemas(server):
    """The schemas of PostgreSQL that are nobody's of the server itself."""
    if server.kind == "sqlite":
        return ["public"]
    with db.engine.connect() as connection:
        asked = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_|^information' ORDER BY 1"
        return connection.execute(text(asked)).scalars().all()


def without_note(tables):
    """The rows but for what the trail says of backups and rehearsals."""
    tables = dict(tables)
    tables["base_event"] = [
        row for row in tables["base_event"] if "rehears" not in row and "base_backup" not in row
    ]
    tables.pop("base_counter")
    return tables


def finding(app, name="rehearsal"):
    """What the doctor says of it, if anything."""
    return {f.check: f for f in doctor.examine(app)}.get(name)


@pytest.mark.parametrize("given", [False, True])
def test_a_rehearsal_compares_everything_and_leaves_nothing(costly, server, tmp_path, given):
    path = tmp_path / "s.zip" if given else None
    if given:
        making.back_up(costly, path)
    before, files = content(costly), sorted(costly.settings.data_dir.rglob("*"))
    found = rehearse(costly, path)
    assert found.faults == [] and found.is_good
    sums = {
        "patrimoine_cost_line.amount_ht_eur": "50.00",
        "patrimoine_cost_line.vat_eur": "10.00",
        "patrimoine_cost_line.net_eur": "60.00",
    }
    assert {name: found.manifest.sums[name] for name in sums} == sums
    assert len(found.manifest.documents) == 2
    assert without_note(content(costly)) == without_note(before)
    left = [p for p in costly.settings.data_dir.rglob("*") if p not in files]
    assert [p for p in left if not p.name.startswith("ouvrage.db-")] == []
    assert schemas(server) == ["public"]
    said = finding(costly)
    assert (said.state, said.sentence[:44]) == (
        "ok",
        "Dernière répétition d’une restauration il y ",
    )
    assert finding(costly, "backup").state == ("ok" if given else "warning")


def test_readings_are_rehearsed_too(measured, server):  # noqa: F811
    assert rehearse(measured).faults == []
    assert schemas(server) == ["public"]


def test_the_service_goes_on_while_it_is_rehearsed(costly, server, api_of, monkeypatch):
    """Nobody waits for it, and it sees nothing of what they write."""
    alice, wrote = api_of("alice"), []
    examined = prepared.examined

    def meanwhile(app, connection):
        body = {"code": "PENDANT", "name": "Pendant", "entity_id": 1}
        wrote.append(alice("POST", "/api/v1/partner/", json=body).status_code)
        return examined(app, connection)

    monkeypatch.setattr(prepared, "examined", meanwhile)
    assert rehearse(costly).faults == []
    assert wrote == [201]


def test_a_document_that_would_not_come_back_is_a_fault(costly):
    store = making.Store(costly.settings.data_dir / "documents")
    shutil.rmtree(store.root)
    found = rehearse(costly)
    assert found.faults == [found.faults[0]]
    assert found.faults[0].startswith("Documents absents de la sauvegarde : 2 (")
    said = finding(costly)
    assert said.state == "fault"
    assert "elle a échoué\u00a0: Documents absents de la sauvegarde\u00a0: 2" in said.sentence


def test_a_total_that_changed_is_a_fault(costly, monkeypatch):
    real, asked = dumps.ledger_sums, []

    def sums(connection):
        asked.append(connection)
        found = real(connection)
        return found if len(asked) == 1 else {name: "0.00" for name in found}

    monkeypatch.setattr(dumps, "ledger_sums", sums)
    found = rehearse(costly)
    assert not found.is_good
    assert "patrimoine_cost_line.amount_ht_eur" in found.faults[0]


def test_an_entry_that_was_changed_is_a_fault(costly, server):
    from base.upkeep.seals.sealing import seal_now

    seal_now("test")
    tamper("UPDATE base_event SET actor = 'user:9' WHERE seq = 3")
    found = rehearse(costly)
    assert any("n° 3" in fault for fault in found.faults), found.faults


def test_a_damaged_file_is_said_and_noted(costly, tmp_path):
    path = tmp_path / "s.zip"
    making.back_up(costly, path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    found = rehearse(costly, path)
    assert not found.is_good and "abîmée" in found.faults[0]
    assert finding(costly).state == "fault"


@pytest.mark.parametrize("given", [False, True])
def test_no_room_is_a_refusal_before_anything_is_written(sqlite_full, tmp_path, monkeypatch, given):
    path = tmp_path / "s.zip" if given else None
    if given:
        making.back_up(sqlite_full, path)
    monkeypatch.setattr(aside.shutil, "disk_usage", lambda where: Usage(10**9, 0, 100_000_100))
    with pytest.raises(aside.NotRehearsed, match="faites de la place, ou répétez sur une autre"):
        rehearse(sqlite_full, path)
    assert not aside.place(sqlite_full.settings).exists()
    with reading(db.engine).connect() as connection:
        assert making.last_rehearsal(connection) is None


def test_two_at_once_are_refused_and_what_one_that_died_left_is_swept(sqlite_full):
    place = aside.place(sqlite_full.settings)
    (place / "dossier").mkdir(parents=True)
    (place / "base.db").write_bytes(b"x")
    held = os.open(place, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(aside.NotRehearsed, match="Une autre répétition est en cours"):
        rehearse(sqlite_full)
    assert finding(sqlite_full, "rehearsal_left") is None
    assert (place / "base.db").exists()
    os.close(held)  # it died
    assert finding(sqlite_full, "rehearsal_left").state == "ok"
    assert not place.exists()
    (place / "dossier").mkdir(parents=True)
    assert rehearse(sqlite_full).is_good
    assert not place.exists()


def test_one_that_is_killed_leaves_nothing_after_the_next_look(costly, server):
    env = {
        **os.environ,
        "OUVRAGE_DATA_DIR": str(costly.settings.data_dir),
        "DATABASE_URL": costly.settings.database_url,
    }
    place = aside.place(costly.settings)
    with subprocess.Popen(
        [sys.executable, "-m", "base", "backup", "--rehearse"],
        cwd=ROOT,
        env=env,
        stderr=subprocess.PIPE,
        text=True,
    ) as command:
        for line in command.stderr:
            if line.startswith("Examen"):  # the database is there, beside
                break
        assert place.exists()
        command.kill()
    assert place.exists()
    assert finding(costly, "rehearsal_left").state == "ok"
    assert not place.exists()
    end = time.monotonic() + 30
    while schemas(server) != ["public"] and time.monotonic() < end:
        time.sleep(0.05)
    assert schemas(server) == ["public"]


def run(app, monkeypatch, *arguments):
    from base.processes.cli import installed

    monkeypatch.setattr(installed, "plain", lambda: app)
    return cli.run(["backup", *arguments])


def test_the_command(costly, tmp_path, monkeypatch, capsys):
    assert run(costly, monkeypatch, "--rehearse") == 0
    said = capsys.readouterr().out
    assert re.search(
        r"La restauration est répétée en \d+\u00a0s : état du \d\d/\d\d/\d{4}\u00a0\d\d:\d\d, "
        r"[\d\u00a0]+ lignes dans \d+ tables, \d+ documents?, journal",
        said,
    )
    path = tmp_path / "s.zip"
    making.back_up(costly, path)
    assert run(costly, monkeypatch, "--rehearse", "--json", str(path)) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True and said["file"] == str(path) and said["faults"] == []
    assert said["rows"] == sum(archive.read_manifest(path).tables.values())
    assert said["sums"]["patrimoine_cost_line.net_eur"] == "60.00"
    assert run(costly, monkeypatch, "--rehearse", str(tmp_path / "absent.zip")) == 1
    assert "n’existe pas" in capsys.readouterr().err
    shutil.rmtree(costly.settings.data_dir / "documents")
    assert run(costly, monkeypatch, "--rehearse", "--json") == 1
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is False and said["file"] is None and len(said["faults"]) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--check"],
        ["--json", "s.zip"],
        ["--check", "--rehearse", "s.zip"],
        ["--rehearse", "--with-secrets"],
    ],
)
def test_what_does_not_go_together_is_wrong_usage(arguments, capsys):
    assert cli.run(["backup", *arguments]) == 2
    assert capsys.readouterr().err.startswith("run.py")


def test_the_administrator_and_the_doctor_see_the_last_one(
    sqlite_full, sqlite_client_of, tmp_path, monkeypatch
):
    assert finding(sqlite_full) is None, "without a backup there is nothing to rehearse"
    making.back_up(sqlite_full, tmp_path / "s.zip")
    assert finding(sqlite_full).state == "warning"
    admin = sqlite_client_of("admin")
    assert "Aucune restauration n’a encore été répétée." in admin.get("/").get_data(as_text=True)
    rehearse(sqlite_full, tmp_path / "s.zip")
    page = admin.get("/").get_data(as_text=True)
    assert (
        "Dernière répétition d’une restauration\u00a0: aujourd’hui" in page and "réussie." in page
    )
    assert "répétition" not in sqlite_client_of("alice").get("/").get_data(as_text=True)
    shutil.rmtree(sqlite_full.settings.data_dir / "documents")
    rehearse(sqlite_full)
    assert "échouée." in admin.get("/").get_data(as_text=True)
    rehearse(sqlite_full, tmp_path / "s.zip")
    later = clock.now() + making.STALE + making.OLD
    monkeypatch.setattr(clock, "now", lambda: later)
    assert finding(sqlite_full).state == "warning"
