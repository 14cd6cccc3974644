"""What tests of the framework share: an installation with its backup, kinds of jobs, a trail."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import timedelta

import pytest

import config
from base.basics import clock
from base.engine.jobs import kinds
from base.upkeep.backups import making
from tests.base.sealing import fill, sealed, seals_of

PICTURE = b"\x89PNG una image"


def keep_document(app, data=PICTURE, label="plan.png"):
    """A document whose row and bytes are kept."""
    from base.face.attached import documents
    from base.papers.files.store import current_store
    from base.rules.rights.actors import system_session

    stored = current_store().put(data, media_type="image/png", label=label)
    with system_session("test") as session:
        documents.keep_alone(session, stored, entity_id=1)
    return stored.digest


@pytest.fixture
def full(app, tmp_path):
    """An installation with rows, a trail and two documents."""
    from base.rules.rights.actors import system_session
    from base.store.models import Partner

    shutil.rmtree(app.settings.data_dir / "documents", ignore_errors=True)
    app.extensions.pop("ouvrage_store", None)
    with system_session("test") as session:
        for n in range(40):
            session.add(Partner(entity_id=1, code=f"F{n}", name=f"Fournisseur « {n} »\t\\N\n{n}"))
    keep_document(app)
    keep_document(app, os.urandom(70_000), "photo.png")
    return app


@pytest.fixture
def elsewhere(server, tmp_path):
    """Settings of an empty installation of the same engine."""
    made = config.settings({"OUVRAGE_DATA_DIR": str(tmp_path / "ailleurs")})
    if server.kind == "postgresql":
        server._run("DROP DATABASE IF EXISTS ouvrage_elsewhere WITH (FORCE)")
        server._run("CREATE DATABASE ouvrage_elsewhere")
        url = server.settings.database_url.replace("/ouvrage_test", "/ouvrage_elsewhere")
        made = replace(made, database_url=url)
    return made


@pytest.fixture
def sqlite_full(sqlite_app):
    shutil.rmtree(sqlite_app.settings.data_dir / "documents", ignore_errors=True)
    sqlite_app.extensions.pop("ouvrage_store", None)
    keep_document(sqlite_app)
    return sqlite_app


@pytest.fixture
def backup(sqlite_full, tmp_path):
    target = tmp_path / "sauvegarde.zip"
    making.back_up(sqlite_full, target, secrets=True)
    return target


@pytest.fixture
def declared():
    """Kinds of these tests alone, and no periodic work but theirs."""
    before, periodic = dict(kinds.KINDS), dict(kinds.PERIODIC)
    kinds.PERIODIC.clear()
    yield
    kinds.KINDS.clear()
    kinds.KINDS.update(before)
    kinds.PERIODIC.clear()
    kinds.PERIODIC.update(periodic)


@pytest.fixture
def rung(monkeypatch):
    """The rows for which the bell was rung."""
    found = []
    from base.engine.jobs import queue

    monkeypatch.setattr(queue, "ring", lambda job_id: found.append(job_id) or True)
    return found


@pytest.fixture
def later(monkeypatch):
    """``later(minutes=16)`` moves the clock on."""
    shift = [timedelta(0)]
    real = clock.now

    def move(**kwargs):
        shift[0] += timedelta(**kwargs)

    monkeypatch.setattr(clock, "now", lambda: real() + shift[0])
    return move


@pytest.fixture
def trail(app):
    """Three seals over some hundreds of entries, then some that are not sealed."""
    sealed(120, 400, 30)
    fill(5, start=900_000)
    return seals_of()
