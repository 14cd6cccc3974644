"""The commands: usage, exit codes, one sentence for a failure, people and keys."""

from __future__ import annotations

import json

import pytest

from base.basics import folding
from base.basics.errors import DomainError, StartRefused
from base.processes import cli
from base.processes.cli import developers, installed, people
from base.rules.rights import actors
from base.rules.rights.people import names_of


def test_help_is_everywhere_and_in_french(capsys):
    assert cli.run(["--help"]) == 0
    text = capsys.readouterr().out
    for word in ("usage\u00a0:", "migrate", "OUVRAGE_DATA_DIR", "affiche cette aide"):
        assert word in text
    for command in (
        "web",
        "worker",
        "scheduler",
        "migrate",
        "user",
        "token",
        "import",
        "doctor",
        "seal",
        "verify",
        "test",
        "lint",
        "migration",
        "i18n",
        "bench",
    ):
        assert cli.run([command, "--help"]) == 0
        assert "usage\u00a0:" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["n’existe-pas"], ["user"], ["user", "add"], ["migrate", "--faux"], ["bench", "--scale", "x"]],
)
def test_wrong_usage_is_exit_code_2_with_a_sentence(arguments, capsys):
    assert cli.run(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("run.py") and "--help" in shown.err


@pytest.mark.parametrize("fault", [DomainError("Non."), StartRefused("Non.")])
def test_a_refusal_is_exit_code_1_with_its_sentence_and_no_trace(fault, capsys, monkeypatch):
    def refuse(arguments):
        raise fault

    monkeypatch.setattr(cli.processes, "serve", refuse)
    assert cli.run([]) == 1
    assert capsys.readouterr().err == "run.py\u00a0: Non.\n"


def test_a_full_disk_is_one_sentence_and_another_fault_a_trace(capsys, monkeypatch):
    import sqlite3

    from sqlalchemy.exc import OperationalError

    def fail(said):
        def run(arguments):
            raise OperationalError("INSERT", {}, sqlite3.OperationalError(said))

        return run

    monkeypatch.setattr(cli.processes, "serve", fail("database or disk is full"))
    assert cli.run([]) == 1
    assert capsys.readouterr().err.startswith("run.py\u00a0: Le disque est plein")
    monkeypatch.setattr(cli.processes, "serve", fail("no such table: x"))
    with pytest.raises(OperationalError):
        cli.run([])


def test_a_wrong_setting_is_one_sentence(capsys, monkeypatch):
    monkeypatch.setenv("OUVRAGE_PORT", "beaucoup")
    assert cli.run([]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("run.py\u00a0: OUVRAGE_PORT vaut «\u00a0beaucoup\u00a0»")
    assert shown.count("\n") == 1


def test_a_bug_is_never_hidden(monkeypatch):
    def fail(arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(cli.processes, "serve", fail)
    with pytest.raises(ZeroDivisionError):
        cli.run([])


def test_the_words_after_test_go_to_pytest_in_their_order(monkeypatch):
    seen = []

    class Done:
        returncode = 5

    def called(command, **options):
        seen.append((command, options["env"].get("OUVRAGE_SLOW")))
        return Done

    monkeypatch.setattr(developers.subprocess, "run", called)
    assert cli.run(["test", "-k", "nom", "tests/base", "-x", "--slow", "-p", "no:xdist"]) == 5
    command, slow = seen[0]
    assert command[-6:] == ["-k", "nom", "tests/base", "-x", "-p", "no:xdist"]
    assert slow == "1"


def test_a_module_offers_commands(monkeypatch, tmp_path, capsys):
    from base.rules.modules import loading

    folder = tmp_path / "commandes_dessai"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "__manifest__.py").write_text('{"name": "x", "version": "1", "depends": []}')
    (folder / "commands.py").write_text(
        "def register(subparsers):\n"
        "    p = subparsers.add_parser('essai', help='un essai')\n"
        "    p.set_defaults(run=lambda a: print('fait') or 0)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(loading, "discover", lambda: [loading.read_manifest(folder)])
    assert cli.run(["essai"]) == 0
    assert capsys.readouterr().out == "fait\n"


def test_a_drawn_password_is_long_and_never_the_same():
    first, second = people.drawn_password(), people.drawn_password()
    assert first != second
    assert len(first) == 23


@pytest.fixture
def at_home(sqlite_app, monkeypatch):
    """The commands work on the application of the test."""
    monkeypatch.setattr(installed, "whole", lambda: sqlite_app)
    return sqlite_app


def test_an_account_is_made_and_its_password_shown_once(at_home, capsys):
    assert cli.run(["user", "add", "jeanne", "--role", "Agent", "--entity", "A"]) == 0
    assert "Mot de passe : " in capsys.readouterr().out
    with at_home.app_context():
        made = at_home.appbuilder.sm.find_user(username="jeanne")
        assert names_of([made.id]) == {made.id: "jeanne"}
        # A form that changes an account asks for both names.
        assert (made.first_name, made.last_name) == ("jeanne", "jeanne")
        assert folding.full_name(made.first_name, made.last_name) == "jeanne"
        assert folding.full_name("Jeanne", "Roy") == "Jeanne Roy"
        actors.security.remove()
    assert cli.run(["user", "add", "jeanne"]) == 1
    assert "existe déjà" in capsys.readouterr().err


def test_a_password_comes_from_standard_input(at_home, capsys, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("court\n"))
    assert cli.run(["user", "reset-password", "bob", "--password-stdin"]) == 1
    assert "au moins 12" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("une phrase bien longue\n"))
    assert cli.run(["user", "reset-password", "bob", "--password-stdin"]) == 0
    assert "longue" not in capsys.readouterr().out


def test_a_key_is_shown_once_and_opens_the_api(at_home, capsys):
    assert cli.run(["token", "add", "sonde", "--user", "alice"]) == 0
    key = capsys.readouterr().out.strip()
    client = at_home.test_client()
    answer = client.get("/api/v1/partner/", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert client.get("/api/v1/partner/").status_code == 401
    assert cli.run(["token", "add", "sonde", "--user", "personne"]) == 1


def test_doctor_finds_a_lost_trigger_and_a_dead_job(sqlite_app):
    from base.store.database import db
    from base.upkeep.doctor import examine

    sound = {f.check: f.state for f in examine(sqlite_app)}
    assert sound["triggers"] == sound["integrity"] == sound["foreign_keys"] == "ok"
    assert "fault" not in sound.values()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER base_event_no_delete")
    states = {f.check: f.state for f in examine(sqlite_app)}
    assert states["triggers"] == "fault"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER base_event_no_delete BEFORE DELETE ON base_event "
            "BEGIN SELECT RAISE(ABORT, 'append only'); END"
        )


def test_doctor_finds_a_gap_in_the_trail(sqlite_app):
    from base.store.database import db
    from base.upkeep.doctor import examine

    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE base_counter SET value = value + 1 WHERE series = 'trail'"
        )
    states = {f.check: f.state for f in examine(sqlite_app)}
    assert states["truncated"] == "fault" and "trail" not in states


def test_the_benchmarks_say_on_what_they_ran(monkeypatch, capsys):
    from tests.bench import declared

    monkeypatch.setattr(declared, "BENCHES", {})
    declared.bench("essai", bar="vite")(lambda scale: {"lignes/s": 1234.5, "taille": scale})
    assert cli.run(["bench", "essai", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["benches"]["essai"]["figures"] == {"lignes/s": 1234.5, "taille": "small"}
    assert found["machine"]["cpu"] >= 1
    assert cli.run(["bench", "inconnu"]) == 2


def test_an_installation_without_tests_says_where_the_benchmarks_are(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("base.processes.cli.developers.ROOT", tmp_path)
    assert cli.run(["bench"]) == 2
    said = capsys.readouterr().err
    assert str(tmp_path / "tests" / "bench") in said and "n’a pas" in said


def test_a_module_dropped_in_brings_its_benchmarks_with_its_tests(monkeypatch, tmp_path, capsys):
    from base.rules.modules import loading
    from tests.bench import declared

    folder = tmp_path / "espaces_mesures"
    (folder / "tests").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__manifest__.py").write_text('{"name": "M", "version": "1", "depends": []}')
    (folder / "tests" / "bench.py").write_text(
        "from tests.bench.declared import bench\n\nbench('tonte')(lambda scale: {'n': 1})\n"
    )
    found = loading.discover([tmp_path])
    monkeypatch.setattr(loading, "discover", lambda: found)
    monkeypatch.setattr(declared, "BENCHES", {})
    assert cli.run(["bench", "tonte", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["benches"]["tonte"]["figures"] == {"n": 1}


def test_doctor_asks_the_modules_too_as_the_command_does(tmp_path, capsys, monkeypatch):
    from base.app import bare_app, migrate
    from config import settings

    monkeypatch.setenv("OUVRAGE_DATA_DIR", str(tmp_path))
    migrate(bare_app(settings()))
    monkeypatch.setattr("base.basics.logs.configure", lambda chosen, role: None)
    assert cli.run(["doctor", "--json"]) == 0
    checks = {f["check"] for f in json.loads(capsys.readouterr().out)["findings"]}
    assert {"schema", "costs", "stock", "readings"} <= checks
