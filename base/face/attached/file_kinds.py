"""What a file is, by content and by name; what may be attached and what may be imported."""

from __future__ import annotations

import codecs
import io
import re
import warnings
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from base.basics.i18n import _
from base.basics.portal_pages import TITLE_WITHIN, is_page, page_sentence
from base.papers.files.archives import check_zip, names_of
from base.papers.files.exports import XLSX
from base.papers.files.store import MAX_BYTES, FileRefused, Incoming, Store, Stored, safe_label
from base.papers.tables import open_tables

MAX_PIXELS = 50_000_000
MAX_XML_BYTES = 5 * 1024 * 1024
#: An import is bigger than a photo; what it holds is limited by its importer.
MAX_SOURCE_BYTES = 100 * 1024 * 1024
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class Kind:
    """A kind of file: what it is served as, how it may be called."""

    name: str
    media_type: str
    extensions: tuple[str, ...]
    label: str


KINDS = {
    kind.name: kind
    for kind in (
        Kind("jpeg", "image/jpeg", ("jpg", "jpeg"), "JPEG"),
        Kind("png", "image/png", ("png",), "PNG"),
        Kind("webp", "image/webp", ("webp",), "WebP"),
        Kind("pdf", "application/pdf", ("pdf",), "PDF"),
        Kind("csv", "text/csv", ("csv", "txt", "tsv"), "CSV"),
        Kind("xlsx", XLSX, ("xlsx",), "XLSX"),
        Kind("xml", "application/xml", ("xml",), "XML"),
        Kind("json", "application/json", ("json", "geojson", "ndjson", "jsonl"), "JSON"),
        Kind("xls", "application/vnd.ms-excel", ("xls",), "XLS"),
        Kind("ifc", "application/x-step", ("ifc",), "IFC"),
        Kind("gz", "application/gzip", ("gz",), "GZ"),
        Kind("zip", "application/zip", ("zip",), "ZIP"),
    )
}
IMAGES = ("jpeg", "png", "webp")
ATTACHMENTS = (*IMAGES, "pdf", "csv", "xlsx", "xml")
SOURCES = ("csv", "xlsx", "pdf", "xml", "json", "xls", "ifc", "gz", "zip")

_MAGIC = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"%PDF-", "pdf"),
    (_OLD_OFFICE, "xls"),
    (b"\x1f\x8b", "gz"),
    (b"ISO-10303-21;", "ifc"),
)
#: Texts and pictures that could pass for a CSV; other binaries hold zeros, which no CSV does.
_OTHERS = re.compile(rb"#!|GIF8|%!PS|\{\\rtf|Rar!|7z\xbc\xaf|BZh|MThd|OggS|ID3")
_ACTIVE = re.compile(
    rb"<(?:\x00)?(?:!doctype\s+html|html|svg|script|iframe|body|head|\?php|x?:?script)",
    re.IGNORECASE,
)


def kind_of(path: Path) -> str | None:
    """What the content is; ``None`` when it is nothing that is ever taken."""
    with path.open("rb") as source:
        head = source.read(64 * 1024)
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(path)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _OTHERS.match(head):
        return None
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if plain.startswith((b"<", codecs.BOM_UTF16_LE + b"<", codecs.BOM_UTF16_BE + b"\x00<")):
        return "xml"
    if plain[:1] in (b"{", b"["):
        return "json"
    return "csv"


def _kind_of_zip(path: Path) -> str:
    """A workbook, found harmless; of another archive each reader checks what it opens."""
    if "xl/workbook.xml" not in names_of(path):
        return "zip"
    check_zip(path)
    return "xlsx"


def accept_attachment(
    store: Store,
    source: IO[bytes],
    name: str,
    *,
    kinds: Collection[str] = ATTACHMENTS,
    limit: int = MAX_BYTES,
) -> Stored:
    """Keep a file that a person attaches to a record, once it proved to be what it claims.

    Images are decoded and written anew: what hides in or behind them is gone.

    Raises:
        FileRefused: not one of the kinds, by content *and* name; damaged; made to harm; more than
            ``limit`` bytes.
    """
    label = safe_label(name)
    with store.receive(source, limit=limit) as incoming:
        kind = _agreed_kind(incoming.path, label, kinds)
        if kind in IMAGES:
            data = clean_image(incoming.path, kind)
            with store.receive(io.BytesIO(data)) as cleaned:
                return store.keep(cleaned, media_type=KINDS[kind].media_type, label=label)
        CHECKS[kind](incoming)
        return store.keep(incoming, media_type=KINDS[kind].media_type, label=label)


def accept_source(
    store: Store,
    source: IO[bytes],
    name: str,
    *,
    kinds: Collection[str],
    limit: int = MAX_SOURCE_BYTES,
) -> Stored:
    """Keep a file to import, as it was received; its reader checks what is in it.

    Such a file is never shown in a page: it is only given back for download.

    Raises:
        FileRefused: not one of the importer's kinds, by content *and* name.
    """
    label = safe_label(name)
    with store.receive(source, limit=limit) as incoming:
        with incoming.path.open("rb") as content:
            head = content.read(TITLE_WITHIN)
        if is_page(head):
            raise FileRefused(page_sentence(head))
        kind = _agreed_kind(incoming.path, label, kinds)
        return store.keep(incoming, media_type=KINDS[kind].media_type, label=label)


