"""The store of uploaded and produced files: by digest, whole or not at all.

The user's name of a file is a label in a row, never a path. What a file may be is decided by
``base.face.attached.file_kinds``; this file keeps the bytes and gives them back.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from base.basics.errors import DomainError, InvalidInput
from base.basics.i18n import _

if TYPE_CHECKING:
    from flask import Response

MAX_BYTES = 25 * 1024 * 1024
MAX_LABEL = 150
#: A day after which a temporary file belongs to nobody.
STALE_SECONDS = 24 * 3600
_CHUNK = 256 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FileRefused(InvalidInput):
    """The file is not what may be kept here."""


class StoreFull(DomainError):
    """There is no room left for files, or their disk is faulty."""

    status = 503
    #: Seconds: sooner nobody will have made room.
    retry_after = 300


class FileMissing(DomainError):
    """A row names bytes that the store does not hold: ``doctor`` says which; status 410.

    The row is there and seen, so it is no 404; nothing of the program failed, so it is no 500.
    """

    status = 410


@dataclass(frozen=True)
class Stored:
    """Bytes that are safely in the store."""

    digest: str
    size: int
    #: Fixed by content; what it is served as.
    media_type: str
    #: The user's name of the file, made harmless.
    label: str


@dataclass(frozen=True)
class Incoming:
    """Bytes received and hashed, not yet kept."""

    path: Path
    digest: str
    size: int


class Store:
    """A folder of files named by their SHA-256: ``ab/cd/<digest>``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def _arrivals(self) -> Path:
        return self.root / "tmp"

    def path(self, digest: str) -> Path:
        """Where the bytes of a digest are, or would be."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"not a digest: {digest!r}")
        return self.root / digest[:2] / digest[2:4] / digest

    def held(self, digest: str, sentence: str = "") -> Path:
        """Where the bytes of a digest are.

        Raises:
            FileMissing: the store does not hold them; with the sentence, if there is one.
        """
        if digest not in self:
            raise FileMissing(sentence) if sentence else _missing()
        return self.path(digest)

    def __contains__(self, digest: str) -> bool:
        return self.path(digest).is_file()

    def open(self, digest: str) -> IO[bytes]:
        """The bytes, to be read once and closed.

        Raises:
            FileMissing: the store does not hold them.
        """
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError as fault:
            raise _missing() from fault

    def read(self, digest: str) -> bytes:
        """The bytes.

        Raises:
            FileMissing: the store does not hold them.
        """
        with self.open(digest) as source:
            return source.read()

    @contextmanager
    def receive(self, source: IO[bytes], *, limit: int = MAX_BYTES) -> Iterator[Incoming]:
        """Take bytes into a temporary file of the same filesystem, hashed on the way.

        Inside the block ``keep`` makes them last; otherwise nothing is left of them.

        Raises:
            FileRefused: more than ``limit`` bytes, or none.
            StoreFull: no room.
        """
        with _room():
            _make_folder(self._arrivals)
            handle, name = tempfile.mkstemp(dir=self._arrivals)
        path = Path(name)
        try:
            digest, size = hashlib.sha256(), 0
            with _room(), os.fdopen(handle, "wb") as target:
                while chunk := source.read(_CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise FileRefused(
                            _("Ce fichier dépasse %(size)d Mo.", size=limit // 1024**2)
                        )
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            if not size:
                raise FileRefused(_("Ce fichier est vide."))
            yield Incoming(path, digest.hexdigest(), size)
        finally:
            path.unlink(missing_ok=True)

    def keep(self, incoming: Incoming, *, media_type: str, label: str) -> Stored:
        """Move received bytes to their place; the same bytes are kept once."""
        target = self.path(incoming.digest)
        with _room():
            if not target.is_file():
                _make_folder(target.parent)
                os.replace(incoming.path, target)
                sync_folder(target.parent)
        return Stored(incoming.digest, incoming.size, media_type, label)

    def put(self, data: bytes, *, media_type: str, label: str) -> Stored:
        """Keep bytes that the application itself has made."""
        with self.receive(io.BytesIO(data), limit=2**40) as incoming:
            return self.keep(incoming, media_type=media_type, label=safe_label(label))

    def is_intact(self, digest: str) -> bool:
        """Whether the bytes are there and still have their digest."""
        try:
            with self.path(digest).open("rb") as source:
                return hashlib.file_digest(source, "sha256").hexdigest() == digest
        except FileNotFoundError:
            return False

    def digests(self) -> Iterator[str]:
        """All digests held, in order."""
        for first in sorted(self.root.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(first.glob("[0-9a-f][0-9a-f]/*")):
                if _DIGEST.fullmatch(path.name):
                    yield path.name

    def sweep(self, *, now: float | None = None) -> int:
        """Remove temporary files older than a day; how many there were."""
        before = (time.time() if now is None else now) - STALE_SECONDS
        count = 0
        for path in self._arrivals.glob("*"):
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                count += 1
        return count


def _missing() -> FileMissing:
    return FileMissing(
        _(
            "Ce fichier manque dans la réserve : l’administrateur peut le reprendre d’une "
            "sauvegarde."
        )
    )


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull(
                _("Le disque est plein : rien n’a été enregistré. Prévenez l’administrateur.")
            ) from fault
        if fault.errno in (errno.EIO, errno.EROFS):
            raise StoreFull(
                _("Le disque ne répond pas : rien n’a été enregistré. Prévenez l’administrateur.")
            ) from fault
        raise


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make what was renamed in a folder last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def safe_label(name: str) -> str:
    """A user's file name as a label: last part, NFC, no control or direction characters.

    Raises:
        FileRefused: the name holds a NUL or leads upwards: nobody calls a file so.
    """
    if "\x00" in name or ".." in re.split(r"[/\\]", name):
        raise FileRefused(_("Le nom de ce fichier n’est pas acceptable."))
    plain = unicodedata.normalize("NFC", name)
    plain = re.split(r"[/\\]", plain.encode("utf-8", "ignore").decode())[-1]
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn"))
    plain = re.sub(r"\s+", " ", plain).strip(" .")
    if not plain:
        return "fichier"
    stem, dot, ending = plain.rpartition(".")
    if dot and stem and len(ending) <= 10:
        return stem[: MAX_LABEL - len(ending) - 1].rstrip(" .") + "." + ending
    return plain[:MAX_LABEL]


def current_store() -> Store:
    """The store of this application: ``documents/`` in its data directory."""
    from flask import current_app

    found: Store = current_app.extensions.setdefault(
        "ouvrage_store",
        Store(Path(current_app.settings.data_dir) / "documents"),  # type: ignore[attr-defined]
    )
    return found


@dataclass(frozen=True)
class Quota:
    """How much one person may send in a day, one file at a time."""

    files: int
    bytes: int

    def check(self, *, files: int, size: int) -> None:
        """Refuse what would pass the quota, counting what is sent now.

        Raises:
            FileRefused: too many files, or too much in all.
        """
        if files > self.files:
            raise FileRefused(
                _("Vous avez atteint la limite de %(count)d fichiers par jour.", count=self.files)
            )
        if size > self.bytes:
            raise FileRefused(
                _(
                    "Vous avez atteint la limite de %(size)d Mo par jour.",
                    size=self.bytes // 1024**2,
                )
            )


#: What anybody needs in a day, and no disk is filled by one account.
PERSON_QUOTA = Quota(files=5_000, bytes=2 * 1024**3)

#: Shown in the page by the browser; everything else is downloaded.
INLINE = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})


def serve(store: Store, stored: Stored, *, inline: bool = False) -> Response:
    """The answer that gives a file to a person whose right to its row was checked.

    Raises:
        FileMissing: the store does not hold the bytes.
    """
    from flask import Response

    path = store.held(stored.digest)
    shown = inline and stored.media_type in INLINE
    # Opened when the first piece is asked for: an answer that is dropped leaves nothing open.
    response = Response(_pieces(store, stored.digest), mimetype=stored.media_type)
    response.headers.set(
        "Content-Disposition", "inline" if shown else "attachment", **_file_name(stored.label)
    )
    response.headers["Content-Length"] = str(path.stat().st_size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    response.set_etag(stored.digest)
    return response


def _pieces(store: Store, digest: str) -> Iterator[bytes]:
    with store.open(digest) as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _file_name(label: str) -> dict[str, str]:
    """The name in the header, for old browsers in ASCII and for the others as it is."""
    plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    plain = plain.replace('"', "").strip(" .") or "fichier"
    if plain == label:
        return {"filename": label}
    return {"filename": plain, "filename*": "UTF-8''" + quote(label, safe="")}


def renamed(stored: Stored, label: str) -> Stored:
    """The same bytes under another label."""
    return replace(stored, label=safe_label(label))
