"""The file of settings: what it may say, who wins, and that every door reads it."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import pytest

from base.basics import env_file
from base.basics.errors import UsageError
from config import ROOT, SettingError, settings


def written(folder, text, name="ouvrage.env"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_is_a_setting_with_or_without_quotes(tmp_path):
    path = written(
        tmp_path,
        "# la mairie\n; et le CCAS\n\nOUVRAGE_PORT = 8090\nOUVRAGE_BASE_URL='https://o.fr'\r\n"
        'DATABASE_URL="postgresql://moi:a=b#c@m/b"\nOUVRAGE_TIMEZONE=\n',
    )
    assert env_file.read(path) == {
        "OUVRAGE_PORT": "8090",
        "OUVRAGE_BASE_URL": "https://o.fr",
        "DATABASE_URL": "postgresql://moi:a=b#c@m/b",
        "OUVRAGE_TIMEZONE": "",
    }


@pytest.mark.parametrize(
    "line, said",
    [
        ("OUVRAGE_PROT=8090", "est-ce OUVRAGE_PORT ?"),
        ("PATH=/bin", "« PATH » n’est pas un réglage"),
        ("OUVRAGE_ENV=/ailleurs", "n’est pas un réglage"),
        ("export OUVRAGE_PORT=1", "NOM=valeur est attendu"),
        ("mot-de-passe", "NOM=valeur est attendu"),
        ("OUVRAGE_HOST='127.0.0.1", "un guillemet n’est pas fermé"),
        ("OUVRAGE_LOCALE=en", "OUVRAGE_LOCALE est déjà donné plus haut"),
    ],
)
def test_a_bad_line_is_one_sentence_with_its_number_and_not_its_value(tmp_path, line, said):
    path = written(tmp_path, f"OUVRAGE_LOCALE=fr\n{line}\n")
    with pytest.raises(SettingError) as refusal:
        env_file.read(path)
    sentence = str(refusal.value)
    assert sentence.startswith(f"« {path} », ligne 2 : ") and said in sentence
    assert "mot-de-passe" not in sentence and "/ailleurs" not in sentence
    assert "\n" not in sentence


def test_a_file_of_another_encoding_is_one_sentence(tmp_path):
    path = tmp_path / "ouvrage.env"
    path.write_bytes("OUVRAGE_MAIL_FROM=mairie@évreux.fr\n".encode("latin-1"))
    with pytest.raises(SettingError, match="UTF-8"):
        env_file.read(path)


def test_the_environment_wins_over_the_file_and_an_empty_variable_does_not(tmp_path):
    written(tmp_path, "OUVRAGE_PORT=8090\nOUVRAGE_LOCALE=en\nOUVRAGE_WORKERS=3\n")
    environ = {"OUVRAGE_DATA_DIR": str(tmp_path), "OUVRAGE_PORT": "9000", "OUVRAGE_LOCALE": " "}
    assert env_file.adopt(environ) == tmp_path / "ouvrage.env"
    found = settings(environ)
    assert (found.port, found.locale, found.workers) == (9000, "en", 3)


def test_without_a_file_nothing_changes_and_a_named_one_must_be_there(tmp_path):
    environ = {"OUVRAGE_DATA_DIR": str(tmp_path / "rien")}
    before = dict(environ)
    assert env_file.adopt(environ) is None and environ == before
    with pytest.raises(FileNotFoundError):
        env_file.adopt(environ, str(tmp_path / "absent.env"))


def test_a_named_file_may_say_where_the_data_are_and_the_one_among_them_may_not(tmp_path):
    named = written(tmp_path, f"OUVRAGE_DATA_DIR={tmp_path / 'là'}\n", "mairie.env")
    environ: dict[str, str] = {}
    env_file.adopt(environ, str(named))
    assert settings(environ).data_dir == tmp_path / "là"
    assert environ["OUVRAGE_ENV"] == str(named), "what is started from here reads the same"
    written(tmp_path, "OUVRAGE_DATA_DIR=/ailleurs\n")
    with pytest.raises(SettingError, match="--env"):
        env_file.adopt({"OUVRAGE_DATA_DIR": str(tmp_path)})


def test_the_option_stands_anywhere_but_among_the_words_of_pytest():
    assert env_file.option(["--env", "a", "doctor"]) == ("a", ["doctor"])
    assert env_file.option(["backup", "x.zip", "--env=a"]) == ("a", ["backup", "x.zip"])
    assert env_file.option(["test", "--env", "a"]) == (None, ["test", "--env", "a"])
    assert env_file.option([]) == (None, [])
    for nameless in (["doctor", "--env"], ["doctor", "--env="], ["--env", "", "doctor"]):
        with pytest.raises(UsageError):
            env_file.option(nameless)


def base(*arguments, **environment):
    """A command in a process of its own, without the settings of whoever runs the tests."""
    from config import VARIABLES

    kept = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    return subprocess.run(
        [sys.executable, str(ROOT / "base" / "__main__.py"), *arguments],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_door_reads_the_file(tmp_path):
    """A wrong value in the file stops each of them with its sentence."""
    path = written(tmp_path, "OUVRAGE_PORT=beaucoup\n")
    doors = ([], ["web"], ["worker"], ["scheduler"], ["background"], ["migrate"], ["doctor"])
    ways = itertools.cycle([{"OUVRAGE_DATA_DIR": str(tmp_path)}, {"OUVRAGE_ENV": str(path)}])
    for words in (*doors, ["backup", str(tmp_path / "x.zip")]):
        done = base(*words, **next(ways))
        assert done.returncode == 1, words
        assert done.stderr.startswith("run.py\u00a0: OUVRAGE_PORT vaut «\u00a0beaucoup\u00a0»"), (
            words
        )
    assert base("--env", str(path), "--help").returncode == 0
    assert [p.name for p in tmp_path.iterdir()] == ["ouvrage.env"]


def test_an_unknown_key_stops_a_command_with_its_sentence(tmp_path):
    written(tmp_path, "DATABASE_ULR=postgresql://x/y\n")
    done = base("doctor", OUVRAGE_DATA_DIR=str(tmp_path))
    assert done.returncode == 1 and "est-ce DATABASE_URL\u00a0?\n" in done.stderr
    assert done.stderr.count("\n") == 1
