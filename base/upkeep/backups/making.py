"""Making a backup, while the product runs or stands still."""

from __future__ import annotations

import json
import logging
import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import OperationalError

import config
from base.application import App
from base.basics import clock
from base.basics.sessions import Session
from base.papers.files import keys
from base.papers.files.store import Store
from base.rules.rights.actors import system_session
from base.store.database import db
from base.store.history.trail import note_record
from base.store.models import Event
from base.upkeep.backups import dumps
from base.upkeep.backups.archive import (
    DATABASE,
    SECRETS,
    SETTINGS,
    Manifest,
    NotWritten,
    Writer,
    document_name,
    pieces,
)

logger = logging.getLogger("ouvrage.backup")

#: Under this name the trail keeps that a backup was made or restored.
RECORD = "base_backup"
#: And under this one, that a restore was rehearsed, and how it went.
REHEARSED = "base_rehearsal"
#: A last rehearsal older than this is warned of.
STALE = timedelta(days=100)
#: A last backup older than this is warned of.
OLD = timedelta(days=7)
#: Settings that are secrets, or addresses that hold one.
SECRET_VARIABLES = (
    "DATABASE_URL REDIS_URL OUVRAGE_ADMIN_PASSWORD OUVRAGE_SECRET_KEY SMTP_URL IMAP_URL"
    " OUVRAGE_PUSH_PRIVATE_KEY S3_URL OUVRAGE_METRICS_TOKEN"
).split()

#: Told what is being done, and how much of it.
Say = Callable[[str, int, int], None]


def quiet(what: str, done: int, total: int) -> None:
    """The progress of whoever does not look."""


