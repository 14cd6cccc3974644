"""A database that a later version has brought up: one sentence, from every door."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from sqlalchemy import text

from base.basics.errors import StartRefused
from base.store.database import db
from base.upkeep import doctor
from base.upkeep.schema import migrations
from config import ROOT

SENTENCE = (
    "La base de données est d’une version plus récente que ce programme (energie)\u00a0: "
    "mettez le programme à jour."
)


@pytest.fixture
def newer(app):
    """The tables of one module at a revision that is not among its files."""
    return bring_further(app)


@pytest.fixture
def sqlite_newer(sqlite_app):
    """The same, on SQLite alone."""
    return bring_further(sqlite_app)


def bring_further(app):
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE energie_alembic_version SET version_num = 'energie_9999'"))
    return app


def run(app, *arguments):
    """A command on this database, in a process of its own: its exit code and what it said."""
    env = {
        **os.environ,
        "OUVRAGE_DATA_DIR": str(app.settings.data_dir),
        "DATABASE_URL": app.settings.database_url,
        "PYTHONUTF8": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "base", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    "command",
    [
        "migrate",
        "migrate --start",
        "worker",
        "search rebuild",
        "verify",
        "backup {place}/s.zip",
        "report cost --out {place}/r.csv",
    ],
)
def test_every_command_refuses_it_with_its_sentence(sqlite_newer, tmp_path, command):
    code, _out, err = run(sqlite_newer, *command.format(place=tmp_path).split())
    assert (code, err.splitlines()[-1]) == (1, f"run.py\u00a0: {SENTENCE}")
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_says_it_and_never_to_migrate(sqlite_newer):
    code, out, err = run(sqlite_newer, "doctor")
    assert (code, err) == (1, "")
    assert f"[ÉCHEC] schema : {SENTENCE}" in out
    assert "migrate" not in out


def test_the_doctor_says_it_on_both_engines(newer):
    with db.engine.connect() as connection:
        found = list(doctor.schema(newer, db.engine, connection))
    assert [(f.state, f.sentence) for f in found] == [("fault", SENTENCE)]


def test_nothing_is_made_on_it(newer):
    from base.app import bare_app, migrate

    with pytest.raises(StartRefused, match="plus récente que ce programme"):
        migrations.check(db.engine, newer.manifests)
    made = bare_app(newer.settings)
    with pytest.raises(StartRefused, match="plus récente que ce programme"):
        migrate(made)
    with made.app_context():
        db.engine.dispose()
    with db.engine.connect() as connection:
        assert migrations.newer_modules(connection, newer.manifests) == ["energie"]
