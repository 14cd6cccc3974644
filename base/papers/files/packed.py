"""Static files as small as a browser takes them: in brotli or gzip, made once for everybody.

A form lies beside the data under the SHA-256 of what it was made from: whatever version made it, it
is right, and all processes, machines and starts take the same. What is not there yet is made behind
a start (``make``); meanwhile, and where the folder cannot be written, a process keeps a form in its
own memory, made in a moment.
"""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import hashlib
import os
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

import brotli
from werkzeug.datastructures import Accept

#: In the data directory.
FOLDER = "compressed"
#: Held while forms are made; never taken away, so that all makers hold the same file.
_LOCK = ".lock"
#: The name of what is not whole yet.
_DRAFT = ".draft"
#: A form of a file that this version does not have may be another machine's: it stays as long.
KEPT_SECONDS = 30 * 24 * 3600
#: Brotli in a moment: no larger than gzip's best, in a fiftieth of the time of the smallest form.
_QUICK = 5


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, 9, mtime=0)


def _quick_brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=_QUICK))


def _brotli(data: bytes) -> bytes:
    return bytes(brotli.compress(data, mode=brotli.MODE_TEXT))


#: As HTTP names them, the smallest first: of equal wishes that one is sent.
CODINGS = ("br", "gzip")
_MOMENT: dict[str, Callable[[bytes], bytes]] = {"br": _quick_brotli, "gzip": _gzip}
#: As they are made once, what is made soonest first.
_ONCE: dict[str, Callable[[bytes], bytes]] = {"gzip": _gzip, "br": _brotli}


def chosen(accepted: Accept) -> str | None:
    """The coding that a browser likes best; None when it would rather have the file as it is."""
    best = max(CODINGS, key=accepted.quality)
    wish = accepted.quality(best)
    return best if wish > 0 and wish >= accepted.quality("identity") else None


def place(shelf: Path, digest: str, coding: str) -> Path:
    """Where a form lies, or will; ``digest`` is the SHA-256 of the file."""
    return shelf / f"{digest}.{coding}"


@lru_cache(maxsize=256)
def in_memory(path: Path, changed: float, coding: str) -> bytes:
    """The form of a file that this process makes for itself; ``changed`` is the file's date."""
    return _MOMENT[coding](path.read_bytes())


def missing(shelf: Path, files: Iterable[Path]) -> bool:
    """Whether a form of one of these files is not there yet."""
    return any(
        not place(shelf, digest_of(path.read_bytes()), coding).exists()
        for path in files
        for coding in CODINGS
    )


def digest_of(data: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(data).hexdigest()


def make(shelf: Path, files: Iterable[Path]) -> int:
    """Make the forms that are not there yet, of several makers one after the other; how many.

    Forms of files that are no longer there go after a month.

    Raises:
        OSError: the folder cannot be written, or is full.
    """
    shelf.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = list(files)
    made, wanted = 0, set()
    with (shelf / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for coding, pack in _ONCE.items():
            for path in files:
                data = path.read_bytes()
                where = place(shelf, digest_of(data), coding)
                wanted.add(where.name)
                if not where.exists():
                    _write(where, pack(data))
                    made += 1
        _sweep(shelf, wanted)
    return made


def _write(where: Path, data: bytes) -> None:
    """A form whole under its name, or not at all; only who holds the lock writes."""
    draft = where.with_name(_DRAFT)
    with draft.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, where)


def _sweep(shelf: Path, wanted: set[str]) -> None:
    late = time.time() - KEPT_SECONDS
    for path in shelf.iterdir():
        if path.name not in {*wanted, _LOCK} and path.stat().st_mtime < late:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
