"""Bringing a backup back: the old state or the new one, whatever stops the work.

Everything is prepared beside what is there: documents go to the store under their digests, where
they disturb nobody; on SQLite the database is a file of another name, on PostgreSQL a transaction
that nobody else sees. It is brought to this version and examined there. Only then it takes the
place of the old one: by a rename, or by the commit. Cut before, nothing has changed and the same
command starts over; cut after, the next start finishes (``switching``).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import column, func, select, table
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session as OrmSession

from base.app import bare_app, migrate, reachable
from base.application import App
from base.basics.errors import DomainError
from base.checks import Finding
from base.papers.files import keys
from base.papers.files.store import Store
from base.processes import prepared
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.history.trail import note_record
from base.upkeep import doctor
from base.upkeep.backups import archive, dumps, loading, sqlite_file, switching
from base.upkeep.backups.archive import (
    SECRETS,
    SETTINGS,
    Damaged,
    Manifest,
    NotWritten,
    Reader,
    refusing,
)
from base.upkeep.backups.making import RECORD, Say, quiet
from base.upkeep.backups.sqlite_file import NotRestored
from base.upkeep.schema import freshness, migrations
from config import Settings

#: A server's other sessions are waited for as long.
LOCK_TIMEOUT = "10s"
#: What cannot be otherwise while the service is stopped.
STILL = ("processes", "redis")


@dataclass(frozen=True)
class Restored:
    """What a restore brought back."""

    manifest: Manifest
    #: Settings of the origin that are not those of here.
    settings: dict[str, str]
    #: What ``doctor`` has to say of the result, when it is no mere "ok".
    findings: list[Finding]


@dataclass(frozen=True)
class _Work:
    """One restore under way."""

    settings: Settings
    path: Path
    reader: Reader
    manifest: Manifest
    force: bool
    say: Say

    def note(self, state: str) -> None:
        """Say how far it has come."""
        switching.note(self.settings, state, self.path, self.manifest.seal)


def restore(settings: Settings, path: Path, *, force: bool = False, say: Say = quiet) -> Restored:
    """Bring back what a backup holds, as one change.

    Raises:
        Damaged: the backup is not whole; nothing was changed.
        NotRestored: other engine, later version, target not empty or in use; nothing was changed.
        NotWritten: the disk did not take it; nothing was replaced.
        StartRefused: the database does not answer.
    """
    path = path.absolute()
    manifest = archive.check(path, lambda done, total: say("Vérification", done, total))
    former = switching.read(settings)
    again = former.get("seal") == manifest.seal
    if former.get("state") == "committing" and (again or force):
        # What was left undecided is decided now.
        switching.note(settings, "preparing", path, manifest.seal)
    app = bare_app(settings)
    try:
        _bring_back(app, path, manifest, force, again, say)
    except DomainError as fault:
        switching.give_up(settings, again=isinstance(fault, NotWritten))
        raise
    with Reader(path) as reader:
        origin: dict[str, str] = json.loads(reader.read(SETTINGS))
    found = _examine(settings)
    other = {k: v for k, v in origin.items() if os.environ.get(k, "") != v}
    said = [f for f in found if f.state != "ok" and f.check not in STILL]
    return Restored(manifest, other, said)


def _examine(settings: Settings) -> list[Finding]:
    """What the doctor says of what was put in place.

    Raises:
        NotRestored: the database is the one of the backup, and could not be opened.
    """
    try:
        app = bare_app(settings)
        found = doctor.examine(app)
        with app.app_context():
            db.engine.dispose()
    except OperationalError as fault:
        raise NotRestored(
            f"La sauvegarde est en place, mais sa base n’a pas pu être examinée ({fault.orig}) : "
            "vérifiez l’espace disque, puis lancez « run.py doctor »."
        ) from fault
    return found


def _bring_back(
    app: App, path: Path, manifest: Manifest, force: bool, again: bool, say: Say
) -> None:
    settings = app.settings
    prepared.refuse_foreign(app, path, manifest)
    with app.app_context(), Reader(path) as reader:
        work = _Work(settings, path, reader, manifest, force, say)
        try:
            if db.engine.dialect.name == "sqlite":
                where = switching.database_file(settings)
                _refuse_full(work, where.exists() and where.stat().st_size > 0, again)
                with sqlite_file.alone(where):
                    _prepare(work)
                    _swap_file(work, where)
            else:
                reachable(db.engine, settings)
                with db.engine.connect() as connection:
                    full = bool(dumps.table_names(connection))
                    connection.rollback()
                    _refuse_full(work, full, again)
                    _prepare(work)
                    _swap_rows(work, app, connection)
        finally:
            db.engine.dispose()
        switching.finish(settings)


def _refuse_full(work: _Work, tables: bool, again: bool) -> None:
    store = Store(work.settings.data_dir / "documents")
    if work.force or again or not (tables or next(store.digests(), None) is not None):
        return
    raise NotRestored(
        "Il y a déjà des données ici : ajoutez --force pour les remplacer par celles de "
        f"« {work.path} ». Rien n’a été changé."
    )


# --- before anything is changed ----------------------------------------------------------------


def _prepare(work: _Work) -> None:
    """Note what is under way, and put documents and keys where they wait."""
    with refusing("La restauration n’a pas pu préparer les fichiers"):
        work.note("preparing")
        # The next start looks at the schema again, whatever happens now.
        freshness.forget(work.settings)
        for name in keys.FILES:
            switching.waiting(work.settings.data_dir / name).unlink(missing_ok=True)
        _documents(work)
        if work.manifest.secrets:
            files: dict[str, str] = json.loads(work.reader.read(SECRETS))["files"]
            for name, text in files.items():
                if name not in keys.FILES:
                    raise Damaged(f"La sauvegarde a un fichier de clés inconnu : {name!r}.")
                switching.write(switching.waiting(work.settings.data_dir / name), text.encode())


def _documents(work: _Work) -> None:
    """Put in the store what it lacks, under its digest: nothing there is changed by it."""
    store = Store(work.settings.data_dir / "documents")
    listed = work.manifest.documents
    for n, part in enumerate(listed):
        work.say("Documents", n, len(listed))
        digest = part.name.rpartition("/")[2]
        if digest != part.sha256:
            raise Damaged(f"La sauvegarde est abîmée : {part.name} ne porte pas son empreinte.")
        if not store.is_intact(digest):
            store.path(digest).unlink(missing_ok=True)
            with work.reader.open(part.name) as source:
                with store.receive(source, limit=2**40) as incoming:
                    store.keep(incoming, media_type="", label="")
    work.say("Documents", len(listed), len(listed))


def _refuse_faults(work: _Work, found: list[Finding]) -> None:
    """Refuse to switch to a database that the doctor would not sign, unless told to."""
    wrong = [f.sentence for f in found if f.state == "fault"]
    if wrong and not work.force:
        raise NotRestored(
            f"La base de la sauvegarde ne passe pas l’examen : {' '.join(wrong)} "
            "Rien n’a été changé ; --force la met en place telle quelle."
        )


# --- SQLite: a file that takes the name of another ---------------------------------------------


def _swap_file(work: _Work, where: Path) -> None:
    draft = switching.waiting(where)
    with refusing("La restauration n’a pas pu écrire la base"), sqlite_file.writing(draft):
        for path in (draft, *switching.beside(draft)):
            path.unlink(missing_ok=True)
        where.parent.mkdir(parents=True, exist_ok=True)
        full = prepared.file(work.settings, work.reader, work.manifest, draft, work.say)
        with full.app_context():
            with system_session("restore") as session:
                _remember(work, session)
            with full.extensions["ro_engine"].connect() as connection:
                _refuse_faults(work, prepared.examined(full, connection))
            db.engine.dispose()
        sqlite_file.settle(draft)
        work.say("Examen", 1, 1)
        # The log of a file that somebody took away would change the rows that were just examined.
        for path in switching.beside(where):
            path.unlink(missing_ok=True)
        work.note("switching")


# --- PostgreSQL: a transaction -----------------------------------------------------------------


def _swap_rows(work: _Work, app: App, connection: Connection) -> None:
    from psycopg import OperationalError as Refused

    _refuse_company(connection)
    connection.rollback()
    try:
        with connection.begin():
            connection.execute(select(func.set_config("lock_timeout", LOCK_TIMEOUT, True)))
            connection.execute(select(func.pg_advisory_xact_lock(migrations.LOCK)))
            loading.empty(connection)
            prepared.tables(app, connection, work.reader, work.manifest, work.say)
            _refuse_faults(work, prepared.examined(app, connection))
            with _Joined(connection) as session:
                _remember(work, session)
                session.commit()
            work.say("Examen", 1, 1)
            if work.manifest.secrets:
                work.note("committing")
    except (OperationalError, Refused) as fault:
        said = str(getattr(fault, "orig", fault)).splitlines()[0]
        raise NotRestored(
            f"La base n’a pas pu être remplacée ({said}) : arrêtez Ouvrage, puis recommencez. "
            "Rien n’a été changé."
        ) from fault
    work.note("switching")
    migrate(bare_app(work.settings))


def _refuse_company(connection: Connection) -> None:
    """Refuse while others are connected: they would go on with what they remember.

    Raises:
        NotRestored: with how many there are.
    """
    names = ("pid", "datname", "usename", "backend_type")
    activity = table("pg_stat_activity", *map(column, names))
    others = connection.execute(
        select(func.count())
        .select_from(activity)
        .where(
            activity.c.datname == func.current_database(),
            activity.c.usename == func.current_user(),
            activity.c.backend_type == "client backend",
            activity.c.pid != func.pg_backend_pid(),
        )
    ).scalar_one()
    if others:
        raise NotRestored(
            f"Connexions ouvertes sur la base : {others}. Arrêtez Ouvrage, puis recommencez. "
            "Rien n’a été changé."
        )


class _Joined(OrmSession):
    """A session inside a transaction that is not its own: the trail's numbers are taken in it."""

    actor = "system"
    door = "restore"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, join_transaction_mode="create_savepoint")


# SQLAlchemy's own session, or the system's: ``_Joined`` has no scope, which the trail does not ask.
def _remember(work: _Work, session: Any) -> None:
    """Write to the trail that what follows stands on a backup, and on which."""
    what = {
        "restored": work.path.name,
        "sha256": work.manifest.seal,
        "made_at": work.manifest.made_at,
        "seq": work.manifest.trail["seq"],
    }
    note_record(session, RECORD, None, None, what)
