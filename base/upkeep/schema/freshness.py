"""Whether this version of the code has already brought this database up to date.

``migrate`` leaves a note in the data directory; a start that finds it true need not load the
application only to learn that there is nothing to do. What the note cannot see (a lost trigger) is
still checked by each process when it makes the application.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from config import ROOT, Settings

#: What changes the schema, the shipped data or the rights.
SUFFIXES = (".py", ".csv", ".json", ".txt")
VERSION_TABLES = "SELECT name FROM sqlite_master WHERE name LIKE '%_alembic_version' ORDER BY name"


def fingerprint(root: Path = ROOT) -> str:
    """A digest over name, size and date of every source file of the modules."""
    digest = hashlib.sha256()
    for manifest in sorted(root.glob("*/__manifest__.py")):
        for folder, names, files in os.walk(manifest.parent):
            names[:] = sorted(
                n for n in names if n not in ("__pycache__", "static", "templates", "tests")
            )
            for name in sorted(files):
                if name.endswith(SUFFIXES):
                    state = os.stat(os.path.join(folder, name))
                    digest.update(f"{folder}/{name}|{state.st_size}|{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _note(settings: Settings) -> Path:
    return settings.data_dir / "migrated.json"


def versions(settings: Settings) -> dict[str, list[str]] | None:
    """The version tables of the SQLite file; None when there is no such file."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if not settings.is_sqlite or not path.is_file():
        return None
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5)
        ) as connection:
            tables = [row[0] for row in connection.execute(VERSION_TABLES)]
            return {
                table: sorted(r[0] for r in connection.execute(f'SELECT * FROM "{table}"'))
                for table in tables
            }
    except sqlite3.Error:
        return None


def remember(settings: Settings) -> None:
    """Note that the database is up to date for this code."""
    digest = hashlib.sha256(settings.database_url.encode()).hexdigest()  # it may hold a password
    note = {"code": fingerprint(), "database": digest, "versions": versions(settings)}
    draft = _note(settings).with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(note), encoding="utf-8")
    os.replace(draft, _note(settings))


def forget(settings: Settings) -> None:
    """Let the next start look at the schema and the rights again."""
    _note(settings).unlink(missing_ok=True)


def same_code(settings: Settings) -> dict[str, object] | None:
    """The note, if it is of this code and this database."""
    try:
        note = json.loads(_note(settings).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    digest = hashlib.sha256(settings.database_url.encode()).hexdigest()
    if not isinstance(note, dict) or note.get("database") != digest:
        return None
    return note if note.get("code") == fingerprint() else None


def is_fresh(settings: Settings) -> bool:
    """Whether the note is there, for this code, this database and the versions it holds.

    Only a SQLite file is read without the application; for a server ``migrate`` looks itself.
    """
    note = same_code(settings)
    found = versions(settings)
    return note is not None and bool(found) and note.get("versions") == found
