"""The data directory: made for its owner alone, and closed where an earlier version left it open.

It holds personal values and keys; nobody else of the machine has any business in it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from base.basics.errors import StartRefused
from config import Settings

#: Rights of others than the owner.
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_paths(folder: Path) -> Iterator[Path]:
    """The folder, and the files that lie in it, that others than the owner may read or write.

    What lies deeper cannot be reached once the folder is closed.
    """
    for path in (folder, *sorted(folder.iterdir())):
        try:
            state = path.lstat()
        except FileNotFoundError:
            continue  # a moment's file of another process, which has taken it away meanwhile
        if stat.S_IMODE(state.st_mode) & OTHERS and (path == folder or stat.S_ISREG(state.st_mode)):
            yield path


def _is_ours(folder: Path) -> bool:
    """Whether it is a data directory of ours, and not ``/srv`` or ``/tmp`` with one's files."""
    state = folder.stat()
    alone = len(folder.parts) > 2 and not state.st_mode & stat.S_ISVTX
    return alone and state.st_uid == os.geteuid() and (folder / "keys.json").exists()


def close(folder: Path) -> None:
    """Take from others what they may in a data directory of ours."""
    if not _is_ours(folder):
        return
    for path in list(open_paths(folder)):
        with contextlib.suppress(FileNotFoundError):
            os.chmod(path, stat.S_IMODE(path.stat().st_mode) & ~OTHERS)


def prepare(settings: Settings) -> None:
    """Make the data directory, close it, and check that it can be written.

    Raises:
        StartRefused: it cannot.
    """
    probe = settings.data_dir / f".essai-{os.getpid()}"
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe.write_bytes(b"x")
        probe.unlink()
        close(settings.data_dir)
    except OSError as fault:
        raise StartRefused(
            f"Le dossier des données « {settings.data_dir} » n’est pas accessible en écriture "
            f"({fault.strerror}) : corrigez ses droits ou OUVRAGE_DATA_DIR."
        ) from fault
