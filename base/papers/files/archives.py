"""Zip files from outside, checked before anything in them is read."""

from __future__ import annotations

import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NamedTuple

from base.basics.errors import InvalidInput
from base.basics.i18n import _

MAX_ENTRIES = 200
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_RATIO = 100
#: Below this size a high ratio harms nobody: a blank sheet packs very well.
SMALL = 1024 * 1024
_CHUNK = 256 * 1024
_NESTED_NAME = re.compile(r"\.(zip|xlsx|xlsm|docx|jar|gz|tgz|bz2|xz|7z|rar|tar)$", re.IGNORECASE)
_NESTED_HEAD = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_DOCTYPE = re.compile(rb"<\x00?!\x00?D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E")


#: All that the standard reader raises on damaged input.
FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
)


#: What an operating system puts into an archive beside a person's files.
_SYSTEM = re.compile(
    r"(^|/)(__MACOSX(/|$)|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE
)


class ArchiveRefused(InvalidInput):
    """The archive is damaged, or made to harm."""


def check_zip(source: Path | IO[bytes]) -> list[str]:
    """The names in the archive, once its shape was found harmless.

    Sizes are those of the directory; ``zipfile`` never unpacks more of an entry than it states.

    Raises:
        ArchiveRefused: damaged, encrypted, too many entries, too big or too dense once
            unpacked, an archive in the archive, or a name that leads out of it.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            _check_directory(archive)
            for entry in archive.infolist():
                _check_content(archive, entry)
            return archive.namelist()
    except FAULTS as fault:
        raise ArchiveRefused(_("Ce fichier est abîmé : il ne peut pas être ouvert.")) from fault


def names_of(source: Path) -> list[str]:
    """The names that an archive lists; nothing of it is opened.

    Raises:
        ArchiveRefused: its directory is damaged.
    """
    return [entry.filename for entry in _entries(source)]


def _entries(source: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(source) as archive:
            return archive.infolist()
    except FAULTS as fault:
        raise ArchiveRefused(_("Ce fichier est abîmé : il ne peut pas être ouvert.")) from fault


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ArchiveRefused(
            _("Ce fichier contient plus de %(count)d éléments.", count=MAX_ENTRIES)
        )
    if len({entry.filename for entry in entries}) != len(entries):
        raise ArchiveRefused(_("Ce fichier contient deux éléments du même nom."))
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise ArchiveRefused(
            _(
                "Ce fichier dépasserait %(size)d Mo une fois décompressé.",
                size=MAX_UNPACKED_BYTES // 1024**2,
            )
        )
    dense = [
        entry
        for entry in entries
        if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(1, entry.compress_size)
    ]
    if dense or (unpacked > SMALL and unpacked > MAX_RATIO * max(1, packed)):
        raise ArchiveRefused(
            _("Ce fichier est anormalement compressé : il est refusé par prudence.")
        )
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise ArchiveRefused(_("Ce fichier est protégé par un mot de passe."))
        _check_name(entry.filename)


def _check_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0] or "\x00" in name:
        raise ArchiveRefused(_("Ce fichier contient un nom qui sort de l’archive : il est refusé."))
    if _NESTED_NAME.search(name):
        raise ArchiveRefused(_("Ce fichier contient une archive dans l’archive."))


def _check_content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack once, in pieces: the sums are right, nothing nested, no DOCTYPE."""
    with archive.open(entry) as content:
        tail = b""
        first = True
        while chunk := content.read(_CHUNK):
            if first and chunk.startswith(_NESTED_HEAD):
                raise ArchiveRefused(_("Ce fichier contient une archive dans l’archive."))
            first = False
            if _DOCTYPE.search(tail + chunk):
                raise ArchiveRefused(
                    _("Ce fichier contient une déclaration DOCTYPE, qui n’est pas acceptée.")
                )
            tail = chunk[-32:]


class Member(NamedTuple):
    """A file of an archive: its bytes, or why they are not read."""

    name: str
    data: bytes = b""
    refusal: str = ""


def members(source: Path, *, limit: int) -> tuple[list[str], Iterator[Member]]:
    """The names passed over, and the files of an archive one by one in the order of their names.

    One file that cannot be read, an archive in the archive, a password, more than ``limit``
    bytes, is a member with a refusal: the others are read. Folders, empty entries and what
    operating systems add are passed over. Nothing is ever written under the names.

    Raises:
        ArchiveRefused: the archive as a whole is damaged, or has too many or too large files.
    """
    entries = _entries(source)
    passed = [e for e in entries if _is_passed_over(e)]
    wanted = sorted((e for e in entries if not _is_passed_over(e)), key=lambda e: e.filename)
    if len(wanted) > MAX_ENTRIES:
        raise ArchiveRefused(
            _("Ce fichier contient plus de %(count)d éléments.", count=MAX_ENTRIES)
        )
    size = sum(entry.file_size for entry in wanted if not _refusal(entry, limit))
    if size > MAX_UNPACKED_BYTES:
        raise ArchiveRefused(
            _(
                "Ce fichier dépasserait %(size)d Mo une fois décompressé.",
                size=MAX_UNPACKED_BYTES // 1024**2,
            )
        )
    names = [entry.filename for entry in passed if not entry.is_dir()]
    return names, _read_each(source, wanted, limit)


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename.replace("\\", "/")
    return entry.is_dir() or name.endswith("/") or not entry.file_size or bool(_SYSTEM.search(name))


def _refusal(entry: zipfile.ZipInfo, limit: int) -> str:
    """Why an entry is not opened, from the directory alone; empty when it may be."""
    if entry.flag_bits & 0x1:
        return _("Ce fichier est protégé par un mot de passe.")
    if _NESTED_NAME.search(entry.filename):
        return _("C’est une archive dans l’archive : donnez-la seule.")
    if entry.file_size > limit:
        return _("Ce fichier dépasse %(size)d Mo.", size=limit // 1024**2)
    if entry.file_size > SMALL and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        return _("Ce fichier est anormalement compressé : il est refusé par prudence.")
    return ""


def _read_each(source: Path, entries: list[zipfile.ZipInfo], limit: int) -> Iterator[Member]:
    with zipfile.ZipFile(source) as archive:
        for entry in entries:
            if refusal := _refusal(entry, limit):
                yield Member(entry.filename, refusal=refusal)
                continue
            try:
                data = archive.read(entry)
            except FAULTS:
                yield Member(entry.filename, refusal=_("Ce fichier est abîmé dans l’archive."))
                continue
            if data.startswith(_NESTED_HEAD):
                refusal = _("C’est une archive dans l’archive : donnez-la seule.")
                yield Member(entry.filename, refusal=refusal)
                continue
            yield Member(entry.filename, data)
