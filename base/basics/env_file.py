"""The file of settings: ``NOM=valeur``, a line each, which every command reads before all else.

The same file does for systemd (``EnvironmentFile=``). A variable that the environment has already
is left as it is.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import NoReturn

from base.basics.errors import UsageError
from config import VARIABLES, SettingError, settings_file

#: Says where the file is: it cannot stand in it.
POINTER = "OUVRAGE_ENV"
#: The file that a process above has put into the environment already: root may read one that the
#: service may not.
_DONE = "OUVRAGE_ENV_READ"
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(.*)")


def _refuse(path: Path, number: int, what: str) -> NoReturn:
    end = "" if what.endswith("?") else "."
    raise SettingError(f"« {path} », ligne {number} : {what}{end}")


def _plain(path: Path, number: int, value: str) -> str:
    """A value without the quotes around it."""
    if value[:1] not in ("'", '"'):
        return value
    if len(value) < 2 or value[-1] != value[0]:
        _refuse(path, number, "un guillemet n’est pas fermé")
    return value[1:-1]


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(name.upper(), VARIABLES, n=1)
    return f"« {name} » n’est pas un réglage" + (f" ; est-ce {near[0]} ?" if near else "")


def read(path: Path) -> dict[str, str]:
    """The settings of a file; nothing is looked up or put in place of anything in its values.

    Raises:
        SettingError: a line is no setting, names none of ours, or one for the second time.
        OSError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise SettingError(f"« {path} » n’est pas du texte UTF-8.") from fault
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line or line.startswith(("#", ";")):
            continue
        parts = _LINE.fullmatch(line)
        if parts is None or "\0" in line:
            # What stands there may be a secret: it is not repeated.
            _refuse(path, number, "NOM=valeur est attendu")
        name, value = parts.groups()
        if name not in VARIABLES or name == POINTER:
            _refuse(path, number, _unknown(name))
        if name in found:
            _refuse(path, number, f"{name} est déjà donné plus haut")
        found[name] = _plain(path, number, value)
    return found


def option(arguments: list[str]) -> tuple[str | None, list[str]]:
    """The file that ``--env FILE`` names, and the other words; those behind ``test`` are pytest's.

    Raises:
        UsageError: the file's name is missing.
    """
    rest: list[str] = []
    given, words = None, iter(arguments)
    for word in words:
        if word == "--env":
            given = next(words, "")
        elif word.startswith("--env="):
            given = word.removeprefix("--env=")
        else:
            rest.append(word)
            if rest == ["test"]:
                break
    if given == "":
        raise UsageError("--env : un fichier est attendu.")
    return given, [*rest, *words]


def adopt(environ: MutableMapping[str, str], given: str | None = None) -> Path | None:
    """Put into the environment what the file says and it lacks; the file, if there is one.

    ``given`` is the file that somebody named; without it ``OUVRAGE_ENV`` does, else the one of the
    data directory, which need not be there. What is started from here reads the same file.

    Raises:
        SettingError: see ``read``, or it moves the data directory that it lies in.
        OSError: it was named and cannot be read, or it is there and cannot be read.
    """
    if given is not None:
        environ[POINTER] = os.path.abspath(os.path.expanduser(given))
    path, named = settings_file(environ)
    if environ.get(_DONE) == str(path):
        return path
    try:
        found = read(path)
    except (FileNotFoundError, NotADirectoryError):
        if named:
            raise
        return None
    moved = found.get("OUVRAGE_DATA_DIR")
    if moved and not named and Path(moved).expanduser().absolute() != path.parent:
        raise SettingError(
            f"« {path} » est lu dans le dossier des données et ne peut pas en nommer un autre "
            "(OUVRAGE_DATA_DIR) : donnez-le par « --env »."
        )
    for name, value in found.items():
        if not environ.get(name, "").strip():
            environ[name] = value
    environ[_DONE] = str(path)
    return path
