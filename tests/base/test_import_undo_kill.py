"""A process killed while it undoes an import leaves all as it was, or all undone."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

ROOT = Path(__file__).resolve().parents[2]
#: Undoes import 1, and dies at the n-th statement that writes.
CHILD = """
import os, signal, sys
import config
from base.app import create_app
from sqlalchemy import event

app = create_app(config.settings())
with app.app_context():
    from base.store.database import db
    from base.desk.imports.command import undo_file

    left = [int(sys.argv[1])]

    @event.listens_for(db.engine, "before_cursor_execute")
    def _count(connection, cursor, statement, parameters, context, many):
        if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    undo_file(1)
"""
ROWS = "N° d’inventaire;Nom;Nature;Catégorie\n" + "".join(
    f"E-{n};Pompe {n};Équipement;Pompe\n" for n in range(30)
)


@pytest.mark.slow
def test_a_kill_at_any_statement_leaves_old_or_new(tmp_path, monkeypatch):
    import config
    from base.app import bare_app, create_app, migrate
    from base.desk.imports.command import import_file
    from base.rules.rights.actors import system_session
    from base.store.models import Entity, ImportBatch
    from patrimoine.models import Asset, Category

    environment = {"OUVRAGE_DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
    settings = config.settings(environment)
    migrate(bare_app(settings))
    app = create_app(settings)
    with app.app_context():
        with system_session("test") as session:
            if session.scalar(select(func.count()).select_from(Entity)) == 0:
                session.add(Entity(code="A", name="A"))
        path = tmp_path / "biens.csv"
        path.write_text(ROWS, encoding="utf-8")
        assert import_file("assets", path).created == 30

        def state():
            with system_session("test", readonly=True) as session:
                return (
                    session.scalar(select(ImportBatch.state)),
                    session.scalar(select(func.count()).select_from(Asset)),
                    session.scalar(
                        select(func.count()).select_from(Category).where(Category.name == "Pompe")
                    ),
                )

        before = state()
        assert before == ("applied", 30, 1)
        for at in range(1, 60):
            child = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", CHILD, str(at)],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            if child.returncode == 0:
                break
            assert child.returncode == -signal.SIGKILL, child.stderr
            assert state() == before
        assert at > 5
        assert state() == ("undone", 0, 0)
