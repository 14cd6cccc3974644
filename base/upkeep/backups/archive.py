"""The file of a backup: a zip with a manifest, whole under its name or not there at all.

Every part stands in the manifest with its size and SHA-256; the archive's comment, its last bytes,
is the SHA-256 of all that stands before. So a byte that changes anywhere is found, and the parts
say which one it hit. The manifest is the last part: what it says is known only then.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from base.basics.errors import DomainError
from base.basics.formats import counted
from base.papers.files.archives import FAULTS
from base.papers.files.store import sync_folder

FORMAT = 1
PRODUCT = "ouvrage"
MANIFEST = "manifest.json"
SETTINGS = "settings.json"
SECRETS = "secrets.json"
#: Name of the database's part, by engine.
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.sql"}
#: The comment: this word and 64 hexadecimal digits, the last bytes of the file.
_SEAL = b"sha256:"
_COMMENT = len(_SEAL) + 64
#: Faults named in one sentence.
NAMED = 5
CHUNK = 1024 * 1024

#: Told the bytes done so far and in all.
Progress = Callable[[int, int], None]


class NotWritten(DomainError):
    """The backup could not be written; nothing was replaced."""


class Damaged(DomainError):
    """The file is not a backup, or not the one that was written."""


def silent(done: int, total: int) -> None:
    """The progress of whoever does not look."""


@dataclass(frozen=True)
class Part:
    """One part: its name in the archive, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    engine: str
    #: How the database was taken, in words: shown to the person.
    method: str
    #: Version of the product that made it.
    version: str
    #: ISO instant, UTC.
    made_at: str
    #: Module -> revisions of its schema.
    schema: dict[str, list[str]]
    #: Table -> rows.
    tables: dict[str, int]
    #: Where the trail ends: its last number, its counter, its last seal.
    trail: dict[str, Any]
    #: Documents that a row names but the store could not give whole.
    absent: list[str]
    #: Whether the keys are in it.
    secrets: bool
    parts: list[Part]
    #: ``table.column`` -> what the exact amounts of a ledger add up to; of older backups unknown.
    sums: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT
    product: str = PRODUCT
    #: Digest of the whole file, once read; no part of the manifest itself.
    seal: str = field(default="", compare=False)

    @property
    def documents(self) -> list[Part]:
        """The parts that are documents."""
        return [part for part in self.parts if part.name.startswith("documents/")]

    @property
    def size(self) -> int:
        """Bytes of all parts, unpacked."""
        return sum(part.size for part in self.parts)

    def part(self, name: str) -> Part:
        """One part.

        Raises:
            Damaged: the archive has none of that name.
        """
        for one in self.parts:
            if one.name == name:
                return one
        raise Damaged(f"La sauvegarde est abîmée : {name} manque.")


def document_name(digest: str) -> str:
    """Where a document stands in the archive."""
    return f"documents/{digest[:2]}/{digest[2:4]}/{digest}"


