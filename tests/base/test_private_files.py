"""Whose files these are: for their owner alone, and never root's in a service's folder."""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path

import pytest

import config
from base.basics import account, data_dir, logs
from base.basics.errors import StartRefused
from base.engine.fork import Fork
from tests.base.test_env_file import base

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="il faut root pour changer de compte")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def chosen(folder):
    return config.settings({"OUVRAGE_DATA_DIR": str(folder)})


def test_what_migrate_makes_is_for_its_owner_alone(tmp_path):
    """As the guide has it for PostgreSQL: migrate before anything else, with a usual umask."""
    place = tmp_path / "données"
    done = base("migrate", OUVRAGE_DATA_DIR=str(place))
    assert done.returncode == 0, done.stderr
    assert mode(place) == 0o700
    wide = [p for p in place.rglob("*") if mode(p) & 0o077]
    assert wide == []
    assert (place / "ouvrage.db").exists() and (place / "logs" / "migrate.log").exists()


def test_a_data_directory_that_was_left_open_is_closed_by_the_next_start(tmp_path):
    place = tmp_path / "données"
    place.mkdir(mode=0o755)
    for name in ("keys.json", "ouvrage.db"):
        (place / name).write_text("x")
        (place / name).chmod(0o644)
    assert {p.name for p in data_dir.open_paths(place)} == {"données", "keys.json", "ouvrage.db"}
    data_dir.prepare(chosen(place))
    assert list(data_dir.open_paths(place)) == []
    assert (mode(place), mode(place / "ouvrage.db")) == (0o700, 0o600)


def test_a_moments_file_of_another_process_stops_no_start(tmp_path, monkeypatch):
    """The probe of a second process, a journal of SQLite: listed, and gone when looked at."""
    place = tmp_path / "données"
    place.mkdir(mode=0o755)
    (place / "keys.json").write_text("x")
    listed = type(place).iterdir
    monkeypatch.setattr(
        type(place), "iterdir", lambda folder: [*listed(folder), folder / ".essai-1"]
    )
    data_dir.prepare(chosen(place))
    assert mode(place) == 0o700 and mode(place / "keys.json") == 0o600


def test_a_folder_that_is_none_of_ours_is_left_as_it_is(tmp_path):
    place = tmp_path / "partagé"
    place.mkdir()
    place.chmod(0o777)
    (place / "keys.json").write_text("x")
    place.chmod(0o1777)
    data_dir.close(place)
    assert mode(place) == 0o1777
    (place / "keys.json").unlink()
    place.chmod(0o755)
    data_dir.close(place)
    assert mode(place) == 0o755


def test_doctor_says_what_others_may_read(sqlite_app):
    from base.store.database import db
    from base.upkeep import doctor_files

    def found():
        with db.engine.connect() as connection:
            rows = doctor_files.installation(sqlite_app, db.engine, connection)
            return {f.check: f for f in rows}

    place = sqlite_app.settings.data_dir
    data_dir.close(place)
    assert found()["privacy"].state == "ok"
    assert str(place / "ouvrage.db") in found()["database"].sentence
    place.chmod(0o755)
    try:
        assert found()["privacy"].state == "warning"
        assert place.name in found()["privacy"].sentence
    finally:
        place.chmod(0o700)


def test_a_log_that_cannot_be_opened_stops_nothing_and_is_named(tmp_path, monkeypatch, capsys):
    import logging

    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    place = tmp_path / "logs" / "command.log"
    place.mkdir(parents=True)  # what root's file is to others: not to be opened
    logs.configure(chosen(tmp_path), "command")
    further = logging.getLogger("essai")
    # A migration of another test may have put it out.
    monkeypatch.setattr(further, "disabled", False)
    further.warning("la suite se fait")
    said = capsys.readouterr().err
    assert f"Le journal « {place} »" in said and "la suite se fait" in said


def test_the_owner_is_that_of_the_data_else_that_of_the_program(tmp_path, monkeypatch):
    owners = {tmp_path / "données": 4321, tmp_path / "programme": 1234, tmp_path / "root": 0}
    real = os.stat

    def stat_of(path, **options):
        if path in owners:
            return os.stat_result([0o40700, 0, 0, 0, owners[path], 77, 0, 0, 0, 0])
        return real(path, **options)

    monkeypatch.setattr(account.os, "stat", stat_of)

    def owner(data, program):
        found = account.owner({"OUVRAGE_DATA_DIR": str(tmp_path / data)}, tmp_path / program)
        return found and (found.uid, found.gid, found.name)

    assert owner("données", "programme") == (4321, 77, "#4321")
    assert owner("absent", "programme") == (1234, 77, "#1234")
    assert owner("root", "programme") is None, "data of root's own"
    assert owner("absent", "root") is None


def test_a_root_that_may_not_become_the_owner_says_the_line_to_type(tmp_path, monkeypatch):
    monkeypatch.setattr(account.os, "geteuid", lambda: 0)
    whose = account.Account(1234, 1234, "ouvrage", "/srv/ouvrage")
    monkeypatch.setattr(account, "owner", lambda environ: whose)

    def refused(*_values):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(account.os, "initgroups", refused)
    with pytest.raises(StartRefused, match="sudo -u ouvrage python3 run.py backup 'a b.zip'"):
        account.become_owner({}, ["backup", "a b.zip"])
    account.become_owner({}, ["test"])  # of the project: it stays


@as_root
def test_an_owner_who_cannot_read_this_python_is_one_sentence(tmp_path, monkeypatch):
    nobody = pwd.getpwnam("nobody")
    monkeypatch.setattr(account, "LIBRARY", tmp_path / "os.py")
    (tmp_path / "os.py").touch()
    tmp_path.chmod(0o700)  # as /root, and a Python that was built in it

    def work():
        with tempfile.TemporaryDirectory() as name:
            os.chown(name, nobody.pw_uid, nobody.pw_gid)
            with pytest.raises(StartRefused, match="« nobody », qui ne peut pas lire ce Python"):
                account.become_owner({"OUVRAGE_DATA_DIR": name}, ["doctor"])
            os._exit(0)

    assert Fork(work).wait() == 0


@as_root
def test_root_goes_on_as_the_owner_and_leaves_no_file_of_its_own(monkeypatch):
    # The Python of the tests may be one of root's own.
    monkeypatch.setattr(account, "LIBRARY", Path("/"))
    nobody = pwd.getpwnam("nobody")
    # Where another account may go: the folders of the tests are closed to it.
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
        _leaves_files_of(place, nobody)


def _leaves_files_of(place, nobody):
    def work():
        account.become_owner({"OUVRAGE_DATA_DIR": str(place)}, ["doctor"])
        assert os.environ["HOME"] == nobody.pw_dir
        logs.configure(chosen(place), "command")
        data_dir.prepare(chosen(place))
        return 0

    assert Fork(work).wait() == 0
    assert {p.stat().st_uid for p in [place, *place.rglob("*")]} == {nobody.pw_uid}
    assert (place / "logs" / "command.log").exists()
