"""A restore whose disk gives out says so, whatever words SQLite has for it."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

import config
from base.basics.errors import StartRefused
from base.processes import restoring
from base.upkeep import doctor
from base.upkeep.backups import archive, sqlite_file, switching


def locked():
    return OperationalError("PRAGMA", {}, sqlite3.OperationalError("database is locked"))


def refused():
    try:
        raise sqlite3.OperationalError("disk I/O error")
    except sqlite3.OperationalError as fault:
        raise StartRefused("ne répond pas") from fault


@pytest.mark.parametrize("raised", [locked, refused])
def test_a_draft_that_cannot_be_written_is_told_as_the_disk(backup, tmp_path, monkeypatch, raised):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})

    def fails(_draft):
        raise raised()

    monkeypatch.setattr(sqlite_file, "settle", fails)
    with pytest.raises(archive.NotWritten, match="espace disque.*Rien n’a été remplacé"):
        restoring.restore(there, backup)
    assert not switching.database_file(there).exists()
    monkeypatch.undo()
    restoring.restore(there, backup)
    assert switching.database_file(there).exists()


def test_another_refusal_to_start_keeps_its_own_sentence(tmp_path):
    with pytest.raises(StartRefused, match="module"):
        with sqlite_file.writing(tmp_path / "x.db"):
            raise StartRefused("un module manque")


def test_a_restored_database_that_cannot_be_examined_is_in_place_and_says_so(
    backup, tmp_path, monkeypatch
):
    there = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})

    def fails(_app):
        raise locked()

    monkeypatch.setattr(doctor, "examine", fails)
    with pytest.raises(restoring.NotRestored, match="en place.*espace disque.*doctor"):
        restoring.restore(there, backup)
    assert switching.database_file(there).exists()
