"""The file of SQLite while a backup takes its place: held alone, written, made to last."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import OperationalError

from base.basics.errors import DomainError, StartRefused
from base.upkeep.backups.archive import NotWritten


class NotRestored(DomainError):
    """The backup cannot be restored here; the sentence says what was changed, mostly nothing."""


@contextmanager
def alone(where: Path) -> Iterator[None]:
    """Hold the file of SQLite so that nobody else has it open, its log emptied into it.

    Raises:
        NotRestored: somebody has.
    """
    if not where.exists():
        yield
        return
    with contextlib.closing(sqlite3.connect(where, timeout=3, isolation_level=None)) as held:
        try:
            held.execute("PRAGMA locking_mode=EXCLUSIVE")
            mode = held.execute("PRAGMA journal_mode=DELETE").fetchone()[0]
            held.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as fault:
            # The extended codes say more of the same in their upper bytes.
            if fault.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise NotRestored(
                    f"La base « {where} » n’a pas pu être tenue pour la restauration : {fault}. "
                    "Rien n’a été remplacé."
                ) from fault
            mode = str(fault)
        except sqlite3.DatabaseError:
            # No database any more: exactly what a restore is for.
            mode = "delete"
        if mode != "delete":
            raise NotRestored(
                f"La base « {where} » est en cours d’utilisation : arrêtez Ouvrage, puis "
                "recommencez. Rien n’a été changé."
            )
        yield


@contextmanager
def writing(draft: Path) -> Iterator[None]:
    """Say of the disk what SQLite says of the database: nobody else has this file.

    Raises:
        NotWritten: the draft could not be written; a lock that fails here is the disk's too.
    """
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, StartRefused) as fault:
        cause = fault.__cause__ if isinstance(fault, StartRefused) else fault
        if not isinstance(cause, OperationalError | sqlite3.OperationalError):
            raise
        said = str(getattr(cause, "orig", cause))
        raise NotWritten(
            f"La base « {draft} » n’a pas pu être préparée ({said}) : vérifiez l’espace disque "
            "et l’état du disque, puis recommencez. Rien n’a été remplacé."
        ) from fault


def settle(draft: Path) -> None:
    """Empty the log of the new file into it, and make the file last."""
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as held:
        held.execute("PRAGMA journal_mode=DELETE")
    handle = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
