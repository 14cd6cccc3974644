"""A table that was compressed alone (``.csv.gz``): opened to a file of its own, never too big."""

from __future__ import annotations

import gzip
import os
import tempfile
import weakref
import zlib
from pathlib import Path

from base.basics.errors import InvalidInput
from base.basics.i18n import _

#: What a compressed file may hold once it is opened.
MOST_OPENED = 500 * 1024 * 1024
MAGIC = b"\x1f\x8b"


class PackedRefused(InvalidInput):
    """A compressed file that is damaged, hides far more than it shows, or is compressed twice."""


def is_packed(path: Path) -> bool:
    """Whether the file is compressed alone."""
    with path.open("rb") as source:
        return source.read(2) == MAGIC


def head_of(path: Path, size: int = 4096) -> bytes:
    """The first bytes of a file, opened when it is compressed.

    Raises:
        PackedRefused: it is damaged.
    """
    if not is_packed(path):
        with path.open("rb") as source:
            return source.read(size)
    try:
        with gzip.open(path) as opened:
            return opened.read(size)
    except (OSError, EOFError, zlib.error) as fault:
        raise PackedRefused(_("Ce fichier compressé est coupé ou abîmé.")) from fault


class Unpacked:
    """The content of a compressed file, in a temporary file that goes with it.

    It goes when it is closed, else when nothing that reads it is left.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._gone = weakref.finalize(self, path.unlink, missing_ok=True)

    def close(self) -> None:
        """Remove the temporary file."""
        self._gone()

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()


def opened(path: Path) -> Unpacked:
    """The content of a compressed file.

    Raises:
        PackedRefused: it is damaged, too big once opened, or compressed twice.
    """
    handle, name = tempfile.mkstemp()
    plain = Unpacked(Path(name))
    try:
        size = 0
        with os.fdopen(handle, "wb") as target, gzip.open(path) as source:
            while piece := source.read(1 << 20):
                size += len(piece)
                if size > MOST_OPENED:
                    raise PackedRefused(_("Ce fichier compressé en cache un bien trop grand."))
                target.write(piece)
    except (OSError, EOFError, zlib.error) as fault:
        raise PackedRefused(_("Ce fichier compressé est coupé ou abîmé.")) from fault
    if is_packed(plain.path):
        raise PackedRefused(_("Ce fichier est compressé deux fois : ouvrez-le d’abord."))
    return plain