def version() -> str:
    """The version of the product."""
    text = (config.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def back_up(
    app: App, target: Path, *, secrets: bool = False, say: Say = quiet, passing: bool = False
) -> Manifest:
    """Write database, documents and settings to one file, all of one instant.

    The file takes its name when it is whole; an older backup of that name is replaced only then.
    ``secrets`` adds the keys of the instance: the file is then as precious as they are.
    ``passing`` is for one that is thrown away at once: the trail does not count on it.

    Raises:
        NotWritten: disk full or faulty, or the target is not a backup.
    """
    target = target.absolute()
    store = Store(app.settings.data_dir / "documents")
    with app.app_context():
        with Writer(target) as writer, dumps.snapshot(db.engine) as held:
            method = _database(writer, held, say)
            absent = _documents(writer, held, store, say)
            writer.add(SETTINGS, [_json(_settings())], packed=True)
            if secrets:
                writer.add(SECRETS, [_json(_secrets(app))], packed=True)
            made = writer.finish(
                Manifest(
                    engine=held.engine,
                    method=method,
                    version=version(),
                    made_at=clock.now().isoformat(timespec="seconds"),
                    schema=held.schema(app.manifests),
                    tables=held.tables(),
                    trail=held.trail(),
                    sums=held.sums(),
                    absent=absent,
                    secrets=secrets,
                    parts=writer.parts,
                )
            )
        if not passing:
            _note(target, made)
    return made


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode()


def _database(writer: Writer, held: dumps.Snapshot, say: Say) -> str:
    """Take the database; how, in words."""
    name, what = DATABASE[held.engine], "Base de données"
    if held.engine == "sqlite":
        copy = writer.scratch(".db")
        try:
            dumps.copy_sqlite(held, copy, lambda done, total: say(what, done, total))
            writer.add(name, dumps.file_chunks(copy), packed=True)
        finally:
            copy.unlink(missing_ok=True)
        return "sauvegarde en ligne de SQLite"
    total = dumps.estimated_bytes(held.connection)

    def add(chunks: Iterator[bytes]) -> None:
        writer.add(name, _counted(chunks, lambda done: say(what, done, total)), packed=True)

    found = dumps.usable_pg_dump(held.connection)
    why = "faute d’un pg_dump qui connaisse ce serveur"
    if found is not None:
        try:
            add(dumps.pg_dump_chunks(held, found[0]))
            return f"pg_dump {found[1]}"
        except dumps.DumpFailed as fault:
            # The snapshot is still held: the same instant, taken by ourselves.
            why = f"car pg_dump {found[1]} a échoué ({fault})"
            logger.warning("pg_dump %s failed: %s", found[1], fault)
            writer.start_over()
    add(dumps.copy_chunks(held))
    return f"COPY dans une transaction, {why}"


def _counted(chunks: Iterator[bytes], tell: Callable[[int], None]) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        tell(done)


def _documents(writer: Writer, held: dumps.Snapshot, store: Store, say: Say) -> list[str]:
    """Take every document that a row names; those that the store could not give whole."""
    required = dumps.required_digests(held.connection)
    named = required | {d for d in dumps.named_digests(held.connection) if d in store}
    absent = []
    for n, digest in enumerate(sorted(named)):
        say("Documents", n, len(named))
        if store.is_intact(digest):
            with store.open(digest) as source:
                writer.add(document_name(digest), pieces(source))
        else:
            absent.append(digest)
    say("Documents", len(named), len(named))
    return absent


def _settings() -> dict[str, str]:
    """The settings that are set and hold no secret."""
    left_out = (*SECRET_VARIABLES, "OUVRAGE_DATA_DIR", "OUVRAGE_ENV")
    names = [name for name in config.VARIABLES if name not in left_out]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def _secrets(app: App) -> dict[str, dict[str, str]]:
    """The files of keys, and the settings that are secrets."""
    files = {}
    for name in keys.FILES:
        path = app.settings.data_dir / name
        if path.is_file():
            files[name] = path.read_text(encoding="utf-8")
    settings = {name: os.environ[name] for name in SECRET_VARIABLES if os.environ.get(name)}
    return {"files": files, "settings": settings}


def _note(target: Path, made: Manifest) -> None:
    """Write to the trail that a backup was made: the administrator's page and ``doctor`` ask."""
    what = {
        "backup": target.name,
        "sha256": made.seal,
        "size": target.stat().st_size,
        "seq": made.trail["seq"],
    }
    try:
        with system_session("backup") as session:
            note_record(session, RECORD, None, None, what)
    except OperationalError as fault:
        raise NotWritten(
            f"La sauvegarde « {target} » est faite et entière, mais le journal n’a pas pu le "
            f"noter : {fault.orig}."
        ) from fault


@dataclass(frozen=True)
class LastBackup:
    """The last backup, as far as the trail knows."""

    at: datetime | None

    def is_old(self, now: datetime) -> bool:
        """Whether there is none, or none of the last week."""
        return self.at is None or now - self.at > OLD


def last_backup(connection: Any) -> LastBackup:
    """When the last backup was made; of a restored database, that of the archive it came from."""

    event: Any = Event.__table__
    found = connection.execute(
        select(event.c.at)
        .where(event.c.record == RECORD, event.c.record_id.is_(None))
        .order_by(event.c.seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return LastBackup(found)


@dataclass(frozen=True)
class LastRehearsal:
    """The last rehearsal of a restore, as far as the trail knows."""

    at: datetime
    is_good: bool
    #: Why it was not good.
    fault: str


def last_rehearsal(connection: Any) -> LastRehearsal | None:
    """When a restore was last rehearsed and how it went; None when it never was."""
    event: Any = Event.__table__
    row = connection.execute(
        select(event.c.at, event.c.changes)
        .where(event.c.record == REHEARSED, event.c.record_id.is_(None))
        .order_by(event.c.seq.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    said = json.loads(row.changes)
    return LastRehearsal(row.at, bool(said.get("good")), str(said.get("fault", "")))


def noted(session: Session, *, limit: int) -> list[Event]:
    """The entries of the last backups and restores, newest first."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.record == RECORD, Event.record_id.is_(None))
            .order_by(Event.seq.desc())
            .limit(limit)
        )
    )


def begun_at(session: Session) -> datetime | None:
    """When the trail of this installation begins."""
    found: datetime | None = session.scalar(select(Event.at).order_by(Event.seq).limit(1))
    return found
