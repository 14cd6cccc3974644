"""What the tests of backups share: an installation with rows and documents, and its backup."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace

import pytest

import config
from base.backups import making

PICTURE = b"\x89PNG una image"


def keep_document(app, data=PICTURE, label="plan.png"):
    """A document whose row and bytes are kept."""
    from base import documents
    from base.files import current_store
    from base.sessions import system_session

    stored = current_store().put(data, media_type="image/png", label=label)
    with system_session("test") as session:
        documents.keep_alone(session, stored, entity_id=1)
    return stored.digest


@pytest.fixture
def full(app, tmp_path):
    """An installation with rows, a trail and two documents."""
    from base.models import Partner
    from base.sessions import system_session

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
