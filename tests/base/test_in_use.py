"""The note of the database in use: who writes it, and what a command with another one is told."""

from __future__ import annotations

import json
import stat

import pytest

from base.basics.errors import StartRefused
from base.processes import cli
from base.processes.cli import installed
from base.upkeep import in_use
from config import settings
from tests.base.test_env_file import base

SERVER = "postgresql://ouvrage:un-mot-de-passe@serveur.mairie.fr/ouvrage"


def chosen(folder, url=""):
    return settings({"OUVRAGE_DATA_DIR": str(folder), "DATABASE_URL": url})


def test_the_note_tells_a_database_from_another_and_holds_no_password(tmp_path):
    in_use.note(chosen(tmp_path, SERVER))
    path = tmp_path / in_use.NOTE
    assert json.loads(path.read_text()) == {
        "engine": "postgresql",
        "host": "serveur.mairie.fr",
        "port": 5432,
        "name": "ouvrage",
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "other",
    [
        "",
        SERVER + "_essai",
        SERVER.replace("serveur", "autre"),
        SERVER.replace(".fr", ".fr:5433"),
        "sqlite:////srv/ailleurs.db",
    ],
)
def test_another_database_is_refused_with_both_and_the_way_on(tmp_path, other):
    in_use.note(chosen(tmp_path, SERVER))
    with pytest.raises(StartRefused) as refusal:
        in_use.check(chosen(tmp_path, other))
    sentence = str(refusal.value)
    assert "PostgreSQL « ouvrage » sur serveur.mairie.fr:5432" in sentence
    assert "python3 run.py use-database" in sentence and "ouvrage.env" in sentence
    assert "un-mot-de-passe" not in sentence


@pytest.mark.parametrize(
    "same",
    [
        SERVER.replace("un-mot-de-passe", "changé"),
        SERVER.replace("ouvrage:un-mot-de-passe@", "lecteur@"),
        SERVER.replace("postgresql:", "postgresql+psycopg:"),
        SERVER + "?sslmode=require",
        SERVER.replace(".fr/", ".fr:5432/"),
    ],
)
def test_another_account_of_the_same_database_is_not_another_database(tmp_path, same):
    in_use.note(chosen(tmp_path, SERVER))
    in_use.check(chosen(tmp_path, same))


def test_names_of_this_machine_are_one_and_sockets_have_their_folder(tmp_path):
    here = [in_use.of(chosen(tmp_path, f"postgresql://{h}/b")) for h in ("localhost", "127.0.0.1")]
    assert here[0] == here[1]
    socket = in_use.of(chosen(tmp_path, "postgresql:///b?host=/run/pg"))
    assert (socket["host"], socket["name"]) == ("/run/pg", "b")


def test_a_data_directory_moved_with_its_database_is_the_same(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    in_use.note(chosen(first))
    first.rename(second)
    in_use.check(chosen(second))
    assert json.loads((second / in_use.NOTE).read_text()) == {
        "engine": "sqlite",
        "file": "ouvrage.db",
    }


def test_a_note_that_says_nothing_is_refused_and_not_taken_for_none(tmp_path):
    for text in ("", "{}", "[]", '{"engine": "mysql"}'):
        (tmp_path / in_use.NOTE).write_text(text)
        with pytest.raises(StartRefused, match="use-database"):
            in_use.check(chosen(tmp_path))


def test_no_command_makes_an_empty_file_beside_a_server(tmp_path):
    """Cron without DATABASE_URL: refused by every command, and nothing appears."""
    in_use.note(chosen(tmp_path, SERVER))
    for words in (["backup", str(tmp_path / "nuit.zip")], ["doctor"], ["migrate"], ["web"], []):
        done = base(*words, OUVRAGE_DATA_DIR=str(tmp_path))
        assert done.returncode == 1, words
        assert "PostgreSQL «\u00a0ouvrage\u00a0»" in done.stderr and done.stderr.count("\n") == 1, (
            words
        )
    assert [p.name for p in tmp_path.iterdir()] == [in_use.NOTE]


def test_a_command_makes_no_empty_database_where_there_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(tmp_path / "vide"))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    for make in (installed.bare, installed.plain, installed.whole):
        with pytest.raises(StartRefused, match="run.py migrate"):
            make()
    assert not (tmp_path / "vide").exists()


def test_migrate_notes_the_database_and_use_database_another(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("base.basics.logs.configure", lambda *_a, **_k: None)
    assert cli.run(["migrate"]) == 0
    in_use.check(chosen(tmp_path))
    elsewhere = f"sqlite:///{tmp_path / 'autre.db'}"
    monkeypatch.setenv("DATABASE_URL", elsewhere)
    assert cli.run(["migrate"]) == 1
    assert "use-database" in capsys.readouterr().err
    assert not (tmp_path / "autre.db").exists()
    assert cli.run(["use-database"]) == 0
    assert "autre.db" in capsys.readouterr().out
    assert cli.run(["migrate"]) == 0
    monkeypatch.delenv("DATABASE_URL")
    assert cli.run(["doctor"]) == 1
    assert "autre.db" in capsys.readouterr().err
