"""What the doctor says of numbers, files, keys and of the last backup."""

from __future__ import annotations

import os

from base.papers.files.store import Store
from base.upkeep import doctor
from base.upkeep.backups import making
from tests.base.conftest import keep_document


def test_the_doctor_counts_numbers_and_files(full):
    from base.store.database import db
    from base.store.models import Counter

    assert {f.check: f.state for f in doctor.examine(full)}["numbers"] == "ok"
    with db.engine.begin() as connection:
        connection.execute(Counter.__table__.insert().values(series="INT/1/2026", value=2))
    found = {f.check: f for f in doctor.examine(full)}
    assert found["numbers"].state == "fault"
    assert "INT/1/2026\u00a0: il manque 1, 2" in found["numbers"].sentence
    store = Store(full.settings.data_dir / "documents")
    alone = store.put(b"personne", media_type="image/png", label="x").digest
    assert {f.check: f.state for f in doctor.examine(full)}["orphans"] == "ok", "still being sent"
    os.utime(store.path(alone), (0, 0))
    (store.root / "tmp" / "reste").write_bytes(b"x")
    os.utime(store.root / "tmp" / "reste", (0, 0))
    found = {f.check: f.state for f in doctor.examine(full)}
    assert (found["orphans"], found["temporary"]) == ("warning", "warning")


def test_the_doctor_of_a_late_schema_asks_only_what_can_be_answered(sqlite_full, monkeypatch):
    monkeypatch.setattr(doctor, "late_modules", lambda connection, modules: ["interventions"])
    found = {f.check: f.state for f in doctor.examine(sqlite_full)}
    assert found["schema"] == "fault" and found["integrity"] == "ok"
    assert "numbers" not in found and "trail" not in found


def test_the_doctor_reads_every_document_when_told_to(sqlite_full, monkeypatch):
    from base.upkeep import doctor_files

    monkeypatch.setattr(doctor_files, "SAMPLE", 1)
    monkeypatch.setattr(doctor_files.random, "sample", lambda listed, count: listed[:count])
    digests = sorted([keep_document(sqlite_full, b"\x89PNG %d" % n) for n in range(3)])
    store = Store(sqlite_full.settings.data_dir / "documents")
    last = max([*digests, *store.digests()])
    store.path(last).write_bytes(b"autre")

    def state(**options):
        found = doctor.examine(sqlite_full, **options)
        return [f.state for f in found if f.check == "documents"]

    assert state() == ["ok"]
    assert state(everything=True) == ["fault"]


def test_the_doctor_sees_keys_that_others_can_read(sqlite_full):
    place = sqlite_full.settings.data_dir / "keys.json"
    place.chmod(0o644)
    found = {f.check: f for f in doctor.examine(sqlite_full)}
    place.chmod(0o600)
    assert found["keys"].state == "fault" and "chmod 600" in found["keys"].sentence


def test_a_week_without_a_backup_is_warned_of(sqlite_full, tmp_path, monkeypatch):
    from datetime import timedelta

    from base.basics import clock

    assert {f.check: f.state for f in doctor.examine(sqlite_full)}["backup"] == "warning"
    making.back_up(sqlite_full, tmp_path / "s.zip")
    assert {f.check: f.state for f in doctor.examine(sqlite_full)}["backup"] == "ok"
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    found = {f.check: f for f in doctor.examine(sqlite_full)}
    assert found["backup"].state == "warning"
    assert found["backup"].sentence == "Dernière sauvegarde il y a 8\N{NO-BREAK SPACE}j."


def test_the_administrator_and_whoever_watches_see_the_last_backup(
    sqlite_full, sqlite_client_of, tmp_path
):
    assert sqlite_client_of(None).get("/ready").get_json()["last_backup_at"] is None
    admin = sqlite_client_of("admin")
    assert "Aucune sauvegarde vérifiée." in admin.get("/").get_data(as_text=True)
    making.back_up(sqlite_full, tmp_path / "ouvrage-du-soir.zip")
    page = admin.get("/").get_data(as_text=True)
    assert "ouvrage-du-soir.zip" in page and "Aucune sauvegarde" not in page
    assert "ouvrage-du-soir" not in sqlite_client_of("alice").get("/").get_data(as_text=True)
    said = sqlite_client_of(None).get("/ready").get_json()["last_backup_at"]
    assert said is not None and said.endswith("+00:00")
