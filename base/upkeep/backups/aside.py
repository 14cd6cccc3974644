"""The folder beside the data in which a backup is tried: one trial at a time, and nothing stays."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from base.basics.errors import DomainError
from base.basics.formats import file_size
from base.upkeep.backups.archive import refusing
from config import Settings

FOLDER = "repetition"
#: What is left free beside what a rehearsal needs, in bytes.
SPARE = 100 * 10**6


class NotRehearsed(DomainError):
    """The backup could not be tried here; nothing was changed."""


def place(settings: Settings) -> Path:
    """Where it is."""
    return settings.data_dir / FOLDER


@contextmanager
def aside(settings: Settings) -> Iterator[Path]:
    """The folder, empty and ours alone; gone afterwards.

    Raises:
        NotRehearsed: another rehearsal is under way.
        NotWritten: the folder cannot be made.
    """
    where = place(settings)
    with refusing(f"Le dossier « {where} » n’a pas pu être fait"):
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _held(where) as mine:
        if not mine:
            raise NotRehearsed("Une autre répétition est en cours : attendez sa fin.")
        try:
            _empty(where)
            yield where
        finally:
            shutil.rmtree(where, ignore_errors=True)


def sweep(settings: Settings) -> bool:
    """Take away what a rehearsal that was killed has left; whether there was something."""
    where = place(settings)
    if not where.is_dir():
        return False
    with _held(where) as mine:
        if mine:
            shutil.rmtree(where, ignore_errors=True)
        return mine


@contextmanager
def _held(where: Path) -> Iterator[bool]:
    """Whether nobody else holds the folder; what dies lets go of it by itself."""
    handle = os.open(where, os.O_RDONLY)
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield True
            return
        yield False
    finally:
        os.close(handle)


def _empty(where: Path) -> None:
    for left in where.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def refuse_narrow(where: Path, wanted: int) -> None:
    """Refuse what would fill the disk.

    Raises:
        NotRehearsed: with the bytes that it takes and those that are free.
    """
    free = shutil.disk_usage(where).free
    if free < wanted + SPARE:
        raise NotRehearsed(
            f"La répétition demande {file_size(wanted + SPARE, 'fr')} dans « {where.parent} » et "
            f"il n’en reste que {file_size(free, 'fr')} : faites de la place, ou répétez sur une "
            "autre machine."
        )
