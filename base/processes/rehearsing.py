"""Trying a backup: restored beside what is there, held against what was saved, and taken away.

A file that is whole may still not come back. On SQLite the database is a file in a folder of its
own; on PostgreSQL a schema of its own in a transaction that is never committed: killed at any
moment, the server itself takes it away. Nobody's work waits, and no row of the service is touched.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateSchema

from base.application import App
from base.basics.errors import DomainError
from base.papers.files.store import Store
from base.processes import prepared
from base.rules.rights.actors import system_session
from base.store.database import db, reading
from base.store.history.trail import note_record
from base.upkeep.backups import archive, aside, dumps, making, sqlite_file
from base.upkeep.backups.archive import DATABASE, Manifest, Reader, refusing
from base.upkeep.backups.making import REHEARSED, Say, quiet
from base.upkeep.backups.sqlite_file import NotRestored
from base.upkeep.seals.verification import verify_trail

#: The schema of PostgreSQL in which it is tried.
SCHEMA = "ouvrage_repetition"


@dataclass(frozen=True)
class Rehearsed:
    """What a rehearsal found."""

    #: The backup tried; none when it was made for this alone.
    file: str | None
    manifest: Manifest | None
    #: What would not come back as it was; empty when all would.
    faults: list[str]
    seconds: float

    @property
    def is_good(self) -> bool:
        """Whether everything would come back."""
        return not self.faults


def rehearse(app: App, path: Path | None = None, *, say: Say = quiet) -> Rehearsed:
    """Restore a backup beside the service, compare it, and leave nothing; the trail notes it.

    Without a file, a backup is made for it and thrown away.

    Raises:
        NotRehearsed: no room, or another rehearsal is under way.
        NotWritten: the backup could not be made.
    """
    begin = time.monotonic()
    manifest: Manifest | None = None
    with aside.aside(app.settings) as place:
        target = path.absolute() if path is not None else place / "sauvegarde.zip"
        if path is None:
            aside.refuse_narrow(place, _wanted(app))
            making.back_up(app, target, say=say, passing=True)
        try:
            manifest = archive.check(target, lambda done, total: say("Vérification", done, total))
            prepared.refuse_foreign(app, target, manifest)
            if app.settings.is_sqlite:
                aside.refuse_narrow(place, manifest.part(DATABASE["sqlite"]).size * 3 // 2)
            faults = _tried(app, target, manifest, place, say)
        except aside.NotRehearsed:
            raise
        except DomainError as fault:
            faults = [str(fault)]
    found = Rehearsed(
        path.name if path is not None else None, manifest, faults, time.monotonic() - begin
    )
    _note(app, found)
    return found


def _wanted(app: App) -> int:
    """Bytes that a backup and what is made of it take, roughly."""
    store = Store(app.settings.data_dir / "documents")
    documents = sum(store.path(digest).stat().st_size for digest in store.digests())
    with app.app_context(), reading(db.engine).connect() as connection:
        if app.settings.is_sqlite:
            where = Path(str(db.engine.url.database))
            return documents + 5 * where.stat().st_size // 2
        return documents + dumps.estimated_bytes(connection)


def _tried(app: App, target: Path, manifest: Manifest, place: Path, say: Say) -> list[str]:
    """What is wrong with the database and the documents of a backup.

    Raises:
        DomainError: it does not come back at all.
    """
    faults = []
    way = _on_file if app.settings.is_sqlite else _on_server
    with Reader(target) as reader, way(app, reader, manifest, place, say) as (made, connection):
        faults += [f.sentence for f in prepared.examined(made, connection) if f.state == "fault"]
        course = verify_trail(connection)
        faults += [fault.sentence for fault in course.findings.faults.values()]
        faults += _documents(connection, manifest)
        say("Examen", 1, 1)
    return faults


def _documents(connection: Connection, manifest: Manifest) -> list[str]:
    """Files that the rows promise and the backup has not; each was read again under its digest."""
    there = {part.sha256 for part in manifest.documents}
    named = {part.name.rpartition("/")[2] for part in manifest.documents}
    faults = []
    if named != there:
        faults.append(f"Documents qui ne portent pas leur empreinte : {len(named - there)}.")
    if lost := sorted(dumps.required_digests(connection) - there):
        faults.append(
            f"Documents absents de la sauvegarde : {len(lost)} "
            f"({', '.join(digest[:16] for digest in lost[: archive.NAMED])}…)."
        )
    return faults


@contextmanager
def _on_file(
    app: App, reader: Reader, manifest: Manifest, place: Path, say: Say
) -> Iterator[tuple[App, Connection]]:
    draft = place / "base.db"
    with refusing("La répétition n’a pas pu écrire la base"), sqlite_file.writing(draft):
        full = prepared.file(app.settings, reader, manifest, draft, say)
        with full.app_context():
            try:
                with full.extensions["ro_engine"].connect() as connection:
                    yield full, connection
            finally:
                db.engine.dispose()


@contextmanager
def _on_server(
    app: App, reader: Reader, manifest: Manifest, place: Path, say: Say
) -> Iterator[tuple[App, Connection]]:
    from psycopg import Error

    name = f"{SCHEMA}_{os.getpid()}"
    try:
        with app.app_context(), db.engine.connect() as connection:
            try:
                connection.execute(CreateSchema(name))
                # Nothing else is in sight: what is made is made here.
                connection.execute(select(func.set_config("search_path", name, True)))
                prepared.tables(app, connection, reader, manifest, say)
                yield app, connection
            finally:
                connection.rollback()
    except (DBAPIError, Error) as fault:
        said = str(getattr(fault, "orig", None) or fault).splitlines()[0]
        raise NotRestored(f"La base n’a pas pu être refaite à côté : {said}.") from fault


def _note(app: App, found: Rehearsed) -> None:
    """Write to the trail that a backup was tried: the administrator's page and ``doctor`` ask."""
    what: dict[str, Any] = {"rehearsed": found.file or "", "good": found.is_good}
    if found.manifest is not None:
        what |= {"made_at": found.manifest.made_at, "seq": found.manifest.trail["seq"]}
    if found.faults:
        what["fault"] = found.faults[0][:300]
    with app.app_context(), system_session("rehearsal") as session:
        note_record(session, REHEARSED, None, None, what)