def _agreed_kind(path: Path, label: str, kinds: Collection[str]) -> str:
    kind = kind_of(path)
    expected = ", ".join(KINDS[k].label for k in kinds)
    if kind is None or kind not in kinds:
        raise FileRefused(
            _(
                "Ce fichier n’est pas d’un type accepté ; attendu : %(kinds)s.",
                kinds=expected,
            )
        )
    ending = label.rpartition(".")[2].lower() if "." in label else ""
    if ending not in KINDS[kind].extensions:
        raise FileRefused(
            _(
                "Le contenu de ce fichier est %(kind)s, ce que son nom « %(name)s » ne dit pas :"
                " renommez-le.",
                kind=KINDS[kind].label,
                name=label,
            )
        )
    return kind


# -- images -------------------------------------------------------------------------------------


def clean_image(path: Path, kind: str) -> bytes:
    """The picture alone: turned upright, without metadata, encoded anew.

    Raises:
        FileRefused: not an image of that kind, damaged, or over 50 million pixels.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=[kind.upper()]) as image:
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise _too_many_pixels()
                image.load()
                upright = ImageOps.exif_transpose(image)
                return _encoded(upright, kind)
    except Image.DecompressionBombError as fault:
        raise _too_many_pixels() from fault
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError) as fault:
        raise FileRefused(_("Cette image est abîmée : elle ne peut pas être lue.")) from fault


def _too_many_pixels() -> FileRefused:
    return FileRefused(
        _(
            "Cette image dépasse %(limit)d millions de points : réduisez-la.",
            limit=MAX_PIXELS // 1_000_000,
        )
    )


def _encoded(image: object, kind: str) -> bytes:
    from PIL import Image

    assert isinstance(image, Image.Image)
    modes = {"jpeg": ("L", "RGB"), "png": ("L", "LA", "RGB", "RGBA"), "webp": ("RGB", "RGBA")}
    if image.mode not in modes[kind]:
        sees_through = "A" in image.getbands() or "transparency" in image.info
        image = image.convert("RGBA" if sees_through and kind != "jpeg" else "RGB")
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    target = io.BytesIO()
    options: dict[str, dict[str, Any]] = {
        "jpeg": {"quality": 88},
        "png": {"optimize": False},
        "webp": {"quality": 88},
    }
    bare.save(target, kind.upper(), **options[kind])
    return target.getvalue()


# -- the other kinds ----------------------------------------------------------------------------


def _check_pdf(incoming: Incoming) -> None:
    data = incoming.path.read_bytes()
    if b"%%EOF" not in data[-2048:]:
        raise FileRefused(_("Ce PDF est abîmé : sa fin manque."))
    if _ACTIVE.search(data[:1024]) or b"PK\x05\x06" in data[-65_600:]:
        raise FileRefused(_("Ce PDF cache un autre fichier : il est refusé."))
    if re.search(rb"/(JavaScript|Launch)[\s/(<\[]", data):
        raise FileRefused(_("Ce PDF contient un programme : il est refusé."))


def _check_csv(incoming: Incoming) -> None:
    with incoming.path.open("rb") as source:
        # As far as a browser looks when it guesses; a cell further down may speak of anything.
        if _ACTIVE.search(source.read(2048)):
            raise FileRefused(_("Ce fichier contient du code de page web : il est refusé."))
    for table in open_tables(incoming.path):
        for _row in table.rows():
            pass


def _check_xlsx(incoming: Incoming) -> None:
    with zipfile.ZipFile(incoming.path) as archive:
        names = [name.lower() for name in archive.namelist()]
        types = archive.read("[Content_Types].xml") if "[content_types].xml" in names else b""
    if any(n.endswith(".bin") and "vba" in n for n in names) or b"macroEnabled" in types:
        raise FileRefused(_("Ce classeur contient des macros : enregistrez-le en .xlsx simple."))
    if any(n.startswith(("xl/embeddings/", "xl/activex/")) for n in names):
        raise FileRefused(_("Ce classeur contient des objets incorporés : il est refusé."))
    if not types:
        raise FileRefused(_("Ce classeur est abîmé : il ne peut pas être lu."))


def _check_xml(incoming: Incoming) -> None:
    from base.papers.files import xml

    if incoming.size > MAX_XML_BYTES:
        raise FileRefused(_("Ce fichier XML dépasse %(size)d Mo.", size=MAX_XML_BYTES // 1024**2))
    data = incoming.path.read_bytes()
    root = xml.parse(data)
    spaces = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml")
    names = {"svg", "html", "script", "iframe", "stylesheet", "transform"}
    for element in root.iter():
        space, _brace, local = str(element.tag).rpartition("}")
        if space.lstrip("{") in spaces or local.lower() in names:
            raise FileRefused(_("Ce fichier XML est une page ou un dessin : il est refusé."))
    if b"<?xml-stylesheet" in data:
        raise FileRefused(_("Ce fichier XML est une page ou un dessin : il est refusé."))


CHECKS: dict[str, Callable[[Incoming], None]] = {
    "pdf": _check_pdf,
    "csv": _check_csv,
    "xlsx": _check_xlsx,
    "xml": _check_xml,
}
