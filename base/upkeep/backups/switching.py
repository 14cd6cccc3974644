"""The last step of a restore: what waits takes its place, now or at the next start.

A note in the data directory says how far a restore has come. ``preparing``: nothing is changed
yet. ``committing``: a server is being asked to take the new rows, and the keys wait. ``switching``:
it is decided, and only renames are left.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from base.basics.errors import StartRefused
from base.papers.files import keys
from base.papers.files.store import sync_folder
from config import Settings

NOTE = "restauration.json"
#: Added to the name of a file that waits to take its place.
WAITING = ".restauration"
#: What SQLite keeps beside a file.
_BESIDE = ("-wal", "-shm", "-journal")


def database_file(settings: Settings) -> Path:
    """The file of SQLite."""
    return Path(str(make_url(settings.database_url).database)).absolute()


def waiting(path: Path) -> Path:
    """Where a file waits to take the place of ``path``."""
    return path.with_name(path.name + WAITING)


def beside(path: Path) -> list[Path]:
    """What SQLite keeps beside a file. Left by another database, it would be read into this one."""
    return [path.with_name(path.name + suffix) for suffix in _BESIDE]


def read(settings: Settings) -> dict[str, Any]:
    """The note; empty when no restore is under way."""
    try:
        found = json.loads((settings.data_dir / NOTE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(settings: Settings, state: str, path: Path, seal: str) -> None:
    """Say how far the restore of an archive has come."""
    content = {"state": state, "archive": str(path), "seal": seal}
    write(settings.data_dir / NOTE, json.dumps(content, ensure_ascii=False).encode())


def write(path: Path, content: bytes) -> None:
    """A file whole or not at all, that lasts; for its owner alone."""
    draft = path.with_name(f".{path.name}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    sync_folder(path.parent)


def finish(settings: Settings) -> None:
    """Give what waits its place, if that was decided; every start asks.

    Raises:
        StartRefused: whether the server took the new rows is not known.
    """
    found = read(settings)
    if found.get("state") == "committing":
        raise StartRefused(
            "Une restauration a été coupée au moment de la bascule : relancez "
            f"« python3 run.py restore {found.get('archive')} »."
        )
    if found.get("state") != "switching":
        return
    places = [settings.data_dir / name for name in keys.FILES]
    if settings.is_sqlite:
        places.insert(0, database_file(settings))
    for place in places:
        # Two starts at once: one of them renames.
        with contextlib.suppress(FileNotFoundError):
            os.replace(waiting(place), place)
            sync_folder(place.parent)
    (settings.data_dir / NOTE).unlink(missing_ok=True)


def give_up(settings: Settings, *, again: bool = False) -> None:
    """Take away what a restore that was refused has prepared, unless it is decided already.

    ``again``: the disk refused it, and the same command may start over without a new consent.
    """
    if read(settings).get("state") == "switching":
        return
    places = [settings.data_dir / name for name in keys.FILES]
    if settings.is_sqlite:
        places.append(database_file(settings))
    for place in map(waiting, places):
        for path in (place, *beside(place)):
            path.unlink(missing_ok=True)
    if not again:
        (settings.data_dir / NOTE).unlink(missing_ok=True)
