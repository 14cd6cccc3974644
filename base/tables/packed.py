"""A table that was compressed alone (``.csv.gz``): opened to a file of its own, never too big."""

from __future__ import annotations

import gzip
import tempfile
import zlib
from pathlib import Path
from typing import IO

from base.errors import InvalidInput
from base.i18n import _

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


def opened(path: Path) -> IO[bytes]:
    """The content of a compressed file, in a temporary file that goes when it is closed.

    Raises:
        PackedRefused: it is damaged, too big once opened, or compressed twice.
    """
    plain = tempfile.NamedTemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        size = 0
        with gzip.open(path) as source:
            while piece := source.read(1 << 20):
                size += len(piece)
                if size > MOST_OPENED:
                    raise PackedRefused(_("Ce fichier compressé en cache un bien trop grand."))
                plain.write(piece)
    except (OSError, EOFError, zlib.error) as fault:
        plain.close()
        raise PackedRefused(_("Ce fichier compressé est coupé ou abîmé.")) from fault
    except PackedRefused:
        plain.close()
        raise
    plain.flush()
    if is_packed(Path(plain.name)):
        plain.close()
        raise PackedRefused(_("Ce fichier est compressé deux fois : ouvrez-le d’abord."))
    return plain  # type: ignore[return-value]