def pieces(source: IO[bytes]) -> Iterator[bytes]:
    """A stream, a megabyte at a time."""
    while chunk := source.read(CHUNK):
        yield chunk


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Say in a sentence why bytes could not be written.

    Raises:
        NotWritten: disk full, no right to write, or a fault of the disk.
    """
    try:
        yield
    except OSError as fault:
        raise NotWritten(
            f"{what} : {(fault.strerror or str(fault)).rstrip('.')}. Rien n’a été remplacé."
        ) from fault


class Writer:
    """A backup being written beside its target; it takes its name when it is whole."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.parts: list[Part] = []
        self._what = f"La sauvegarde « {target} » n’a pas pu être écrite"

    def __enter__(self) -> Writer:
        with refusing(self._what):
            if self.target.is_dir():
                raise NotWritten(f"« {self.target} » est un dossier : donnez le nom d’un fichier.")
            if self.target.exists() and not is_backup(self.target):
                raise NotWritten(
                    f"« {self.target} » existe et n’est pas une sauvegarde : il n’est pas remplacé."
                )
            for left in self.target.parent.glob(f".{self.target.name}.*.part"):
                left.unlink(missing_ok=True)
            self.draft = self.target.parent / f".{self.target.name}.{os.getpid()}.part"
            handle = os.open(self.draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(handle, "w+b")
            self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)
        return self

    def start_over(self) -> None:
        """Forget every part written so far."""
        self.parts.clear()
        self._zip.fp = None  # it would write its directory when it is thrown away
        with refusing(self._what):
            self._file.seek(0)
            self._file.truncate()
            self._zip = zipfile.ZipFile(self._file, "w", allowZip64=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # After a fault the directory of the zip need not be written, and could not be.
        self._zip.fp = None
        self._file.close() if fault is None else _close(self._file)
        self.draft.unlink(missing_ok=True)

    def scratch(self, suffix: str) -> Path:
        """A name for a file beside the target that the next backup also sweeps away."""
        return self.draft.with_name(self.draft.name.removesuffix(".part") + f"{suffix}.part")

    def add(self, name: str, chunks: Iterable[bytes], *, packed: bool = False) -> Part:
        """Write one part.

        Raises:
            NotWritten: disk full, or a fault of the disk.
        """
        digest, size = hashlib.sha256(), 0
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o600 << 16
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info._compresslevel = 1  # type: ignore[attr-defined]
        with refusing(self._what), self._zip.open(info, "w", force_zip64=True) as part:
            for chunk in chunks:
                digest.update(chunk)
                size += len(chunk)
                part.write(chunk)
        made = Part(name, digest.hexdigest(), size)
        self.parts.append(made)
        return made

    def finish(self, manifest: Manifest) -> Manifest:
        """Write the manifest and give the archive its name, once all of it is on the disk."""
        text = json.dumps(
            {k: v for k, v in asdict(manifest).items() if k != "seal"},
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        self.add(MANIFEST, [text.encode()], packed=True)
        with refusing(self._what):
            self._zip.comment = _SEAL + b"0" * 64
            self._zip.close()
            self._file.flush()
            seal = _digest_before_comment(self._file, silent)
            self._file.seek(-64, os.SEEK_END)
            self._file.write(seal.encode())
            self._file.flush()
            os.fsync(self._file.fileno())
            os.replace(self.draft, self.target)
            sync_folder(self.target.parent)
        return read_manifest(self.target)


def _close(file: IO[bytes]) -> None:
    """Close after a fault: what the buffer still holds may well not fit either."""
    try:
        file.close()
    except OSError:
        return


def _digest_before_comment(file: IO[bytes], progress: Progress) -> str:
    """SHA-256 of everything but the 64 last bytes."""
    file.seek(0, os.SEEK_END)
    total = file.tell() - 64
    file.seek(0)
    digest, done = hashlib.sha256(), 0
    while done < total:
        chunk = file.read(min(CHUNK, total - done))
        if not chunk:
            break
        digest.update(chunk)
        done += len(chunk)
        progress(done, total)
    return digest.hexdigest()


def is_backup(path: Path) -> bool:
    """Whether the file is a backup of ours, whole or not."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment.startswith(_SEAL) and MANIFEST in archive.namelist()
    except FAULTS:
        return False


def read_manifest(path: Path) -> Manifest:
    """The manifest, without looking at the parts.

    Raises:
        Damaged: there is none that can be read.
    """
    with _reading(path) as archive:
        return _manifest(path, archive)


@contextmanager
def _reading(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        raise Damaged(f"La sauvegarde « {path} » n’existe pas.")
    try:
        archive = zipfile.ZipFile(path)
    except FAULTS as fault:
        raise Damaged(
            f"« {path} » n’est pas une sauvegarde, ou sa fin manque : {fault}."
        ) from fault
    with archive:
        yield archive


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    try:
        data = json.loads(archive.read(MANIFEST))
    except KeyError as fault:
        raise Damaged(f"« {path} » n’est pas une sauvegarde d’Ouvrage.") from fault
    except FAULTS as fault:
        raise Damaged(f"Le manifeste de « {path} » est abîmé : {fault}.") from fault
    if not isinstance(data, dict) or data.get("product") != PRODUCT:
        raise Damaged(f"« {path} » n’est pas une sauvegarde d’Ouvrage.")
    if data.get("format") != FORMAT:
        raise Damaged(
            f"« {path} » est d’un format plus récent ({data.get('format')}) : "
            "restaurez-la avec la version d’Ouvrage qui l’a faite."
        )
    try:
        parts = [Part(str(p["name"]), str(p["sha256"]), int(p["size"])) for p in data.pop("parts")]
        seal = archive.comment.removeprefix(_SEAL).decode("ascii", "replace")
        return Manifest(**data, parts=parts, seal=seal)
    except (KeyError, TypeError, ValueError) as fault:
        raise Damaged(f"Le manifeste de « {path} » est abîmé : {fault}.") from fault


def check(path: Path, progress: Progress = silent) -> Manifest:
    """Read every byte and hold it against the manifest; no database is needed.

    Raises:
        Damaged: with the parts at fault.
    """
    with _reading(path) as archive:
        manifest = _manifest(path, archive)
        faults = []
        with path.open("rb") as file:
            whole = _digest_before_comment(file, lambda d, t: progress(d // 2, t))
        names = [info.filename for info in archive.infolist() if info.filename != MANIFEST]
        told = {part.name for part in manifest.parts}
        faults += [f"{name} manque" for name in sorted(told - set(names))]
        faults += [f"{name} est de trop" for name in sorted(set(names) - told)]
        faults += [f"{name} s’y trouve deux fois" for name in sorted(_twice(names))]
        done, total = 0, max(1, manifest.size)
        for part in manifest.parts:
            if part.name in names and not _is_intact(archive, part):
                faults.append(f"{part.name} est abîmé")
            done += part.size
            progress((total + done) // 2, total)
        if not faults and whole != manifest.seal:
            faults.append("son empreinte d’ensemble n’est plus celle de l’écriture")
    if faults:
        rest = len(faults) - NAMED
        more = f" (et {counted(rest, 'autre', 'autres')})" if rest > 0 else ""
        raise Damaged(f"La sauvegarde « {path} » est abîmée : {' ; '.join(faults[:NAMED])}{more}.")
    return manifest


def _twice(names: list[str]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _is_intact(archive: zipfile.ZipFile, part: Part) -> bool:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(part.name) as source:
            for chunk in pieces(source):
                digest.update(chunk)
                size += len(chunk)
    except FAULTS:
        return False
    return size == part.size and digest.hexdigest() == part.sha256


class Reader:
    """A backup that was checked, opened once for all its parts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._zip = zipfile.ZipFile(path)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *fault: object) -> None:
        self._zip.close()

    def open(self, name: str) -> IO[bytes]:
        """The bytes of one part, unpacked on the way; to be closed."""
        return self._zip.open(name)

    def read(self, name: str) -> bytes:
        """The bytes of one small part."""
        return self._zip.read(name)
