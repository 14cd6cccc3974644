"""Which database a data directory belongs to: a note that every command reads before it opens one.

A command that lacks ``DATABASE_URL`` (cron, another shell) would take the SQLite file of the data
directory, make it where there is none, and back up the wrong one every night. The note holds no
password. It is written once the database is at its schema, by a restore, and by the command that
says that the change is wanted; imported by the supervisor, it needs no SQLAlchemy.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from base.basics.errors import StartRefused
from config import Settings

NOTE = "database.json"
COMMAND = "python3 run.py use-database"
_LOCAL = ("localhost", "127.0.0.1", "::1")


def sqlite_file(settings: Settings) -> Path | None:
    """The file of SQLite; None with a server."""
    if not settings.is_sqlite:
        return None
    return Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0])


def of(settings: Settings) -> dict[str, Any]:
    """What tells this database from another: its engine, and its file or its server and name."""
    if (file := sqlite_file(settings)) is not None:
        real, home = Path(os.path.realpath(file)), Path(os.path.realpath(settings.data_dir))
        # A data directory may be moved with the file in it.
        inside = real.relative_to(home) if real.is_relative_to(home) else real
        return {"engine": "sqlite", "file": str(inside)}
    parts = urlsplit(settings.database_url)
    asked = parse_qs(parts.query)
    host = parts.hostname or asked.get("host", [""])[0]
    port = parts.port or int(asked.get("port", ["5432"])[0] or 5432)
    name = unquote(parts.path.lstrip("/"))
    return {
        "engine": "postgresql",
        "host": "localhost" if host in _LOCAL else host,
        "port": port,
        "name": name,
    }


def words(settings: Settings, found: dict[str, Any]) -> str:
    """A database, as an administrator would call it."""
    if found["engine"] == "sqlite":
        return f"SQLite « {settings.data_dir / str(found['file'])} »"
    where = f"{found['host']}:{found['port']}" if found["host"] else "cette machine"
    return f"PostgreSQL « {found['name']} » sur {where}"


def read(settings: Settings) -> dict[str, Any] | None:
    """The note; None where none was written yet.

    Raises:
        StartRefused: it is there and says nothing.
    """
    path = settings.data_dir / NOTE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        words(settings, found)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, TypeError, KeyError) as fault:
        raise StartRefused(
            f"« {path} », qui dit quelle est la base de ce dossier, est illisible ; pour y noter "
            f"{words(settings, of(settings))} : « {COMMAND} »."
        ) from fault
    return dict(found)


def check(settings: Settings) -> None:
    """Refuse to open another database than the one of the note.

    Raises:
        StartRefused: with both, and how to go on.
    """
    noted, here = read(settings), of(settings)
    if noted is None or noted == here:
        return
    raise StartRefused(
        f"La base du dossier « {settings.data_dir} » est {words(settings, noted)}, et cette "
        f"commande ouvrirait {words(settings, here)} : donnez-lui la même DATABASE_URL, par "
        f"exemple dans « {settings.data_dir / 'ouvrage.env'} ». Si l’on change de base : "
        f"« {COMMAND} » avec la nouvelle. Rien n’a été fait."
    )


def refuse_missing(settings: Settings) -> None:
    """Refuse a SQLite file that is not there: opening it would make an empty one.

    Raises:
        StartRefused: with where it was looked for.
    """
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        raise StartRefused(
            f"Il n’y a pas de base « {file} » : donnez OUVRAGE_DATA_DIR ou DATABASE_URL si elle "
            "est ailleurs, lancez « python3 run.py migrate » pour en faire une."
        )


def note(settings: Settings) -> None:
    """Say that this database is the one in use."""
    path = settings.data_dir / NOTE
    draft = path.with_name(f".{NOTE}.{os.getpid()}.tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(of(settings), file, ensure_ascii=False)
    os.replace(draft, path)


def claim(settings: Settings) -> None:
    """Note this database where none is noted yet.

    Raises:
        StartRefused: another one is.
    """
    check(settings)
    if read(settings) is None:
        note(settings)
