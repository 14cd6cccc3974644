"""The database of a backup, made anew beside what is there: for a restore, or to look at it.

On SQLite it is a file of another name, on PostgreSQL tables in an open transaction. It is held
against the manifest at the schema that it had, brought to this version, and examined.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from sqlalchemy.engine import Connection

from base.app import bare_app, migrate
from base.application import App
from base.checks import Finding
from base.store.database import db
from base.upkeep import doctor
from base.upkeep.backups import archive, dumps, loading
from base.upkeep.backups.archive import DATABASE, Damaged, Manifest, Reader
from base.upkeep.backups.making import Say
from base.upkeep.backups.sqlite_file import NotRestored
from base.upkeep.schema import migrations
from config import Settings

#: What the doctor asks of the rows themselves; the rest is of the installation.
OF_ROWS = (doctor.schema, doctor.integrity, doctor.trail)
_WORDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def refuse_foreign(app: App, path: Path, manifest: Manifest) -> None:
    """Refuse another engine and a later schema.

    Raises:
        NotRestored: with which.
    """
    here = "sqlite" if app.settings.is_sqlite else "postgresql"
    if manifest.engine != here:
        raise NotRestored(
            f"« {path} » est une sauvegarde de {_WORDS[manifest.engine]} et la base d’ici est "
            f"{_WORDS[here]} : restaurez-la sur le même moteur (DATABASE_URL). "
            "Rien n’a été changé."
        )
    if unknown := migrations.unknown_revisions(app.manifests, manifest.schema):
        raise NotRestored(
            f"« {path} » vient d’une version plus récente ({manifest.version} ; "
            f"{', '.join(unknown)}) : mettez le programme à jour avant de la restaurer. "
            "Rien n’a été changé."
        )


def file(settings: Settings, reader: Reader, manifest: Manifest, draft: Path, say: Say) -> App:
    """The backup's file of SQLite under another name, at this version; the application on it.

    Raises:
        Damaged: it is not what the manifest says.
    """
    _extract(reader, manifest, draft, say)
    app = bare_app(replace(settings, database_url=f"sqlite:///{draft}"))
    say("Examen", 0, 1)
    with app.app_context():
        with app.extensions["ro_engine"].connect() as connection:
            _compare(connection, manifest)
        db.engine.dispose()
    return migrate(app)


def _extract(reader: Reader, manifest: Manifest, draft: Path, say: Say) -> None:
    """The database's part as a file, for its owner alone."""
    part = manifest.part(DATABASE["sqlite"])
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    done = 0
    with reader.open(part.name) as source, os.fdopen(handle, "wb") as target:
        for chunk in archive.pieces(source):
            target.write(chunk)
            done += len(chunk)
            say("Base de données", done, part.size)


def tables(app: App, connection: Connection, reader: Reader, manifest: Manifest, say: Say) -> None:
    """The backup's rows in the connection's schema, where nothing is; at this version.

    Raises:
        Damaged: they are not what the manifest says.
    """
    part = manifest.part(DATABASE["postgresql"])
    migrations.make_former(connection, app.manifests, manifest.schema)
    with reader.open(part.name) as source:
        loading.load(connection, source, lambda n: say("Base de données", n, part.size))
    say("Examen", 0, 1)
    _compare(connection, manifest)
    migrations.upgrade_here(connection, app.manifests)


def examined(app: App, connection: Connection) -> list[Finding]:
    """What the doctor says of the rows."""
    return doctor.run(OF_ROWS, app, db.engine, connection)


def _compare(connection: Connection, manifest: Manifest) -> None:
    """Hold what was loaded against the manifest, before it is brought to this version.

    Raises:
        Damaged: rows are missing or too many, a ledger adds up to something else, or the trail
            ends elsewhere.
    """
    there, told = dumps.table_counts(connection), manifest.tables
    if wrong := [name for name in told if there.get(name) != told[name]]:
        raise Damaged(
            f"Les tables {', '.join(wrong[: archive.NAMED])} n’ont pas leur compte de lignes. "
            "Rien n’a été changé."
        )
    sums = dumps.ledger_sums(connection)
    if wrong := [name for name, total in manifest.sums.items() if sums.get(name, total) != total]:
        raise Damaged(
            f"Les sommes de {', '.join(wrong[: archive.NAMED])} ne sont pas celles qui ont été "
            "sauvegardées. Rien n’a été changé."
        )
    if dumps.trail_end(connection, manifest.trail) != manifest.trail:
        raise Damaged("Le journal ne finit pas où le manifeste le dit. Rien n’a été changé.")
