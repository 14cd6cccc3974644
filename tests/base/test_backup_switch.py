"""The last step of a restore: cut before it, in it, or by rows that were lost."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import pytest

import config
from base.processes import prepared, restoring
from base.upkeep import doctor
from base.upkeep.backups import archive, sqlite_file, switching
from tests.base.test_backups import opened


def test_a_restore_cut_before_the_switch_has_changed_nothing_and_starts_over(
    backup, tmp_path, monkeypatch
):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})

    class Cut(BaseException):
        pass

    def cut(draft):
        raise Cut

    monkeypatch.setattr(sqlite_file, "settle", cut)
    with pytest.raises(Cut):
        restoring.restore(there, backup)
    monkeypatch.undo()
    assert not switching.database_file(there).exists()
    assert switching.read(there)["state"] == "preparing"
    restoring.restore(there, backup)
    assert switching.database_file(there).exists()
    assert switching.read(there) == {}


def test_a_restore_cut_in_the_switch_is_finished_by_the_next_start(
    backup, tmp_path, monkeypatch, sqlite_full
):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})

    class Cut(BaseException):
        pass

    def cut(settings):
        raise Cut

    with monkeypatch.context() as patched:
        patched.setattr(restoring.switching, "finish", cut)
        patched.setattr("base.app.switching", FinishesNot())
        with pytest.raises(Cut):
            restoring.restore(there, backup)
    assert switching.read(there)["state"] == "switching"
    app = opened(there)
    assert switching.read(there) == {}
    assert list(there.data_dir.glob(f"*{switching.WAITING}*")) == []
    keys = (sqlite_full.settings.data_dir / "keys.json").read_text()
    assert (there.data_dir / "keys.json").read_text() == keys
    assert {f.check: f.state for f in doctor.examine(app)}["documents"] == "ok"


class FinishesNot:
    @staticmethod
    def finish(settings):
        return None


def test_the_log_of_a_database_that_was_taken_away_is_not_read_into_the_new_one(
    backup, tmp_path, sqlite_full
):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})
    there.data_dir.mkdir()
    former = tmp_path / "former.db"
    with (
        contextlib.closing(sqlite3.connect(switching.database_file(sqlite_full.settings))) as here,
        contextlib.closing(sqlite3.connect(former, isolation_level=None)) as killed,
    ):
        here.backup(killed)
        killed.execute("PRAGMA journal_mode=WAL")
        killed.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        killed.execute("UPDATE base_entity SET name = 'reste du journal'")
        place = switching.database_file(there)
        shutil.copy(f"{former}-wal", f"{place}-wal")
    restoring.restore(there, backup, force=True)
    with contextlib.closing(sqlite3.connect(place)) as restored:
        names = {name for (name,) in restored.execute("SELECT name FROM base_entity")}
    assert names and "reste du journal" not in names


def test_a_start_is_refused_while_nobody_knows_what_the_server_took(tmp_path):
    from base.basics.errors import StartRefused

    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path)})
    switching.note(there, "committing", Path("/srv/s.zip"), "0" * 64)
    with pytest.raises(StartRefused, match="relancez « python3 run.py restore /srv/s.zip »"):
        opened(there)


def test_rows_lost_on_the_way_are_found_before_the_switch(backup, tmp_path, monkeypatch):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})
    whole = prepared._extract

    def lossy(reader, manifest, draft, say):
        whole(reader, manifest, draft, say)
        with sqlite3.connect(draft) as made:
            made.execute("DELETE FROM base_document")
        made.close()

    monkeypatch.setattr(prepared, "_extract", lossy)
    with pytest.raises(archive.Damaged, match="base_document n’ont pas leur compte"):
        restoring.restore(there, backup)
    assert not switching.database_file(there).exists()
    assert switching.read(there) == {}
    assert list(there.data_dir.glob(f"*{switching.WAITING}*")) == []
